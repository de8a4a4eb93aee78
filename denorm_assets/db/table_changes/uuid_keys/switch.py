"""Switch: primary and foreign keys move to the `uuid` columns, built beside and swapped in an instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from denorm_assets.db.introspection.estimates import held_rows, index_seconds, validate_seconds
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.catalog import foreign_keys, table_keys, unique_indexes
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, Tables, to_text, to_uuid
from denorm_assets.db.table_changes.uuid_keys.twin_indexes import indexes_beside
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.indexes import drop_index
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes import key_constraints
from denorm_assets.sql.table_changes.key_constraints import ForeignKey

_INSTANT = "ACCESS EXCLUSIVE on it, for an instant"
_NOBODY = "SHARE UPDATE EXCLUSIVE, nobody waits"


def plan_switch(session: Session, tables: Tables) -> list[Step]:
    """All steps in order: no NULLs, indexes, foreign keys on `uuid`, those on text dropped, primary keys moved.

    Raises IdentifierRefused for a foreign key that cannot follow.
    """
    present = {table: columns for table, columns in tables.items() if any(column.has_text for column in columns)}
    steps: list[Step] = []
    for table, columns in present.items():
        steps += _checks(session, table, columns)
    for table, columns in present.items():
        steps += _key_indexes(session, table, columns)
        steps += _indexes_beside(session, table, columns)
    for table in present:
        steps += _references(session, table, tables)
    for table in present:
        steps += _dropped_references(session, table, tables)
    for table, columns in present.items():
        steps += _keys(session, table, columns)
    return steps


def _checks(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    """What keeps a row from having no identifier: where the text takes no NULL, and where a foreign key was on it."""
    rows = session.rows(query("identifiers", "checks", schema=table.schema, table=table.name))
    validated = {row["name"] for row in rows if row["validated"]}
    held = {row["name"] for row in rows}
    seconds = validate_seconds(held_rows(session, table))
    for column in (column for column in columns if not column.not_null and not column.is_declared):
        check = key_constraints.with_text_check(column.twin.uuid)
        if check in validated:
            yield Step("check", check, "keep", Stage.BEFORE_LOAD)
            continue
        add = () if check in held else (key_constraints.add_with_text_check(table, column.twin),)
        statements = (*add, key_constraints.validate(table, check))
        yield Step("check", check, "create", Stage.BEFORE_LOAD, _INSTANT, statements, seconds)
    for column in (column for column in columns if column.not_null):
        uuid = column.twin.uuid
        check = key_constraints.not_null_check(uuid)
        statements = [] if check in held else [key_constraints.add_not_null_check(table, uuid)]
        if not column.uuid_not_null:
            statements += [key_constraints.validate(table, check), key_constraints.set_not_null(table, uuid)]
        if column.uuid_not_null and check not in held:
            yield Step("not null", f"{table}.{uuid}", "keep", Stage.BEFORE_LOAD)
            continue
        statements.append(key_constraints.drop_constraint(table, check))
        yield Step("not null", f"{table}.{uuid}", "set", Stage.BEFORE_LOAD, _INSTANT, tuple(statements), seconds)


def _key_indexes(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    """The index of each key on `uuid` columns; and one on text, because the primary key's own goes with it."""
    keys = table_keys(session, table)
    wanted: dict[tuple[str, ...], None] = {}
    for key in keys:
        on_text, on_uuid = to_text(columns, key.columns), to_uuid(columns, key.columns)
        if on_text != on_uuid:
            wanted[on_uuid] = None
            if key.is_primary:
                wanted[on_text] = None
    leaving = {key.index for key in keys if key.is_primary and key.columns != to_uuid(columns, key.columns)}
    held = [index for index in unique_indexes(session, table) if index.name not in leaving]
    seconds = index_seconds(held_rows(session, table))
    constraints = {key.index for key in keys}
    for key_columns in wanted:
        name = key_constraints.key_index(table, key_columns)
        # What became the primary key's index is called like it; one of the application may go at any time.
        ours = constraints | {name}
        found = next((i for i in held if i.shape.columns == key_columns and i.valid and i.name in ours), None)
        if found is not None:
            yield Step("index", found.name, "keep", Stage.BEFORE_LOAD)
            continue
        invalid = any(index.name == name and not index.valid for index in held)
        drop = (drop_index(str(table.schema), name),) if invalid else ()
        statements = (*drop, key_constraints.create_unique_index(table, key_columns))
        builds = (TableName(name, table.schema),)
        action = "rebuild" if invalid else "create"
        yield Step("index", name, action, Stage.BEFORE_LOAD, _NOBODY, statements, seconds, builds=builds)


