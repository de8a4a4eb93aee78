"""The health of a system: its queue, its refreshes, and what its tables and indexes cost. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from denorm_assets.db.cache.admin.register import cache_registrations, describe_cache
from denorm_assets.db.capture.declared import capture_of, model_capture
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.health.monitored import ROWS_SHOWN, rounded, subject
from denorm_assets.db.health.table_costs import cache_hits, dead_rows, duplicate_indexes, unused_indexes
from denorm_assets.db.introspection.blockers import blocker
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import LogStuck
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.system import System
from denorm_assets.sql.automatic import as_registered
from denorm_assets.sql.control import query

CHANGES_ARRIVE = {
    "queue": "The change backlog is within its limit: how many changes wait, and for how long the oldest does.",
    "refreshes": "Refreshes of the last 24 hours succeeded: how many there were, and how long they took.",
    "change_log": "The change log is moved on and stays small.",
}
"""The checks of how changes reach the read models, by name."""
STORAGE = {
    "cache_hits": "Reads of our tables and indexes are answered from memory.",
    "unused_indexes": "Every index of ours is read.",
    "duplicate_indexes": "No index of ours does what another one does already.",
    "dead_rows": "VACUUM keeps up with our tables, and they are as large as their rows need.",
}
"""The checks of what tables and indexes cost, by name."""
MONITORED = CHANGES_ARRIVE | STORAGE
"""The checks of a system's health, by name."""

_HOURS = 24

# A refresh of a large view may itself take minutes, and a restart of the worker some seconds: a lag is late by far only
# beyond both. Ten times what was promised, and five minutes, is no passing hiccup.
_LATE = 2.0
_LATE_SECONDS = 30.0
_FAR_TOO_LATE = 10.0
_FAR_TOO_LATE_SECONDS = 300.0

_REPEATED_FAILURES = 3
"""A deadlock or a lock may fail one refresh and its next try; a third one in a row has a cause that stays."""


_LARGE_LOG_BYTES = 1024**3
"""Moving on a log of this size takes a minute, and VACUUM as long."""
_OLD_LOG_SECONDS = 3_600.0


def monitor(session: Session, system: System) -> list[CheckResult]:
    """The results of all checks of `MONITORED`, in that order; what is not created yet has nothing wrong with it."""
    registered = registrations(session, system)
    if not registered:
        return [CheckResult(name, subject(system), True, "nothing is created yet") for name in MONITORED]
    owned = [row["relation"] for row in session.rows(query("monitoring", "owned", system=system.name))]
    return [
        queue(session, system, registered),
        _refreshes(session, system),
        change_log(session, system),
        cache_hits(session, system, owned),
        unused_indexes(session, system),
        duplicate_indexes(session, system),
        dead_rows(session, system, owned),
    ]


def _clock_lag(system: System, model: ReadModel, version: str, seconds: float | None) -> float:
    """How many seconds ago the stored time of a read model should have been moved; 0 where it has none."""
    model = as_registered(system, model, version)
    return 0.0 if seconds is None or isinstance(model.refresh, Full) else float(seconds) - model.refresh.clock


def queue(session: Session, system: System, registered: dict[str, Registration]) -> CheckResult:
    """Whether the change backlog is within its limit; without figures where changes do not arrive at all."""
    rows: list[Row] = []
    late: list[str] = []
    held_up: list[str] = []
    far_too_late = False
    stuck: str | None = None
    for model in system.read_models:
        found = registered.get(model.name)
        # What loads is caught up with before it goes live.
        if found is None or found.state not in ("live", "needs_rebuild"):
            continue
        health = session.one(query("drains", "health", model_id=found.model_id))
        stuck = stuck or health["dispatch_error"]
        lag = max(float(health["lag_seconds"]), _clock_lag(system, model, found.code_version, health["clock_seconds"]))
        promised = model.refresh.debounce.max_wait + (health["last_duration_ms"] or 0) / 1000
        if lag > max(_LATE * promised, _LATE_SECONDS):
            late.append(model.name)
            if who := blocker(session, found.model_id, rows=True):
                held_up.append(f"{model.name}: {who}")
        far_too_late = far_too_late or lag > max(_FAR_TOO_LATE * promised, _FAR_TOO_LATE_SECONDS)
        rows.append(
            {
                "read model": model.name,
                "pending": health["pending"],
                "lag s": round(lag, 1),
                "promised s": promised,
                "in quarantine": health["quarantined"],
            }
        )
    uncaptured = _uncaptured(session, system, registered)
    if uncaptured:
        unreached = ", ".join(dict.fromkeys(str(row["read model"]) for row in uncaptured))
        summary = f"changes do not reach {unreached} ({uncaptured[0]['fault']}); run `denorm-assets apply`"
        return CheckResult("queue", subject(system), False, summary, tuple(uncaptured[:ROWS_SHOWN]))
    if stuck is not None:
        return CheckResult("queue", subject(system), False, str(LogStuck(stuck)), tuple(rows[:ROWS_SHOWN]))
    remedy = (
        f"{'; '.join(held_up)}. End that transaction, or wait for it"
        if held_up
        else "see that `denorm-assets worker` or Dagster's refresh sensor runs, and what its check kept_fresh says"
    )
    summary = (
        f"changes of {', '.join(late)} wait for too long; {remedy}"
        if late
        else f"the change backlog is within its limit; {sum(int(row['pending'] or 0) for row in rows):,} wait"
    )
    quarantined = [str(row["read model"]) for row in rows if row["in quarantine"]]
    if quarantined:
        summary += f"; rows of {', '.join(quarantined)} cannot be computed, see kept_fresh"
    figures = {
        "pending": sum(int(row["pending"] or 0) for row in rows),
        "longest lag s": max((float(row["lag s"] or 0) for row in rows), default=0.0),
    }
    return CheckResult(
        "queue", subject(system), not late, summary, tuple(rows[:ROWS_SHOWN]), figures, warning_only=not far_too_late
    )


