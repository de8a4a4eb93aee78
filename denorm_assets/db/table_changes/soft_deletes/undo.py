"""Taking soft deletes away again: only while no row is marked, and nothing else reads the view."""

from __future__ import annotations

from denorm_assets.db.control import control_schema
from denorm_assets.db.plan.partitioned_indexes import partitions_of
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.soft_deletes.mark import is_our_view, tables_of
from denorm_assets.errors import WorkNotUndone
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import alterations, indexes
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes import soft_deletes
from denorm_assets.sql.table_changes.soft_deletes import COLUMN, INDEX, live_view


def plan_soft_delete_undo(
    session: Session, system: System, work: SoftDeletes, *, uninstalling: bool = False
) -> list[Step]:
    """Steps that take away view, function and index of each table, and the column where we added it.

    `uninstalling` says that the system's read models go before. Raises WorkNotUndone while a row is marked in such a
    column, or something else reads the view or the column.
    """
    steps: list[Step] = []
    for table in tables_of(system, work):
        columns = session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name))
        ours = any(row["name"] == COLUMN and row["comment"] == soft_deletes.OURS for row in columns)
        if ours:
            _require_unmarked(session, system, table)
        _require_unread(session, system, table, with_column=ours, uninstalling=uninstalling)
        steps += _drop_view(session, table, with_column=ours)
        if ours:
            # The index goes with it.
            lock, drop = "ACCESS EXCLUSIVE on its table, for an instant", alterations.drop_column(table, COLUMN)
            steps.append(Step("column", f"{table}.{COLUMN}", "drop", Stage.BEFORE_LOAD, lock, (drop,)))
        else:
            steps += _drop_index(session, table)
    return steps


def _require_unmarked(session: Session, system: System, table: TableName) -> None:
    marked = session.one(soft_deletes.count_marked(table))["marked"]
    if marked:
        raise WorkNotUndone(
            system.name,
            f"{marked} rows of {table} are marked as deleted, and would be there again",
            f"purge them (`denorm-assets purge {system.name} --older-than-days 0`), or take the mark away: "
            f"UPDATE {table} SET {COLUMN} = NULL",
        )


def _require_unread(
    session: Session, system: System, table: TableName, *, with_column: bool, uninstalling: bool
) -> None:
    view, going = live_view(table), system.name if uninstalling else None
    of_view = {"table": table.name if with_column else None, "view": view.name if is_our_view(session, view) else None}
    named = {"schema": table.schema, "column": COLUMN, "going": going}
    found = session.rows(query("soft_deletes", "readers", **named, **of_view))
    if with_column and control_schema.installed(session):
        found += session.rows(query("soft_deletes", "reading_models", **named, table=table.name))
    if found:
        readers = ", ".join(row["object"] for row in found)
        raise WorkNotUndone(system.name, f"{readers} read {view}, or {table}.{COLUMN}", "drop that first")


def _drop_view(session: Session, table: TableName, *, with_column: bool) -> list[Step]:
    view = live_view(table)
    if not is_our_view(session, view):
        return []
    drop = soft_deletes.drop_view_and_function(table, unmarked=with_column)
    return [Step("view", str(view), "drop", Stage.BEFORE_LOAD, "ACCESS EXCLUSIVE on it, for an instant", (drop,))]


def _drop_index(session: Session, table: TableName) -> list[Step]:
    name = INDEX.name_for(table.name)
    rows = session.rows(query("catalog", "indexes", schema=table.schema, table=table.name))
    ours = any(row["name"] == name and row["comment"] == indexes.comment_text(table, INDEX) for row in rows)
    if not ours:
        return []
    drop = indexes.drop_partitioned_index if partitions_of(session, table) else indexes.drop_index
    return [Step("index", name, "drop", Stage.BEFORE_LOAD, "", (drop(str(table.schema), name),))]
