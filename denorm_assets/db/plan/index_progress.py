"""Saying how far an index build is, from a second session: the first one waits for its statement."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import copy_context

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DenormError
from denorm_assets.sql.control import query
from denorm_assets.sql.step import Step

_LOG = logging.getLogger(__name__)
LOOK_SECONDS = 3.0
WORTH_WATCHING = 3.0
"""Estimated seconds of a build from which on it is watched."""


@contextmanager
def progress_told(database: Database, session: Session, step: Step) -> Generator[None]:
    """While the block builds the index of `step` in `session`, log every few seconds how far it is.

    What keeps the second session from looking keeps the build from nothing.
    """
    if step.kind != "index" or step.seconds < WORTH_WATCHING:
        yield
        return
    over = threading.Event()
    pid = session.connection.info.backend_pid
    watcher = threading.Thread(
        # In this context: Dagster shows a run the lines that are logged in its own.
        target=copy_context().run,
        args=(_watch, database, pid, step.name, over),
        daemon=True,
    )
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(database: Database, pid: int, index: str, over: threading.Event) -> None:
    told = ""
    try:
        with database.session() as session:
            while not over.wait(LOOK_SECONDS):
                found = session.row(query("catalog", "index_progress", pid=pid))
                line = "" if found is None else f"index {index}: {_in_words(**found)}"
                if line and line != told:
                    _LOG.info("%s", line)
                told = line
    except (DenormError, psycopg.Error):
        return


def _in_words(phase: str, done: int, total: int, waits_for: str | None) -> str:
    share = f", {100 * done // total} %" if total else ""
    return f"{phase}{share}{f', for {waits_for}' if waits_for else ''}"
