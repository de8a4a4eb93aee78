"""A refresh as Dagster shows it: a materialization of the read model, and its checks."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from denorm_assets.db.capture.declared import ModelCapture, model_capture
from denorm_assets.db.control.ranges import RangeProgress, range_progress
from denorm_assets.db.control.registry import registration
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.status import count_rows
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.definitions.checks.checks import KEPT_FRESH, MODEL_CHECKS, asset_check_evaluation, report_check
from denorm_assets.definitions.events.columns import column_metadata
from denorm_assets.definitions.events.metadata import RawMetadata
from denorm_assets.definitions.events.outcomes import Outcome, last_outcomes
from denorm_assets.definitions.events.range_events import provenance
from denorm_assets.definitions.events.shown import done_tag, refresh_tag
from denorm_assets.definitions.names import Names
from denorm_assets.errors import DenormError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.versions import code_version

_LOG = logging.getLogger(__name__)
_COUNTED = 100_000
_CAPTURE_SECONDS = 60.0

_AT_LAST_RANGE = ", in whatever range; shown at the last one, so that what follows by an automation condition starts"
_NOT_TOLD = (
    "Dagster is not told of refreshes yet: no code location has noted its asset keys in this instance. Start Dagster's "
    "daemon with our sensors, or run a job of ours, on this release"
)

_INTERVAL_SECONDS = 5.0
_PER_HOUR = 60
"""Events of one read model: the log keeps each of them for a week."""
_AT_ONCE = 20
_MOST_OF_A_REPORT = 2 + len(MODEL_CHECKS)
_KEPT_BACK = 1 + _MOST_OF_A_REPORT
"""For a refresh that begins to fail after a busy hour, which is one event, and for the one that succeeds again."""
_SAID_AGAIN_SECONDS = 3_600.0


def refresh_materialization(
    names: Names, instance: dg.DagsterInstance, database: Database, refreshed: Refreshed
) -> dg.AssetMaterialization | None:
    """The event of a refresh that did something; None where it failed or another driver was at it."""
    drained = refreshed.drained
    if drained is None:
        return None
    version = code_version(refreshed.system, refreshed.model)
    shown_at = _shown_range(names, instance, database, refreshed.system, refreshed.model)
    what = "recomputed as a whole" if drained.anchors is None else "refreshed from its pending changes"
    # A refresh computes rows by the present definition only.
    tags = provenance(names, instance, refreshed.system, refreshed.model, version)
    return dg.AssetMaterialization(
        names.model_key(refreshed.system, refreshed.model),
        description=what + (_AT_LAST_RANGE if shown_at else ""),
        partition=shown_at.key if shown_at else None,
        metadata={
            **_row_count(database, refreshed.system, refreshed.model),
            "anchors": "all of them" if drained.anchors is None else drained.anchors,
            "rows_written": drained.rows_written,
            "rows_removed": drained.rows_removed,
            "quarantined": drained.quarantined,
            "why": refreshed.why,
            "refreshes": refreshed.refreshes,
            **({} if refreshed.seconds is None else {"seconds": round(refreshed.seconds, 3)}),
            **column_metadata(database, refreshed.system, refreshed.model),
        },
        tags={**tags, **refresh_tag(drained.refresh_id), **(done_tag(shown_at.done_at) if shown_at else {})},
    )


def _row_count(database: Database, system: System, model: ReadModel) -> RawMetadata:
    """How many rows a read model holds; about, where counting them would cost more than many a refresh."""
    rows = count_rows(database, system, model, _COUNTED + 1)
    if rows <= _COUNTED:
        return {"dagster/row_count": rows}
    with database.session(system.schema) as session:
        return {"rows": f"about {max(rows, held_rows(session, TableName(model.name, system.schema))):,}"}


def _shown_range(
    names: Names, instance: dg.DagsterInstance, database: Database, system: System, model: ReadModel
) -> RangeProgress | None:
    """The last range that is done, where the event of a refresh is shown; None of a read model without ranges.

    Automation conditions see no event of a partitioned asset that names no partition: what follows the read model
    would never start.
    """
    if not model.driving:
        return None
    with database.session(system.schema) as session:
        registered = registration(session, system, model)
        done = [item for item in range_progress(session, registered.model_id) if item.done]
    partition_set = names.partition_set(system, registered.range_set)
    known = set(instance.get_dynamic_partitions(partition_set)) if done else set[str]()
    return next((item for item in reversed(done) if item.key in known), None)


def kept_fresh_evaluation(
    names: Names, database: Database, system: System, model: ReadModel, capture: ModelCapture | None = None
) -> dg.AssetCheckEvaluation:
    """The check's outcome now; it replaces the one shown before. `capture` is looked at where it is not given."""
    with database.session(system.schema) as session:
        capture = capture or model_capture(session, system, model)
        result = kept_fresh(session, f"{system.name}/{model.name}", registration(session, system, model), capture)
    return asset_check_evaluation(names, names.model_key(system, model), result)


class _Budget:
    """How many events may be reported of one read model now: a few at once, and at most `_PER_HOUR` in any hour."""

    def __init__(self) -> None:
        self._left = float(_AT_ONCE)
        self._counted_at = time.monotonic()

    def allows(self, *, turned: bool) -> bool:
        """Whether a report may be made."""
        now = time.monotonic()
        self._left = min(_AT_ONCE, self._left + (now - self._counted_at) * (_PER_HOUR - _AT_ONCE) / 3600)
        self._counted_at = now
        return self._left >= _MOST_OF_A_REPORT + (0 if turned else _KEPT_BACK)

    def spend(self, events: int) -> None:
        """Take note of a report."""
        self._left -= events


