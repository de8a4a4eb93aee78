"""Work in a process of its own, killed at a moment: the process, its connection, or its server process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System

KINDS = ("process", "backend ended", "backend killed")
_WORKER = "worker to be killed"
_PATIENCE = 60.0
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])

Work = Callable[[Database, System], object]


def strike(url: str, work: Work, system: System, kind: str, delay: float) -> float | None:
    """Begin the work and kill it after `delay` seconds; how long it took where it was through before.

    `work` is a function of a module, because another process is told its name.
    """
    ready = _FORKS.Event()
    process = _FORKS.Process(target=_work, args=(url, work, system, ready), daemon=True)
    process.start()
    assert ready.wait(_PATIENCE), "the worker begins"
    began = time.monotonic()
    process.join(delay)
    if not process.is_alive():
        return time.monotonic() - began
    if kind == "process":
        process.kill()
    else:
        _end_backends(url, kill=kind == "backend killed")
    process.join(_PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
    return None


def _work(url: str, work: Work, system: System, ready: Any) -> None:
    database = Database(url, application_name=_WORKER)
    ready.set()
    # That it fails is the point.
    with suppress(DenormError, psycopg.Error, DBAPIError):
        work(database, system)


def _end_backends(url: str, *, kill: bool) -> None:
    with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [_WORKER]).fetchall()
        for (pid,) in found:
            if kill:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            else:
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])


def wait_for_server(url: str) -> None:
    """Wait until the server answers and nothing of what was killed is left there."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with psycopg.connect(url, connect_timeout=2) as connection:
                left = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [_WORKER]
                ).fetchone()
                if left == (0,):
                    return
        except psycopg.Error:
            pass
        assert time.monotonic() < deadline, "the server came back, and the killed worker's sessions ended"
        time.sleep(0.05)
