"""Another process that works on a case, forked from a server that has imported everything already."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import warnings
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from denorm_assets.db.apply.create_tables import create_tables
from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.control import leases
from denorm_assets.db.control.backfill_requests import request
from denorm_assets.db.control.locks import drain_lock, held
from denorm_assets.db.control.registry import registration
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from tests.support.case import QUICK, Case
from tests.support.log_lines import each_line

LEASE_SECONDS = 1.5
HEARTBEAT_SECONDS = 0.3

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])
_started: list[ForkServerProcess] = []


@dataclass(frozen=True)
class Task:
    """What a worker does.

    Attributes:
        what: `load` (`options` being those of BackfillOptions), `apply`, `finish`, `hold` (the drain lock, until it is
            killed), `pause`, `resume` or `cancel`.
    """

    url: str
    system: System
    model: str
    what: str
    options: dict[str, Any]


class Worker:
    """A process at work; kill it, freeze it, or wait for it."""

    def __init__(self, case: Case, what: str, **options: Any) -> None:
        # The sample's tables cannot be pickled, and no worker needs them.
        task = Task(case.url, replace(case.system, example=None), case.model.name, what, options)
        descriptor, path = tempfile.mkstemp(prefix="denorm-worker-")
        os.close(descriptor)
        self._output = Path(path)
        self._process = _FORKS.Process(target=main, args=(task, self._output), daemon=True)
        self._process.start()
        _started.append(self._process)

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self.wait()

    def freeze(self) -> None:
        """SIGSTOP: the process stands still with everything it holds."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return not self._process.is_alive()

    def wait(self, patience: float = 120) -> tuple[int | None, str]:
        """Exit status and everything it printed; it is killed where it does not end in time."""
        self._process.join(patience)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        output = self._output.read_text()
        self._output.unlink()
        return self._process.exitcode, output


def kill_leftovers() -> None:
    """End what a failed test left behind; a frozen process would otherwise keep the tests from ending."""
    while _started:
        process = _started.pop()
        process.kill()
        process.join()


def main(task: Task, output: Path) -> None:
    """The process: prints every log line, every result, and the error where there is one."""
    warnings.simplefilter("error")
    leases.LEASE_SECONDS, leases.HEARTBEAT_SECONDS = LEASE_SECONDS, HEARTBEAT_SECONDS
    with output.open("w", buffering=1) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        with each_line(_say):
            _work(task)
    except DenormError as error:
        _say(f"{type(error).__name__}: {error}")
        sys.exit(error.exit_status)


def _say(line: str) -> None:
    print(line, flush=True)


def _work(task: Task) -> None:
    model = task.system.read_model(task.model)
    database = Database(task.url, application_name=f"worker {os.getpid()}")
    if task.what == "load":
        loader = ModelLoader(database, task.system, model, replace(QUICK, **task.options))
        for result in loader.load_ids(None, None):
            _say(f"{result.key} {result.outcome}")
    elif task.what == "apply":
        create_tables(database, task.system, task.system.read_models)
    elif task.what == "finish":
        finish_model(database, task.system, model)
    elif task.what == "hold":
        with database.session() as session:
            lock = drain_lock(registration(session, task.system, model).model_id)
            with held(session, lock, "another process holds it"):
                _say("held")
                signal.pause()
    else:
        request(database, task.system, model, task.what)
    database.close()
