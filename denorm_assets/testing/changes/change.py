"""A change of one row, and the statement that it is in the database as it is at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import sql

from denorm_assets.model.table_name import TableName
from denorm_assets.testing.changes.catalog import ForeignKey, Table


@dataclass(frozen=True)
class Held:
    """The value that a column has in a row, which is counted as in `Change`."""

    table: Table
    column: str
    row: int

    def __repr__(self) -> str:
        return f"<{self.column} of row {self.row} of {self.table.name}>"


@dataclass(frozen=True)
class Change:
    """An insert, update or delete of one row, which `LiveSystem.changes` draws and `LiveSystem.run` makes.

    Which row is said by its number in the order of the primary key, from 0 on, and over again behind the last row. So
    a change means something whatever the rows are.

    Attributes:
        kind: `insert`, `update` or `delete`.
        table: the table.
        row: the number of the row that is updated or deleted.
        written: column, and its value; or a foreign key, and the number of the row that it refers to, None for NULL.

    Example:
        def makes_rows(change: Change) -> bool:
            return change.kind == "insert"
    """

    kind: Literal["delete", "update", "insert"]
    table: Table
    row: int = 0
    written: tuple[tuple[str | ForeignKey, Any], ...] = ()

    def __repr__(self) -> str:
        which = "" if self.kind == "insert" else f" row {self.row} of"
        said = [
            f"{', '.join(to.columns)} = row {value} of {to.referenced}"
            if isinstance(to, ForeignKey)
            else f"{to} = {value!r}"
            for to, value in self.written
        ]
        return f"<{self.kind}{which} {self.table.name}{': ' if said else ''}{', '.join(said)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis shows, in place of how it made the change."""
        printer.text(repr(self))


def statement_of(connection: psycopg.Connection[Any], change: Change) -> sql.Composed | None:
    """The statement of `change`; None where the table has no row to change."""
    table = _identifier(change.table.name)
    written = _literals(connection, change.written)
    if change.kind == "insert":
        if not written:
            return sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table)
        names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in written)
        values = sql.SQL(", ").join(value for _, value in written)
        return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, names, values)
    where = _where(connection, change.table, change.row)
    if where is None:
        return None
    if change.kind == "delete":
        return sql.SQL("DELETE FROM {} WHERE {}").format(table, where)
    pairs = [sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in written]
    return sql.SQL("UPDATE {} SET {} WHERE {}").format(table, sql.SQL(", ").join(pairs), where)


def _literals(
    connection: psycopg.Connection[Any], written: Sequence[tuple[str | ForeignKey, Any]]
) -> list[tuple[str, sql.Composable]]:
    """Columns and their values; NULL where the row that is meant does not exist."""
    found: dict[str, Any] = {}
    for to, value in written:
        if isinstance(to, ForeignKey):
            row = None if value is None else _row(connection, to.referenced, to.keys, to.keys, value)
            found.update(zip(to.columns, row or [None] * len(to.columns), strict=True))
        elif isinstance(value, Held):
            row = _row(connection, value.table.name, (value.column,), value.table.key, value.row)
            found[to] = row[0] if row else None
        else:
            found[to] = value
    return [(name, sql.Literal(value)) for name, value in found.items()]


def _where(connection: psycopg.Connection[Any], table: Table, number: int) -> sql.Composable | None:
    """The condition that only that row meets; None where the table is empty."""
    row = _row(connection, table.name, table.key or ("tableoid", "ctid"), table.key, number)
    if row is None:
        return None
    if not table.key:
        return sql.SQL("tableoid = {}::oid AND ctid = {}").format(*map(sql.Literal, row))
    pairs = zip(table.key, row, strict=True)
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in pairs
    )


def _row(
    connection: psycopg.Connection[Any], table: TableName, columns: Sequence[str], order: Sequence[str], number: int
) -> Sequence[str | None] | None:
    """The text of `columns` in the row with that number; None where the table is empty."""
    shown = sql.SQL(", ").join(sql.SQL("r.{}::text").format(sql.Identifier(column)) for column in columns)
    ordered = sql.SQL(", ").join(sql.SQL("r.{}").format(sql.Identifier(name)) for name in order or ("tableoid", "ctid"))
    text = sql.SQL(
        "SELECT {} FROM {} AS r ORDER BY {} LIMIT 1 OFFSET {} % greatest((SELECT count(*) FROM {}), 1)"
    ).format(shown, _identifier(table), ordered, sql.Literal(number), _identifier(table))
    return connection.execute(text).fetchone()


def _identifier(table: TableName) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name) if table.schema else sql.Identifier(table.name)
