"""Purging from Dagster: a job with its options in the launchpad, and a nightly schedule."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence

import dagster as dg
from pydantic import Field

from denorm_assets.db.table_changes.soft_deletes.purge import Purged, PurgeOptions, purge
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.metadata import table_value
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.job_names import op_name
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.scheduling import running_schedule
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.model.system import Phase, System


class PurgeConfig(dg.Config):
    """What to purge."""

    keep_days: int | None = Field(
        default=None, description="Purge what was deleted so many days ago. Empty: as each phase declares."
    )
    minutes: float | None = Field(
        default=120.0, description="Time limit in minutes; the next purge resumes. Empty: none."
    )
    dry_run: bool = Field(default=False, description="Count what would be purged at most; delete nothing.")

    def options(self) -> PurgeOptions:
        """The same as the database layer takes it. Raises ConfigurationError."""
        # Not in the field: what pydantic refuses, Dagster tries again and again.
        if self.keep_days is not None and self.keep_days < 0:
            raise ConfigurationError("keep_days is negative. Correct the run's config and launch it again")
        return PurgeOptions(self.keep_days, self.minutes, self.dry_run)


def purge_job(names: Names, system: System) -> dg.JobDefinition:
    """The job `<system>_purge`."""
    declared = {work.kept_days for work in system.soft_deletes}
    defaults = PurgeConfig(keep_days=declared.pop() if len(declared) == 1 else None)

    @dg.op(
        required_resource_keys=names.resource_keys,
        name=op_name(system.name, "purge"),
        description="Deletes rows for good that were marked as deleted long ago, and that nothing refers to any more.",
        pool=names.pool,
        out=dg.Out(dagster_type=dg.Nothing),
    )
    def purge_marked(context: dg.OpExecutionContext, config: PurgeConfig) -> None:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            done = purge(target, system, config.options())
            for phase in system.phases:
                if isinstance(phase.work, SoftDeletes):
                    context.log_event(_observation(names, system, phase, done, dry_run=config.dry_run))

    @dg.job(
        executor_def=dg.in_process_executor,
        name=f"{system.name}_purge",
        description=(
            f"Deletes for good what was deleted in {system.name} long ago, in small batches, rows that refer to others "
            "first. A row that anything still refers to is kept and counted. `keep_days`, `minutes` and `dry_run` are "
            "in the launchpad."
        ),
        config={"ops": {"purge": {"config": defaults.model_dump()}}},
    )
    def purge_system() -> None:
        purge_marked.alias("purge")()

    return purge_system


def purge_schedule(system: System, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The job every night at 04:00, after reconciliation and the checks began."""
    return running_schedule(
        f"{system.name}_nightly_purge", job, "0 4 * * *", "Deletes for good what was deleted long ago."
    )


def _observation(
    names: Names, system: System, phase: Phase, done: Sequence[Purged], *, dry_run: bool
) -> dg.AssetObservation:
    rows = [
        {
            "table": each.table,
            "purged": each.rows,
            "kept for living": each.kept_for_living,
            "kept for kept": each.kept_for_kept,
            "finished": "yes" if each.finished else "NO",
        }
        for each in done
    ]
    total = sum(each.rows for each in done)
    return dg.AssetObservation(
        names.phase_key(system, phase),
        description=f"{total:,} rows {'would be' if dry_run else 'were'} purged",
        metadata={"purged": 0 if dry_run else total, "details": table_value(rows)},
    )
