"""The check kept_fresh: whether changes of the sources reach a read model, and what helps where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from denorm_assets.db.capture.declared import RESTORED, ModelCapture
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.introspection.blockers import PATIENCE_SECONDS, blocker
from denorm_assets.db.introspection.changed_sources import changed_sources
from denorm_assets.db.introspection.row_security import hidden_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import LogStuck
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.row_security import remedy


@dataclass(frozen=True)
class FreshnessFault:
    """What keeps a read model from being fresh, and what helps if it comes first."""

    what: str
    detail: str | None
    advice: str = "run `denorm-assets apply`, or materialize its phase"


def kept_fresh(session: Session, full_name: str, registered: Registration, capture: ModelCapture) -> CheckResult:
    """Whether changes reach the read model: `capture` lacks nothing, no anchor's rows fail, no refresh failed.

    And whether row-level security hides rows of a source from the role that reads it for the read model.
    Needs no definition that still fits: it is what tells that one no longer does.
    """
    health = session.one(query("drains", "health", model_id=registered.model_id))
    faults = [
        *(
            FreshnessFault(f"row-level security of {found.table} hides rows from {role}", help_, help_)
            for found in hidden_sources(session, registered.model_id)
            for role, help_ in ((role, remedy(found, role)) for role in found.hidden_from)
        ),
        *faults_of_sources(session, registered),
        *(FreshnessFault(fault.what, fault.where) for fault in capture.faults),
        *faults_of_refreshes(full_name, registered, capture, health),
    ]
    figures = {
        "pending changes": health["pending"],
        "lag in seconds": round(float(health["lag_seconds"]), 3),
        "anchors in quarantine": health["quarantined"],
    }
    what = "; ".join(dict.fromkeys(fault.what for fault in faults))
    summary = (
        f"changes do not reach it wholly: {what}; {faults[0].advice}"
        if faults
        else f"changes are captured and refreshed; {health['pending']} pending"
    )
    if health["lag_seconds"] > PATIENCE_SECONDS and (who := blocker(session, registered.model_id, rows=True)):
        summary += f", for {float(health['lag_seconds']):.0f} s: {who}"
    rows: tuple[Row, ...] = tuple({"fault": fault.what, "detail": fault.detail} for fault in faults)
    return CheckResult("kept_fresh", full_name, not faults, summary, rows, figures)


def faults_of_sources(session: Session, registered: Registration) -> list[FreshnessFault]:
    """What became of tables and columns that it reads; a restored database says that of all of them at once."""
    back = "the next refresh then computes its rows by itself; or change the definition where it no longer fits, and "
    return [
        FreshnessFault(
            change.what,
            change.undo,
            f"undo that{f' by `{change.undo}`' if change.undo else ''}, and {back}{FreshnessFault.advice}",
        )
        for change in changed_sources(session, registered.model_id)
        if not change.restored
    ]


def faults_of_refreshes(
    full_name: str, registered: Registration, capture: ModelCapture, health: Mapping[str, Any]
) -> list[FreshnessFault]:
    """What keeps captured changes from being shown; `health` is the row of the query of that name."""
    anchors: list[str] = health["quarantined_anchors"]
    some = ", ".join([*anchors, *(["..."] if health["quarantined"] > len(anchors) else [])])
    fix_rows = (
        f"fix the source rows of {some}, which are then computed again; or run `denorm-assets refresh {full_name}`, "
        "which tries again"
    )
    fix_slow = "fix the row that makes it so, add the index that the definition needs, or raise DENORM_DRAIN_SECONDS"
    # All of it changed with the tables, which says more.
    restored = any(fault.what == RESTORED for fault in capture.faults)
    redefined: list[str] = [] if restored else health["redefined"]
    shape = "a source changed its shape, or was replaced; run `denorm-assets apply`"
    found = {
        FreshnessFault("rows that cannot be computed", health["quarantine_error"], fix_rows): health["quarantined"],
        FreshnessFault(
            "its changes cannot be traced in time",
            f"since {_moment(health['slow_at'])} each change makes all of its rows stale",
            fix_slow,
        ): health["slow_at"],
        FreshnessFault("a source changed its shape", health["broken"]): health["broken"]
        and capture.unreadable is not None,
        FreshnessFault("the change log is stuck", str(LogStuck(health["dispatch_error"]))): health["dispatch_error"],
        FreshnessFault(
            "the last refresh failed", health["last_error"], f"{health['last_error']}; it is retried"
        ): health["last_error"],
        FreshnessFault("needs rebuild", shape): registered.state == "needs_rebuild",
        FreshnessFault(
            "a read model that it reads is not kept fresh",
            health["read_stale"],
            f"see the check kept_fresh of {health['read_stale']}",
        ): health["read_stale"],
        FreshnessFault(
            "changes were not logged, because the change log was full",
            f"since {_moment(health['unlogged_since'])}",
            "the next refresh computes all rows; see the check change_log of its system",
        ): health["unlogged_since"],
        FreshnessFault("DDL changed values", "; ".join(redefined), "the next refresh computes all rows"): redefined,
    }
    return [fault for fault, is_so in found.items() if is_so]


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
