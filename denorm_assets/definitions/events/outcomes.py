"""What the checks last found, and whether Dagster shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
    AssetCheckExecutionRecord,
)

_AS_OF = "As of "
FOUND_AT = "found at"
"""Metadata of what is reported later than it was found."""


@dataclass(frozen=True)
class Outcome:
    """The last evaluation of a check.

    Attributes:
        planned: the newer execution that hides it, which a run has planned; None where there is none.
    """

    record: AssetCheckExecutionRecord
    evaluation: dg.AssetCheckEvaluation
    planned: AssetCheckExecutionRecord | None = None

    @property
    def evaluated_at(self) -> float:
        """Seconds since 1970: when it was found, where that was reported later, or said again.

        The record's own time has no fraction in SQLite, and so may be earlier.
        """
        found_at = self.evaluation.metadata.get(FOUND_AT)
        if found_at is not None and isinstance(found_at.value, float):
            return found_at.value
        return self.record.event.timestamp if self.record.event is not None else self.record.create_timestamp

    def said_again(self, why: str = "") -> dg.AssetCheckEvaluation:
        """The evaluation as a result of its time."""
        found, then = self.evaluation, datetime.fromtimestamp(self.record.create_timestamp, UTC)
        said = found.description or ""
        if not said.startswith(_AS_OF):
            said = f"{_AS_OF}{then:%Y-%m-%d %H:%M:%S} UTC{why}: {said}"
        return dg.AssetCheckEvaluation(
            asset_key=found.asset_key,
            check_name=found.check_name,
            passed=found.passed,
            metadata={**found.metadata, FOUND_AT: dg.MetadataValue.timestamp(self.evaluated_at)},
            severity=found.severity,
            description=said,
        )

    def is_shown(self, instance: dg.DagsterInstance, latest: dg.EventLogRecord | None) -> bool:
        """Whether Dagster shows it beside `latest`, the asset's latest materialization, or is about to show another.

        It shows what was evaluated with that or after it. What neither of the two was made by a run for counts as one.
        """
        if self.planned is not None:
            run = instance.get_run_by_id(self.planned.run_id)
            return run is not None and not run.is_finished
        if latest is None or self.record.run_id == latest.run_id:
            return True
        target = self.evaluation.target_materialization_data
        if target is None:
            return self.record.create_timestamp > latest.timestamp
        return target.storage_id == latest.storage_id


def hidden_checks(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]) -> list[dg.AssetCheckKey]:
    """The checks that Dagster goes on showing as *not evaluated*, because a run that planned them ended before."""
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    return [
        key
        for key, record in latest.items()
        if record.status not in COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES
        and ((run := instance.get_run_by_id(record.run_id)) is None or run.is_finished)
    ]


def last_outcomes(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]) -> Mapping[dg.AssetCheckKey, Outcome]:
    """The last evaluation of each check that ever was evaluated, whatever was planned, or cancelled, since."""
    storage = instance.event_log_storage
    found: dict[dg.AssetCheckKey, Outcome] = {}
    for key, latest in storage.get_latest_asset_check_execution_by_key(list(keys)).items():
        completed, planned = latest, None
        if latest.status not in COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES:
            history = storage.get_asset_check_execution_history(
                key, limit=1, status=COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES
            )
            if not history:
                continue
            completed, planned = history[0], latest
        if completed.evaluation is not None:
            found[key] = Outcome(completed, completed.evaluation, planned)
    return found
