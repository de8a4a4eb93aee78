"""Keeping read models fresh from Dagster alone: a sensor that waits out the debounce, and a job for what takes long."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from collections.abc import Mapping, Sequence
from datetime import timedelta

import dagster as dg
from dagster._core.definitions.target import AutomationTarget

from denorm_assets.db.cache.invalidation.keeper import SENSOR_TRUST_SECONDS
from denorm_assets.db.cache.invalidation.thread import keeper_of, look
from denorm_assets.db.changes.causes import Causes
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.declarations import superseded
from denorm_assets.db.control.heartbeat import beating_workers
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.definitions.checks.refresh_reports import RunlessReports, refresh_materialization, report_checks
from denorm_assets.definitions.dagster_failure import as_dagster_failure, explained
from denorm_assets.definitions.instance.runs_under_way import UNDER_WAY
from denorm_assets.definitions.instance.target_database import database_resource, open_database
from denorm_assets.definitions.job_names import op_name, refresh_job_name
from denorm_assets.definitions.names import REFRESH_SENSOR, Names
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from denorm_assets.settings import Settings

_BETWEEN_TICKS = timedelta(seconds=5)
"""Dagster's sensor daemon looks no more often."""
_SECONDS_OF_TICK = 20.0
"""Within which refreshes are begun; Dagster breaks a tick off after 60."""


def refresh_job(names: Names, system: System) -> dg.JobDefinition:
    """The job `<system>_refresh`: one look at what is pending, and the refreshes that are due."""

    @dg.op(
        required_resource_keys=names.resource_keys,
        name=op_name(system.name, "refresh"),
        description="Recomputes the rows that pending changes can have altered, for every read model that is due.",
        out=dg.Out(dagster_type=dg.Nothing),
    )
    def refresh(context: dg.OpExecutionContext) -> None:
        with as_dagster_failure(context), open_database(context, names) as target:
            failed: list[str] = []
            with target.session() as session:
                replaced = superseded(session, [system]) if control_schema.installed(session) else {}
            if replaced:
                context.log.info(str(replaced[system.name]))
                return
            causes = Causes()
            keep_caches(target, [system], database_resource(context, names).settings(), causes)
            for refreshed in Refresher(target, [system], causes).look():
                if refreshed.drained is None and refreshed.error is None:
                    context.log.info(f"{refreshed.model.name}: {_outcome(refreshed)}")
                    continue
                event = refresh_materialization(names, context.instance, target, refreshed)
                if event is not None:
                    context.log_event(event)
                report_checks(names, context.instance, target, refreshed.system, refreshed.model)
                failed += [refreshed.error] if refreshed.error else []
            if failed:
                raise dg.Failure("\n".join(failed), allow_retries=False)

    @dg.job(
        executor_def=dg.in_process_executor,
        name=refresh_job_name(system),
        description="Refreshes the read models whose pending changes have been quiet; requested by the sensor.",
        # What is pending stays so, and the sensor asks again after a longer wait.
        tags={"dagster/max_retries": "0"},
    )
    def refresh_system() -> None:
        refresh.alias("refresh")()

    return refresh_system


