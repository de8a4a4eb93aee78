"""Another process that works on a case: `python -m tests.db.worker`; told what to do by a pickled Task on stdin."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from denorm_assets.db import lease, schema_work
from denorm_assets.db.loading import ModelLoader
from denorm_assets.db.session import Database
from denorm_assets.db.wishes import wish
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from tests.db.support import QUICK, Case

LEASE_SECONDS = 1.5
HEARTBEAT_SECONDS = 0.3


@dataclass(frozen=True)
class Task:
    """What a worker does.

    Attributes:
        what: `load` (`options` being those of BackfillOptions), `apply`, `finish`, `pause`, `resume` or `cancel`.
    """

    url: str
    system: System
    model: str
    what: str
    options: dict[str, Any]


class Worker:
    """A process at work; kill it, stop it, or wait for it."""

    def __init__(self, case: Case, what: str, **options: Any) -> None:
        # The sample's tables cannot be pickled, and no worker needs them.
        task = Task(case.url, replace(case.system, example=None), case.model.name, what, options)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.db.worker"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(pickle.dumps(task))
        self._process.stdin.close()
        self._process.stdin = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.communicate(timeout=30)

    def freeze(self) -> None:
        """SIGSTOP: the process stands still with everything it holds."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.kill(self.pid, signal.SIGINT)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self, patience: float = 60) -> tuple[int, str]:
        """Exit status and everything it printed."""
        try:
            output, _ = self._process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return self._process.returncode, output.decode()


def say(line: str) -> None:
    print(line, flush=True)


def work(task: Task) -> None:
    """Do it, printing every log line, every result, and the error where there is one."""
    model = task.system.read_model(task.model)
    database = Database(task.url, application_name=f"worker {os.getpid()}")
    if task.what == "load":
        options = replace(QUICK, **task.options)
        loader = ModelLoader(database, task.system, model, options, say)
        for result in loader.load_ids(None, None):
            say(f"{result.key} {result.outcome}")
    elif task.what == "apply":
        schema_work.create_tables(database, task.system, task.system.read_models, say)
    elif task.what == "finish":
        schema_work.finish_model(database, task.system, model, say)
    else:
        wish(database, task.system, model, task.what)
    database.close()


def main() -> int:
    lease.LEASE_SECONDS, lease.HEARTBEAT_SECONDS = LEASE_SECONDS, HEARTBEAT_SECONDS
    try:
        work(pickle.load(sys.stdin.buffer))
    except DenormError as error:
        say(f"{type(error).__name__}: {error}")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
