"""The resident worker: looks at what is pending several times a second, and beats so that the sensor stands back."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import psycopg

from denorm_assets.db import control_schema
from denorm_assets.db.refreshing import Refreshed, Refresher
from denorm_assets.db.session import Database
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

POLL_SECONDS = 0.1
_LANES = 4
"""So many long refreshes at once. Each has a connection of its own, and no other read model waits for it."""
BEAT_SECONDS = 2.0
FRESH_SECONDS = 10.0
"""A worker that has not beaten for so long counts as gone."""
_LONGEST_WAIT = 10.0


class Worker:
    """Refreshes the read models of some systems until it is stopped; survives the loss of the server."""

    def __init__(
        self,
        database: Database,
        systems: Sequence[System],
        report: Callable[[Sequence[Refreshed]], None],
        log: Callable[[str], None],
    ) -> None:
        """`report` is given each look's refreshes, failed ones included; it is called when there was none, too."""
        self._database = database
        self._systems = systems
        self._report = report
        self._log = log
        self._refresher = Refresher(database, systems)
        self._lanes = _Lanes(database, systems, log)
        self._beside: list[Refreshed] = []
        self._stop = threading.Event()
        self._holder = f"{socket.gethostname()} process {os.getpid()}"
        self._beats_at = 0.0
        self._waits = False

    def stop(self) -> None:
        """End `run` after the refresh that is under way."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`."""
        wait = POLL_SECONDS
        while not self._stop.wait(wait):
            try:
                self._look()
                wait = POLL_SECONDS
            except (DenormError, psycopg.Error) as error:
                wait = min(_LONGEST_WAIT, wait * 2)
                self._log(f"{error}. Trying again in {wait:.1f} s")
        done = [*self._beside, *self._lanes.close()]
        self._report([found for found in done if found.drained is not None or found.error is not None])
        self._say_goodbye()

    def _look(self) -> None:
        if time.monotonic() >= self._beats_at:
            if not self._beat():
                self._say_that_it_waits()
                return
            self._beats_at = time.monotonic() + BEAT_SECONDS
        self._beside += self._lanes.done()
        looked = self._refresher.look(only_short=True, after=self._beside)
        self._lanes.begin([found for found in looked if found.left])
        done, self._beside = [*self._beside, *looked], []
        self._report([found for found in done if found.drained is not None or found.error is not None])

    def _say_that_it_waits(self) -> None:
        if not self._waits:
            self._waits = True
            self._log(
                "Nothing is created yet, or by another release: the worker waits, and begins by itself once "
                "`denorm-assets apply` has run"
            )

    def _beat(self) -> bool:
        """Say that we live; returns whether there is anything to work on yet."""
        with self._database.session() as session:
            if not control_schema.installed(session):
                return False
            for system in self._systems:
                session.execute(query("drains", "beat", system=system.name, holder=self._holder))
        return True

    def _say_goodbye(self) -> None:
        """Where nothing of ours is there, or the server takes no writes, nobody counts on our beats."""
        with suppress(DenormError, psycopg.Error), self._database.session() as session:
            for system in self._systems:
                session.execute(query("drains", "stop_beating", system=system.name, holder=self._holder))


class _Lanes:
    """Refreshes that may take long, each beside all others, so that no read model waits for another one's."""

    def __init__(self, database: Database, systems: Sequence[System], log: Callable[[str], None]) -> None:
        self._log = log
        self._idle = [Refresher(database, systems) for _ in range(_LANES)]
        self._running: dict[str, tuple[Refresher, Future[list[Refreshed]]]] = {}
        self._pool = ThreadPoolExecutor(_LANES, thread_name_prefix="refresh")

    def begin(self, left: Sequence[Refreshed]) -> None:
        """Begin what a look left; what finds no lane, a later look leaves again."""
        for found in left:
            if found.full_name not in self._running and self._idle:
                refresher = self._idle.pop()
                future = self._pool.submit(refresher.look, only=found.full_name)
                self._running[found.full_name] = refresher, future

    def done(self) -> list[Refreshed]:
        """What has ended since the last call."""
        results: list[Refreshed] = []
        for name in [name for name, (_, future) in self._running.items() if future.done()]:
            refresher, future = self._running.pop(name)
            self._idle.append(refresher)
            try:
                results += future.result()
            except (DenormError, psycopg.Error) as error:
                self._log(f"{name}: {error}")
        return results

    def close(self) -> list[Refreshed]:
        """Wait for what is under way; returns what has ended."""
        self._pool.shutdown()
        return self.done()


def beating_worker(database: Database, system: System) -> str | None:
    """Who works on `system` now, or None."""
    with database.session() as session:
        row = session.row(query("drains", "beating", system=system.name, fresh=FRESH_SECONDS))
    return row["holder"] if row else None
