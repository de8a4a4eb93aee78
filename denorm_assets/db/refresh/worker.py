"""The resident worker: looks at what is pending several times a second, and beats so that the sensor stands back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg

from denorm_assets.db.changes.causes import Causes
from denorm_assets.db.control.declarations import superseded
from denorm_assets.db.control.heartbeat import HEARTBEAT_SECONDS, Heartbeat
from denorm_assets.db.control.pending_work import IdleWatch, OpenSession
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DenormError, Superseded
from denorm_assets.model.system import System

_LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.1
_IDLE_POLL_SECONDS = 0.25
_BUSY_SECONDS = 5.0
"""After the last change it looks as often as under load."""
_LONGEST_BETWEEN_LOOKS = 30.0
_LANES = 4
"""So many long refreshes at once. Each has a connection of its own, and no other read model waits for it."""
_LONGEST_WAIT = 10.0


class Worker:
    """Refreshes the read models of some systems until it is stopped; survives the loss of the server."""

    def __init__(
        self,
        database: Database,
        systems: Sequence[System],
        report: Callable[[Sequence[Refreshed]], None],
        causes: Causes | None = None,
    ) -> None:
        """`report` is given each look's refreshes, failed ones included; it is called when there was none, too.

        `causes` is what others of this process see of the changes.
        """
        self._declared = systems
        self._report = report
        causes = causes or Causes()
        self._refresher = Refresher(database, systems, causes)
        self._opened = OpenSession(database)
        self._watch = IdleWatch(self._opened, [system.name for system in systems])
        self._heartbeat = Heartbeat(database)
        self._lanes = _Lanes(database, systems, causes)
        self._beside: list[Refreshed] = []
        self._stop = threading.Event()
        self._look_at = 0.0
        self._busy_until = 0.0
        self._waits = self._ready = False
        self._began = 0.0
        self._asks_at = 0.0
        self._superseded: dict[str, Superseded] = {}

    def stop(self) -> None:
        """End `run` after the refresh that is under way."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`."""
        self._began = time.monotonic()
        self._heartbeat.start()
        wait = POLL_SECONDS
        while not self._stop.wait(wait):
            try:
                self._turn()
                wait = POLL_SECONDS if time.monotonic() < self._busy_until else _IDLE_POLL_SECONDS
            except (DenormError, psycopg.Error) as error:
                self._opened.close(error)
                wait = min(_LONGEST_WAIT, wait * 2)
                _LOG.warning("%s. Trying again in %.1f s", error, wait, extra={"event": "retry_on_lock_timeout"})
        done = [*self._beside, *self._lanes.close()]
        self._report([found for found in done if found.drained is not None or found.error is not None])
        self._opened.close()
        self._heartbeat.stop()
        _LOG.info("the worker has stopped", extra={"event": "stopped", "duration_ms": self._milliseconds})

    def _turn(self) -> None:
        """Look where there is anything to look at: changes, what time alone refreshes, what lanes have ended."""
        finds = self._watch.finds()
        if finds is None:
            self._say_that_it_waits()
            return
        self._stand_aside_where_superseded()
        mine = [system.name for system in self._declared if system.name not in self._superseded]
        self._heartbeat.beat(self._opened.get(), mine)
        self._beside += self._lanes.done()
        now = time.monotonic()
        if mine and (finds or self._beside or self._lanes.busy or now >= self._look_at):
            self._look()
            self._look_at = now + min(self._refresher.due_in, _LONGEST_BETWEEN_LOOKS)
        else:
            self._refresher.look_for_redefinitions(self._opened.get())
            self._report([])
        if finds:
            self._busy_until = now + _BUSY_SECONDS
        if not self._ready:
            self._ready = True
            _LOG.info("the worker keeps read models fresh", extra={"event": "ready", "duration_ms": self._milliseconds})

    @property
    def _milliseconds(self) -> float:
        """Since `run` was called."""
        return 1_000 * (time.monotonic() - self._began)

    def _look(self) -> None:
        with self._heartbeat.meanwhile():
            looked = self._refresher.look(only_short=True, after=self._beside, without=self._superseded)
        self._lanes.begin([found for found in looked if found.left])
        done, self._beside = [*self._beside, *looked], []
        self._report([found for found in done if found.drained is not None or found.error is not None])

    def _stand_aside_where_superseded(self) -> None:
        """Leave systems to others of which a later declaration was applied; said once for each."""
        if time.monotonic() < self._asks_at:
            return
        self._asks_at = time.monotonic() + HEARTBEAT_SECONDS
        found = superseded(self._opened.get(), self._declared)
        for name in found.keys() - self._superseded.keys():
            _LOG.warning("%s", found[name], extra={"event": "superseded", "system": name})
        for name in self._superseded.keys() - found.keys():
            _LOG.info(
                "the declaration of %s that this worker has is the present one again: it goes on",
                name,
                extra={"event": "resumed", "system": name},
            )
        self._superseded = found

    def _say_that_it_waits(self) -> None:
        if not self._waits:
            self._waits = True
            _LOG.warning(
                "Nothing is created yet, or by another release: the worker waits, and begins by itself once "
                "`denorm-assets apply` has run",
                extra={"event": "waiting"},
            )


class _Lanes:
    """Refreshes that may take long, each beside all others, so that no read model waits for another one's."""

    def __init__(self, database: Database, systems: Sequence[System], causes: Causes) -> None:
        self._idle = [Refresher(database, systems, causes) for _ in range(_LANES)]
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
                _LOG.error("%s: %s", name, error, extra={"event": "failed", "read_model": name})
        return results

    @property
    def busy(self) -> bool:
        """Whether any refresh is under way."""
        return bool(self._running)

    def close(self) -> list[Refreshed]:
        """Wait for what is under way; returns what has ended."""
        self._pool.shutdown()
        return self.done()
