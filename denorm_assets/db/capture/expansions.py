"""What a change of a source leads to, as text that PostgreSQL runs later: in drivers, and in writing transactions."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import errors as pg

from denorm_assets.db.introspection.name_resolution import resolved
from denorm_assets.db.introspection.sources import Sources
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture.affected_anchors import RESOLVED_WITH, expansion
from denorm_assets.sql.capture.moved_anchors import moved_anchors
from denorm_assets.sql.rows.realtime import estimated, recompute
from denorm_assets.sql.statement import Statement

_UNTRACEABLE = (pg.SyntaxError, pg.UndefinedFunction, pg.DatatypeMismatch, pg.IndeterminateDatatype)


def expansion_text(
    session: Session, described: DescribedModel, sources: Sources, source: TableName, logged: Sequence[str]
) -> str | None:
    """The SELECT of anchors that changed rows of `source` affect; None where everything is stale then.

    `logged` are the columns of an image in order. All names in it have their schema: triggers and drains have a pinned
    search path. Raises DefinitionError where PostgreSQL does not take what was made of the definition.
    """
    if described.model.is_view or source in sources.whole:
        return None
    types, anchor = sources.columns, described.traced_types
    with session.transaction():
        session.execute(Statement("CREATE TABLE {images} (image text[])", {"images": RESOLVED_WITH}))
        select = expansion(sources.paths, source, logged, types, anchor, RESOLVED_WITH)
        try:
            with resolved(session, select, trusted=True) as text:
                pass
        except _UNTRACEABLE as error:
            raise DefinitionError(
                described.model.definition.path,
                None,
                f"denorm-assets cannot trace changes through its predicates ({error.diag.message_primary})",
                "Write unusual syntax there in another way, or declare refresh=Full()",
            ) from error
        session.execute(Statement("DROP TABLE {images}", {"images": RESOLVED_WITH}))
    return text


def clock_text(session: Session, described: DescribedModel, sources: Sources) -> str | None:
    """The SELECT of anchors that are altered when the clock moves; None where everything is stale then."""
    select = None if sources.clock is None else moved_anchors(sources.clock, described.traced_types)
    if select is None:
        return None
    try:
        with resolved(session, select, trusted=True) as text:
            return text
    except _UNTRACEABLE:
        return None


def recompute_text(described: DescribedModel) -> str | None:
    """The statement by which the writing transaction makes anchors right; None for what is not kept in real time."""
    return show(recompute(described)) if isinstance(described.model.refresh, Realtime) else None


def estimated_texts(described: DescribedModel) -> list[str] | None:
    """By what the writing transaction estimates the cost of that; None for what is not kept in real time."""
    return [show(each) for each in estimated(described)] if isinstance(described.model.refresh, Realtime) else None
