"""Reconciliation from Dagster: a job with its options in the launchpad, a nightly schedule, and the check of both."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

import time
from typing import Literal

import dagster as dg
from pydantic import Field

from denorm_assets.db.control.registry import registration
from denorm_assets.db.reconcile.reconcile import last_reconciliation, longest_ago_first, reconcile_model
from denorm_assets.definitions.assets.caches import reconcile_cache
from denorm_assets.definitions.checks.checks import RECONCILED, asset_check_evaluation, asset_check_result, report_check
from denorm_assets.definitions.checks.phase_reports import report_made_true
from denorm_assets.definitions.checks.refresh_reports import report_checks
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.freshness import confirmed
from denorm_assets.definitions.events.metadata import check_metadata
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.ids_config import IdsConfig
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.job_names import op_name
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.scheduling import running_schedule
from denorm_assets.errors import ConfigurationError, DenormError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.system import System


class ReconcileConfig(IdsConfig):
    """What to reconcile, and how far repair may go."""

    mode: Literal["detect", "repair"] = Field(
        default="repair", description="detect: only report what differs. repair: make it right and write down each row."
    )
    read_models: list[str] = Field(default=[], description="Names of read models and caches. Empty: all of the system.")
    minutes: float | None = Field(default=None, description="Time limit in minutes; the next run resumes. Empty: none.")
    max_active: int | None = Field(
        default=None, description="Wait while more sessions than this are active in the database. Empty: do not wait."
    )
    max_rows: int = Field(
        default=ReconcileOptions.most_rows, description="Stop repairing after this many differing rows."
    )
    max_share: float = Field(
        default=ReconcileOptions.most_share,
        description="Stop repairing once a larger share of rows differs, 0 to 1. Up to 100 rows are always repaired.",
    )

    def options(self) -> ReconcileOptions:
        """The same as the database layer takes it. Raises ConfigurationError."""
        try:
            return ReconcileOptions(
                self.mode == "repair",
                self.from_id,
                self.to_id,
                self.minutes,
                self.max_rows,
                self.max_share,
                self.max_active,
            )
        except ValueError as error:
            raise ConfigurationError(f"{error}. Correct the run's config and launch it again") from None


def reconcile_job(names: Names, system: System) -> dg.JobDefinition:
    """The job `<system>_reconcile`."""

    @dg.op(
        required_resource_keys=names.resource_keys,
        name=op_name(system.name, "reconcile"),
        description="Compares read models with their definitions, range by range, and repairs what drifted.",
        pool=names.pool,
        out=dg.Out(dagster_type=dg.Nothing),
    )
    def reconcile(context: dg.OpExecutionContext, config: ReconcileConfig) -> None:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            caches = [cache for cache in system.caches if not config.read_models or cache.name in config.read_models]
            named = [name for name in config.read_models if name not in {cache.name for cache in caches}]
            models = [system.read_model(name) for name in named] if config.read_models else list(system.read_models)
            options = config.options()
            deadline = None if config.minutes is None else time.monotonic() + config.minutes * 60
            undone: list[str] = []
            first: DenormError | None = None
            for _, model in longest_ago_first(target, [(system, model) for model in models]):
                try:
                    done = reconcile_model(target, system, model, options, deadline)
                except DenormError as error:
                    undone.append(str(error))
                    first = first or error
                    continue
                context.log.info(f"{done.model}: {done.summary}")
                context.log_event(_observation(names, system, model, done))
                if done.passed and done.segments == done.all_segments > 0:
                    context.log_event(confirmed(names, context.instance, system, model, done.summary))
                    report_checks(names, context.instance, target, system, model)
                    report_made_true(names, context.instance, target, system, [model], compared=done.summary)
                evaluation = asset_check_evaluation(names, names.model_key(system, model), done.check())
                report_check(names, context.instance, evaluation)
                # What is only to be found is no failure of the run; the check says it.
                undone += [f"{done.model}: {done.summary}"] if done.failed or done.capped else []
            for cache in caches:
                result = reconcile_cache(names, context, target, system, cache, repair=options.repair)
                # Without Redis nothing is held that could be wrong.
                if options.repair and not result.passed and not result.warning_only:
                    undone.append(f"{result.model}: {result.summary}")
            if undone:
                raise dg.Failure("\n".join(undone), allow_retries=False) from first

    @dg.job(
        executor_def=dg.in_process_executor,
        name=f"{system.name}_reconcile",
        description=(
            f"Compares every read model of {system.name} with its definition and repairs what drifted, by range, with "
            "what pending changes explain left out. `mode`, `from_id`, `to_id`, `minutes` and the caps are in the "
            "launchpad; what was repaired is in the run's observations, row by row."
        ),
        config={"ops": {"reconcile": {"config": ReconcileConfig().model_dump()}}},
        tags={"dagster/max_retries": "0"},
    )
    def reconcile_system() -> None:
        reconcile.alias("reconcile")()

    return reconcile_system


def reconcile_schedule(system: System, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The job, with repair, every night at 03:00."""
    what = "Compares every read model with its definition and repairs what drifted, every night at 03:00."
    return running_schedule(f"{system.name}_nightly_reconcile", job, "0 3 * * *", what)


def reconciled_check(names: Names, system: System, model: ReadModel) -> dg.AssetChecksDefinition:
    """The check that each reconciliation answers anew; run by itself, it says what the last one found."""

    @dg.asset_check(
        required_resource_keys=names.resource_keys,
        asset=names.model_key(system, model),
        name=RECONCILED,
        description=(
            "The last reconciliation left nothing wrong. Reported by each; the job "
            f"`{system.name}_reconcile` compares, and repairs, anew."
        ),
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            name = f"{system.name}/{model.name}"
            found = last_reconciliation(session, name, registration(session, system, model))
            return asset_check_result(names, found)

    return run_check


def _observation(names: Names, system: System, model: ReadModel, done: Reconciled) -> dg.AssetObservation:
    mode = "repair" if done.repair else "detect"
    metadata = {"mode": mode, **check_metadata(done.check())}
    return dg.AssetObservation(names.model_key(system, model), description=done.summary, metadata=metadata)