def _indexes_beside(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    """What finds rows by text finds them by `uuid`: a foreign key asks who refers to a row that goes."""
    seconds = index_seconds(held_rows(session, table))
    for wanted in indexes_beside(session, table, columns):
        if wanted.is_there:
            yield Step("index", wanted.name, "keep", Stage.BEFORE_LOAD)
            continue
        drop = (drop_index(str(table.schema), wanted.name),) if wanted.is_invalid else ()
        create = key_constraints.create_index(table, wanted.name, wanted.shape)
        action, builds = "rebuild" if drop else "create", (TableName(wanted.name, table.schema),)
        yield Step("index", wanted.name, action, Stage.BEFORE_LOAD, _NOBODY, (*drop, create), seconds, builds=builds)


def _references(session: Session, table: TableName, tables: Tables) -> Iterator[Step]:
    held = foreign_keys(session, table)
    meanings = {_meaning(found.key) for found in held}
    seconds = validate_seconds(held_rows(session, table))
    names = {found.key.name for found in held}
    for found in held:
        key, moved = found.key, _moved(table, found.key, tables)
        lock = f"SHARE ROW EXCLUSIVE on it and on {key.to}, for an instant: their writers wait"
        if _meaning(moved) not in meanings:
            if moved.name in names:
                moved = replace(moved, name=key_constraints.reference_name(table, [*moved.columns, key.to.name]))
            names.add(moved.name)
            comment = key_constraints.comment_on_constraint(table, moved.name, found.comment)
            add, validate = (
                key_constraints.add_reference(table, moved),
                key_constraints.validate(table, moved.name),
            )
            statements = (add, *comment, validate)
            yield Step("foreign key", moved.name, "create", Stage.BEFORE_LOAD, lock, statements, seconds)
        elif to_text(tables[table], key.columns) == key.columns:
            continue
        elif found.validated:
            yield Step("foreign key", key.name, "keep", Stage.BEFORE_LOAD)
        else:
            validate = key_constraints.validate(table, key.name)
            yield Step("foreign key", key.name, "validate", Stage.BEFORE_LOAD, lock, (validate,), seconds)


def _dropped_references(session: Session, table: TableName, tables: Tables) -> Iterator[Step]:
    """Those on text, each remembered in the transaction that drops it."""
    for found in foreign_keys(session, table):
        key = found.key
        if _meaning(_moved(table, key, tables)) == _meaning(key):
            continue
        remember = query(
            "identifiers",
            "remember",
            schema=table.schema,
            table=table.name,
            name=key.name,
            columns=list(key.columns),
            to_schema=key.to.schema,
            to_table=key.to.name,
            to_columns=list(key.to_columns),
            on_update=key.on_update,
            on_delete=key.on_delete,
            is_deferrable=key.is_deferrable,
            is_deferred=key.is_deferred,
        )
        lock = f"ACCESS EXCLUSIVE on it and on {key.to}, for an instant"
        statements = (remember, key_constraints.drop_constraint(table, key.name))
        yield Step("foreign key", key.name, "move", Stage.BEFORE_LOAD, lock, statements, atomic=True)


def _keys(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> Iterator[Step]:
    held = table_keys(session, table)
    constraints = {key.columns for key in held}
    for key in held:
        on_uuid = to_uuid(columns, key.columns)
        if key.columns == on_uuid:
            if to_text(columns, key.columns) != on_uuid:
                yield Step("key", key.name, "keep", Stage.BEFORE_LOAD)
            continue
        index = key_constraints.key_index(table, on_uuid)
        if key.is_primary:
            move = key_constraints.move_primary_key(table, key.name, index)
            statements = (move, *key_constraints.comment_on_constraint(table, key.name, key.comment))
            yield Step("key", key.name, "move", Stage.BEFORE_LOAD, _INSTANT, statements, atomic=True)
        elif on_uuid not in constraints:
            add = key_constraints.add_unique(table, index)
            yield Step("key", index, "create", Stage.BEFORE_LOAD, _INSTANT, (add,))


def _moved(table: TableName, key: ForeignKey, tables: Tables) -> ForeignKey:
    """The same foreign key between `uuid` columns; itself where it is between these, or has to do with none."""
    referring = to_uuid(tables[table], key.columns)
    referred = to_uuid(tables[key.to], key.to_columns) if key.to in tables else key.to_columns
    return ForeignKey(
        key_constraints.reference_name(table, referring),
        referring,
        key.to,
        referred,
        key.on_update,
        key.on_delete,
        key.is_deferrable,
        key.is_deferred,
    )


def _meaning(key: ForeignKey) -> tuple[tuple[str, ...], TableName, tuple[str, ...]]:
    return key.columns, key.to, key.to_columns
