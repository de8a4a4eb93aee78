"""Undoing an identifier migration before the text columns are dropped: whatever step it was at, all is as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from denorm_assets.db.introspection.estimates import held_rows, validate_seconds
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.catalog import (
    attached,
    dependent_views,
    foreign_keys,
    newcomers,
    remembered,
    table_keys,
    unique_indexes,
)
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, Tables, to_text
from denorm_assets.errors import WorkNotUndone
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.indexes import drop_index
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes import key_constraints, uuid_keys

_INSTANT = "ACCESS EXCLUSIVE on it, for an instant"


def require_undoable(session: Session, phase: str, tables: Tables, *, but: Collection[TableName] = ()) -> None:
    """Raises WorkNotUndone where text columns are gone, or the `uuid` ones are in use.

    By views or by foreign keys of the application, that is, `but` those of some relations that go before.
    """
    for table, columns in tables.items():
        gone = [column.twin.text for column in columns if not column.has_text]
        if gone:
            raise WorkNotUndone(
                phase,
                f"{table}.{gone[0]} was dropped, and what it held is gone",
                "go on with the phases that follow, or restore a backup",
            )
        going = [column.twin.uuid for column in columns if column.has_uuid]
        read = dependent_views(session, table, going)
        views = [str(view) for view in read if view not in but]
        if views:
            raise WorkNotUndone(
                phase, f"{', '.join(views)} read uuid columns of {table}", "undo what made them, or drop them, first"
            )
        needing = attached(session, table, going)
        if needing:
            what = f"{', '.join(needing)} needs uuid columns of {table}"
            raise WorkNotUndone(phase, what, "drop that first")
        referring = [str(each) for each in newcomers(session, table, going) if each not in but]
        if referring:
            what = f"{', '.join(referring)} refer to uuid columns of {table}"
            raise WorkNotUndone(phase, what, "drop these foreign keys first")


def plan_undo(session: Session, tables: Tables) -> list[Step]:
    """Steps, in order: foreign keys on text again, those on `uuid` dropped, primary keys back, columns dropped.

    Rows refer to each other under some foreign key all the time.
    """
    steps: list[Step] = []
    for table, columns in tables.items():
        steps += _restored_references(session, table, columns)
    for table, columns in tables.items():
        steps += _dropped_references(session, table, columns)
    for table, columns in tables.items():
        steps += _primary_key(session, table, columns)
    for table, columns in tables.items():
        steps += _spare_index(session, table, columns)
        steps += _columns(table, columns)
    return steps


def _restored_references(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    references = foreign_keys(session, table)
    held = {found.key.name: found.validated for found in references}
    comments = {(to_text(columns, found.key.columns), found.key.to): found.comment for found in references}
    seconds = validate_seconds(held_rows(session, table))
    for key in remembered(session, table):
        if held.get(key.name):
            continue
        add = () if key.name in held else (key_constraints.add_reference(table, key),)
        lock = f"SHARE ROW EXCLUSIVE on it and on {key.to}, for an instant: their writers wait"
        comment = key_constraints.comment_on_constraint(table, key.name, comments.get((key.columns, key.to)))
        statements = (*add, *comment, key_constraints.validate(table, key.name))
        yield Step("foreign key", key.name, "restore", Stage.BEFORE_LOAD, lock, statements, seconds)


def _dropped_references(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    for found in foreign_keys(session, table):
        if to_text(columns, found.key.columns) != found.key.columns:
            lock = f"ACCESS EXCLUSIVE on it and on {found.key.to}, for an instant"
            drop = key_constraints.drop_constraint(table, found.key.name)
            yield Step("foreign key", found.key.name, "drop", Stage.BEFORE_LOAD, lock, (drop,))


def _primary_key(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    for key in table_keys(session, table):
        on_text = to_text(columns, key.columns)
        if key.is_primary and on_text != key.columns:
            move = key_constraints.move_primary_key(table, key.name, key_constraints.key_index(table, on_text))
            statements = (move, *key_constraints.comment_on_constraint(table, key.name, key.comment))
            yield Step("key", key.name, "restore", Stage.BEFORE_LOAD, _INSTANT, statements, atomic=True)


def _spare_index(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    """The index on text that was made to outlive the primary key, where the key never moved."""
    constraints = {key.index for key in table_keys(session, table)}
    spare = {
        key_constraints.key_index(table, to_text(columns, key.columns))
        for key in table_keys(session, table)
        if key.is_primary and to_text(columns, key.columns) == key.columns
    }
    for index in unique_indexes(session, table):
        if index.name in spare - constraints:
            drop = drop_index(str(table.schema), index.name)
            yield Step("index", index.name, "drop", Stage.BEFORE_LOAD, "", (drop,))


def _columns(table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    added = [column.twin.uuid for column in columns if column.has_uuid]
    forget = query("identifiers", "forget", schema=table.schema, table=table.name)
    if added:
        statements = (uuid_keys.drop_function(table), uuid_keys.drop_columns(table, added), forget)
        yield Step("uuid columns", str(table), "drop", Stage.BEFORE_LOAD, _INSTANT, statements, atomic=True)
