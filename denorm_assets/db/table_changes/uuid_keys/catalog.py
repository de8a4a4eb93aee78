"""Keys, unique indexes and foreign keys of a table, as the catalog has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import IdentifierRefused
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.table_changes.key_constraints import ForeignKey, IndexShape
from denorm_assets.sql.table_changes.uuid_keys import TRIGGER

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
class TableIndex:
    """An index over columns.

    Attributes:
        valid: whether it was built to its end.
        is_constraint: whether a primary key or another constraint stands on it.
        asks_identifier: whether the rows that it is of depend on a text identifier.
        is_odd: whether it cannot be built beside: it defers, excludes, or takes NULLs for values.
    """

    name: str
    shape: IndexShape
    valid: bool
    is_constraint: bool
    asks_identifier: bool
    is_odd: bool


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


def table_indexes(session: Session, table: TableName, identifiers: Sequence[str] = ()) -> list[TableIndex]:
    """Its indexes over columns, finished or not; `identifiers` are its text identifiers."""
    named = {"schema": table.schema, "table": table.name, "identifiers": list(identifiers)}
    return [
        TableIndex(
            row["name"],
            IndexShape(
                tuple(row["columns"]),
                tuple(row["orders"]),
                tuple(row["included"]),
                row["method"],
                row["predicate"],
                row["is_unique"],
            ),
            row["valid"],
            row["is_constraint"],
            row["asks_identifier"],
            row["is_odd"],
        )
        for row in session.rows(query("identifiers", "indexes", **named))
    ]


def unique_indexes(session: Session, table: TableName) -> list[TableIndex]:
    """Its unique indexes over all rows, finished or not."""
    return [index for index in table_indexes(session, table) if index.shape.is_unique and index.shape.predicate is None]


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
    named = {"schema": table.schema, "table": table.name, "columns": list(columns), "trigger": TRIGGER}
    return [row["object"] for row in session.rows(query("identifiers", "attached", **named))]


def newcomers(session: Session, table: TableName, columns: Sequence[str]) -> list[TableName]:
    """The tables that refer to one of the `uuid` columns `columns` and never had a text column for it."""
    named = {"schema": table.schema, "table": table.name, "columns": list(columns)}
    return [TableName(row["table"], row["schema"]) for row in session.rows(query("identifiers", "newcomers", **named))]


def standing(session: Session, table: TableName, columns: Sequence[str], *, but: Collection[str]) -> list[str]:
    """What would go along with one of `columns` and be missed, as PostgreSQL describes it, `but` some by name.

    Unique indexes that are no constraints, CHECK and EXCLUDE constraints, and what REPLICA IDENTITY names.
    """
    named = {"schema": table.schema, "table": table.name, "columns": list(columns), "but": list(but)}
    return [row["object"] for row in session.rows(query("identifiers", "standing", **named))]
