"""Loading a read model as a whole: a materialized view, or a table without ID ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.capture.declared import require_captured
from denorm_assets.db.capture.new_members import doubt_unknown_members
from denorm_assets.db.capture.redefinitions import knows_all_members, shows_something_else
from denorm_assets.db.changes.drain import rebuild
from denorm_assets.db.changes.refresh_log import Drained, logged_refresh, refresh_at_once
from denorm_assets.db.compare.compare import compare_settled
from denorm_assets.db.control.registry import current_registration, set_state
from denorm_assets.db.control.upstream import require_readable
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.reach.shape import tables_read
from denorm_assets.db.plan.table_diff import require_table
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import KeyRepeated, RangeDiffers, SourcesChanged
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.views import key_index_name, refresh_view
from denorm_assets.sql.rows.compare import held_digest
from denorm_assets.sql.rows.predicates import EVERY_ROW


@dataclass(frozen=True)
class WholeLoad:
    """What came of loading a read model as a whole, and what it holds."""

    drained: Drained
    row_count: int
    checksum: str


def load_whole(database: Database, system: System, model: ReadModel) -> WholeLoad:
    """Make all rows of `model` right, now; waits for whoever refreshes it at this moment.

    Raises NotApplied, NeedsRebuild, RefreshFailed, RangeDiffers where a table then differs from its definition,
    NotCaptured where changes of a source would be lost once it is loaded, or SourceNotLoaded.
    """
    with database.session(system.schema) as session:
        described = describe(session, system, model)
        registered = current_registration(session, system, described)
        require_table(session, described, registered)
        require_readable(session, described.full_name, tables_read(session, described))
        if not registered.served:
            require_captured(session, described, registered.model_id)
        load = refresh_whole_view if described.model.is_view else _refill_table
        done = refresh_at_once(session, described, registered.model_id, load)
        held = session.one(query("models", "whole", model_id=registered.model_id))
        return WholeLoad(done, held["whole_rows"], held["whole_checksum"])


def refresh_whole_view(
    session: Session, described: DescribedModel, model_id: int, requested_at: datetime
) -> Drained | None:
    """REFRESH of a materialized view, written down with what it then holds; None where another driver is at it.

    Readers go on meanwhile, but for the first time, when there is nothing to read. Raises RefreshFailed; the marks that
    asked for the refresh then stay.
    """

    with logged_refresh(session, described, model_id, requested_at) as refresh:
        if refresh is None:
            return None
        if shows_something_else(session, described):
            set_state(session, model_id, "needs_rebuild")
            raise SourcesChanged(described.full_name, ["what it shows or calls was renamed or replaced"])
        all_known = knows_all_members(session, model_id)
        named = {"schema": described.schema, "table": described.model.name}
        filled = session.one(query("catalog", "relation", **named))["filled"]
        with session.bounded(session.whole_bound):
            # Before the refresh takes its snapshot: a change that it does not see keeps its mark.
            session.execute(query("drains", "take_everything", model_id=model_id))
            refill_view(session, described, concurrently=filled)
            # Where one cannot be captured now, it would be stale again at once, for ever.
            if all_known:
                doubt_unknown_members(session, model_id)
            record_whole(session, described, model_id, session.one(held_digest(described)))
        refresh.add(Drained(None))
    return refresh.done


def refill_view(session: Session, described: DescribedModel, *, concurrently: bool) -> None:
    """REFRESH, and log it for the read models that read this one: a materialized view has no triggers.

    Raises KeyRepeated.
    """
    try:
        session.execute(refresh_view(described, concurrently=concurrently))
    except (pg.UniqueViolation, pg.CardinalityViolation) as error:
        # The second is about rows that are alike in all columns.
        if isinstance(error, pg.UniqueViolation) and error.diag.constraint_name != key_index_name(described.model.name):
            raise
        found = (error.diag.message_detail or str(error)).rstrip(".")
        raise KeyRepeated(found, described.model.definition.path, described.model.location) from error
    session.execute(query("sources", "log_everything", schema=described.schema, table=described.model.name))


def record_whole(session: Session, described: DescribedModel, model_id: int, held: Mapping[str, Any]) -> None:
    """Write down that the read model was loaded as a whole, and the digest of what it holds."""
    session.execute(
        query(
            "models",
            "record_whole",
            model_id=model_id,
            code_version=described.code_version,
            row_count=held["row_count"],
            checksum=held["checksum"],
        )
    )


def _refill_table(session: Session, described: DescribedModel, model_id: int, requested_at: datetime) -> Drained | None:
    with logged_refresh(session, described, model_id, requested_at) as refresh:
        if refresh is None:
            return None
        refresh.add(rebuild(session, described, model_id))
    comparison = compare_settled(session, described, EVERY_ROW, model_id)
    if comparison.wrong:
        raise RangeDiffers(described.full_name, "as a whole", str(comparison))
    record_whole(session, described, model_id, session.one(held_digest(described)))
    return refresh.done
