"""The worker's heartbeat: by it, sensors know that they need not refresh, also while a long statement runs."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DenormError
from denorm_assets.sql.control import query

HEARTBEAT_SECONDS = 2.0
FRESH_SECONDS = 10.0
"""A worker whose last heartbeat is older counts as gone."""
_STUCK_SECONDS = 900.0
"""No look takes so long. The sensor takes over from a worker that hangs."""


class Heartbeat:
    """Writes the heartbeat, and goes on with it from a thread while the worker itself is busy."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = f"{socket.gethostname()} process {os.getpid()}"
        self._systems: Sequence[str] = ()
        self._written_at = self._worker_at = -HEARTBEAT_SECONDS
        self._busy = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to help a worker that is busy."""
        self._thread.start()

    def beat(self, session: Session, systems: Sequence[str]) -> None:
        """Say that the worker lives and refreshes `systems`, unless that was said a moment ago."""
        gone = [name for name in self._systems if name not in systems]
        self._systems, self._worker_at = systems, time.monotonic()
        if gone:
            self._end(session, gone)
        if systems and self._worker_at - self._written_at >= HEARTBEAT_SECONDS:
            self._write(session)

    @contextmanager
    def meanwhile(self) -> Generator[None]:
        """Go on with it during the block, in which the worker cannot."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def stop(self) -> None:
        """End, so that sensors take over at once; they do by themselves where the server cannot be told."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        with suppress(DenormError, psycopg.Error), self._database.session() as session:
            self._end(session, self._systems)

    def _run(self) -> None:
        while not self._stop.wait(HEARTBEAT_SECONDS / 2):
            now = time.monotonic()
            late = now - self._written_at >= 1.5 * HEARTBEAT_SECONDS
            if self._busy and self._systems and late and now - self._worker_at < _STUCK_SECONDS:
                with suppress(DenormError, psycopg.Error), self._database.session() as session:
                    self._write(session)

    def _write(self, session: Session) -> None:
        session.execute(query("drains", "beat", systems=list(self._systems), holder=self._holder))
        self._written_at = time.monotonic()

    def _end(self, session: Session, systems: Sequence[str]) -> None:
        session.execute(query("drains", "stop_beating", systems=list(systems), holder=self._holder))


def beating_workers(session: Session) -> dict[str, str]:
    """System -> the worker that refreshes it now."""
    return {row["system"]: row["holder"] for row in session.rows(query("drains", "beating", fresh=FRESH_SECONDS))}
