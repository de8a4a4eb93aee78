"""Mixed writers: sessions that link, unlink, rename, move, delete and change in bulk, a few statements at a time.

Left to themselves they never deadlock and no statement of theirs fails, but for updates that lose a race at REPEATABLE
READ: a transaction changes each table once at most, in one order, and locks rows in the order of their ids.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
from psycopg import errors as pg
from psycopg import sql

_LOCKED: LiteralString = (
    "WHERE id IN (SELECT id FROM {table} WHERE id BETWEEN %(id)s AND %(last)s ORDER BY id FOR UPDATE)"
)
_ONE_ENTRY_TAG: LiteralString = (
    "WHERE id = (SELECT id FROM entry_tags WHERE entry_id >= %(id)s ORDER BY entry_id, id LIMIT 1)"
)
_ONE_TOPIC_TAG: LiteralString = (
    "WHERE id = (SELECT id FROM topic_tags WHERE topic_id >= %(topic)s ORDER BY topic_id, id LIMIT 1)"
)


@dataclass(frozen=True)
class _Change:
    """A statement on one table, with named parameters that `_draw` gives."""

    kind: str
    table: str
    text: LiteralString
    weight: int = 4

    @property
    def statement(self) -> str:
        """The statement's text."""
        return self.text.format(table=self.table)


_TABLES = ("authors", "entries", "entry_tags", "tags", "topics", "topic_tags")
_CHANGES = (
    _Change("rename", "authors", "UPDATE authors SET name = %(name)s WHERE id = %(author)s"),
    _Change("delete", "authors", "DELETE FROM authors WHERE id = %(author)s", 2),
    _Change(
        "insert",
        "authors",
        "INSERT INTO authors VALUES (%(author)s, %(name)s) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    ),
    _Change("rename", "entries", "UPDATE entries SET title = %(name)s WHERE id = %(id)s"),
    _Change("move", "entries", "UPDATE entries SET author_id = nullif(%(author)s, 1) WHERE id = %(id)s", 8),
    _Change("score", "entries", "UPDATE entries SET score = score + 1 WHERE id = %(id)s", 8),
    _Change("delete", "entries", "DELETE FROM entries WHERE id = %(id)s", 6),
    _Change(
        "insert",
        "entries",
        "INSERT INTO entries VALUES (%(id)s, %(author)s, %(name)s)"
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title, author_id = excluded.author_id",
        6,
    ),
    _Change("bulk update", "entries", "UPDATE entries SET score = score + 1 " + _LOCKED, 1),
    _Change("bulk delete", "entries", "DELETE FROM entries " + _LOCKED, 1),
    _Change(
        "bulk insert",
        "entries",
        "INSERT INTO entries SELECT n, nullif(n %% 31, 0), %(name)s || n"
        " FROM generate_series(%(id)s::bigint, %(last)s) AS n"
        " ON CONFLICT (id) DO NOTHING",
        2,
    ),
    _Change("link", "entry_tags", "INSERT INTO entry_tags (entry_id, tag_id) VALUES (%(id)s, %(tag)s)", 16),
    _Change("unlink", "entry_tags", "DELETE FROM entry_tags " + _ONE_ENTRY_TAG, 8),
    _Change(
        "unlink",
        "entry_tags",
        "DELETE FROM entry_tags WHERE id IN (SELECT id FROM entry_tags WHERE entry_id = %(id)s ORDER BY id FOR UPDATE)",
        4,
    ),
    _Change("move", "entry_tags", "UPDATE entry_tags SET entry_id = %(other)s " + _ONE_ENTRY_TAG, 8),
    _Change("move", "entry_tags", "UPDATE entry_tags SET tag_id = %(tag)s " + _ONE_ENTRY_TAG, 8),
    _Change(
        "bulk link",
        "entry_tags",
        "INSERT INTO entry_tags (entry_id, tag_id)"
        " SELECT n, n %% 80 + 1 FROM generate_series(%(id)s::bigint, %(last)s) AS n",
        2,
    ),
    _Change(
        "bulk unlink",
        "entry_tags",
        "DELETE FROM entry_tags WHERE id IN (SELECT id FROM entry_tags"
        " WHERE entry_id BETWEEN %(id)s AND %(last)s ORDER BY id FOR UPDATE)",
        3,
    ),
    _Change("rename", "tags", "UPDATE tags SET name = %(name)s WHERE id = %(tag)s"),
    _Change("delete", "tags", "DELETE FROM tags WHERE id = %(tag)s", 2),
    _Change(
        "insert",
        "tags",
        "INSERT INTO tags VALUES (%(tag)s, %(name)s) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    ),
    _Change("rename", "topics", "UPDATE topics SET name = %(name)s WHERE id = %(topic)s"),
    _Change("delete", "topics", "DELETE FROM topics WHERE id = %(topic)s", 3),
    _Change(
        "insert",
        "topics",
        "INSERT INTO topics VALUES (%(topic)s, %(name)s) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        4,
    ),
    _Change("link", "topic_tags", "INSERT INTO topic_tags (topic_id, tag_id) VALUES (%(topic)s, %(tag)s)"),
    _Change("unlink", "topic_tags", "DELETE FROM topic_tags " + _ONE_TOPIC_TAG, 4),
    _Change("move", "topic_tags", "UPDATE topic_tags SET topic_id = %(other)s %% 40 + 1 " + _ONE_TOPIC_TAG, 6),
)
_TRUNCATE = (
    _Change("truncate", "entry_tags", "TRUNCATE entry_tags"),
    _Change("truncate", "topic_tags", "TRUNCATE topic_tags"),
)
_TRUNCATE_SHARE = 0.002
_REPEATABLE_SHARE = 0.1
_ROLLBACK_SHARE = 0.1
_LONG_SHARE = 0.003


@dataclass
class Written:
    """What the writers did in one schema.

    Attributes:
        committed: statements that were committed, by kind.
        lost: transactions at REPEATABLE READ that lost a race, as they do without us.
        failed: what PostgreSQL said of every other failure.
        slowest: seconds of the slowest statement.
    """

    committed: Counter[str] = field(default_factory=Counter[str])
    rolled_back: int = 0
    lost: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])
    slowest: float = 0.0

    def add(self, other: Written) -> None:
        """Count what another session did, too."""
        self.committed += other.committed
        self.rolled_back += other.rolled_back
        self.lost += other.lost
        self.failed += other.failed
        self.slowest = max(self.slowest, other.slowest)


