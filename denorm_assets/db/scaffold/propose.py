"""The read models that `denorm-assets init` proposes for a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from denorm_assets.db.apply.explain_models import ModelExplanation, explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.control.registry import registrations
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.scaffold.from_keys import propose_counters, propose_counts
from denorm_assets.db.scaffold.from_statements import propose_statements
from denorm_assets.db.scaffold.from_views import chosen_views, propose_views
from denorm_assets.db.scaffold.proposals import Proposal, Proposals
from denorm_assets.db.scaffold.read_select import read_select
from denorm_assets.db.scaffold.survey import Survey, survey
from denorm_assets.errors import SystemTaken
from denorm_assets.model.system import System
from denorm_assets.model.validation import validate_systems
from denorm_assets.sql.scaffold.names import safe_name


@dataclass(frozen=True)
class Scaffold:
    """What is proposed.

    Attributes:
        systems: schema -> a system of all that is active there.
        rejected: what was looked at and cannot be a read model, and why.
    """

    survey: Survey
    systems: Mapping[str, System]
    proposals: Sequence[Proposal]
    explanations: Sequence[ModelExplanation]
    rejected: Sequence[tuple[str, str]]


def propose(database: Database, package: str, from_views: Sequence[str]) -> Scaffold:
    """Read models in place of the views `from_views`; if none are named, all that the database suggests.

    Writes nothing. All that is proposed passes `plan`. Raises UnknownName, AmbiguousView or ViewRefused for a named
    view, SystemTaken, and MissingPrivilege where no temporary view can be created.
    """
    with database.session() as session:
        found = survey(session)
        read_select(session, "SELECT")
    proposals = Proposals(database, package)
    if from_views:
        propose_views(proposals, found.views, chosen_views(found.views, from_views), required=True)
    else:
        materialized = [view for view in found.views if view.materialized]
        propose_views(proposals, found.views, materialized, required=False)
        propose_counters(proposals, found)
        propose_statements(proposals, found)
        if not any(each.active for each in proposals.found):
            propose_counts(proposals, found.foreign_keys)
    systems = proposals.systems(next((table.name.schema or "" for table in found.tables), "public"))
    validate_systems(list(systems.values()))
    explanations: list[ModelExplanation] = []
    for system in systems.values():
        with database.session() as session:
            if registrations(session, system):
                raise SystemTaken(system.name, safe_name(package, [package]))
        # All of them together, too.
        plan_system(database, system)
        explanations += explain_system(database, system)
    return Scaffold(found, systems, proposals.found, explanations, proposals.rejected)
