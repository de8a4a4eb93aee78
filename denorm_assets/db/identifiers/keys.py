"""Keys, unique indexes and foreign keys of a table, as the catalog has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denorm_assets.db.session import Session
from denorm_assets.errors import IdentifierRefused
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.identifier_keys import ForeignKey

_SIMPLE = "s"


@dataclass(frozen=True)
class TableKey:
    """A primary key or another unique constraint, with the index that enforces it, and its COMMENT."""

    name: str
    index: str
    is_primary: bool
    columns: tuple[str, ...]
    comment: str | None


@dataclass(frozen=True)
class UniqueIndex:
    """A unique index."""

    name: str
    valid: bool
    columns: tuple[str, ...]


@dataclass(frozen=True)
class PlainIndex:
    """An index that enforces nothing; `predicate` says of which rows it is, None of all."""

    name: str
    valid: bool
    columns: tuple[str, ...]
    predicate: str | None


@dataclass(frozen=True)
class HeldForeignKey:
    """A foreign key that is there, with its COMMENT."""

    key: ForeignKey
    validated: bool
    comment: str | None


def table_keys(session: Session, table: TableName) -> list[TableKey]:
    """Its primary key and other unique constraints."""
    rows = session.rows(query("identifiers", "keys", schema=table.schema, table=table.name))
    return [
        TableKey(row["name"], row["index"], row["is_primary"], tuple(row["columns"]), row["comment"]) for row in rows
    ]


def unique_indexes(session: Session, table: TableName) -> list[UniqueIndex]:
    """Its unique indexes over all rows, finished or not."""
    return [
        UniqueIndex(row["name"], row["valid"], tuple(row["columns"]))
        for row in _indexes(session, table, ())
        if row["is_unique"] and row["predicate"] is None
    ]


def plain_indexes(session: Session, table: TableName, but: Sequence[str]) -> list[PlainIndex]:
    """Its indexes that enforce nothing, finished or not, whose predicate has nothing to do with the columns `but`.

    Neither those of expressions, nor with an order, an operator class or a method of their own.
    """
    return [
        PlainIndex(row["name"], row["valid"], tuple(row["columns"]), row["predicate"])
        for row in _indexes(session, table, but)
        if row["is_plain"] and not row["is_unique"] and not row["asks"]
    ]


def _indexes(session: Session, table: TableName, columns: Sequence[str]) -> list[dict[str, Any]]:
    return session.rows(query("identifiers", "indexes", schema=table.schema, table=table.name, columns=list(columns)))


def foreign_keys(session: Session, table: TableName) -> list[HeldForeignKey]:
    """What it refers to. Raises IdentifierRefused for a foreign key of a kind that could not be made again."""
    found: list[HeldForeignKey] = []
    for row in session.rows(query("identifiers", "references", schema=table.schema, table=table.name)):
        if row["matching"] != _SIMPLE:
            raise IdentifierRefused(
                f"{table}.{row['columns'][0]}",
                f"its foreign key {row['name']} is MATCH FULL, which could not be made again",
                "Make it a plain one first",
            )
        found.append(HeldForeignKey(_foreign_key(row), row["validated"], row["comment"]))
    return found


def remembered(session: Session, table: TableName) -> list[ForeignKey]:
    """The foreign keys on text columns that were dropped."""
    rows = session.rows(query("identifiers", "remembered", schema=table.schema, table=table.name))
    return [_foreign_key(row) for row in rows]


def _foreign_key(row: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(
        row["name"],
        tuple(row["columns"]),
        TableName(row["to_table"], row["to_schema"]),
        tuple(row["to_columns"]),
        row["on_update"],
        row["on_delete"],
        row["is_deferrable"],
        row["is_deferred"],
    )


def dependent_views(session: Session, table: TableName, columns: Sequence[str]) -> list[TableName]:
    """The views that read one of `columns`, without which PostgreSQL would not let it go."""
    named = {"schema": table.schema, "table": table.name, "columns": list(columns)}
    return [TableName(row["view"], row["schema"]) for row in session.rows(query("identifiers", "dependents", **named))]


def attached(session: Session, table: TableName, columns: Sequence[str]) -> list[str]:
    """What else needs one of `columns`, as PostgreSQL describes it: policies, triggers, generated columns."""
    named = {"schema": table.schema, "table": table.name, "columns": list(columns)}
    return [row["object"] for row in session.rows(query("identifiers", "attached", **named))]


def newcomers(session: Session, table: TableName, columns: Sequence[str]) -> list[TableName]:
    """The tables that refer to one of the `uuid` columns `columns` and never had a text column for it."""
    named = {"schema": table.schema, "table": table.name, "columns": list(columns)}
    return [TableName(row["table"], row["schema"]) for row in session.rows(query("identifiers", "newcomers", **named))]
