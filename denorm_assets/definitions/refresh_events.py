"""A refresh as Dagster shows it: a materialization of the read model, and its checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from denorm_assets.db.checks import kept_fresh
from denorm_assets.db.declared_capture import ModelCapture, model_capture
from denorm_assets.db.refreshing import Refreshed
from denorm_assets.db.registry import registration
from denorm_assets.db.session import Database
from denorm_assets.db.status import count_rows
from denorm_assets.definitions.checks import MODEL_CHECKS, asset_check_evaluation
from denorm_assets.definitions.names import model_key
from denorm_assets.errors import DenormError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System

_COUNTED = 100_000
_CAPTURE_SECONDS = 60.0


def refresh_materialization(database: Database, refreshed: Refreshed) -> dg.AssetMaterialization | None:
    """The event of a refresh that did something; None where it failed or another driver was at it."""
    drained = refreshed.drained
    if drained is None:
        return None
    rows = count_rows(database, refreshed.system, refreshed.model, _COUNTED + 1)
    return dg.AssetMaterialization(
        model_key(refreshed.system, refreshed.model),
        description="refreshed from its pending changes",
        metadata={
            # Counting more would cost more than many a refresh.
            **({"dagster/row_count": rows} if rows <= _COUNTED else {"rows": f"more than {_COUNTED:,}"}),
            "anchors": "all of them" if drained.anchors is None else drained.anchors,
            "rows_written": drained.rows_written,
            "rows_removed": drained.rows_removed,
            "quarantined": drained.quarantined,
            "why": refreshed.decision.reason,
        },
    )


def kept_fresh_evaluation(
    database: Database, system: System, model: ReadModel, capture: ModelCapture | None = None
) -> dg.AssetCheckEvaluation:
    """The check's outcome now; it replaces the one shown before. `capture` is looked at where it is not given."""
    with database.session(system.schema) as session:
        capture = capture or model_capture(session, system, model)
        result = kept_fresh(session, f"{system.name}/{model.name}", registration(session, system, model), capture)
    return asset_check_evaluation(model_key(system, model), result)


class RunlessReports:
    """Reports refreshes that no run made, as the resident worker does.

    Under steady writes a refresh may come every second. So refreshes of a read model within `interval` seconds after a
    report are added up, and reported together at its end.
    """

    def __init__(self, instance: dg.DagsterInstance, database: Database, interval: float = 5.0) -> None:
        self._instance = instance
        self._database = database
        self._interval = interval
        self._waiting: dict[dg.AssetKey, Refreshed] = {}
        self._reported_at: dict[dg.AssetKey, float] = {}
        self._captured: dict[dg.AssetKey, tuple[float, ModelCapture]] = {}

    def add(self, refreshes: Sequence[Refreshed]) -> None:
        """Take note of `refreshes` (none is fine), and report what is due."""
        for refreshed in refreshes:
            key = model_key(refreshed.system, refreshed.model)
            held = self._waiting.get(key)
            together = refreshed.drained
            if held is not None and held.drained is not None:
                together = held.drained if together is None else held.drained.plus(together)
            self._waiting[key] = replace(refreshed, drained=together)
        now = time.monotonic()
        for key in [k for k in self._waiting if now - self._reported_at.get(k, -self._interval) >= self._interval]:
            self._report(key)
            self._reported_at[key] = now

    def finish(self) -> None:
        """Report what still waits."""
        for key in [*self._waiting]:
            self._report(key)

    def _report(self, key: dg.AssetKey) -> None:
        refreshed = self._waiting.pop(key)
        event = refresh_materialization(self._database, refreshed)
        if event is not None:
            self._instance.report_runless_asset_event(event)
        capture = self._capture(key, refreshed.system, refreshed.model)
        report_checks(self._instance, self._database, refreshed.system, refreshed.model, capture)

    def _capture(self, key: dg.AssetKey, system: System, model: ReadModel) -> ModelCapture:
        """Capture as it is, or was a minute ago where it lacked nothing: to look costs more than most refreshes."""
        looked_at, capture = self._captured.get(key, (0.0, None))
        if capture is None or capture.faults or time.monotonic() - looked_at > _CAPTURE_SECONDS:
            with self._database.session(system.schema) as session:
                capture = model_capture(session, system, model)
            self._captured[key] = (time.monotonic(), capture)
        return capture


@contextmanager
def unreachable_instance(log: Callable[[str], None]) -> Generator[None]:
    """Go on where Dagster cannot be told: the read models are fresh all the same, and the next report follows."""
    try:
        yield
    except (dg.DagsterError, SQLAlchemyError, DenormError) as error:
        log(f"Dagster could not be told of a refresh: {error}")


def report_checks(
    instance: dg.DagsterInstance,
    database: Database,
    system: System,
    model: ReadModel,
    capture: ModelCapture | None = None,
) -> None:
    """Report the checks of a read model after a materialization that no run of theirs followed.

    Dagster shows what a run evaluated before a newer materialization as *not evaluated*; so that goes on being shown as
    what it is, a result of its time.
    """
    instance.report_runless_asset_event(kept_fresh_evaluation(database, system, model, capture))
    asset = model_key(system, model)
    keys = [dg.AssetCheckKey(asset, name) for name in MODEL_CHECKS]
    for record in instance.event_log_storage.get_latest_asset_check_execution_by_key(keys).values():
        event = record.event.dagster_event if record.event else None
        found = event.event_specific_data if event else None
        if isinstance(found, dg.AssetCheckEvaluation) and found.target_materialization_data is not None:
            then = datetime.fromtimestamp(record.create_timestamp, UTC)
            said = f"As of {then:%Y-%m-%d %H:%M:%S} UTC, before the last refresh: {found.description}"
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=asset,
                    check_name=found.check_name,
                    passed=found.passed,
                    metadata=found.metadata,
                    severity=found.severity,
                    description=said,
                )
            )
