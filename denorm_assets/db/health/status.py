"""Where every read model stands."""

from __future__ import annotations

from dataclasses import dataclass

from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import Registration, find_registration
from denorm_assets.db.introspection.blockers import PATIENCE_SECONDS, blocker
from denorm_assets.db.introspection.changed_sources import changed_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import LogStuck
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Auto
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.automatic import BEFORE_AUTO, as_registered, auto_sentence, is_registered
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.tables import count_up_to


@dataclass(frozen=True)
class ModelStatus:
    """One read model at a glance.

    Attributes:
        state: absent, declared, loading, live or needs_rebuild.
        outdated: whether the database holds another code version than the one declared.
        quarantined: anchors whose rows cannot be computed.
        unlogged: whether changes are missing from the log, so that the next refresh computes all rows.
        holders: who works on its ranges now.
        rows: rows in the ranges that are done, as compared.
        size: of the table with its indexes, in bytes.
        pending: anchors that changes have made stale (1 for all of a view).
        lag: seconds that the oldest of these changes has waited.
        last_refresh_ms: how long its last refresh took; None where there was none.
        held_up_by: who keeps changes waiting that have waited for some seconds, or what became of its sources; None
            where nobody is seen to.
        refresh: what `Auto()` stands for, and why; None where the declaration names the kind.
    """

    name: str
    state: str
    outdated: bool = False
    paused: bool = False
    ranges_done: int = 0
    ranges: int = 0
    rows: int = 0
    size: int = 0
    pending: int = 0
    lag: float = 0.0
    last_refresh_ms: float | None = None
    quarantined: int = 0
    unlogged: bool = False
    holders: tuple[str, ...] = ()
    held_up_by: str | None = None
    refresh: str | None = None


def model_status(database: Database, system: System, model: ReadModel) -> ModelStatus:
    """Status of one read model; it need not exist yet."""
    name = f"{system.name}/{model.name}"
    with database.session(system.schema) as session:
        registered = find_registration(session, system, model)
        if registered is None:
            return ModelStatus(name, "absent")
        progress = range_progress(session, registered.model_id)
        health = session.one(query("drains", "health", model_id=registered.model_id))
        size = session.row(query("catalog", "table_size", schema=system.schema, table=model.name))
        waits = health["lag_seconds"] > PATIENCE_SECONDS
        held_up_by = blocker(session, registered.model_id, rows=True) if waits else None
        if registered.state == "needs_rebuild":
            held_up_by = "; ".join(map(str, changed_sources(session, registered.model_id))) or held_up_by
        if health["dispatch_error"]:
            held_up_by = str(LogStuck(health["dispatch_error"]))
        refresh = _auto(session, system, model, registered)
    return ModelStatus(
        name,
        registered.state,
        outdated=not is_registered(system, model, registered.code_version),
        refresh=refresh,
        paused=registered.paused_at is not None,
        ranges_done=sum(item.done for item in progress),
        ranges=len(progress),
        rows=sum(item.row_count or 0 for item in progress if item.done) or registered.whole_rows or 0,
        size=size["bytes"] if size else 0,
        pending=health["pending"],
        lag=round(float(health["lag_seconds"]), 3),
        last_refresh_ms=health["last_duration_ms"],
        quarantined=health["quarantined"],
        unlogged=health["unlogged_since"] is not None,
        holders=tuple(dict.fromkeys(item.holder for item in progress if item.holder)),
        held_up_by=held_up_by,
    )


def _auto(session: Session, system: System, model: ReadModel, registered: Registration) -> str | None:
    why = session.one(query("models", "auto_reason", model_id=registered.model_id))["why"]
    if not isinstance(model.refresh, Auto) or not is_registered(system, model, registered.code_version):
        return None
    return auto_sentence(as_registered(system, model, registered.code_version), why or BEFORE_AUTO)


def count_rows(database: Database, system: System, model: ReadModel, most: int) -> int:
    """How many rows the read model holds, counted no further than `most`."""
    with database.session(system.schema) as session:
        counted: int = session.one(count_up_to(TableName(model.name, system.schema), most))["counted"]
    return counted
