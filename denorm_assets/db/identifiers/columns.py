"""The columns that an identifier migration is about: the declared keys, and all that refer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from denorm_assets.db.session import Session
from denorm_assets.errors import IdentifierRefused
from denorm_assets.model.schema_change import Identifiers, uuid_name
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.identifiers import Twin, cut

_TEXT = ("text", "character varying", "character")


@dataclass(frozen=True)
class IdentifierColumn:
    """A text column and the `uuid` column in its place, as far as either is there.

    Attributes:
        table: its table, with the schema.
        twin: the names of both.
        has_text: whether the text column is (still) there; `not_null` whether it takes no NULLs.
        has_uuid: whether the `uuid` column is there; `uuid_not_null` whether it takes no NULLs.
        uuid_type: what type it has.
        is_declared: whether the declaration names it; it refers to such a one otherwise.
    """

    table: TableName
    twin: Twin
    has_text: bool
    not_null: bool
    has_uuid: bool
    uuid_not_null: bool
    uuid_type: str | None
    is_declared: bool


Tables = Mapping[TableName, Sequence[IdentifierColumn]]


def identifier_columns(session: Session, system: System, identifiers: Identifiers) -> Tables:
    """Table -> its identifier columns. Raises IdentifierRefused for what cannot become `uuid`."""
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
        has_text, has_uuid = row["type"] is not None, row["uuid_column"] is not None
        what = f"{table}.{row['column']}"
        if not has_text and not has_uuid:
            raise IdentifierRefused(what, "there is no such column", "Correct the declaration")
        if row["partitioned"]:
            raise IdentifierRefused(
                what, "its table is partitioned, and keys cannot be moved there", "Leave it out of the declaration"
            )
        if has_text and not has_uuid and row["type"].partition("(")[0] not in _TEXT:
            raise IdentifierRefused(what, f"it is {row['type']}, not text", "Leave it out of the declaration")
        twin = Twin(row["column"], row["uuid_column"] or cut(uuid_name(row["column"])))
        not_null, declared = row["not_null"], row["is_declared"]
        found.append(
            IdentifierColumn(
                table, twin, has_text, not_null, has_uuid, row["uuid_not_null"], row["uuid_type"], declared
            )
        )
    _require_all(keys, found)
    return {table: tuple(columns) for table, columns in groupby(found, key=lambda column: column.table)}


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
