"""Jobs and schedules: what runs by the clock, in the time zone of DENORM_TIME_ZONE."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import dagster as dg

from denorm_assets.model.system import System
from denorm_assets.settings import load_settings

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

AssetJob: TypeAlias = "UnresolvedAssetJobDefinition"
"""What `dagster.define_asset_job` returns. Dagster exports no name for it."""


def asset_job(name: str, selection: dg.AssetSelection, *, description: str) -> AssetJob:
    """A job that materializes or checks `selection` in one process.

    The work is PostgreSQL's; a process per step would add two seconds to each.
    """
    return dg.define_asset_job(  # pyright: ignore[reportUnknownMemberType]
        name, selection, description=description, executor_def=dg.in_process_executor
    )


def checks_schedule(system: System, job: AssetJob) -> dg.ScheduleDefinition:
    """The nightly checks, half an hour after reconciliation began to compare and repair rows."""
    what = "Runs all checks but the comparison of all rows, every night at 03:30, after reconciliation began."
    return running_schedule(f"{system.name}_nightly_checks", job, "30 3 * * *", what)


def running_schedule(name: str, job: dg.JobDefinition | AssetJob, cron: str, description: str) -> dg.ScheduleDefinition:
    """A schedule that runs unless somebody stops it; `cron` counts hours in the time zone of the settings."""
    return dg.ScheduleDefinition(
        name=name,
        job=job,
        description=description,
        cron_schedule=cron,
        execution_timezone=load_settings().time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
