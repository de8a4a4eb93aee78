"""Expand: the `uuid` columns, empty, and the triggers that keep them in step with the text ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, Tables, twins
from denorm_assets.db.table_changes.uuid_keys.preconditions import require_plain
from denorm_assets.errors import IdentifierRefused
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.alterations import comment_on_column
from denorm_assets.sql.ddl.replacing import Right, grant
from denorm_assets.sql.ddl.rights import revoke
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes import uuid_keys
from denorm_assets.sql.table_changes.uuid_keys import Twin

_LOCK = "ACCESS EXCLUSIVE on it, for an instant"


def plan_expand(session: Session, tables: Tables) -> list[Step]:
    """A step per table; one whose text columns are gone has nothing to do. Raises IdentifierRefused."""
    return [_step(session, table, columns) for table, columns in tables.items()]


def in_step(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> bool:
    """Whether the trigger is there and on, its function the one for these columns, and no DEFAULT misleads it."""
    if any(_has_two_defaults(column) for column in columns):
        return False
    created = show(uuid_keys.create_function(table, twins(columns)))
    found = session.row(
        query("identifiers", "triggers", schema=table.schema, table=table.name, trigger=uuid_keys.TRIGGER)
    )
    return found is not None and found["enabled"] and found["comment"] == uuid_keys.function_comment(created)


def _step(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Step:
    kind, name = "uuid columns", str(table)
    missing = [column.twin for column in columns if not column.has_uuid]
    contracted = not any(column.has_text for column in columns)
    if contracted or (not missing and in_step(session, table, columns)):
        return Step(kind, name, "keep", Stage.BEFORE_LOAD)
    _require_free(session, table, {twin.uuid for twin in missing})
    if len(missing) == len(columns):
        require_plain(session, table, columns)
    function = uuid_keys.create_function(table, twins(columns))
    closed = revoke(uuid_keys.function_name(table).parts[-1], "", None)
    statements = [function, closed, uuid_keys.comment_on_function(table, show(function))]
    if missing:
        statements.append(uuid_keys.add_columns(table, missing))
        statements += [comment_on_column(table, twin.uuid, uuid_keys.comment_of(twin)) for twin in missing]
        statements += _grants(session, table, missing)
    statements += [uuid_keys.drop_default(table, each.twin.uuid) for each in columns if _has_two_defaults(each)]
    statements += [uuid_keys.create_trigger(table, twins(columns)), uuid_keys.enable_always(table)]
    action = "create" if missing else "replace"
    return Step(kind, name, action, Stage.BEFORE_LOAD, _LOCK, tuple(statements), atomic=True)


def _has_two_defaults(column: IdentifierColumn) -> bool:
    return column.twin.default is not None and column.uuid_has_default


def _grants(session: Session, table: TableName, missing: Sequence[Twin]) -> list[Statement]:
    """GRANT of what roles may do with a text column for the one in its place; rights on the table hold for both."""
    places = {twin.text: twin.uuid for twin in missing}
    rows = session.rows(query("replacing", "rights", schema=table.schema, table=table.name))
    rights = [replace(Right(**row), column=places[row["column"]]) for row in rows if row["column"] in places]
    return [grant(table, right) for right in sorted(rights, key=str)]


def _require_free(session: Session, table: TableName, names: set[str]) -> None:
    for row in session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name)):
        if row["name"] in names:
            what = f"{table}.{row['name']}"
            raise IdentifierRefused(what, "the application has a column of that name", "Rename that column")
