"""The resident worker: looks at what is pending several times a second, and beats so that the sensor stands back."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence

import psycopg

from denorm_assets.db import control_schema
from denorm_assets.db.refreshing import Refreshed, Refresher
from denorm_assets.db.session import Database
from denorm_assets.errors import DenormError, ServerUnreachable
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

POLL_SECONDS = 0.1
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
        self._stop = threading.Event()
        self._holder = f"{socket.gethostname()} process {os.getpid()}"
        self._beats_at = 0.0

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
        self._say_goodbye()

    def _look(self) -> None:
        if time.monotonic() >= self._beats_at:
            if not self._beat():
                return
            self._beats_at = time.monotonic() + BEAT_SECONDS
        done = [result for result in self._refresher.look() if result.drained is not None or result.error is not None]
        self._report(done)

    def _beat(self) -> bool:
        """Say that we live; returns whether there is anything to work on yet."""
        with self._database.session() as session:
            if not control_schema.installed(session):
                return False
            for system in self._systems:
                session.execute(query("drains", "beat", system=system.name, holder=self._holder))
        return True

    def _say_goodbye(self) -> None:
        try:
            with self._database.session() as session:
                for system in self._systems:
                    session.execute(query("drains", "stop_beating", system=system.name, holder=self._holder))
        except ServerUnreachable:
            return


def beating_worker(database: Database, system: System) -> str | None:
    """Who works on `system` now, or None."""
    with database.session() as session:
        row = session.row(query("drains", "beating", system=system.name, fresh=FRESH_SECONDS))
    return row["holder"] if row else None
