"""What is executed of a definition at the stored time of its read model, also where a view that it reads has the clock.

A view reads the clock itself, so what it selects takes its place then. PostgreSQL says that the definition is the same.
"""

from __future__ import annotations

from dataclasses import replace

from denorm_assets.db.introspection.definition_tree import parse_definition
from denorm_assets.db.introspection.faithful_tree import tree_in_place
from denorm_assets.db.introspection.name_resolution import resolved
from denorm_assets.db.introspection.views_read import ViewsRead, closed_beneath
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.analysis.clock.definition_text import ANY_TIME, at_time, stored_time
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.dialect import printed
from denorm_assets.sql.statement import verbatim

_OURS = "what it selects is read by us, at the stored time"
_ELSE = "write the clock in the definition itself"


def at_stored_time(session: Session, described: DescribedModel, views: ViewsRead) -> DescribedModel:
    """`described`, which reads `views`, as it is executed if any of this reads the clock. Raises Refusal."""
    time = stored_time(described.system, described.model.name)
    timed = [name for name, view in views.views.items() if at_time(view.text, ANY_TIME) is not None]
    if not timed:
        return replace(described, at_clock=at_time(described.definition, time))
    clause = f"the clock in the view {timed[0]}"
    for table, lacks in closed_beneath(session, views).items():
        raise Refusal(clause, f"{_OURS}, and {table} is closed to us: {lacks}", f"Open {table} to us, or {_ELSE}")
    try:
        tree = tree_in_place(session, described, parse_definition(session, described, views))
    except Refusal as refusal:
        raise Refusal(clause, f"{_OURS}, and {refusal}", f"{refusal.remedy}, or {_ELSE}") from refusal
    with resolved(session, verbatim(printed(tree)), trusted=True) as text:
        return replace(described, without_views=text, at_clock=at_time(text, time))
