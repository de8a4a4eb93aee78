"""Keeping read models fresh from Dagster alone: a sensor that waits out the debounce, and a job for what takes long."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from datetime import timedelta

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from denorm_assets.db import control_schema
from denorm_assets.db.cache.keeping import SENSOR_TRUST_SECONDS
from denorm_assets.db.cache.minding import keeper_of, look
from denorm_assets.db.refreshing import Refreshed, Refresher
from denorm_assets.db.session import Database
from denorm_assets.db.worker import beating_worker
from denorm_assets.definitions.database import TargetDatabase
from denorm_assets.definitions.failures import explained, shown_as_failure
from denorm_assets.definitions.refresh_events import RunlessReports, refresh_materialization, report_checks
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from denorm_assets.settings import load_settings

_BETWEEN_TICKS = timedelta(seconds=5)
"""Dagster's sensor daemon looks no more often."""


def refresh_job(system: System) -> dg.JobDefinition:
    """The job `<system>_refresh`: one look at what is pending, and the refreshes that are due."""

    @dg.op(
        name=f"refresh_{system.name}",
        description="Recomputes the rows that pending changes can have altered, for every read model that is due.",
        out=dg.Out(dagster_type=dg.Nothing),
    )
    def refresh(context: dg.OpExecutionContext, database: TargetDatabase) -> None:
        with shown_as_failure(context), database.open() as target:
            failed: list[str] = []
            keep_caches(target, system)
            for refreshed in Refresher(target, [system]).look():
                if refreshed.drained is None and refreshed.error is None:
                    context.log.info(f"{refreshed.model.name}: {_outcome(refreshed)}")
                    continue
                event = refresh_materialization(context.instance, target, refreshed)
                if event is not None:
                    context.log_event(event)
                report_checks(context.instance, target, refreshed.system, refreshed.model)
                failed += [refreshed.error] if refreshed.error else []
            if failed:
                raise dg.Failure("\n".join(failed), allow_retries=False)

    @dg.job(
        name=f"{system.name}_refresh",
        description="Refreshes the read models whose pending changes have been quiet; requested by the sensor.",
        # What is pending stays so, and the sensor asks again after a longer wait.
        tags={"dagster/max_retries": "0"},
    )
    def refresh_system() -> None:
        refresh()

    return refresh_system


def refresh_sensor(system: System, job: dg.JobDefinition) -> dg.SensorDefinition:
    """Refreshes once changes have been quiet; stands back while a resident worker beats.

    A run takes seconds to begin, and on a busy machine ten. So short refreshes are made within the tick and reported as
    the worker reports its own; what may take long is requested as a run.
    """

    reports: list[RunlessReports] = []

    @dg.sensor(
        name=f"{system.name}_refresh_sensor",
        # By name: Dagster builds a sensor that holds a job anew, with a warning about its own beta parameters.
        job_name=job.name,
        # The daemon looks every 5 s, at its sensors in random order: with 5 here it would skip every other time.
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Waits out the debounce of every read model, then refreshes it: at once where that is short, else by "
            "requesting a run. Says what it did, or what it waits for."
        ),
    )
    @explained(f"the sensor {system.name}_refresh_sensor")
    def wait_out_debounce(
        context: dg.SensorEvaluationContext, database: TargetDatabase
    ) -> dg.RunRequest | dg.SkipReason:
        try:
            with database.open() as target:
                with target.session() as session:
                    if not control_schema.installed(session):
                        return dg.SkipReason(f"{system.name} is not created yet; materialize its phase")
                worker = beating_worker(target, system)
                if worker is not None:
                    return dg.SkipReason(f"the worker ({worker}) refreshes; this sensor stands back while it does")
                kept = keep_caches(target, system)
                looked = Refresher(target, [system]).look(next_look=_BETWEEN_TICKS, only_short=True)
                # Kept from tick to tick: it bounds how much is reported in an hour.
                if not reports:
                    reports.append(RunlessReports(context.instance, target))
                reports[0].at(context.instance, target).add(
                    [found for found in looked if found.drained is not None or found.error is not None]
                )
        except DenormError as error:
            return dg.SkipReason(str(error))
        if not any(found.left for found in looked):
            return dg.SkipReason("; ".join([*kept, _words(looked)]))
        running = context.instance.get_runs(
            dg.RunsFilter(job_name=job.name, statuses=IN_PROGRESS_RUN_STATUSES), limit=1
        )
        if running:
            return dg.SkipReason(f"run {running[0].run_id} is refreshing; {_words(looked)}")
        return dg.RunRequest(tags={"denorm/why": _words(looked)[:200]})

    return wait_out_debounce


def keep_caches(database: Database, system: System) -> list[str]:
    """Delete from Redis what changed, and beat until the next look or two; says what was done, or why it was not."""
    try:
        keeper = keeper_of(database, [system], load_settings(), SENSOR_TRUST_SECONDS)
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
