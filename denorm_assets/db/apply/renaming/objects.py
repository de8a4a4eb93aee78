"""What a rename does to tables, views, indexes and constraints: one step for each object, planned from the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from denorm_assets.db.apply.renaming.scope import Affected, Scope, read_ids
from denorm_assets.db.plan.partitioned_indexes import partitions_of
from denorm_assets.db.plan.table_diff import require_free
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.index import Index
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import indexes, replacing, tables, views
from denorm_assets.sql.ddl.renaming import move_table, rename_constraint
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.step import Stage, Step

_LONGEST_NAME = 63
_LOCK = "ACCESS EXCLUSIVE, for an instant: readers wait"
_COMMENT_LOCK = "SHARE UPDATE EXCLUSIVE, nobody waits"


STAND_IN = "stand-in"
"""The kind of a step that creates an empty table under a new name, and drops it before the rename.

So definitions that name the table are resolved, and all that is derived from them, before readers wait for a lock.
"""


def rename_steps(session: Session, scope: Scope) -> list[Step]:
    """The steps that rename what the database holds, in order. Changes nothing. Raises NameTaken."""
    steps: list[Step] = []
    named, _ = read_ids(session, scope)
    for each in (each for each in scope.plain if each.held.model_id in named):
        made = (tables.create_like(each.table, each.held.table), replacing.drop_relation(each.table, "r"))
        steps.append(_step(STAND_IN, each.table, "create and drop", "none on tables of the application", *made))
    for each in scope.renamed:
        steps += _of_model(session, each)
    for each in scope.affected:
        if each.is_renamed or each.cache is not None or each.code_version == each.held.code_version:
            continue
        steps.append(_step(_kind(each), each.table, "comment", _COMMENT_LOCK, _comment(each)))
    return steps


def _of_model(session: Session, each: Affected) -> list[Step]:
    members = tables_of(session, each)
    _require_free_names(session, each, members)
    steps: list[Step] = []
    for now, wanted in members.items():
        kind, comment = ("partition", ()) if now != each.held.table else (_kind(each), (_comment(each),))
        statements = (*(move_table(now, wanted) if now != wanted else ()), *comment)
        if statements:
            action, lock = ("rename", _LOCK) if now != wanted else ("comment", _COMMENT_LOCK)
            steps.append(_step(kind, now, action, lock, *statements))
    for now, wanted in members.items():
        steps += _indexes(session, each, now, wanted)
        steps += _constraints(session, each, now, wanted)
    return steps


def tables_of(session: Session, each: Affected) -> dict[TableName, TableName]:
    """The table of a read model, and its partitions: the name of now -> the one that it gets."""
    old, new = each.held.table, each.table
    found = {old: new}
    for partition in partitions_of(session, old):
        found[partition] = TableName(_named_after(new.name, old.name, partition.name), new.schema)
    return found


def _require_free_names(session: Session, each: Affected, members: Mapping[TableName, TableName]) -> None:
    """Raises NameTaken for a name that is needed, also for a moment: schemas are changed before names."""
    for now, wanted in members.items():
        for name in {TableName(now.name, wanted.schema), wanted} - {now}:
            require_free(session, each.full_name, name)
        for row in session.rows(query("catalog", "indexes", schema=now.schema, table=now.name)):
            of_now = TableName(row["name"], now.schema)
            wanted_name = _index_name(each, now, wanted, row)
            for name in {TableName(row["name"], wanted.schema), TableName(wanted_name, wanted.schema)} - {of_now}:
                require_free(session, each.full_name, name)


def _indexes(session: Session, each: Affected, now: TableName, wanted: TableName) -> list[Step]:
    schema = str(wanted.schema)
    declared = {index.name_for(wanted.name): index for index in _declared_indexes(each)} if wanted == each.table else {}
    steps: list[Step] = []
    for row in session.rows(query("catalog", "indexes", schema=now.schema, table=now.name)):
        name = _index_name(each, now, wanted, row)
        statements = [replacing.rename_index(schema, row["name"], name)] if name != row["name"] else []
        if name in declared and now != wanted:
            statements.append(indexes.comment_on_index(wanted, declared[name]))
        if statements:
            action = "rename" if name != row["name"] else "comment"
            of_now = TableName(row["name"], now.schema)
            steps.append(_step("index", of_now, action, _COMMENT_LOCK, *statements))
    return steps


def _index_name(each: Affected, now: TableName, wanted: TableName, row: Mapping[str, object]) -> str:
    """The new name of an index that we made; other indexes keep theirs."""
    name = str(row["name"])
    if now != each.held.table:
        # That of a partition is called after the index that it is part of, or after the partition.
        return _named_after(each.table.name, each.held.name, name) if row["attached"] else name
    renamed = {index.name_for(now.name): index.name_for(wanted.name) for index in _declared_indexes(each)}
    renamed[views.key_index_name(now.name)] = views.key_index_name(wanted.name)
    return renamed.get(name) or (_named_after(wanted.name, now.name, name) if row["of_constraint"] else name)


def _constraints(session: Session, each: Affected, now: TableName, wanted: TableName) -> list[Step]:
    """Those whose names begin with the table's; a unique one is renamed with its index."""
    renamed = {
        reference.constraint_name(now.name): reference.constraint_name(wanted.name)
        for reference in each.model.references
    }
    keys = session.rows(query("catalog", "foreign_keys", schema=now.schema, table=now.name))
    found: dict[str, str] = {}
    for row in keys:
        found[row["name"]] = renamed.get(row["name"]) or row["name"]
    for row in session.rows(query("renaming", "column_constraints", schema=now.schema, table=now.name)):
        found[row["name"]] = _named_after(wanted.name, now.name, row["name"])
    return [
        _step("constraint", TableName(name, now.schema), "rename", _LOCK, rename_constraint(wanted, name, new_name))
        for name, new_name in found.items()
        if name != new_name
    ]


def _declared_indexes(each: Affected) -> Sequence[Index]:
    of_phases = [wanted for phase in each.system.phases for wanted in phase.indexes]
    on_table = (wanted.index for wanted in of_phases if wanted.table.within(each.system.schema) == each.table)
    return (*each.model.indexes, *on_table)


def _named_after(new: str, old: str, name: str) -> str:
    """A name that begins with `old` as one that begins with `new`; as it is where that would be too long."""
    renamed = new + name[len(old) :]
    return renamed if name.startswith(f"{old}_") and len(renamed.encode()) <= _LONGEST_NAME else name


def _comment(each: Affected) -> Statement:
    text = tables.comment_for(each.full_name, each.code_version)
    return replacing.comment_on_relation(each.table, "m" if each.held.kind == "m" else "r", text)


def _kind(each: Affected) -> str:
    return "materialized view" if each.held.kind == "m" else "table"


def _step(kind: str, name: TableName, action: str, lock: str, *statements: Statement) -> Step:
    return Step(kind, str(name), action, Stage.BEFORE_LOAD, lock, statements)
