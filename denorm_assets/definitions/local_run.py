"""Running the whole graph in this process, as `denorm-assets dev` does; the runs appear in the UI like all others."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.instance.run_launcher import RUNNING
from denorm_assets.definitions.job_names import backfill_job_name, finish_job_name
from denorm_assets.definitions.jobs.jobs import WhatToLoad, backfill_config
from denorm_assets.definitions.names import Names, models_by_range_set
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.reading_order import in_layers

_QUIET: Mapping[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class CheckOutcome:
    """One asset check as Dagster recorded it."""

    asset: str
    check: str
    passed: bool
    summary: str


class RunFailed(DenormError):
    """A run of the graph failed; its first failure is shown."""

    def __init__(self, job: str, reason: str) -> None:
        super().__init__(f"the run of {job} failed: {reason}")


def open_instance() -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME."""
    return dg.DagsterInstance.get()


def fail_orphaned_runs(instance: dg.DagsterInstance) -> int:
    """Mark runs failed whose process is gone, which run monitoring would do a little later; returns how many."""
    launcher = instance.run_launcher
    if not launcher.supports_check_run_worker_health:
        return 0
    orphans = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        if launcher.check_run_worker_health(run).status is not RUNNING.status
    ]
    for run in orphans:
        instance.report_run_failed(run, "The process that ran this was ended; what it committed is kept.")
    return len(orphans)


class LocalGraph:
    """The graph of some systems, run job by job in this process."""

    def __init__(self, systems: Sequence[System], instance: dg.DagsterInstance) -> None:
        """Raises DefinitionError where a definition cannot be read."""
        self._instance = instance
        self._names = Names(systems)
        self._definitions = build_definitions(systems)
        # The graph lives as long as this process does: looked through at each garbage collection, it costs a tenth.
        gc.freeze()

    def set_up(self, system: System) -> None:
        """Create tables and ranges. Raises RunFailed."""
        self._run(f"{system.name}_setup")

    def backfill(self, system: System) -> None:
        """Load every range that is not done, without pauses, and what has no ranges as a whole. Raises RunFailed.

        What reads another read model is loaded after that.
        """
        for layer in in_layers((system, model) for model in system.read_models):
            models = {model.name for _, model in layer}
            for range_set, driven in models_by_range_set(system).items():
                ops = [f"backfill_{model.name}" for model in driven if model.name in models]
                if ops:
                    self._run(backfill_job_name(range_set), backfill_config(WhatToLoad(pause=0.0)), op_selection=ops)
            whole = [self._names.model_key(system, model) for _, model in layer if not model.driving]
            if whole:
                self._run(f"{system.name}_load", asset_selection=whole)

    def finish(self, system: System) -> None:
        """Build indexes and foreign keys. Raises RunFailed."""
        self._run(finish_job_name(system))

    def warm_up(self, system: System) -> None:
        """Fill the caches, where the system declares some. Raises RunFailed."""
        if system.caches:
            self._run(f"{system.name}_caches")

    def cut_over(self, system: System) -> None:
        """Time the queries and turn the flag on, where the system declares one. Raises RunFailed where it may not."""
        if system.cutover is not None:
            self._run(f"{system.name}_cutover")

    def check(self, system: System) -> list[CheckOutcome]:
        """Run all checks. Raises RunFailed where one cannot be evaluated; one that fails is an outcome."""
        return [
            CheckOutcome(
                evaluation.asset_key.to_user_string(),
                evaluation.check_name,
                evaluation.passed,
                evaluation.description or "",
            )
            for job in (f"{system.name}_checks", f"{system.name}_monitoring")
            for evaluation in self._run(job, may_fail=True).get_asset_check_evaluations()
        ]

    def _run(
        self, job_name: str, config: Mapping[str, Any] | None = None, *, may_fail: bool = False, **selection: Any
    ) -> dg.ExecuteInProcessResult:
        job = self._definitions.resolve_job_def(job_name)
        result = job.execute_in_process(
            run_config={**_QUIET, **(config or {})}, instance=self._instance, raise_on_error=False, **selection
        )
        if not result.success and not (may_fail and result.get_asset_check_evaluations()):
            raise RunFailed(job_name, _first_failure(result))
        return result


def _first_failure(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data and data.user_failure_data.description:
                return data.user_failure_data.description
            if data.error:
                return data.error.message.strip()
    return "see the run in the Dagster UI"
