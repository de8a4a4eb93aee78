"""The sensor that follows growth and completion, and the schedule of the nightly checks."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from denorm_assets.db.description import describe
from denorm_assets.db.ranges import extend_ranges, range_keys, range_progress
from denorm_assets.db.registry import Registration, find_registration
from denorm_assets.db.session import Database
from denorm_assets.definitions.database import TargetDatabase
from denorm_assets.definitions.names import indexes_key, models_by_range_set, partitions_of
from denorm_assets.definitions.ranges import unknown_partitions
from denorm_assets.errors import DenormError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System

_INTERVAL_SECONDS = 30


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


def checks_schedule(system: System, job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """All checks of the system, every night at 03:00 UTC."""
    return dg.ScheduleDefinition(
        name=f"{system.name}_nightly_checks",
        job=job,
        cron_schedule="0 3 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def _evaluate(database: Database, system: System, instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    additions: list[dg.AddDynamicPartitionsRequest] = []
    requests: list[dg.RunRequest] = []
    waiting: list[str] = []
    with database.session(system.schema) as session:
        for range_set, models in models_by_range_set(system).items():
            if find_registration(session, system, models[0]) is None:
                waiting.append(f"{models[0].name} is not created yet; materialize its phase")
                continue
            extend_ranges(session, range_set, describe(session, system, models[0]).drivers)
            new = unknown_partitions(instance, range_set, range_keys(session, range_set))
            if new:
                additions.append(partitions_of(range_set).build_add_request(new))
    for model in system.read_models:
        request, state = _finish_request(database, system, model)
        requests += [request] if request else []
        waiting.append(state)
    if additions or requests:
        return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=additions)
    return dg.SkipReason("; ".join(dict.fromkeys(waiting)))


def _finish_request(database: Database, system: System, model: ReadModel) -> tuple[dg.RunRequest | None, str]:
    with database.session(system.schema) as session:
        registered = find_registration(session, system, model)
        if registered is None:
            return None, f"{model.name} is not created yet; materialize its phase"
        if not model.driving:
            return _finish_whole(system, model, registered)
        progress = range_progress(session, registered.model_id)
        done = [item for item in progress if item.done]
        if registered.state == "live" and len(done) == len(progress):
            return None, f"{model.name} is live and its ranges cover the table"
        if registered.state == "live":
            return None, f"{model.name} is live; {len(done)} of {len(progress)} ranges are done"
        if not progress or len(done) < len(progress):
            return None, f"{model.name}: {len(done)} of {len(progress)} ranges are done"
        # One request per completion: the key changes when a range is loaded again.
        finished_at = max(item.done_at for item in done if item.done_at)
    return (
        dg.RunRequest(
            run_key=f"{system.name}/{model.name} {registered.code_version} {finished_at.isoformat()}",
            asset_selection=[indexes_key(system, model)],
        ),
        "",
    )


def _finish_whole(system: System, model: ReadModel, registered: Registration) -> tuple[dg.RunRequest | None, str]:
    if registered.state == "live":
        return None, f"{model.name} is live"
    if registered.whole_at is None or registered.whole_version != registered.code_version:
        return None, f"{model.name} is not loaded yet; materialize it"
    key = f"{system.name}/{model.name} {registered.code_version} {registered.whole_at.isoformat()}"
    return dg.RunRequest(run_key=key, asset_selection=[indexes_key(system, model)]), ""
