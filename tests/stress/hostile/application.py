"""The application of every scenario: its tables, the read models that are live from the start, and its writers."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg

from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Cutover, Phase, System

SCHEMA = "app"
FLAG = "shop_read_models"
OFTEN = Debounce(quiet=0.1, max_wait=0.3)

TABLES = """
CREATE TABLE people (id bigint PRIMARY KEY, name varchar(60) NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, person_id bigint NOT NULL, amount numeric(12, 2) NOT NULL, note text);
CREATE INDEX ON orders (person_id);
INSERT INTO people SELECT n, 'person ' || n FROM generate_series(1, 40) AS n;
INSERT INTO orders SELECT n, n % 40 + 1, n % 97, 'note ' || n FROM generate_series(1, 400) AS n;
"""
_CARDS = "SELECT o.id, o.amount, o.note, p.name FROM orders AS o JOIN people AS p ON p.id = o.person_id"
_TOTALS = """
SELECT p.id, p.name, count(o.id) AS orders, sum(o.amount) AS total
FROM people AS p LEFT JOIN orders AS o ON o.person_id = p.id GROUP BY p.id, p.name
"""
_RANKS = "SELECT id, rank() OVER (ORDER BY amount DESC, id) AS place FROM orders"


def definition(folder: Path, name: str, text: str) -> SqlFile:
    """The definition of the read model called `name`, written to a file."""
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return SqlFile(path)


def base_system(folder: Path) -> System:
    """One read model of each kind."""
    models = (
        ReadModel(
            "order_cards",
            definition(folder, "order_cards", _CARDS),
            ("id",),
            IdRanges("orders.id"),
            Realtime(OFTEN),
        ),
        ReadModel("person_totals", definition(folder, "person_totals", _TOTALS), ("id",), refresh=Debounced(OFTEN)),
        ReadModel("order_ranks", definition(folder, "order_ranks", _RANKS), ("id",), refresh=Full(OFTEN)),
    )
    return System("shop", SCHEMA, (Phase("phase_1", models),), cutover=Cutover(FLAG, "orders", judged_from=10**9))


_STATEMENTS: tuple[LiteralString, ...] = (
    "UPDATE orders SET amount = amount + 1 WHERE id = %(order)s",
    "UPDATE orders SET person_id = %(person)s WHERE id = %(order)s",
    "UPDATE orders SET note = 'note ' || %(number)s WHERE id = %(order)s",
    "UPDATE people SET name = 'person ' || %(number)s WHERE id = %(person)s",
    "INSERT INTO orders VALUES (%(new)s, %(person)s, 5, 'new')",
    "DELETE FROM orders WHERE id = %(order)s",
    "INSERT INTO orders VALUES (%(order)s, %(person)s, 7, 'again') ON CONFLICT (id) DO UPDATE SET amount = 8",
    "UPDATE orders SET amount = amount - 1 WHERE id IN"
    " (SELECT id FROM orders WHERE id BETWEEN %(order)s AND %(order)s + 20 ORDER BY id FOR UPDATE)",
)
_PAUSE_SECONDS = 0.02
_TIMEOUT = "SET statement_timeout = '20s'; SET search_path = app"


class Writers:
    """Sessions of the application that write until they are stopped, one row or a few a time; they never deadlock.

    Attributes:
        failed: what PostgreSQL said of statements that failed.
    """

    def __init__(self, url: str, sessions: int = 2) -> None:
        self.failed: Counter[str] = Counter()
        self._stop, self._paused = threading.Event(), threading.Event()
        self._writing = [threading.Lock() for _ in range(sessions)]
        self._threads = [
            threading.Thread(target=self._write, args=(url, number), daemon=True) for number in range(sessions)
        ]
        for thread in self._threads:
            thread.start()

    @contextmanager
    def paused(self) -> Generator[None]:
        """Nothing new is written for as long as the outermost block takes."""
        outermost = not self._paused.is_set()
        self._paused.set()
        for lock in self._writing:
            # What has begun is committed.
            with lock:
                pass
        try:
            yield
        finally:
            if outermost:
                self._paused.clear()

    def stop(self) -> None:
        """End all sessions."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, url: str, session: int) -> None:
        dice = random.Random(session)
        number = 0
        while not self._stop.is_set():
            try:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(_TIMEOUT)
                    while not self._stop.wait(dice.uniform(0, 2 * _PAUSE_SECONDS)):
                        number += 1
                        drawn = {
                            "order": dice.randint(1, 400),
                            "person": dice.randint(1, 40),
                            "number": number,
                            "new": 1_000_000 * (session + 1) + number,
                        }
                        with self._writing[session]:
                            if not self._paused.is_set():
                                connection.execute(dice.choice(_STATEMENTS), drawn)
            except psycopg.Error as error:
                self.failed[f"{error.sqlstate} {' '.join(str(error).split())[:200]}"] += 1
                self._stop.wait(0.2)
