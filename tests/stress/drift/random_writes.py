"""Random writes to an application's tables, made from nothing but their declarations."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Column, String, Table, Text, Uuid

from denorm_assets.model.system import System
from tests.support.live import one_number

_BULK = 40
_NULLS = 0.1
_ROLLBACKS = 0.1
_GROWTH = 1.2


class RandomWrites:
    """Statements that copy, change and remove random rows of the tables of `system`.

    What an application's own constraints refuse is no fault; it is counted.
    """

    def __init__(self, system: System, seed: str, connection: psycopg.Connection[Any]) -> None:
        """Looks at how large the tables are: they grow by a fifth at most, lest it become another application."""
        assert system.example is not None, "only systems with application tables of their own"
        self._tables = cast(tuple[Table, ...], system.example.tables)
        self._most = {
            table: int(one_number(connection, sql.SQL("SELECT count(*) FROM {}").format(_name(table))) * _GROWTH)
            + _BULK
            for table in self._tables
        }
        self._dice = random.Random(seed)

    def statement(self) -> tuple[str, sql.Composed]:
        """What it does to which table, and the statement."""
        table = self._dice.choice(self._tables)
        count = self._dice.choice([1] * 9 + [_BULK])
        [kind] = self._dice.choices(["insert", "update", "delete"], [10, 10, 1])
        make = {"insert": self._insert, "update": self._update, "delete": self._delete}[kind]
        return f"{kind} {table.fullname}", make(table, 1 if kind == "delete" else count)

    def changes_its_mind(self) -> bool:
        """Whether the application rolls back now."""
        return self._dice.random() < _ROLLBACKS

    def _insert(self, table: Table, count: int) -> sql.Composed:
        columns = [c for c in table.columns if c.identity is None and c.computed is None]
        return sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} AS drawn"
            " WHERE (SELECT count(*) FROM {table}) < {most} ORDER BY random() LIMIT {count} ON CONFLICT DO NOTHING"
        ).format(
            table=_name(table),
            columns=sql.SQL(", ").join(sql.Identifier(c.name) for c in columns),
            values=sql.SQL(", ").join(self._value(table, c) for c in columns),
            most=sql.Literal(self._most[table]),
            count=sql.Literal(count),
        )

    def _update(self, table: Table, count: int) -> sql.Composed:
        changeable = [c for c in table.columns if not c.primary_key and c.computed is None] or [*table.primary_key]
        columns = self._dice.sample(changeable, min(len(changeable), self._dice.randint(1, 3)))
        return sql.SQL(
            "UPDATE {table} AS changed SET {values} FROM (SELECT * FROM {table} ORDER BY random() LIMIT 1) AS drawn"
            " WHERE changed.ctid = ANY (ARRAY(SELECT ctid FROM {table} ORDER BY random() LIMIT {count}))"
        ).format(
            table=_name(table),
            values=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(c.name), self._value(table, c)) for c in columns
            ),
            count=sql.Literal(count),
        )

    def _delete(self, table: Table, count: int) -> sql.Composed:
        return sql.SQL(
            "DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} ORDER BY random() LIMIT {count}))"
        ).format(table=_name(table), count=sql.Literal(count))

    def _value(self, table: Table, column: Column[Any]) -> sql.Composable:
        """A value for `column`, for which another row of the table, `drawn`, may be looked at."""
        if column.nullable and self._dice.random() < _NULLS:
            return sql.SQL("NULL")
        for key in column.foreign_keys:
            # Looks at `drawn`, lest one row be chosen for the whole statement.
            return sql.SQL("(SELECT {column} FROM {table} ORDER BY random(), drawn.{own} LIMIT 1)").format(
                own=sql.Identifier(column.name),
                column=sql.Identifier(key.column.name),
                table=_name(key.column.table),
            )
        if column.primary_key and isinstance(column.type, Uuid | String):
            return sql.SQL("gen_random_uuid()")
        copied = sql.SQL("drawn.{}").format(sql.Identifier(column.name))
        if isinstance(column.type, Text) and _is_unique(table, column):
            return sql.SQL("left({}, 20) || '-' || left(md5(random()::text), 8)").format(copied)
        return copied


@dataclass
class Written:
    """What writers did: statement and table -> how often; committed, refused by a constraint, lost to a deadlock.

    Attributes:
        last: when the last one was committed, on the monotonic clock.
    """

    committed: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    deadlocked: Counter[str] = field(default_factory=Counter[str])
    last: float = 0.0

    def add(self, other: Written) -> None:
        """Add what another writer did."""
        self.committed += other.committed
        self.refused += other.refused
        self.deadlocked += other.deadlocked
        self.last = max(self.last, other.last)


def write(url: str, system: System, seed: str, rate: float, stop: threading.Event) -> Written:
    """Write at `rate` statements a second, each tenth of them rolled back, until `stop`."""
    written = Written()
    with psycopg.connect(url) as connection:
        writes = RandomWrites(system, seed, connection)
        while not stop.wait(1 / rate):
            write_one(connection, writes, written)
    return written


def write_one(connection: psycopg.Connection[Any], writes: RandomWrites, written: Written) -> None:
    """One transaction of one statement; what it came to is added to `written`."""
    what, statement = writes.statement()
    try:
        connection.execute(statement)
    except psycopg.errors.IntegrityError:
        connection.rollback()
        written.refused[what] += 1
    except psycopg.errors.DeadlockDetected:
        connection.rollback()
        written.deadlocked[what] += 1
    else:
        if writes.changes_its_mind():
            connection.rollback()
        else:
            connection.commit()
            written.committed[what] += 1
            written.last = time.monotonic()


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(*([table.schema] if table.schema else []), table.name)


def _is_unique(table: Table, column: Column[Any]) -> bool:
    return bool(column.unique) or any(
        index.unique and column.name in {c.name for c in index.columns} for index in table.indexes
    )
