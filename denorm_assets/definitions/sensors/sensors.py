"""The sensor that follows growth and completion, one for all systems."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import dagster as dg

from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.control.ranges import RangeProgress, extend_ranges, range_keys, range_progress
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.definitions.assets.ranges import unknown_partitions
from denorm_assets.definitions.checks.phase_reports import report_hidden
from denorm_assets.definitions.checks.standing import report_standing
from denorm_assets.definitions.dagster_failure import explained
from denorm_assets.definitions.events.columns import show_columns
from denorm_assets.definitions.events.range_events import RangeEvents, as_recorded
from denorm_assets.definitions.instance.runs_under_way import UNDER_WAY, UNFINISHED
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.job_names import finish_job_name
from denorm_assets.definitions.names import PARTITION_TAGS, RANGES_SENSOR, Names, models_by_range_set
from denorm_assets.definitions.sensors.recorded import Recorded
from denorm_assets.errors import DenormError
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.catalog.described import DescribedDriver
from denorm_assets.model.ranges import rest_key
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.automatic import is_registered
from denorm_assets.sql.control import query
from denorm_assets.unexpected import one_line

_Change: TypeAlias = dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest
_INTERVAL_SECONDS = 30
# Whoever loaded a read model may be about to finish it too, as `denorm-assets dev` is.
_GRACE = timedelta(seconds=5)
_VERIFYING_SECONDS = 10.0
"""Of a tick, which Dagster breaks off after 60."""
_SHOWING_SECONDS = 30.0
_MOST_ROWS = 1_000_000
"""Of a source: so many are compared within seconds."""


def ranges_sensor(names: Names, checks: Collection[dg.AssetCheckKey]) -> dg.SensorDefinition:
    """Adds partitions as driving sources grow, and requests indexes once a read model's last range is done.

    `checks` are ours: people's own checks of our assets are theirs to report.
    """
    followed = [
        key(system, model)
        for system in names.systems
        for model in system.read_models
        for key in (names.model_key, names.indexes_key)
    ]
    said = " and ".join(system.name for system in names.systems)
    sensor_name, recorded = names.of_location(RANGES_SENSOR), Recorded(names)

    @dg.sensor(
        required_resource_keys=names.resource_keys,
        name=sensor_name,
        # Read models, too: Dagster shows the sensor on each of these assets.
        asset_selection=dg.AssetSelection.assets(*followed),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            f"Makes the first ID ranges of {said}, adds further ones as the tables grow, and compares those whose "
            "rows refreshes wrote. Requests indexes and foreign keys of a read model once all its ranges are done. "
            "Takes away partitions that are no range. Shows what no run of Dagster did: what the shell applied, "
            "loaded, refreshed, checked and reconciled. Reports checks again that a cancelled run left as *not "
            "evaluated*."
        ),
    )
    @explained(f"the sensor {sensor_name}")
    def follow_growth(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        began = time.monotonic()
        looked = _Looked(began + _VERIFYING_SECONDS)
        for system in names.systems:
            before = len(looked.said)
            try:
                with open_database(context, names) as target:
                    own = [key for key in checks if names.assets[key.asset_key].system is system]
                    shown = report_hidden(names, context.instance, target, system, own)
                    if shown:
                        looked.said.append(f"showed what a cancelled run hid: {', '.join(shown)}")
                    _evaluate(names, target, system, context.instance, looked)
                    looked.said += recorded.show(target, system, context.instance, began + _SHOWING_SECONDS)
            except DenormError as error:
                looked.said.append(str(error))
            except Exception as error:
                # The other systems are looked at all the same.
                looked.unexpected.append(one_line(error, f"the sensor {sensor_name} for {system.name}"))
            if len(names.systems) > 1:
                looked.said[before:] = [f"{system.name}: {said}" for said in looked.said[before:]]
        words = "; ".join(dict.fromkeys(looked.said))
        for said in looked.unexpected:
            context.log.error(said)
        if not looked.changes and not looked.requests:
            if looked.unexpected:
                raise dg.Failure("; ".join(looked.unexpected))
            return dg.SkipReason(words or "there is no read model")
        if words:
            context.log.info(words)
        return dg.SensorResult(run_requests=looked.requests, dynamic_partitions_requests=looked.changes)

    return follow_growth


@dataclass
class _Looked:
    """What one tick found.

    Attributes:
        until: by time.monotonic(), when no further range is compared.
        said: what was done, and what it waits for.
        unexpected: what nobody foresaw, each of one system.
    """

    until: float
    changes: list[_Change] = field(default_factory=list[_Change])
    requests: list[dg.RunRequest] = field(default_factory=list[dg.RunRequest])
    said: list[str] = field(default_factory=list[str])
    unexpected: list[str] = field(default_factory=list[str])


def _evaluate(names: Names, database: Database, system: System, instance: dg.DagsterInstance, looked: _Looked) -> None:
    waiting: list[str] = []
    with database.session(system.schema) as session:
        now: datetime = session.one(query("models", "now"))["now"]
        registered = registrations(session, system)
        for range_set, models in models_by_range_set(system).items():
            partitions = names.partitions_of(system, range_set)
            if models[0].name in registered:
                drivers = describe(session, system, models[0]).drivers
                looked.changes += _follow_growth_of(session, range_set, drivers, partitions, instance)
                continue
            waiting.append(f"{models[0].name} is not created yet; materialize its phase")
            # So that "Materialize all" finds something to launch: see `ModelLoader.load_keys`.
            if not instance.get_dynamic_partitions(names.partition_set(system, range_set)):
                rests = [rest_key(column.table.name) for column in models[0].driving]
                looked.changes.append(partitions.build_add_request(rests))
        progress = {name: range_progress(session, found.model_id) for name, found in registered.items()}
    for model in system.read_models:
        found = registered.get(model.name)
        if found is None:
            waiting.append(f"{model.name} is not created yet; materialize its phase")
            continue
        if not is_registered(system, model, found.code_version):
            waiting.append(f"the definition of {model.name} changed; materialize its phase")
            continue
        try:
            verified = _show_state(names, database, system, model, found, progress[model.name], instance, looked)
        except DenormError as error:
            verified = []
            waiting.append(str(error))
        if verified:
            looked.said += verified
            with database.session(system.schema) as session:
                progress[model.name] = range_progress(session, found.model_id)
        loaded_at, state = _loaded(model, found, progress[model.name])
        if loaded_at is None:
            waiting.append(state)
        elif names.indexes_key(system, model) in _in_flight(names, instance, system):
            waiting.append(f"{model.name} is loaded; a run is at its indexes")
        elif now - loaded_at < _GRACE:
            waiting.append(f"{model.name} is loaded; its indexes are requested in a moment")
        else:
            # One request per completion: the key changes when something is loaded again.
            key = f"{system.name}/{model.name} {state} {loaded_at.isoformat()}"
            looked.requests.append(dg.RunRequest(run_key=key, asset_selection=[names.indexes_key(system, model)]))
    looked.said += waiting


def _follow_growth_of(
    session: Session,
    range_set: str,
    drivers: Sequence[DescribedDriver],
    partitions: dg.DynamicPartitionsDefinition,
    instance: dg.DagsterInstance,
) -> list[_Change]:
    """Add ranges as their tables grow; returns what has to be done until the partitions are the ranges."""
    changes: list[_Change] = []
    # Before PostgreSQL is asked, which knows a range first.
    listed = instance.get_dynamic_partitions(partitions.name or "")
    extend_ranges(session, range_set, drivers)
    keys = range_keys(session, range_set)
    new = unknown_partitions(instance, partitions.name or "", keys)
    if new:
        changes.append(partitions.build_add_request(new))
    stray = set(listed) - set(keys)
    # A run of several partitions loads none of them once its first or last one is gone.
    if stray and (unwanted := sorted(stray - _named_by_runs(instance))):
        changes.append(partitions.build_delete_request(unwanted))
    return changes


def _named_by_runs(instance: dg.DagsterInstance) -> set[str]:
    """The partitions that unfinished runs name, those in the queue included."""
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    return {run.tags[tag] for run in runs for tag in PARTITION_TAGS if tag in run.tags}


def _show_state(
    names: Names,
    database: Database,
    system: System,
    model: ReadModel,
    registered: Registration,
    ranges: Sequence[RangeProgress],
    instance: dg.DagsterInstance,
    looked: _Looked,
) -> list[str]:
    """Compare ranges that a live read model grew by, and show them as materialized; says what was done, or is left.

    Of one that is not live yet, its columns are shown.
    """
    if registered.state != "live":
        with database.session(system.schema) as session:
            show_columns(names, session, system, model, instance)
        return []
    grown = [] if registered.paused_at else [item for item in ranges if item.grown]
    partition_set = names.partition_set(system, registered.range_set)
    known = set(instance.get_dynamic_partitions(partition_set)) if grown else set[str]()
    shown = instance.get_materialized_partitions(names.model_key(system, model)) if grown else set[str]()
    new = [item for item in grown if item.key in known and item.holder is None]
    left = [item for item in new if not item.done or item.key not in shown]
    if not left:
        return []
    loader = ModelLoader(database, system, model, BackfillOptions())
    events = RangeEvents.of_run(names, instance, system, loader.described)
    large: list[str] = []
    verified = 0
    for item in left:
        if time.monotonic() > looked.until:
            break
        if not item.done and loader.source_rows(item.key) > _MOST_ROWS:
            large.append(item.key)
            continue
        # What is done is not done again: the result is as it was recorded.
        loaded = RangeResult(item.key, "left") if item.done else next(loader.load_keys([item.key]))
        instance.report_runless_asset_event(events.finished(as_recorded(database, system, model, loaded)))
        verified += 1
    if verified:
        report_standing(names, instance, database, system, model)
    said = [f"{model.name} grew by {verified} ranges that equal the definition"] if verified else []
    if large:
        said.append(f"{model.name}: materialize {large[0]}, which has more than {_MOST_ROWS:,} rows")
    return said


def _in_flight(names: Names, instance: dg.DagsterInstance, system: System) -> set[dg.AssetKey]:
    """The indexes that runs are building, or are about to."""
    found: set[dg.AssetKey] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)):
        if run.job_name == finish_job_name(system):
            found |= {names.indexes_key(system, model) for model in system.read_models}
        found |= set(run.asset_selection or ())
    return found


def _loaded(
    model: ReadModel, registered: Registration, progress: Sequence[RangeProgress]
) -> tuple[datetime | None, str]:
    """When a read model that is not live yet became completely loaded, and its version; or None, and why not."""
    if not model.driving:
        return _loaded_whole(model, registered)
    done_at = [item.done_at for item in progress if item.done and item.done_at]
    complete = len(done_at) == len(progress)
    if registered.state == "live":
        return None, f"{model.name} is live" + (
            " and its ranges cover the table" if complete else f"; {len(done_at)} of {len(progress)} ranges are done"
        )
    if not progress or not complete:
        return None, f"{model.name}: {len(done_at)} of {len(progress)} ranges are done"
    return max(done_at), registered.code_version


def _loaded_whole(model: ReadModel, registered: Registration) -> tuple[datetime | None, str]:
    if registered.state == "live":
        return None, f"{model.name} is live"
    if registered.whole_at is None or registered.whole_version != registered.code_version:
        return None, f"{model.name} is not loaded yet; materialize it"
    return registered.whole_at, registered.code_version
