"""Dagster's default run launcher, plus the health check that it lacks.

After a crash of the host, or `kill -9` of the whole process tree, the default launcher leaves runs STARTED for ever,
and their partitions "materializing". With this one, run monitoring asks whether the process that executes a run still
lives; where it does not, the run is marked failed and retried, and goes on where it stopped.
"""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import socket
from typing import Any

import dagster as dg
import psutil
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult

from denorm_assets.definitions.dagster_failure import explained

HOST_TAG = "denorm/host"
"""Run tag: the host that executes a run, written once a run reaches for the database."""

RUNNING = CheckRunHealthResult(WorkerStatus.RUNNING)
"""What run monitoring is told of a run whose process lives, or may live."""
_CLOCK_TOLERANCE_SECONDS = 5.0


class SupervisedRunLauncher(dg.DefaultRunLauncher):
    """Launches runs as subprocesses of code servers, and can tell whether they still run."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Makes run monitoring call `check_run_worker_health`."""
        return True

    @explained("the monitor of runs")
    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process that executes `run` lives, as far as that can be known from this host."""
        server: dict[str, Any] = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
        if "socket" in server or run.tags.get(HOST_TAG) == socket.gethostname():
            return self._ask_the_kernel(run)
        if server:
            return self._ask_the_code_server(run)
        # Executed within a command of a person's on some other host: nobody here can tell.
        return RUNNING

    def _ask_the_kernel(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        # Not the code server: after a reload of the code, a new one knows nothing of the old one's runs, and one that
        # could not reach Dagster's database when a worker ended says for ever that it still executes it.
        found = self._worker(run)
        if found is None or _lives(*found):
            return RUNNING
        return CheckRunHealthResult(WorkerStatus.FAILED, f"the process that executed it (pid {found[0]}) is gone")

    def _worker(self, run: dg.DagsterRun) -> tuple[int, float] | None:
        """Process ID of the worker, and when it was written down (seconds since 1970); None where it never was."""
        for entry in self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
            event = entry.get_dagster_event()
            pid = event.engine_event_data.metadata.get("pid")
            if pid is not None and event.step_key is None:
                return int(str(pid.value)), entry.timestamp
        return None

    def _ask_the_code_server(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        client = self._get_grpc_client_for_termination(run.run_id)
        if client is None:
            return RUNNING
        try:
            known = dg.deserialize_value(
                client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=10),
                CanCancelExecutionResult,
            ).can_cancel
        except Exception as error:
            return CheckRunHealthResult(WorkerStatus.FAILED, f"its code server is gone ({type(error).__name__})")
        if known:
            return RUNNING
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "its code server no longer executes it")


def _lives(pid: int, noted_at: float) -> bool:
    """Whether the process noted at that time still runs; another one that was given its number does not count."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= noted_at + _CLOCK_TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        return False
