"""The sensor that follows growth and completion."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from datetime import datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from denorm_assets.db.description import describe
from denorm_assets.db.ranges import extend_ranges, range_keys, range_progress
from denorm_assets.db.registry import Registration, find_registration
from denorm_assets.db.session import Database
from denorm_assets.definitions.database import TargetDatabase
from denorm_assets.definitions.names import finish_job_name, indexes_key, models_by_range_set, partitions_of
from denorm_assets.definitions.ranges import unknown_partitions
from denorm_assets.errors import DenormError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

_INTERVAL_SECONDS = 30
# Whoever loaded a read model may be about to finish it too, as `denorm-assets dev` is.
_GRACE = timedelta(seconds=5)


def ranges_sensor(system: System) -> dg.SensorDefinition:
    """Adds partitions as driving sources grow, and requests indexes once a read model's last range is done."""
    finishing = [indexes_key(system, model) for model in system.read_models]

    @dg.sensor(
        name=f"{system.name}_ranges",
        asset_selection=dg.AssetSelection.assets(*finishing),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Makes the first ID ranges, adds further ones as the tables grow, and requests indexes and foreign keys "
            "of a read model once all its ranges are done."
        ),
    )
    def follow_growth(context: dg.SensorEvaluationContext, database: TargetDatabase) -> dg.SensorResult | dg.SkipReason:
        try:
            with database.open() as target:
                return _evaluate(target, system, context.instance)
        except DenormError as error:
            return dg.SkipReason(str(error))

    return follow_growth


def _evaluate(database: Database, system: System, instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    additions: list[dg.AddDynamicPartitionsRequest] = []
    requests: list[dg.RunRequest] = []
    waiting: list[str] = []
    with database.session(system.schema) as session:
        now: datetime = session.one(query("models", "now"))["now"]
        for range_set, models in models_by_range_set(system).items():
            if find_registration(session, system, models[0]) is None:
                waiting.append(f"{models[0].name} is not created yet; materialize its phase")
                continue
            extend_ranges(session, range_set, describe(session, system, models[0]).drivers)
            new = unknown_partitions(instance, range_set, range_keys(session, range_set))
            if new:
                additions.append(partitions_of(range_set).build_add_request(new))
    for model in system.read_models:
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
    if additions or requests:
        return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=additions)
    return dg.SkipReason("; ".join(dict.fromkeys(waiting)))


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
