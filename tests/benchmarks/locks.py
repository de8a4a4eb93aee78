"""How long the application's statements wait for our schema work, and whether any of them fails.

Writers measure each of their statements at the client, alone first, and then while a process of its own applies, loads,
changes definitions, reconciles and uninstalls. What they take longer at most than alone is what they waited for us; it
includes what a busy machine costs them.
"""

from __future__ import annotations

import itertools
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from denorm_assets.db.example import load_sample
from denorm_assets.db.reconciling import reconcile_model
from denorm_assets.db.refresh_now import refresh_now
from denorm_assets.db.schema_work import apply_system
from denorm_assets.db.session import Database
from denorm_assets.db.uninstalling import uninstall
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import System
from denorm_assets.settings import LOCK_BOUND_MS
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.benchmarks.temporary_server import temporary_server
from tests.live import bring_up, wrong_rows
from tests.reports import Figure, report

ENTRIES = {"small": 20_000, "full": 300_000}
SECONDS = {"small": 8.0, "full": 30.0}
_WRITERS = 4
_PAUSE = 0.01
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])
_STATEMENTS = (
    "INSERT INTO topics.entries (title, tags, published_at) VALUES ('new', 'Horacio Cartes', now())",
    "UPDATE topics.entries SET tags = 'Santiago Peña, Horacio Cartes' WHERE id = %(id)s",
    "UPDATE topics.entries SET title = 'changed' WHERE id = %(id)s",
    "DELETE FROM topics.entries WHERE id = %(id)s",
    "SELECT count(*) FROM topics.entries WHERE id BETWEEN %(id)s AND %(id)s + 10",
)


def _repair(database: Database, system: System) -> None:
    options = ReconcileOptions(repair=True, most_rows=10_000_000, most_share=1)
    for model in system.read_models:
        found = reconcile_model(database, system, model, options, _quiet)
        assert found.passed, found.summary


Work = Callable[[Database, System], object]
WORKS: Mapping[str, Work] = {
    "load": bring_up,
    "apply": lambda database, system: apply_system(database, system, _quiet),
    "repair": _repair,
    "uninstall": lambda database, system: uninstall(database, system, _quiet),
}
"""What goes on while the application writes; each begins in a process of its own."""


@dataclass
class Measured:
    """What the writers saw: seconds of each statement, and errors."""

    seconds: list[float] = field(default_factory=list[float])
    errors: list[str] = field(default_factory=list[str])
    slowest: str = ""

    @property
    def longest_ms(self) -> float:
        """p100 in milliseconds."""
        return max(self.seconds) * 1000


def run(size: str) -> bool:
    """Measure; returns whether all goals are met."""
    with temporary_server("denorm-locks-") as (_, postgres), tempfile.TemporaryDirectory() as folder:
        postgres.ensure_database("topics")
        url = postgres.url("topics")
        database = Database(url)
        load_sample(database, TOPICS, ENTRIES[size])
        database.close()
        versions = _versions(Path(folder))
        alone = _measure(url, SECONDS[size], None)
        found: dict[str, Measured] = {}
        wrong: dict[str, int] = {}
        for title, work, version in (
            ("apply and backfill", "load", "as shipped"),
            ("a definition of the same columns", "apply", "fewer rows"),
            ("a definition with a column more", "apply", "a column more"),
            ("a definition with a column retyped", "apply", "a column retyped"),
            ("reconciling, a tenth of the rows wrong", "repair", "a column retyped"),
            ("uninstall", "uninstall", "a column retyped"),
        ):
            if work == "repair":
                _put_wrong(url)
            if work == "uninstall":
                wrong = _settle(url, versions[version])
            found[title] = _measure(url, 0.0, (work, versions[version]))
    figures = [
        Figure("writers alone: statements", len(alone.seconds)),
        Figure("writers alone: longest statement", alone.longest_ms, "ms"),
        *(
            Figure(f"{title}: longest statement, beyond that", _beyond(each, alone), "ms", at_most=LOCK_BOUND_MS)
            for title, each in found.items()
        ),
        Figure("statements that failed", sum(len(each.errors) for each in (alone, *found.values())), at_most=0),
        Figure("rows wrong in the end", sum(wrong.values()), at_most=0),
    ]
    details = {
        title: {
            "statements": len(each.seconds),
            "longest ms": each.longest_ms,
            "slowest": each.slowest,
            "errors": each.errors[:20],
        }
        for title, each in {"alone": alone, **found}.items()
    }
    return report(f"bench-locks-{size}", figures, details)


def _beyond(measured: Measured, alone: Measured) -> float:
    return max(0.0, measured.longest_ms - alone.longest_ms)


def _settle(url: str, system: System) -> dict[str, int]:
    """Rows that are wrong once nobody writes any more and all is refreshed."""
    database = Database(url)
    bring_up(database, system)
    for model in system.read_models:
        refresh_now(database, system, model, _quiet)
    database.close()
    return wrong_rows(url, system)


def _versions(folder: Path) -> Mapping[str, System]:
    text = TOPICS.read_model("entry_topics").definition.text
    texts = {
        "as shipped": text,
        "fewer rows": f"{text}\nWHERE e.id % 7 <> 0",
        "a column more": text.replace("e.published_at", "e.published_at, e.title"),
        "a column retyped": text.replace("e.published_at", "e.published_at::date AS published_at"),
    }
    return {name: _version(folder / f"{number}.sql", each) for number, (name, each) in enumerate(texts.items())}


def _version(path: Path, text: str) -> System:
    path.write_text(text)
    [phase] = TOPICS.phases
    first, *others = phase.read_models
    changed = replace(phase, read_models=(replace(first, definition=SqlFile(path)), *others))
    # Its tables cannot be pickled, and nobody asks for them.
    return replace(TOPICS, phases=(changed,), example=None, cutover=None)


def _measure(url: str, seconds: float, work: tuple[str, System] | None) -> Measured:
    """Let the writers write for so long, and at least until the work is done."""
    stop = threading.Event()
    numbers = itertools.count(int(time.time() * 1000) % 1000)
    measured = Measured()
    with ThreadPoolExecutor(_WRITERS) as pool:
        writers = [pool.submit(_write, url, number, numbers, stop, measured) for number in range(_WRITERS)]
        try:
            if work is not None:
                process = _FORKS.Process(target=_do, args=(url, *work))
                process.start()
                process.join()
                assert process.exitcode == 0, f"{work[0]} ended with {process.exitcode}"
            stop.wait(seconds or 1.0)
        finally:
            stop.set()
        for writer in writers:
            writer.result()
    return measured


def _do(url: str, work: str, system: System) -> None:
    database = Database(url)
    WORKS[work](database, system)
    database.close()


def _put_wrong(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM topics.entry_topics WHERE entry_id % 10 = 0")


def _write(url: str, number: int, numbers: itertools.count[int], stop: threading.Event, measured: Measured) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for turn in itertools.count():
            if stop.wait(_PAUSE):
                return
            statement = _STATEMENTS[turn % len(_STATEMENTS)]
            # Each writer has rows of its own: it waits for nobody but us.
            params = {"id": (next(numbers) * _WRITERS + number) % 15_000 + 1}
            began = time.perf_counter()
            try:
                connection.execute(statement.encode(), params if "%(" in statement else None)
            except psycopg.Error as error:
                measured.errors.append(f"{type(error).__name__}: {error}")
            took = time.perf_counter() - began
            if took > max(measured.seconds, default=0):
                measured.slowest = statement
            measured.seconds.append(took)


def _quiet(_line: str) -> None:
    return
