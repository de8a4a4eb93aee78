"""`make faults ONLY=identifiers`: identifier migrations are killed at random moments, on the way there and back.

After each kill either the phases go on to the end, or what they did is undone, while the application writes. In the end
both columns say the same, and the tables have just the shape that an undisturbed migration gives, or the one before.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_work import do_work, undo_work
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from tests.bench.temporary_server import temporary_server
from tests.stress.faults.strikes import KINDS, strike, wait_for_server
from tests.support.identifiers.library import LIBRARY, SWITCH, fill, shape
from tests.support.reports import Figure, report

SIZES = {"small": (12, 2_000), "full": (100, 20_000)}
"""Kills, and rows of the larger tables."""
_BACK = 0.4
"""Share of the kills after which what was done is undone."""
Shape = Sequence[tuple[Any, ...]]


def there(database: Database, system: System) -> None:
    """Expand, fill and switch."""
    for phase in system.phases[:3]:
        do_work(database, system, phase)


def back(database: Database, system: System) -> None:
    """Undo."""
    undo_work(database, system, SWITCH)


def run(size: str, seed: int, say: Callable[[str], None]) -> bool:
    """Kill, go on or back, and look, over and over; returns whether all goals are met."""
    wanted, rows = SIZES[size]
    dice, kills, faults = random.Random(seed), Counter[str](), Counter[str]()
    details: list[str] = []
    began = time.monotonic()
    with temporary_server("denorm-faults-identifiers-") as (_, postgres):
        postgres.ensure_database("library")
        url = postgres.url("library")
        fill(url, people=rows // 10, books=rows, tags=rows // 10, book_tags=rows)
        shapes = _shapes(url)
        with _writing(url) as refused:
            lengths = {"there": 2.0, "back": 1.0}
            while sum(kills.values()) < wanted:
                kind = dice.choice(KINDS)
                way = "back" if dice.random() < _BACK and _is_there(url) else "there"
                worked = strike(url, {"there": there, "back": back}[way], LIBRARY, kind, dice.uniform(0, lengths[way]))
                wait_for_server(url)
                if worked is not None:
                    lengths[way] = max(0.2, worked)
                else:
                    kills[kind] += 1
                    say(f"{sum(kills.values())}: {kind}, on the way {way}")
                ended = "back" if dice.random() < _BACK else "there"
                for fault, what in _end(url, ended, shapes[ended]):
                    faults[fault] += 1
                    details.append(f"{fault}: {what} (killed on the way {way}, then {ended})")
        faults["statements of the application refused"] += len(refused)
        details += refused[:20]
    figures = [
        Figure("kills", sum(kills.values()), at_least=wanted),
        *(Figure(f"kills: {kind}", kills[kind]) for kind in KINDS),
        *(Figure(fault, faults[fault], at_most=0) for fault in _FAULTS),
        Figure("all together", time.monotonic() - began, "s"),
    ]
    return report(f"faults-identifiers-{size}", figures, details)


_PAIRS = (
    ("people", "id", "uid"),
    ("books", "id", "uid"),
    ("books", "owner_id", "owner_uid"),
    ("books", "lent_to", "lent_to_uid"),
    ("books", "sequel_of", "sequel_of_uid"),
    ("tags", "id", "uid"),
    ("tags", "owner_id", "owner_uid"),
    ("book_tags", "book_id", "book_uid"),
    ("book_tags", "tag_id", "tag_uid"),
)
_FAULTS = (
    "migrations or undoings that failed",
    "rows whose columns differ",
    "tables of another shape",
    "statements of the application refused",
)


def _shapes(url: str) -> dict[str, Shape]:
    """What the tables look like before, and after a migration that nobody disturbs."""
    before = shape(url)
    database = Database(url)
    there(database, LIBRARY)
    found = {"back": before, "there": shape(url)}
    back(database, LIBRARY)
    database.close()
    assert shape(url) == before, "undone, the tables are as they were"
    return found


def _is_there(url: str) -> bool:
    return any(row[1] == "uid" for row in shape(url))


def _end(url: str, ended: str, wanted: Shape) -> Generator[tuple[str, str]]:
    """Go on to one end, undisturbed; yields what is wrong there."""
    database = Database(url)
    try:
        {"there": there, "back": back}[ended](database, LIBRARY)
    except (DenormError, psycopg.Error) as error:
        yield "migrations or undoings that failed", f"{type(error).__name__}: {error}"
        return
    finally:
        database.close()
    if (found := shape(url)) != wanted:
        yield "tables of another shape", f"{sorted(set(found) ^ set(wanted))}"
    if ended == "there":
        with psycopg.connect(url) as connection:
            for table, text, uuid in _PAIRS:
                query = f"SELECT count(*) FROM library.{table} WHERE {uuid} IS DISTINCT FROM {text}::uuid"
                for (count,) in connection.execute(query.encode()):
                    if count:
                        yield "rows whose columns differ", f"{count} of {table}.{text}"


@contextmanager
def _writing(url: str) -> Generator[list[str]]:
    """An application that goes on writing by text meanwhile; yields the statements that were refused."""
    stop, refused = threading.Event(), list[str]()
    thread = threading.Thread(target=_write, args=(url, stop, refused), daemon=True)
    thread.start()
    try:
        yield refused
    finally:
        stop.set()
        thread.join()


def _write(url: str, stop: threading.Event, refused: list[str]) -> None:
    number = 0
    while not stop.is_set():
        # Where the server comes back after a crash, so does the application.
        with suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET search_path = library")
            while not stop.wait(0.01):
                number += 1
                new = str(UUID(int=number))
                try:
                    connection.execute("INSERT INTO people (id, name) VALUES (%s, 'new')", [new])
                    connection.execute("INSERT INTO books (id, owner_id, title) VALUES (%s, %s, 'new')", [new, new])
                    connection.execute("UPDATE books SET lent_to = owner_id, title = title || '.' WHERE id = %s", [new])
                    if number % 2:
                        connection.execute("DELETE FROM people WHERE id = %s", [new])
                except psycopg.OperationalError:
                    raise
                except psycopg.Error as error:
                    # After a crash in the midst of a group, it is made again from the next number on.
                    refused.append(f"{type(error).__name__}: {error}")
        stop.wait(0.1)
