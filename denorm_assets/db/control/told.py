"""What Dagster may have to be told of, because none of its runs did it: as the control schema has it recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.database import OF_DAGSTER, OF_WORKER
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import MissingPrivilege, ReadOnlyServer
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

GRACE_SECONDS = 5.0
"""Who did something may be about to tell Dagster of it."""
PATIENCE_SECONDS = 600.0
"""Workers and sensors add refreshes up, under steady writes for some minutes. What is older, they did not report."""


@dataclass(frozen=True)
class UntoldRefresh:
    """A refresh of which no driver tells, or of which its driver may not have told.

    Attributes:
        refresh_id: grows from refresh to refresh.
        anchors: how many anchors were recomputed; None where everything was.
        driver: who made it, as sessions are called.
    """

    refresh_id: int
    anchors: int | None
    rows_written: int
    rows_removed: int
    seconds: float
    driver: str
    ended_at: datetime


@dataclass(frozen=True)
class RecordedReconciliation:
    """The last reconciliation of a read model.

    Attributes:
        passed: None where nothing could be told.
        complete: whether it compared all segments, and all of them are right.
    """

    reconciliation_id: int
    ended_at: datetime
    passed: bool | None
    summary: str
    complete: bool


@dataclass(frozen=True)
class RecordedCheck:
    """What a check in the shell found, and when."""

    result: CheckResult
    checked_at: datetime


def fingerprints(session: Session, system: System) -> dict[str, str]:
    """Name of each applied read model -> what changes when there is anything new to tell; none of an older schema."""
    if not control_schema.installed(session):
        return {}
    asked = query("told", "fingerprints", system=system.name, **_drivers())
    return {row["name"]: row["fingerprint"] for row in session.rows(asked)}


def untold_refreshes(session: Session, model_id: int) -> list[UntoldRefresh]:
    """The refreshes of a read model of which nobody else tells, the last ones first."""
    return [
        UntoldRefresh(
            row["id"],
            row["anchors"],
            row["rows_written"] or 0,
            row["rows_removed"] or 0,
            row["seconds"] or 0.0,
            row["driver"],
            row["ended_at"],
        )
        for row in session.rows(query("told", "refreshes", model_id=model_id, **_drivers()))
    ]


def recorded_reconciliation(session: Session, model_id: int) -> RecordedReconciliation | None:
    """The last reconciliation that ended; None where there was none, or where it ended just now."""
    row = session.row(query("told", "reconciliation", model_id=model_id, grace=GRACE_SECONDS))
    if row is None:
        return None
    compared, of = row["figures"].get("segments compared", 0), row["figures"].get("segments", 0)
    complete = bool(row["passed"]) and compared == of > 0
    return RecordedReconciliation(row["id"], row["ended_at"], row["passed"], row["summary"], complete)


def record_checks(session: Session, model_id: int, results: Iterable[CheckResult]) -> None:
    """Write down what checks found, so that Dagster shows it. A role that may only read records nothing."""
    with suppress(MissingPrivilege, ReadOnlyServer), session.transaction():
        if not control_schema.installed(session):
            return
        for result in results:
            text = json.dumps(asdict(result), default=str)
            session.execute(query("told", "record_check", model_id=model_id, name=result.name, result=text))


def recorded_checks(session: Session, model_id: int) -> list[RecordedCheck]:
    """What the shell's checks last found in the rows of a read model."""
    return [
        RecordedCheck(_result(row["result"]), row["checked_at"])
        for row in session.rows(query("told", "checks", model_id=model_id))
    ]


def _result(recorded: Mapping[str, Any]) -> CheckResult:
    found = CheckResult(**recorded)
    return replace(found, rows=tuple(found.rows))


def database_identity(session: Session) -> str | None:
    """What tells this database from all others; None where nothing was applied yet."""
    if not control_schema.installed(session):
        return None
    return str(session.one(query("told", "identity"))["identity"])


def total(refreshes: Sequence[UntoldRefresh]) -> UntoldRefresh:
    """Several refreshes as one, with the number, driver and time of the last one."""
    counted = [each.anchors for each in refreshes if each.anchors is not None]
    last = max(refreshes, key=lambda each: each.refresh_id)
    return UntoldRefresh(
        last.refresh_id,
        sum(counted) if len(counted) == len(refreshes) else None,
        sum(each.rows_written for each in refreshes),
        sum(each.rows_removed for each in refreshes),
        sum(each.seconds for each in refreshes),
        last.driver,
        last.ended_at,
    )


def _drivers() -> dict[str, object]:
    return {"telling": [OF_DAGSTER, OF_WORKER], "grace": GRACE_SECONDS, "patience": PATIENCE_SECONDS}
