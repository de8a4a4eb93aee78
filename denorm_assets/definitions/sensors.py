"""The sensor that follows growth and completion."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import time
from datetime import datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from denorm_assets.db.backfill import RangeResult
from denorm_assets.db.description import describe
from denorm_assets.db.loading import ModelLoader
from denorm_assets.db.ranges import extend_ranges, range_keys, range_progress
from denorm_assets.db.registry import Registration, find_registration
from denorm_assets.db.session import Database
from denorm_assets.definitions.check_reports import report_hidden
from denorm_assets.definitions.database import TargetDatabase
from denorm_assets.definitions.failures import explained
from denorm_assets.definitions.names import finish_job_name, indexes_key, model_key, models_by_range_set, partitions_of
from denorm_assets.definitions.range_events import RangeEvents, as_recorded, indexes_stand
from denorm_assets.definitions.ranges import unknown_partitions
from denorm_assets.errors import DenormError
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.ranges import rest_key
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import code_version

_INTERVAL_SECONDS = 30
# Whoever loaded a read model may be about to finish it too, as `denorm-assets dev` is.
_GRACE = timedelta(seconds=5)
_VERIFYING_SECONDS = 10.0
"""Of a tick, which Dagster breaks off after 60."""
_MOST_ROWS = 1_000_000
"""Of a source: so many are compared within seconds."""


def ranges_sensor(system: System) -> dg.SensorDefinition:
    """Adds partitions as driving sources grow, and requests indexes once a read model's last range is done."""
    finishing = [indexes_key(system, model) for model in system.read_models]

    @dg.sensor(
        name=f"{system.name}_ranges",
        asset_selection=dg.AssetSelection.assets(*finishing),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Makes the first ID ranges, adds further ones as the tables grow, and compares those whose rows refreshes "
            "wrote. Requests indexes and foreign keys of a read model once all its ranges are done. Takes away "
            "partitions that are no range. Reports checks again that a cancelled run left as *not evaluated*."
        ),
    )
    @explained(f"the sensor {system.name}_ranges")
    def follow_growth(context: dg.SensorEvaluationContext, database: TargetDatabase) -> dg.SensorResult | dg.SkipReason:
        try:
            with database.open() as target:
                assert context.repository_def is not None, "sensors are evaluated within their repository"
                graph = context.repository_def.asset_graph
                own = [key for key in graph.asset_check_keys if key.asset_key.path[0] == system.name]
                shown = report_hidden(context.instance, target, system, own)
                found = _evaluate(target, system, context.instance)
                if shown and isinstance(found, dg.SkipReason):
                    return dg.SkipReason(f"showed what a cancelled run hid: {', '.join(shown)}; {found.skip_message}")
                return found
        except DenormError as error:
            return dg.SkipReason(str(error))

    return follow_growth


def _evaluate(database: Database, system: System, instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    changes: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    requests: list[dg.RunRequest] = []
    waiting: list[str] = []
    with database.session(system.schema) as session:
        now: datetime = session.one(query("models", "now"))["now"]
        for range_set, models in models_by_range_set(system).items():
            if find_registration(session, system, models[0]) is None:
                waiting.append(f"{models[0].name} is not created yet; materialize its phase")
                # So that "Materialize all" finds something to launch: see `ModelLoader.load_keys`.
                if not instance.get_dynamic_partitions(range_set):
                    rests = [rest_key(column.table.name) for column in models[0].driving]
                    changes.append(partitions_of(range_set).build_add_request(rests))
                continue
            # Before PostgreSQL is asked, which knows a range first.
            listed = instance.get_dynamic_partitions(range_set)
            extend_ranges(session, range_set, describe(session, system, models[0]).drivers)
            keys = range_keys(session, range_set)
            new = unknown_partitions(instance, range_set, keys)
            if new:
                changes.append(partitions_of(range_set).build_add_request(new))
            stray = sorted(set(listed) - set(keys))
            if stray:
                changes.append(partitions_of(range_set).build_delete_request(stray))
    verified: list[str] = []
    until = time.monotonic() + _VERIFYING_SECONDS
    for model in system.read_models:
        try:
            verified += _verify_growth(database, system, model, instance, until)
        except DenormError as error:
            waiting.append(str(error))
        loaded_at, state = _loaded(database, system, model)
        if loaded_at is None:
            waiting.append(state)
        elif indexes_key(system, model) in _in_flight(instance, system):
            waiting.append(f"{model.name} is loaded; a run is at its indexes")
        elif now - loaded_at < _GRACE:
            waiting.append(f"{model.name} is loaded; its indexes are requested in a moment")
        else:
            # One request per completion: the key changes when something is loaded again.
            key = f"{system.name}/{model.name} {state} {loaded_at.isoformat()}"
            requests.append(dg.RunRequest(run_key=key, asset_selection=[indexes_key(system, model)]))
    if changes or requests:
        return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=changes)
    return dg.SkipReason("; ".join(dict.fromkeys([*verified, *waiting])))


def _verify_growth(
    database: Database, system: System, model: ReadModel, instance: dg.DagsterInstance, until: float
) -> list[str]:
    """Compare ranges that a live read model grew by, and show them as materialized; says what was done, or is left."""
    with database.session(system.schema) as session:
        registered = find_registration(session, system, model)
        if registered is None or registered.paused_at or registered.code_version != code_version(system, model):
            return []
        grown = [item for item in range_progress(session, registered.model_id) if item.grown]
    known = set(instance.get_dynamic_partitions(registered.range_set)) if grown else set[str]()
    shown = instance.get_materialized_partitions(model_key(system, model)) if grown else set[str]()
    new = [item for item in grown if item.key in known and item.holder is None]
    left = [item for item in new if not item.done or item.key not in shown]
    if not left:
        return []
    loader = ModelLoader(database, system, model, BackfillOptions(), lambda _: None)
    events = RangeEvents.of_run(instance, system, loader.described)
    large: list[str] = []
    verified = 0
    for item in left:
        if time.monotonic() > until:
            break
        if not item.done and loader.source_rows(item.key) > _MOST_ROWS:
            large.append(item.key)
            continue
        # What is done is not done again: the result is as it was recorded.
        loaded = RangeResult(item.key, "left") if item.done else next(loader.load_keys([item.key]))
        instance.report_runless_asset_event(events.finished(as_recorded(database, system, model, loaded)))
        verified += 1
    stands = indexes_stand(instance, system, model) if verified else None
    if stands is not None:
        instance.report_runless_asset_event(stands)
    said = [f"{model.name} grew by {verified} ranges that equal the definition"] if verified else []
    if large:
        said.append(f"{model.name}: materialize {large[0]}, which has more than {_MOST_ROWS:,} rows")
    return said


def _in_flight(instance: dg.DagsterInstance, system: System) -> set[dg.AssetKey]:
    """The indexes that runs are building, or are about to."""
    found: set[dg.AssetKey] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=[*IN_PROGRESS_RUN_STATUSES])):
        if run.job_name == finish_job_name(system):
            found |= {indexes_key(system, model) for model in system.read_models}
        found |= set(run.asset_selection or ())
    return found


def _loaded(database: Database, system: System, model: ReadModel) -> tuple[datetime | None, str]:
    """When a read model that is not live yet became completely loaded, and its version; or None, and why not."""
    with database.session(system.schema) as session:
        registered = find_registration(session, system, model)
        if registered is None:
            return None, f"{model.name} is not created yet; materialize its phase"
        if registered.code_version != code_version(system, model):
            return None, f"the definition of {model.name} changed; materialize its phase"
        if not model.driving:
            return _loaded_whole(model, registered)
        progress = range_progress(session, registered.model_id)
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
