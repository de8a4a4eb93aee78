"""A race: writers, drivers and kills at the same time; then everything is drained and compared."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.model.system import System
from tests.stress.races.drivers import Driver, kill_now_and_then
from tests.stress.races.settled import deadlocks_counted, examine
from tests.stress.races.systems import SQL
from tests.stress.races.writers import Written, write
from tests.support.live import bring_up, pending

_DRAIN_SECONDS = 120.0
_DEADLOCK = "deadlock detected"


@dataclass
class Outcome:
    """What came of a race.

    Attributes:
        written: schema -> what its writers did.
        kills: driver -> how often it was killed.
        refreshes: status of a refresh -> how many there were; `failures` is what they said, and how often.
        deadlocks_logged: deadlocks in the server's log; `deadlocks_counted` those that its statistics count.
        drain_seconds: how long it took after the last write until nothing was pending.
        pending: what was still pending then; `quarantined` how many anchors could not be computed.
        wrong: read model -> rows that differ from its definition, on either side.
    """

    written: dict[str, Written] = field(default_factory=dict[str, Written])
    kills: Counter[str] = field(default_factory=Counter[str])
    refreshes: Counter[str] = field(default_factory=Counter[str])
    failures: Counter[str] = field(default_factory=Counter[str])
    deadlocks_logged: int = 0
    deadlocks_counted: int = 0
    drain_seconds: float = 0.0
    pending: int = 0
    quarantined: int = 0
    wrong: dict[str, int] = field(default_factory=dict[str, int])

    def details(self) -> dict[str, object]:
        """What stands behind the figures."""
        return {
            "written": {
                schema: {"committed": dict(found.committed), "failed": dict(found.failed)}
                for schema, found in self.written.items()
            },
            "failed refreshes": dict(self.failures),
        }


class Track:
    """A database with the application's tables in a schema per system."""

    def __init__(self, url: str, log: Path, systems: Sequence[System]) -> None:
        """`log` is the log of the server that `url` names."""
        self.url = url
        self.systems = systems
        self._log = log
        with self.connect() as connection:
            for system in systems:
                script = (SQL / "tables.sql").read_text().replace("{schema}", system.schema)
                connection.execute(script.encode())

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A fresh connection in autocommit mode."""
        return psycopg.connect(self.url, autocommit=True)

    def go_live(self) -> None:
        """Create, load and finish all read models."""
        database = Database(self.url)
        for system in self.systems:
            bring_up(database, system)
        database.close()

    def run(
        self, drivers: Sequence[Driver], sessions: int, seconds: float, seed: str, say: Callable[[str], None]
    ) -> Outcome:
        """Race for `seconds`; with drivers, drain and compare afterwards."""
        outcome = Outcome(written={system.schema: Written() for system in self.systems})
        log_begin, counted_before = self._log.stat().st_size, self._deadlocks_counted()
        stop = threading.Event()
        schemas = [system.schema for system in self.systems]
        with _started(drivers), ThreadPoolExecutor(sessions + len(drivers)) as pool:
            try:
                killing = {driver.name: pool.submit(kill_now_and_then, driver, seed, stop, say) for driver in drivers}
                writers = [
                    pool.submit(write, self.url, schemas, f"{seed} {number}", stop, say) for number in range(sessions)
                ]
                stop.wait(seconds)
            finally:
                stop.set()
            for writer in writers:
                for schema, written in writer.result().items():
                    outcome.written[schema].add(written)
            for name, kills in killing.items():
                outcome.kills[name] = kills.result()
            if drivers:
                outcome.drain_seconds = self._drain()
        self._examine(outcome)
        outcome.deadlocks_logged = self._log.read_bytes()[log_begin:].decode(errors="replace").count(_DEADLOCK)
        outcome.deadlocks_counted = self._deadlocks_counted() - counted_before
        return outcome

    def _drain(self) -> float:
        began = time.monotonic()
        while pending(self.url) and time.monotonic() - began < _DRAIN_SECONDS:
            time.sleep(0.1)
        return time.monotonic() - began

    def _examine(self, outcome: Outcome) -> None:
        with self.connect() as connection:
            if connection.execute("SELECT to_regclass('denorm.refresh')").fetchone() == (None,):
                return
        examine(self.url, self.systems, outcome)

    def _deadlocks_counted(self) -> int:
        with self.connect() as connection:
            return deadlocks_counted(connection)


@contextmanager
def _started(drivers: Sequence[Driver]) -> Generator[None]:
    started: list[Driver] = []
    try:
        for driver in drivers:
            started.append(driver)
            driver.start()
        yield
    finally:
        for driver in started:
            driver.kill()
