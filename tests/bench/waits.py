"""Writers that measure each of their statements at the client, while work goes on in a process of its own.

What they take longer at most than alone is what they waited for us; it includes what a busy machine costs them.
"""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.model.system import System

WRITERS = 4
WRITER = "writer"
"""What the writers call themselves to the server."""
_PAUSE = 0.01
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])

Work = Callable[[Database, System], object]


@dataclass(frozen=True)
class Statements:
    """What the writers run in turn.

    Attributes:
        texts: the statements.
        params: the parameters of each for a number that no other writer has at the time.
    """

    texts: Sequence[str]
    params: Callable[[int], Mapping[str, object]]


@dataclass
class Measured:
    """What the writers saw: the longest statement of so many, and errors."""

    statements: int = 0
    longest_ms: float = 0.0
    errors: list[str] = field(default_factory=list[str])
    slowest: str = ""

    def took(self, statement: str, milliseconds: float) -> None:
        """Note one."""
        self.statements += 1
        if milliseconds > self.longest_ms:
            self.longest_ms, self.slowest = milliseconds, statement

    def details(self) -> dict[str, object]:
        """For a report."""
        return {
            "statements": self.statements,
            "longest ms": self.longest_ms,
            "slowest": self.slowest,
            "errors": self.errors[:20],
        }


def beyond_ms(measured: Measured, alone: Measured) -> float:
    """How many milliseconds longer the longest statement took than the longest one of the writers alone."""
    return max(0.0, measured.longest_ms - alone.longest_ms)


def measure(url: str, statements: Statements, seconds: float, work: tuple[Work, System] | None) -> Measured:
    """Let the writers write for so long, and at least until the work is done.

    The work's function is one of a module, because another process is told its name.
    """
    stop = threading.Event()
    numbers = itertools.count(int(time.time() * 1000) % 1000)
    measured = Measured()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(_write, url, statements, number, numbers, stop, measured) for number in range(WRITERS)]
        try:
            if work is not None:
                process = _FORKS.Process(target=_do, args=(url, *work))
                process.start()
                process.join()
                assert process.exitcode == 0, f"{work[0].__name__} ended with {process.exitcode}"
            stop.wait(seconds or 1.0)
        finally:
            stop.set()
        for writer in writers:
            writer.result()
    return measured


def _do(url: str, work: Work, system: System) -> None:
    database = Database(url)
    work(database, system)
    database.close()


def _write(
    url: str,
    statements: Statements,
    writer: int,
    numbers: itertools.count[int],
    stop: threading.Event,
    measured: Measured,
) -> None:
    with psycopg.connect(url, autocommit=True, application_name=WRITER) as connection:
        while not stop.is_set():
            # Each writer has rows of its own: it waits for nobody but us.
            params = statements.params(next(numbers) * WRITERS + writer)
            for statement in statements.texts:
                began = time.perf_counter()
                try:
                    connection.execute(statement.encode(), params if "%(" in statement else None)
                except psycopg.Error as error:
                    measured.errors.append(f"{type(error).__name__}: {error}")
                measured.took(statement, 1000 * (time.perf_counter() - began))
                if stop.wait(_PAUSE):
                    return
