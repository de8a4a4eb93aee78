"""The columns that an identifier migration is about: the declared keys, and all that refer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import IdentifierRefused
from denorm_assets.model.schema_change import Identifiers, uuid_name
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.table_changes.uuid_keys import Twin, cut

_TEXT = ("text", "character varying", "character")


@dataclass(frozen=True)
class IdentifierColumn:
    """A text column and the `uuid` column in its place, as far as either is there.

    Attributes:
        table: its table, with the schema.
        twin: the names of both.
        has_text: whether the text column is (still) there; `not_null` whether it takes no NULLs.
        has_uuid: whether the `uuid` column is there; `uuid_not_null` whether it takes no NULLs.
        uuid_has_default: whether it has a DEFAULT. Beside a text one, nobody could tell which of both was given.
        uuid_type: what type it has.
        is_declared: whether the declaration names it; it refers to such a one otherwise.
    """

    table: TableName
    twin: Twin
    has_text: bool
    not_null: bool
    has_uuid: bool
    uuid_not_null: bool
    uuid_has_default: bool
    uuid_type: str | None
    is_declared: bool


Tables = Mapping[TableName, Sequence[IdentifierColumn]]


def identifier_columns(session: Session, system: System, identifiers: Identifiers, *, refusing: bool = True) -> Tables:
    """Table -> its identifier columns. With `refusing`, raises IdentifierRefused for what cannot become `uuid`."""
    keys = [(key.table.within(system.schema), key.column) for key in identifiers.keys]
    rows = session.rows(
        query(
            "identifiers",
            "columns",
            schemas=[table.schema for table, _ in keys],
            tables=[table.name for table, _ in keys],
            columns=[column for _, column in keys],
        )
    )
    found: list[IdentifierColumn] = []
    for row in rows:
        table = TableName(row["table"], row["schema"])
        refusal = _refusal(row)
        if refusal is None:
            found.append(_column(table, row))
        elif refusing:
            raise IdentifierRefused(f"{table}.{row['column']}", *refusal)
    if refusing:
        _require_all(keys, found)
    return {table: tuple(columns) for table, columns in groupby(found, key=lambda column: column.table)}


def _refusal(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why a column gets no `uuid` one in its place, and the remedy; None for one that has it already."""
    if row["uuid_column"] is not None:
        return None
    if row["type"] is None:
        return "there is no such column", "Correct the declaration"
    if not row["plain"]:
        why = "its table is partitioned, or inherits, or is none, and keys cannot be moved there"
        return why, "Leave it out of the declaration"
    if row["type"].partition("(")[0] not in _TEXT:
        return f"it is {row['type']}, not text", "Leave it out of the declaration"
    if row["generated"]:
        return "it is generated, and nobody can write it", "Leave it out of the declaration"
    return None


def _column(table: TableName, row: Mapping[str, Any]) -> IdentifierColumn:
    uuid = row["uuid_column"] or cut(uuid_name(row["column"]))
    return IdentifierColumn(
        table,
        Twin(row["column"], uuid, row["default"]),
        has_text=row["type"] is not None,
        not_null=row["not_null"],
        has_uuid=row["uuid_column"] is not None,
        uuid_not_null=row["uuid_not_null"],
        uuid_has_default=row["uuid_has_default"],
        uuid_type=row["uuid_type"],
        is_declared=row["is_declared"],
    )


def _require_all(keys: Sequence[tuple[TableName, str]], found: Sequence[IdentifierColumn]) -> None:
    known = {(column.table, column.twin.text) for column in found}
    for table, column in keys:
        if (table, column) not in known:
            raise IdentifierRefused(f"{table}.{column}", "there is no such table", "Correct the declaration")


def twins(columns: Sequence[IdentifierColumn]) -> tuple[Twin, ...]:
    """The names alone."""
    return tuple(column.twin for column in columns)


def to_uuid(columns: Sequence[IdentifierColumn], names: Sequence[str]) -> tuple[str, ...]:
    """`names` with each text column replaced by the `uuid` one in its place."""
    places = {column.twin.text: column.twin.uuid for column in columns}
    return tuple(places.get(name, name) for name in names)


def to_text(columns: Sequence[IdentifierColumn], names: Sequence[str]) -> tuple[str, ...]:
    """The other way round."""
    places = {column.twin.uuid: column.twin.text for column in columns}
    return tuple(places.get(name, name) for name in names)
