"""Whether a run's process still lives: what the run launcher answers, and what becomes of orphans."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from denorm_assets.definitions.instance.run_launcher import HOST_TAG, SupervisedRunLauncher
from denorm_assets.definitions.local_run import fail_orphaned_runs
from denorm_assets.embedded.ports import choose_port
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import Graph

HERE = {HOST_TAG: socket.gethostname()}
ELSEWHERE = {HOST_TAG: "some-other-host"}


@pytest.fixture
def instance(tmp_path: Path) -> Generator[dg.DagsterInstance]:
    """An instance with the launcher that dagster.yaml names."""
    launcher = {"module": SupervisedRunLauncher.__module__, "class": SupervisedRunLauncher.__name__}
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"run_launcher": launcher}) as made:
        yield made


@pytest.fixture
def started(instance: dg.DagsterInstance) -> Callable[..., dg.DagsterRun]:
    """A function that makes a run that is STARTED, in the process `pid` where that was written down."""

    @dg.job
    def nothing() -> None:
        pass

    def make(tags: Mapping[str, str], pid: int | None = None, step: str | None = None) -> dg.DagsterRun:
        run = instance.create_run_for_job(nothing, tags=tags)
        if pid is not None:
            data = EngineEventData(metadata={"pid": dg.MetadataValue.text(str(pid))})
            instance.report_engine_event("Executing", run, data, step_key=step)
        start = dg.DagsterEvent(event_type_value="PIPELINE_START", job_name=run.job_name)
        instance.report_dagster_event(start, run.run_id)
        found = instance.get_run_by_id(run.run_id)
        assert found is not None
        assert found.status is dg.DagsterRunStatus.STARTED
        return found

    return make


@pytest.fixture
def process() -> Generator[subprocess.Popen[bytes]]:
    """A process that waits until it is ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as made:
        yield made
        made.kill()


def health(instance: dg.DagsterInstance, run: dg.DagsterRun) -> tuple[WorkerStatus, str | None]:
    found = instance.run_launcher.check_run_worker_health(run)
    return found.status, found.msg


def test_run_launcher_living_process_is_running(
    instance: dg.DagsterInstance, started: Callable[..., dg.DagsterRun], process: subprocess.Popen[bytes]
) -> None:
    assert health(instance, started(HERE, process.pid)) == (WorkerStatus.RUNNING, None)


@pytest.mark.parametrize("tags", [HERE, {GRPC_INFO_TAG: json.dumps({"host": "localhost", "socket": "/nowhere"})}])
def test_run_launcher_gone_process_has_failed(
    instance: dg.DagsterInstance,
    started: Callable[..., dg.DagsterRun],
    process: subprocess.Popen[bytes],
    tags: Mapping[str, str],
) -> None:
    run = started(tags, process.pid)
    gone = (WorkerStatus.FAILED, f"the process that executed it (pid {process.pid}) is gone")
    process.kill()
    # Dead, but not yet waited for by its parent.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert health(instance, run) == gone
    process.wait()
    assert health(instance, run) == gone


def test_run_launcher_reused_process_id_has_failed(
    instance: dg.DagsterInstance,
    started: Callable[..., dg.DagsterRun],
    process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as earlier:
        now = time.time()
        earlier.setattr("time.time", lambda: now - 60)
        run = started(HERE, process.pid)
    assert health(instance, run)[0] is WorkerStatus.FAILED


@pytest.mark.parametrize("step", [None, "some_step"])
def test_run_launcher_unrecorded_process_counts_as_running(
    instance: dg.DagsterInstance,
    started: Callable[..., dg.DagsterRun],
    process: subprocess.Popen[bytes],
    step: str | None,
) -> None:
    process.kill()
    process.wait()
    assert health(instance, started(HERE, process.pid if step else None, step))[0] is WorkerStatus.RUNNING


def test_run_launcher_run_of_other_host_counts_as_running(
    instance: dg.DagsterInstance, started: Callable[..., dg.DagsterRun], process: subprocess.Popen[bytes]
) -> None:
    process.kill()
    process.wait()
    assert health(instance, started(ELSEWHERE, process.pid))[0] is WorkerStatus.RUNNING


def test_run_launcher_gone_code_server_of_other_host_has_failed(
    instance: dg.DagsterInstance, started: Callable[..., dg.DagsterRun], tmp_path: Path
) -> None:
    server = {"host": "127.0.0.1", "port": choose_port(None, tmp_path / "port", "--port")}
    status, reason = health(instance, started({**ELSEWHERE, GRPC_INFO_TAG: json.dumps(server)}, os.getpid()))
    assert status is WorkerStatus.FAILED
    assert reason is not None
    assert reason.startswith("its code server is gone (")


def test_fail_orphaned_runs_marks_only_orphans(
    instance: dg.DagsterInstance, started: Callable[..., dg.DagsterRun], process: subprocess.Popen[bytes]
) -> None:
    living, elsewhere = started(HERE, os.getpid()), started(ELSEWHERE, process.pid)
    orphan = started(HERE, process.pid)
    process.kill()
    process.wait()
    assert fail_orphaned_runs(instance) == 1
    assert fail_orphaned_runs(instance) == 0
    statuses = {run.run_id: run.status for run in instance.get_runs()}
    assert statuses == {
        living.run_id: dg.DagsterRunStatus.STARTED,
        elsewhere.run_id: dg.DagsterRunStatus.STARTED,
        orphan.run_id: dg.DagsterRunStatus.FAILURE,
    }


def test_fail_orphaned_runs_other_launcher_marks_none() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert fail_orphaned_runs(instance) == 0


def test_run_that_opens_database_is_tagged_with_host(
    instance: dg.DagsterInstance, application: Application, make_shop: Callable[..., System]
) -> None:
    assert Graph.of(make_shop(), instance).materialize("phase_1").run.tags[HOST_TAG] == socket.gethostname()