def refresh_sensor(names: Names) -> dg.SensorDefinition:
    """Refreshes all systems once their changes have been quiet; skips those whose resident worker is alive.

    One sensor for all systems: each tick costs Dagster's storage some twenty statements, and a read model may read one
    of another system. A run takes seconds to begin, and on a busy machine ten. So short refreshes are made within the
    tick and reported as the worker reports its own; what may take long is requested as a run.
    """
    of = " and ".join(system.name for system in names.systems)
    reports: list[RunlessReports] = []
    causes = Causes()
    sensor_name = names.of_location(REFRESH_SENSOR)

    @dg.sensor(
        required_resource_keys=names.resource_keys,
        name=sensor_name,
        # The daemon looks every 5 s, at its sensors in random order: with 5 here it would skip every other time.
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            f"Keeps the read models of {of} fresh: waits until the changes of each have been quiet, then refreshes "
            "it, at once where that is short, else by requesting a run of the system's job. Skips systems that a "
            "`denorm-assets worker` refreshes. Each tick says what was done, or what it waits for."
        ),
    )
    @explained(f"the sensor {sensor_name}")
    def wait_out_debounce(context: dg.SensorEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        try:
            with open_database(context, names) as target:
                with target.session() as session:
                    if not control_schema.installed(session):
                        missing = [
                            f"{system.name} is not created yet; materialize its phase" for system in names.systems
                        ]
                        return dg.SkipReason("; ".join(missing))
                    workers, replaced = beating_workers(session), superseded(session, names.systems)
                present = [system for system in names.systems if system.name not in replaced]
                said = [*map(str, replaced.values()), *_words_of_workers(present, workers)]
                mine = [system for system in present if system.name not in workers]
                if not mine:
                    return dg.SkipReason("; ".join(said))
                said += keep_caches(target, mine, database_resource(context, names).settings(), causes)
                looked = Refresher(target, mine, causes).look(
                    next_look=_BETWEEN_TICKS, only_short=True, seconds=_SECONDS_OF_TICK
                )
                # Kept from tick to tick: it bounds how much is reported in an hour.
                if not reports:
                    reports.append(RunlessReports(names, context.instance, target))
                reports[0].at(context.instance, target).add(
                    [found for found in looked if found.drained is not None or found.error is not None]
                )
        except DenormError as error:
            return dg.SkipReason(str(error))
        requests: list[dg.RunRequest] = []
        for system in mine:
            left = [found for found in looked if found.left and found.system is system]
            job = refresh_job_name(system)
            under_way = dg.RunsFilter(job_name=job, statuses=UNDER_WAY)
            if not left:
                continue
            if running := context.instance.get_runs(under_way, limit=1):
                said.append(f"run {running[0].run_id} is refreshing {system.name}")
            else:
                requests.append(dg.RunRequest(job_name=job, tags={"denorm/why": _words(left)[:200]}))
        words = "; ".join([*said, _words(looked)])
        if not requests:
            return dg.SkipReason(words)
        context.log.info(words)
        return requests

    # By name, which the constructor takes of one job only: Dagster builds a sensor that holds jobs anew, with warnings
    # about its own beta parameters.
    wait_out_debounce._targets = [
        AutomationTarget(resolvable_to_job=refresh_job_name(system)) for system in names.systems
    ]
    return wait_out_debounce


def _words_of_workers(systems: Sequence[System], workers: Mapping[str, str]) -> list[str]:
    """Which systems are left to which worker."""
    said: list[str] = []
    for worker in dict.fromkeys(workers[system.name] for system in systems if system.name in workers):
        named = [system.name for system in systems if workers.get(system.name) == worker]
        what = "" if len(named) == len(systems) else f" {' and '.join(named)}"
        said.append(f"the worker ({worker}) refreshes{what}; this sensor stands back while it does")
    return said


def keep_caches(database: Database, systems: Sequence[System], settings: Settings, causes: Causes) -> list[str]:
    """Delete from Redis what changed, and beat until the next look or two; says what was done, or why it was not."""
    try:
        keeper = keeper_of(database, systems, settings, SENSOR_TRUST_SECONDS, causes)
    except DenormError as error:
        return [f"caches are not kept: {error}"]
    done, trouble = ((), "") if keeper is None else look(keeper)
    if trouble:
        return [f"caches are not kept: {trouble}"]
    return [
        f"{found.cache}: {'everything' if found.owners is None else f'{found.owners:,} owners'} forgotten"
        for found in done
    ]


def _words(looked: list[Refreshed]) -> str:
    return "; ".join(f"{found.model.name}: {_outcome(found)}" for found in looked) or "nothing is pending"


def _outcome(found: Refreshed) -> str:
    if found.error is not None:
        return found.error
    if found.held_by is not None:
        return f"{found.decision.reason}; {found.held_by} refreshes it"
    if found.drained is None:
        return found.decision.reason
    return f"{found.decision.reason}; refreshed, {found.drained.rows_written} rows written"
