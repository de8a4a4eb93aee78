"""Indexes on `uuid` columns that do what the application's do on text, besides those of keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.catalog import TableIndex, foreign_keys, table_indexes, table_keys
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, to_text, to_uuid
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.table_changes.key_constraints import IndexShape, index_beside, reference_index

_METHODS = ("btree", "hash")
"""Those that have an order of their own for `uuid`."""


@dataclass(frozen=True)
class Beside:
    """An index that is wanted.

    Attributes:
        name: what it is called, or would be.
        is_there: whether there is one like it.
        is_invalid: whether there is one whose build was not ended.
    """

    name: str
    shape: IndexShape
    is_there: bool
    is_invalid: bool


def follows(index: TableIndex) -> bool:
    """Whether an index on text identifiers gets one beside it, if it is no constraint's."""
    return index.shape.method in _METHODS and not index.is_odd and not index.asks_identifier


def indexes_beside(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> list[Beside]:
    """One for each index on text identifiers that can have one, and what foreign keys need else.

    Two that would be the same are one.
    """
    held = table_indexes(session, table, [column.twin.text for column in columns])
    of_keys = {to_uuid(columns, key.columns) for key in table_keys(session, table)}
    wanted: dict[IndexShape, str] = {}
    for index in held:
        shape = on_uuid(index.shape, columns)
        is_key = shape.is_unique and shape.predicate is None and shape.columns in of_keys
        if shape != index.shape and index.valid and not index.is_constraint and follows(index) and not is_key:
            wanted.setdefault(shape, index_beside(index.name))
    for referring in _unserved(session, table, columns, held, [*of_keys, *_over_all_rows(wanted)]):
        shape = IndexShape(referring, ("",) * len(referring), (), "btree", None, is_unique=False)
        wanted.setdefault(shape, reference_index(table, referring))
    return [_beside(name, shape, held) for shape, name in wanted.items()]


def _beside(name: str, shape: IndexShape, held: Sequence[TableIndex]) -> Beside:
    alike = [index for index in held if index.shape == shape]
    found = next((index.name for index in alike if index.valid), None)
    return Beside(found or name, shape, found is not None, any(index.name == name for index in alike))


def on_uuid(shape: IndexShape, columns: Sequence[IdentifierColumn]) -> IndexShape:
    """The same index, with `uuid` columns in the place of text ones."""
    return replace(shape, columns=to_uuid(columns, shape.columns), included=to_uuid(columns, shape.included))


def _over_all_rows(shapes: Iterable[IndexShape]) -> Iterator[tuple[str, ...]]:
    return (shape.columns for shape in shapes if shape.predicate is None)


def _unserved(
    session: Session,
    table: TableName,
    columns: Sequence[IdentifierColumn],
    held: Sequence[TableIndex],
    there_will_be: Sequence[tuple[str, ...]],
) -> Iterator[tuple[str, ...]]:
    """The `uuid` columns of foreign keys that find who refers by an index on text, and would not on `uuid`.

    An index of only those rows that refer to something serves as well.
    """
    valid = [index for index in held if index.valid]
    on_text = [each.shape.columns for each in valid if each.shape.predicate is None or each.asks_identifier]
    on_uuid = [*_over_all_rows(each.shape for each in valid), *there_will_be]
    for found in foreign_keys(session, table):
        text, uuid = to_text(columns, found.key.columns), to_uuid(columns, found.key.columns)
        if text != uuid and _serves(on_text, text) and not _serves(on_uuid, uuid):
            yield uuid


def _serves(indexes: Sequence[tuple[str, ...]], referring: tuple[str, ...]) -> bool:
    """Whether an index begins with these columns, in whatever order."""
    return any(set(index[: len(referring)]) == set(referring) for index in indexes)