def _uncaptured(session: Session, system: System, registered: dict[str, Registration]) -> list[Row]:
    """What capture lacks, by read model and cache: what is not logged does not even wait."""
    looking = {model.name: partial(model_capture, session, system, model) for model in system.read_models}
    for cache in system.caches:
        describing = partial(describe_cache, session, system, cache)
        looking[cache.name] = partial(capture_of, session, system.name, cache.name, describing, of_cache=True)
    applied = {*registered, *cache_registrations(session, system)}
    return [
        {"read model": name, "fault": str(fault)}
        for name, look in looking.items()
        if name in applied
        for fault in look().faults
    ]


def _refreshes(session: Session, system: System) -> CheckResult:
    found = session.rows(query("monitoring", "refreshes", system=system.name, hours=_HOURS))
    rows: tuple[Row, ...] = tuple(
        {
            "read model": row["name"],
            "completed": row["completed"],
            "average ms": rounded(row["average_ms"]),
            "p95 ms": rounded(row["p95_ms"]),
            "max ms": rounded(row["longest_ms"]),
            "failed": row["failed"],
            "last error": row["last_error"],
        }
        for row in found
    )
    failed = [row["name"] for row in found if row["failed"]]
    repeatedly = [row["name"] for row in found if row["failed_since"] >= _REPEATED_FAILURES]
    summary = f"{sum(row['completed'] for row in found):,} refreshes in {_HOURS} hours"
    if repeatedly:
        summary += f"; those of {', '.join(repeatedly)} keep failing; see the last error"
    elif failed:
        summary += f"; some of {', '.join(failed)} failed, and later ones succeeded or are tried again"
    figures = {
        "completed": sum(row["completed"] for row in found),
        "failed": sum(row["failed"] for row in found),
        "longest ms": max((rounded(row["longest_ms"]) or 0.0 for row in found), default=0.0),
    }
    return CheckResult(
        "refreshes", subject(system), not failed, summary, rows[:ROWS_SHOWN], figures, warning_only=not repeatedly
    )


def change_log(session: Session, system: System) -> CheckResult:
    """Whether the change log is moved on, stays small, and still takes changes."""
    found = session.rows(query("monitoring", "change_log", system=system.name))
    sizes = session.one(query("monitoring", "log_bytes"))
    rows: tuple[Row, ...] = tuple(
        {"source": row["source"], "rows": row["rows"], "oldest s": rounded(row["oldest_seconds"])} for row in found
    )
    oldest = max((float(row["oldest_seconds"]) for row in found), default=0.0)
    size = sizes["change_log"] + sizes["pending"]
    faults: list[str] = []
    if oldest > _OLD_LOG_SECONDS:
        faults.append(
            f"the oldest change was logged {oldest / 3600:.1f} hours ago; see that a worker or Dagster's "
            "refresh sensor runs"
        )
    if sizes["stopped"] or sizes["unlogged_since"] is not None:
        faults.append(_not_logged(session, system, sizes))
    elif size > _LARGE_LOG_BYTES:
        faults.append(f"log and queue take {size / 1024**2:,.0f} MB; end transactions that stay open, and run VACUUM")
    count = sum(row["rows"] for row in found)
    summary = "; ".join(faults) or f"{count:,} changes are logged, {size / 1024**2:,.1f} MB with what is pending"
    figures: dict[str, int | float | str] = {"rows": count, "bytes": size, "oldest s": round(oldest, 1)}
    if sizes["most"] is not None:
        figures["limit in bytes"] = sizes["most"]
    if sizes["stopped_at"] is not None:
        figures["last full"] = f"{sizes['stopped_at']:%Y-%m-%d %H:%M:%S} UTC"
    return CheckResult(
        "change_log", subject(system), not faults, summary, rows[:ROWS_SHOWN], figures, warning_only=True
    )


def _not_logged(session: Session, system: System, log: Mapping[str, Any]) -> str:
    """What says that changes are not logged, since when, and what has to happen until they are."""
    since = f"since {log['stopped']:%Y-%m-%d %H:%M:%S} UTC" if log["stopped"] else "for a statement of very many rows"
    full = "" if log["most"] is None else f" ({log['most'] / 1024**2:,.0f} MB)"
    said = f"the change log is full{full}: {since} changes are not logged"
    if log["unlogged_since"] is not None:
        said += ", and the next refresh computes all rows of every read model"
    if (oldest := session.row(query("monitoring", "oldest_transaction"))) is not None:
        waits = f"process {oldest['pid']} of {oldest['role']} ({oldest['state']}, {oldest['seconds']:,} s)"
        said += f"; that, and logging, waits for the transaction of {waits}: end it"
    return f"{said}; see that a worker or Dagster's refresh sensor runs"