def write(
    url: str, schemas: Sequence[str], seed: str, stop: threading.Event, say: Callable[[str], None]
) -> dict[str, Written]:
    """One session, until `stop`; its transactions go to a schema at random each."""
    dice = random.Random(seed)
    written = {schema: Written() for schema in schemas}
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.wait(dice.uniform(0, 0.005)):
            schema, repeatable = dice.choice(schemas), dice.random() < _REPEATABLE_SHARE
            try:
                _transaction(connection, schema, repeatable, dice, written[schema])
            except psycopg.Error as error:
                if repeatable and isinstance(error, pg.SerializationFailure):
                    written[schema].lost += 1
                    continue
                words = f"{error.sqlstate} {error.diag.message_primary or error}"
                say(f"{schema}: {words} ({error.diag.message_detail or error.diag.context})")
                written[schema].failed[words] += 1
    return written


def _transaction(
    connection: psycopg.Connection[tuple[Any, ...]],
    schema: str,
    repeatable: bool,
    dice: random.Random,
    written: Written,
) -> None:
    changes = _draw_changes(dice)
    with connection.transaction() as transaction:
        if repeatable:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        for change in changes:
            began = time.monotonic()
            connection.execute(change.statement.encode(), _draw(dice))
            written.slowest = max(written.slowest, time.monotonic() - began)
            if dice.random() < _LONG_SHARE:
                time.sleep(dice.uniform(0.1, 1.5))
        if dice.random() < _ROLLBACK_SHARE:
            written.rolled_back += 1
            raise psycopg.Rollback(transaction)
    written.committed.update(change.kind for change in changes)


def _draw_changes(dice: random.Random) -> list[_Change]:
    """At most one change per table, in the order of the tables."""
    if dice.random() < _TRUNCATE_SHARE:
        return [*_TRUNCATE]
    drawn = dice.choices(_CHANGES, [change.weight for change in _CHANGES], k=dice.randint(1, 4))
    by_table = {change.table: change for change in drawn}
    return [by_table[table] for table in _TABLES if table in by_table]


def _draw(dice: random.Random) -> dict[str, object]:
    first = dice.randint(1, 600)
    return {
        "id": first,
        "last": first + dice.choice((10, 100, 300)),
        "author": dice.randint(1, 30),
        "tag": dice.randint(1, 80),
        "topic": dice.randint(1, 40),
        "other": dice.randint(1, 600),
        "name": f"name {dice.randint(1, 1_000)}",
    }
