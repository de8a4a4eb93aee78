"""Dagster's processes for tests, as `dagster dev` starts them: webserver, daemon, code server, run workers.

They get a home folder and databases of their own, and never see the `.env` of the folder that tests run in.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from urllib.error import URLError
from urllib.request import Request, urlopen

import dagster as dg
import psutil

from denorm_assets.embedded.ports import choose_port

ROOT = Path(__file__).resolve().parents[2]
_MARK = "DENORM_TEST_TREE"
_START_SECONDS = 120.0
_STOP_SECONDS = 30.0
_REPOSITORY = "__repository__"
_DEV = (sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml")
_LAUNCH_BACKFILL = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
  }
}"""
_LAUNCH_RUN = """
mutation ($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}"""


def wait_for(condition: Callable[[], bool], seconds: float, what: str, interval: float = 0.2) -> None:
    """Return once `condition` holds; AssertionError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(interval)


def dagster_folder(home: Path) -> Path:
    """A root folder (dagster.yaml, workspace.yaml, no .env) below `home` that is a DAGSTER_HOME at the same time."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def environment(home: Path, application_url: str, dagster_url: str) -> dict[str, str]:
    """Environment of all Dagster processes that belong to `home`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_"))}
    return {
        **ours,
        "DENORM_HOME": str(home),
        "DENORM_DATABASE_URL": application_url,
        "DENORM_SYSTEMS": "denorm_assets.systems.topics:SYSTEM",
        "DENORM_DAGSTER_URL": dagster_url,
        "DAGSTER_HOME": str(dagster_folder(home)),
        # Its deprecation notices and those of its libraries are not ours to act on.
        "PYTHONWARNINGS": "ignore",
        _MARK: str(home),
    }


class DagsterApi:
    """What the UI at `url` asks of its server.

    Attributes:
        location: the code location that is meant.
    """

    def __init__(self, url: str, location: str = "denorm_assets") -> None:
        self.url = url
        self.location = location

    def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        """Ask the webserver; returns `data`. AssertionError where the answer holds errors."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as response:
            answer = cast("dict[str, Any]", json.load(response))
        assert not answer.get("errors"), answer["errors"]
        return cast("dict[str, Any]", answer["data"])

    def launch_backfill(self, asset: Sequence[str], partitions: Sequence[str], config: object = None) -> str:
        """Launch partitions as the UI launches a backfill; returns its ID."""
        params: dict[str, object] = {
            "assetSelection": [{"path": list(asset)}],
            "partitionNames": list(partitions),
            "runConfigData": config or {},
        }
        answer = self.graphql(_LAUNCH_BACKFILL, params=params)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        return str(answer["backfillId"])

    def launch_run(
        self,
        job: str,
        asset: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        config: object = None,
        checks: Sequence[str] = (),
    ) -> str:
        """Launch a job, or one of its assets, or only `checks` of that, as the UI does; returns the run's ID."""
        key: dict[str, object] = {"path": list(asset)}
        selection: dict[str, object] = {"assetSelection": [key]} if asset else {}
        if checks:
            selection = {
                "assetSelection": [],
                "assetCheckSelection": [{"assetKey": key, "name": name} for name in checks],
            }
        params: dict[str, object] = {
            "selector": {
                "repositoryLocationName": self.location,
                "repositoryName": _REPOSITORY,
                "pipelineName": job,
                **selection,
            },
            "mode": "default",
            "runConfigData": config or {},
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in (tags or {}).items()]},
        }
        answer = self.graphql(_LAUNCH_RUN, params=params)["launchPipelineExecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def launch_range(self, asset: Sequence[str], first: str, last: str, config: object = None) -> str:
        """Launch the partitions from `first` to `last` in one run, as the UI does where they are contiguous."""
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        return self.launch_run("__ASSET_JOB", asset, tags, config)


class DagsterTree(DagsterApi):
    """`dagster dev`, or another command that does the same, and everything below it."""

    def __init__(
        self,
        home: Path,
        environ: Mapping[str, str],
        command: Sequence[str] = _DEV,
        folder: Path | None = None,
        location: str = "denorm_assets",
    ) -> None:
        """`command` is run in `folder`, by default the home of the instance, with an address and a port."""
        super().__init__("", location)
        self.home = home
        self.environ = {_MARK: str(home), **environ}
        self.log = home / "dagster.log"
        self._command = command
        self._folder = folder or Path(environ["DAGSTER_HOME"])
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return once the UI answers."""
        port = choose_port(None, self.home / "ui.port", "--port")
        self.url = f"http://127.0.0.1:{port}"
        command = [*self._command, "-h", "127.0.0.1", "-p", str(port)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=self.environ, stdout=output, stderr=output, start_new_session=True
            )
        wait_for(self._answers, _START_SECONDS, f"the UI at {self.url} answers; see {self.log}", interval=0.1)

    def processes(self) -> list[psutil.Process]:
        """Every live process of the tree, orphans included."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(_MARK) == self.environ[_MARK] and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def run_workers(self) -> list[psutil.Process]:
        """The processes that execute runs, one per run."""
        workers: list[psutil.Process] = []
        for process in self.processes():
            with suppress(psutil.Error):
                parent = process.parent()
                if (
                    any("spawn_main" in argument for argument in process.cmdline())
                    and parent is not None
                    and "grpc" in parent.cmdline()
                ):
                    workers.append(process)
        return workers

    def kill(self) -> int:
        """End every process with SIGKILL; returns how many run workers were among them."""
        workers = len(self.run_workers())
        while processes := self.processes():
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            self._reap()
        self._process = None
        return workers

    def stop(self) -> None:
        """End it as Ctrl-C does; what does not end in time is killed."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        self.kill()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"dagster dev ended: {self.log.read_text(errors='replace')[-3000:]}"
        with suppress(URLError, OSError), urlopen(f"{self.url}/server_info", timeout=2):
            return True
        return False

    def _reap(self) -> None:
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)


def open_instance(environ: Mapping[str, str]) -> dg.DagsterInstance:
    """The Dagster instance of `environ`, for looking at what the processes left behind."""
    before = os.environ.get("DENORM_DAGSTER_URL")
    os.environ["DENORM_DAGSTER_URL"] = environ["DENORM_DAGSTER_URL"]
    try:
        return dg.DagsterInstance.from_config(environ["DAGSTER_HOME"])
    finally:
        if before is None:
            del os.environ["DENORM_DAGSTER_URL"]
        else:
            os.environ["DENORM_DAGSTER_URL"] = before
