"""The processes that refresh, and the one who kills them now and then."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from denorm_assets.db.control.heartbeat import FRESH_SECONDS
from tests.support.dagster_tree import ROOT, DagsterTree

WORKER = (sys.executable, "-m", "denorm_assets", "worker")
LOOKER = (sys.executable, "-m", "tests.stress.races.looker")
_STOP_SECONDS = 20.0


class Driver(Protocol):
    """What refreshes, and can be killed and started again.

    Attributes:
        every: seconds between two kills, at least and at most.
        long_away: how long it is away each third time; otherwise two seconds at most.
    """

    every: tuple[float, float]
    long_away: float

    @property
    def name(self) -> str:
        """What it is called in reports."""
        ...

    def start(self) -> None:
        """Start it."""
        ...

    def kill(self) -> None:
        """kill -9."""
        ...


def process_environment(home: Path, url: str, systems: Sequence[str]) -> dict[str, str]:
    """Environment of a driver that knows no Dagster."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_"))}
    return {
        **ours,
        "DENORM_HOME": str(home),
        "DENORM_DATABASE_URL": url,
        "DENORM_SYSTEMS": ",".join(systems),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }


class ProcessDriver:
    """A command that runs until it is ended; its output goes to `<name>.log`."""

    every = (3.0, 12.0)
    # So long that the sensor no longer counts on a worker.
    long_away = FRESH_SECONDS + 8

    def __init__(self, name: str, command: Sequence[str], home: Path, environ: Mapping[str, str]) -> None:
        self.name = name
        self.log = home / f"{name}.log"
        self._command = command
        self._home = home
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process started last."""
        assert self._process is not None, "it was started"
        return self._process

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, cwd=self._home, env=self._environ, stdout=output, stderr=output
            )

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status. Killed, with TimeoutExpired, where it does not end in time."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class DagsterDriver:
    """`dagster dev` with the sensor, and everything below it."""

    name = "dagster"
    # It takes ten seconds to come up again, and should be of some use in between.
    every = (25.0, 45.0)
    long_away = 2.0

    def __init__(self, tree: DagsterTree) -> None:
        self._tree = tree

    def start(self) -> None:
        """Start it; returns once the UI answers."""
        self._tree.start()

    def kill(self) -> None:
        """kill -9 of the whole tree."""
        self._tree.kill()


def kill_now_and_then(driver: Driver, seed: str, stop: threading.Event, say: Callable[[str], None]) -> int:
    """Kill the driver now and then until `stop`, and start it again a little later; returns how often."""
    dice = random.Random(f"{seed} {driver.name}")
    kills = 0
    while not stop.wait(dice.uniform(*driver.every)):
        driver.kill()
        kills += 1
        away = driver.long_away if kills % 3 == 1 else dice.uniform(0, 2)
        say(f"killed {driver.name}, away for {away:.1f} s")
        stop.wait(away)
        driver.start()
    return kills
