"""Dagster's default run launcher, plus the health check that it lacks.

After a crash of the host, or `kill -9` of the whole process tree, the default launcher leaves runs STARTED for ever,
and their partitions "materializing". With this one, run monitoring asks whether the code server that runs a run still
knows it; where it does not, the run is marked failed and retried, and goes on where it stopped.
"""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.dagster_run import DagsterRun
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value


class SupervisedRunLauncher(DefaultRunLauncher):
    """Launches runs as subprocesses of code servers, and can tell whether they still run."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Makes run monitoring call `check_run_worker_health`."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the code server of `run` answers and still executes it."""
        client = self._get_grpc_client_for_termination(run.run_id)
        if client is None:
            # Executed within some command of a person's, not launched by us: there is no server to ask.
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        try:
            known = deserialize_value(
                client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=10),
                CanCancelExecutionResult,
            ).can_cancel
        except Exception as error:
            return CheckRunHealthResult(WorkerStatus.FAILED, f"its code server is gone ({type(error).__name__})")
        if known:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its code server no longer executes it")
