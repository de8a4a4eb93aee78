"""`denorm-assets` as an operator calls it: in this process, or in one of its own that can hang or be ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from denorm_assets.cli import shell
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from tests.stress.hostile.declared import FILE, REFERENCE, declare
from tests.support.dagster_tree import ROOT

_PATIENCE = 60.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Ran:
    """What a command left behind.

    Attributes:
        crash: the last line of the stack of frames that it ended in, or that it never ended; empty otherwise.
    """

    words: str
    status: int
    out: str
    err: str
    crash: str = ""

    @property
    def error(self) -> str:
        """What the command says of its failure, in one line; empty where it succeeded."""
        if self.status == 0:
            return ""
        text = self.crash or " ".join(self.err.split()) or " ".join(self.out.split())
        return f"{self.words}: {text[-600:]}"

    def json(self) -> Any:
        """Standard output as JSON; an empty list where there is none."""
        try:
            return json.loads(self.out)
        except ValueError:
            return []


class Shell:
    """Commands against the database at `url`, with the system that was declared last.

    Attributes:
        apart: seconds after which a command is killed, each in a process of its own; None runs them in this process,
            which takes a second less.
        settings: further environment variables of every command.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.apart: float | None = None
        self.settings: Mapping[str, str] = {}
        self._folder = folder
        self._file = folder / "system.pickle"
        self._worker: subprocess.Popen[bytes] | None = None

    @property
    def worker_log(self) -> Path:
        """What the worker printed."""
        return self._folder / "worker.log"

    def declare(self, system: System) -> None:
        """Have every later command see `system`."""
        declare(self._file, system)

    def run(self, *words: str) -> Ran:
        """Run a command, in this process unless it may hang."""
        if self.apart is not None:
            return self.process(*words, patience=self.apart)
        environ: dict[str, str | None] = {name: None for name in os.environ if name.startswith("DENORM_")}
        ran = CliRunner().invoke(shell, [*words], env={**environ, **self._ours()})
        named = " ".join(words)
        if ran.exception is None or isinstance(ran.exception, SystemExit):
            return Ran(named, ran.exit_code, ran.stdout, ran.stderr)
        if isinstance(ran.exception, DenormError):
            return Ran(named, ran.exception.exit_status, ran.stdout, f"{ran.stderr}{ran.exception}")
        crash = f"{type(ran.exception).__name__}: {' '.join(str(ran.exception).split())}"
        return Ran(named, 1, ran.stdout, ran.stderr, crash)

    def process(self, *words: str, patience: float = _PATIENCE) -> Ran:
        """Run a command in a process of its own; it is killed, and counts as crashed, if it does not end in time."""
        named = " ".join(words)
        try:
            ran = subprocess.run(
                [sys.executable, "-m", "denorm_assets", *words],
                cwd=self._folder,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ran(named, 1, "", "", f"did not end within {patience:g} s")
        crash = ran.stderr.strip().splitlines()[-1] if "Traceback (most recent" in ran.stderr else ""
        return Ran(named, ran.returncode, ran.stdout, ran.stderr, crash)

    @property
    def works(self) -> bool:
        """Whether a worker was started that has not ended."""
        return self._worker is not None and self._worker.poll() is None

    def start_worker(self) -> None:
        """Start a worker, which sees the system as it is declared now."""
        self.stop_worker()
        # A copy of its own: it may come up only once the scenario has declared something else.
        seen = self._folder / "worker.pickle"
        shutil.copyfile(self._file, seen)
        with self.worker_log.open("ab") as output:
            self._worker = subprocess.Popen(
                [sys.executable, "-m", "denorm_assets", "worker"],
                cwd=self._folder,
                env={**self._environ(), FILE: str(seen)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def stop_worker(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.terminate()
            try:
                self._worker.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._worker.kill()
                self._worker.wait()
            self._worker = None

    def _ours(self) -> dict[str, str]:
        return {
            "DENORM_HOME": str(self._folder / "home"),
            "DENORM_DATABASE_URL": self.url,
            "DENORM_SYSTEMS": REFERENCE,
            FILE: str(self._file),
            **self.settings,
        }

    def _environ(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_"))}
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        return {**others, **self._ours(), "PYTHONPATH": path}
