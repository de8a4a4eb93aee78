"""Showing what PostgreSQL has recorded of one read model."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import dagster as dg

from denorm_assets.db.backfill.one_range import as_done
from denorm_assets.db.changes.refresh_log import Drained
from denorm_assets.db.control.ranges import RangeProgress, range_progress
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.control.told import GRACE_SECONDS, UntoldRefresh, total, untold_refreshes
from denorm_assets.db.health.checks import foreign_keys_validated, indexes_valid
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import OF_DAGSTER, OF_WORKER, Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.definitions.checks.checks import INDEXES_AND_FOREIGN_KEYS, as_evaluation, report_check
from denorm_assets.definitions.checks.combined import combined_result
from denorm_assets.definitions.checks.recorded_reports import clock_skew, report_recorded
from denorm_assets.definitions.checks.refresh_reports import refresh_materialization
from denorm_assets.definitions.checks.standing import report_standing
from denorm_assets.definitions.events.columns import column_metadata
from denorm_assets.definitions.events.range_events import (
    RangeEvents,
    as_it_stands,
    is_shown_at,
    provenance,
)
from denorm_assets.definitions.events.shown import last_shown_refresh, refresh_tag, unshown_ranges
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.sensors.recorded_phases import BY_NOBODY
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.debounce import Decision
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import code_version, finished_version

_BY_SHELL = "`denorm-assets`, or a program, refreshed it: no driver of refreshes"
_NOT_REPORTED = {
    OF_WORKER: "a worker refreshed it, and did not report it",
    OF_DAGSTER: "Dagster refreshed it: a run, or a tick that ended before it could report it",
}


@dataclass
class ShowingModel:
    """One read model, whose recorded state is being shown.

    Attributes:
        complete: whether all of it is shown.
    """

    names: Names
    database: Database
    system: System
    model: ReadModel
    registered: Registration
    instance: dg.DagsterInstance
    until: float
    complete: bool = True

    @property
    def _key(self) -> dg.AssetKey:
        return self.names.model_key(self.system, self.model)

    def all_since(self, since: datetime | None) -> list[str]:
        """Show what is new; of what was done before `since`, it is known that it was shown."""
        with self.database.session(self.system.schema) as session:
            described = describe(session, self.system, self.model)
            refreshes = untold_refreshes(session, self.registered.model_id)
            progress = range_progress(session, self.registered.model_id)
            now: datetime = session.one(query("models", "now"))["now"]
            skew = clock_skew(session)
        number, latest = last_shown_refresh(self.instance, self._key)
        untold = [each for each in refreshes if _is_untold(each, number, latest, skew)]
        loaded = 0
        if self.model.driving:
            settled = [item for item in progress if _is_settled(item, now)]
            loaded = self._show_ranges(described, settled, untold, since)
            self.complete = self.complete and not any(item.done and item.holder for item in progress)
        elif latest is None and self.registered.whole_version == self.registered.code_version:
            self._show_whole(untold)
            loaded = 1
        said = [f"showed {self._what(loaded)} of {self.model.name}, loaded {BY_NOBODY}"] if loaded else []
        if untold and not loaded:
            self._show_refreshes(untold)
            said.append(f"showed {len(untold)} refreshes of {self.model.name} that nobody reported")
        if self.registered.state == "live" and self.complete:
            said += self._show_indexes(described, new=loaded > 0)
        given = self.names, self.instance, self.database, self.system, self.model
        checks = report_recorded(*given, loaded=bool(said))
        return [*said, *([f"showed {', '.join(checks)} of {self.model.name}"] if checks and not loaded else [])]

    def _what(self, loaded: int) -> str:
        return f"{loaded:,} ranges" if self.model.driving else "all rows"

    def _show_ranges(
        self,
        described: DescribedModel,
        settled: list[RangeProgress],
        untold: list[UntoldRefresh],
        since: datetime | None,
    ) -> int:
        """Show the ranges that were loaded; returns how many."""
        partition_set = self.names.partition_set(self.system, self.registered.range_set)
        known = set(self.instance.get_dynamic_partitions(partition_set)) if settled else set[str]()
        # Partitions come with the tick after.
        self.complete = all(item.key in known for item in settled)
        left = unshown_ranges(self.instance, self._key, [item for item in settled if item.key in known], since)
        if not left:
            return 0
        events = RangeEvents.of_run(self.names, self.instance, self.system, described)
        if untold:
            # What is loaded is not said to be refreshed, too.
            tag = refresh_tag(total(untold).refresh_id)
            events = replace(events, provenance={**events.provenance, **tag})
        for shown, item in enumerate(left):
            if time.monotonic() > self.until:
                self.complete = False
                return shown
            assert item.done_at is not None, "what is settled is done"
            found = f"loaded and compared at {item.done_at:%Y-%m-%d %H:%M:%S} UTC, {BY_NOBODY}"
            self.instance.report_runless_asset_event(events.finished(as_done(item), found))
        return len(left)

    def _show_whole(self, untold: list[UntoldRefresh]) -> None:
        """Show that a read model without ranges was loaded."""
        at = "" if self.registered.whole_at is None else f" at {self.registered.whole_at:%Y-%m-%d %H:%M:%S} UTC"
        version = code_version(self.system, self.model)
        tags = provenance(self.names, self.instance, self.system, self.model, version)
        self.instance.report_runless_asset_event(
            dg.AssetMaterialization(
                self._key,
                description=f"loaded as a whole{at}, {BY_NOBODY}",
                metadata={
                    "dagster/row_count": self.registered.whole_rows or 0,
                    **column_metadata(self.database, self.system, self.model),
                },
                tags={**tags, **refresh_tag(total(untold).refresh_id if untold else None)},
            )
        )

    def _show_refreshes(self, untold: list[UntoldRefresh]) -> None:
        """Show refreshes, added up."""
        done = total(untold)
        why = _NOT_REPORTED.get(done.driver, _BY_SHELL)
        refreshed = Refreshed(
            self.system,
            self.model,
            Decision(True, None, why),
            Drained(done.anchors, done.rows_written, done.rows_removed, refresh_id=done.refresh_id),
            seconds=done.seconds,
            refreshes=len(untold),
        )
        event = refresh_materialization(self.names, self.instance, self.database, refreshed)
        if event is not None:
            self.instance.report_runless_asset_event(event)

    def _show_indexes(self, described: DescribedModel, *, new: bool) -> list[str]:
        """Show that indexes and foreign keys are built, or still are after ranges were loaded."""
        key, version = self.names.indexes_key(self.system, self.model), finished_version(self.system, self.model)
        if is_shown_at(self.instance, key, version):
            if new:
                report_standing(self.names, self.instance, self.database, self.system, self.model)
            return []
        with self.database.session(self.system.schema) as session:
            results = [indexes_valid(session, described), foreign_keys_validated(session, described)]
        if not all(result.passed for result in results):
            return []
        found = f"built {BY_NOBODY}"
        self.instance.report_runless_asset_event(as_it_stands(self.instance, key, version, [self._key], found))
        combined = combined_result(self.names, INDEXES_AND_FOREIGN_KEYS, results)
        report_check(self.names, self.instance, as_evaluation(key, combined))
        return [f"showed the indexes of {self.model.name}, built {BY_NOBODY}"]


def _is_settled(item: RangeProgress, now: datetime) -> bool:
    """Whether it is done, and nobody is about to load it or to tell of it."""
    done_at = item.done_at if item.done and item.holder is None else None
    return done_at is not None and now - done_at > timedelta(seconds=GRACE_SECONDS)


def _is_untold(refresh: UntoldRefresh, number: int | None, latest: float | None, skew: float) -> bool:
    """Whether no event shows it: `number` is the last refresh that one shows, `latest` the time of the last event."""
    if number is not None and refresh.refresh_id <= number:
        return False
    # Dagster shows what its runs did by other events, too, which name no refresh.
    known = number is not None and refresh.driver != OF_DAGSTER
    return known or latest is None or refresh.ended_at.timestamp() + skew > latest