class RunlessReports:
    """Reports refreshes that no run made, as the resident worker does.

    Under steady writes a refresh may come every second. So refreshes of a read model within `interval` seconds after a
    report are added up, and reported together at its end; under steady load, they are added up for longer.
    """

    def __init__(
        self,
        names: Names | None,
        instance: dg.DagsterInstance,
        database: Database,
        interval: float | None = None,
    ) -> None:
        """Refreshes are those of systems that `names` knows. Without names, they wait for `called`."""
        self._names = names
        self._instance = instance
        self._database = database
        self._interval = _INTERVAL_SECONDS if interval is None else interval
        self._waiting: dict[str, Refreshed] = {}
        self._reported_at: dict[str, float] = {}
        self._failed: dict[str, bool] = {}
        self._budgets: defaultdict[str, _Budget] = defaultdict(_Budget)
        self._captured: dict[str, tuple[float, ModelCapture]] = {}
        self._told = False

    def at(self, instance: dg.DagsterInstance, database: Database) -> RunlessReports:
        """The same, for a caller whose connections live for one look."""
        self._instance, self._database = instance, database
        return self

    def called(self, names: Names | None) -> None:
        """Take note of what the assets are called; the log says once that nobody knows."""
        self._names = names
        if names is None and self._waiting and not self._told:
            self._told = True
            _LOG.warning(_NOT_TOLD)

    def add(self, refreshes: Sequence[Refreshed]) -> None:
        """Take note of `refreshes` (none is fine), and report what is due."""
        for refreshed in refreshes:
            held = self._waiting.get(refreshed.full_name)
            self._waiting[refreshed.full_name] = refreshed if held is None else refreshed.after(held)
        now = time.monotonic()
        for name in [*self._waiting]:
            if now - self._reported_at.get(name, -self._interval) >= self._interval and self._budgets[name].allows(
                turned=self._turned(name)
            ):
                self._report(name)
                self._reported_at[name] = now

    def _turned(self, name: str) -> bool:
        return (self._waiting[name].error is not None) != self._failed.get(name, False)

    def finish(self) -> None:
        """Report what still waits."""
        for name in [*self._waiting]:
            self._report(name)

    def _report(self, name: str) -> None:
        if self._names is None:
            return
        refreshed = self._waiting.pop(name)
        self._failed[name] = refreshed.error is not None
        event = refresh_materialization(self._names, self._instance, self._database, refreshed)
        if event is not None:
            self._instance.report_runless_asset_event(event)
        capture = self._capture(name, refreshed.system, refreshed.model)
        reported = report_checks(
            self._names, self._instance, self._database, refreshed.system, refreshed.model, capture
        )
        self._budgets[name].spend(reported + (event is not None))

    def _capture(self, name: str, system: System, model: ReadModel) -> ModelCapture:
        """Capture as it is, or was a minute ago where it lacked nothing: to look costs more than most refreshes."""
        looked_at, capture = self._captured.get(name, (0.0, None))
        if capture is None or capture.faults or time.monotonic() - looked_at > _CAPTURE_SECONDS:
            with self._database.session(system.schema) as session:
                capture = model_capture(session, system, model)
            self._captured[name] = (time.monotonic(), capture)
        return capture


@contextmanager
def unreachable_instance() -> Generator[None]:
    """Go on where Dagster cannot be told: the read models are fresh all the same, and the next report follows."""
    try:
        yield
    except (dg.DagsterError, SQLAlchemyError, DenormError) as error:
        _LOG.warning("Dagster could not be told of a refresh: %s", error)


def report_checks(
    names: Names,
    instance: dg.DagsterInstance,
    database: Database,
    system: System,
    model: ReadModel,
    capture: ModelCapture | None = None,
) -> int:
    """Report the checks of a read model after a materialization that no run of theirs followed; returns how many.

    Dagster shows what a run evaluated before a newer materialization as *not evaluated*; so that goes on being shown as
    what it is, a result of its time. So does the last one before a run that was cancelled. What Dagster shows already
    is not said again.
    """
    asset = names.model_key(system, model)
    outcomes = last_outcomes(instance, [dg.AssetCheckKey(asset, name) for name in (KEPT_FRESH, *MODEL_CHECKS)])
    latest = next(iter(instance.fetch_materializations(asset, limit=1).records), None)
    reported: list[dg.AssetCheckEvaluation] = []
    fresh = kept_fresh_evaluation(names, database, system, model, capture)
    shown = outcomes.get(fresh.asset_check_key)
    if shown is None or not shown.is_shown(instance, latest) or not _says_the_same(shown, fresh):
        reported.append(fresh)
    for name in MODEL_CHECKS:
        outcome = outcomes.get(dg.AssetCheckKey(asset, name))
        if outcome is None or outcome.is_shown(instance, latest):
            continue
        reported.append(outcome.said_again(", before the last refresh"))
    for evaluation in reported:
        report_check(names, instance, evaluation)
    return len(reported)


def _says_the_same(shown: Outcome, found: dg.AssetCheckEvaluation) -> bool:
    """Whether what is shown is the same but for its figures, and not old."""
    return (
        shown.evaluation.passed == found.passed
        and (found.passed or shown.evaluation.description == found.description)
        and time.time() - shown.record.create_timestamp < _SAID_AGAIN_SECONDS
    )
