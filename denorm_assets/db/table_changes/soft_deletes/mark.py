"""Soft deletes for tables that are in use; `soft_delete_undo` takes them away again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.control import control_schema
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.plan.objects import plan_control_schema, plan_table_indexes
from denorm_assets.db.plan.run_steps import log_step, run_steps
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import CannotSoftDelete, DependedOn
from denorm_assets.model.schema_change import SoftDeletes
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture.dollar_quotes import quoted_text
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import alterations, replacing
from denorm_assets.sql.ddl.replacing import Right
from denorm_assets.sql.ddl.rights import revoke
from denorm_assets.sql.statement import Statement, name
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes import soft_deletes
from denorm_assets.sql.table_changes.soft_deletes import COLUMN, INDEX, Cascade, KeyPart, live_view

_LOG = logging.getLogger(__name__)
_TWIN = "denorm_assets in place of "
_FOR_AN_INSTANT = "ACCESS EXCLUSIVE on its table, for an instant"
_RIGHTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
"""Those that mean something for a view."""


@dataclass(frozen=True)
class _Marked:
    """A table as the catalog has it.

    Attributes:
        mark: the column that marks rows, as the catalog has it; None where there is none.
        shown: the columns that its view has.
    """

    table: TableName
    mark: Mapping[str, Any] | None
    shown: tuple[str, ...]
    key: tuple[KeyPart, ...]


def plan_soft_deletes(session: Session, system: System, work: SoftDeletes) -> list[Step]:
    """A step for the column, the index and the view of each table. Changes nothing.

    Raises CannotSoftDelete for a table that has to be changed first.
    """
    steps = [plan_control_schema(session)]
    tables = tables_of(system, work)
    # The view of a table writes to those of the tables that refer to it.
    for table in reversed(tables):
        steps += [_plan_column(session, table, work), _plan_index(session, table), _plan_view(session, table, tables)]
    return steps


def apply_soft_deletes(database: Database, system: System, work: SoftDeletes) -> list[Step]:
    """Do what `plan_soft_deletes` shows, one table after the other; returns the steps.

    Killed, it resumes when it is called again; done twice, it does nothing. Raises CannotSoftDelete with nothing
    changed, DependedOn where a view cannot be replaced, or LockHeld.
    """
    with database.session(system.schema) as session:
        steps = plan_soft_deletes(session, system, work)
        tables = tables_of(system, work)
        for table in reversed(tables):
            _at_once(session, table, partial(_plan_column, session, table, work))
            # Until it is known that hardly any row is marked, the planner takes those that are not for few.
            if session.one(query("soft_deletes", "lacks_statistics", schema=table.schema, table=table.name))["lacks"]:
                session.execute(soft_deletes.analyze(table))
            owner = f"{system.name}/{table.name}"
            run_steps(partial(_index_steps, session, table), database, session, owner)
            _at_once(session, table, partial(_plan_view, session, table, tables))
    return steps


def tables_of(system: System, work: SoftDeletes) -> list[TableName]:
    """The tables with their schema."""
    return [table.within(system.schema) for table in work.tables]


def _at_once(session: Session, table: TableName, plan: Callable[[], Step]) -> None:
    """Do a step in one transaction, in short tries."""

    def do() -> None:
        with session.transaction():
            # It keeps others from changing schemas until the transaction ends.
            migrated = control_schema.migrate(session)
            session.set_local(lock_timeout=session.short_lock_timeout)
            step = plan()
            try:
                for statement in step.statements:
                    session.execute(statement)
            except pg.DependentObjectsStillExist as error:
                lines = (error.diag.message_detail or "").splitlines()
                objects = [line.partition(" depends on ")[0] for line in lines]
                raise DependedOn(f"the view of {table}", str(live_view(table)), objects) from error
        for line in control_schema.migration_lines(migrated):
            _LOG.info("%s", line)
        log_step(step)

    retry_on_lock_timeout(session)(do)


def _look(session: Session, table: TableName) -> _Marked:
    """Raises CannotSoftDelete where its columns or its key do not allow what is wanted."""
    found = session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name))
    if not found:
        raise CannotSoftDelete(str(table), "there is no such table", "Create it, or correct the declaration")
    mark = next((row for row in found if row["name"] == COLUMN), None)
    if mark is not None and mark["type"] != soft_deletes.COLUMN_TYPE:
        problem = f"its column {COLUMN} is of the type {mark['type']}, not {soft_deletes.COLUMN_TYPE}"
        raise CannotSoftDelete(str(table), problem, "Rename it or change its type")
    rows = session.rows(query("soft_deletes", "key", schema=table.schema, table=table.name))
    key = tuple(KeyPart(row["column"], (row["operator_schema"], row["operator"])) for row in rows)
    if not key:
        raise CannotSoftDelete(str(table), "it has no primary key to find a row by", "Give it one")
    twins = {row["name"]: row["comment"].removeprefix(_TWIN) for row in found if _is_twin(row)}
    used = {part.column for part in key} | twins.keys()
    for reference in session.rows(query("identifiers", "references", schema=table.schema, table=table.name)):
        used.update(reference["columns"])
    replaced = {*twins.values()} - used
    shown = tuple(row["name"] for row in found if row["name"] != COLUMN and row["name"] not in replaced)
    return _Marked(table, mark, shown, key)


def is_our_view(session: Session, view: TableName) -> bool:
    """Whether there is a view of that name, and we made it."""
    found = session.row(query("catalog", "relation", schema=view.schema, table=view.name))
    return found is not None and (found["comment"] or "").startswith(soft_deletes.OURS)


def _is_twin(row: Mapping[str, Any]) -> bool:
    return (row["comment"] or "").startswith(_TWIN)


def _plan_column(session: Session, table: TableName, work: SoftDeletes) -> Step:
    column, mark = f"{table}.{COLUMN}", _look(session, table).mark
    if mark is not None:
        if mark["comment"] != soft_deletes.OURS and work.keep_days is None:
            problem = f"it has a column {COLUMN} of its own, and what was marked long ago would be purged"
            raise CannotSoftDelete(str(table), problem, "Say how long marked rows are kept: `keep_days` of SoftDeletes")
        return Step("column", column, "keep", Stage.BEFORE_LOAD)
    added = (soft_deletes.add_column(table), alterations.comment_on_column(table, COLUMN, soft_deletes.OURS))
    return Step("column", column, "create", Stage.BEFORE_LOAD, _FOR_AN_INSTANT, added)


def _index_steps(session: Session, table: TableName) -> list[Step]:
    return [_plan_index(session, table)]


def _plan_index(session: Session, table: TableName) -> Step:
    index = INDEX.name_for(table.name)
    if _is_applications(session, table, index):
        return Step("index", index, "keep", Stage.BEFORE_LOAD)
    rows = held_rows(session, table)
    [step] = plan_table_indexes(session, table, (INDEX,), Stage.BEFORE_LOAD, live=True, rows=rows)
    return step


def _is_applications(session: Session, table: TableName, index: str) -> bool:
    """Whether the application has an index of that name, which is as good: neither ours nor left by a build of ours."""
    for row in session.rows(query("catalog", "indexes", schema=table.schema, table=table.name)):
        if row["name"] == index:
            noted = control_schema.installed(session) and session.row(
                query("builds", "noted", schema=table.schema, index=index)
            )
            return row["valid"] and not (row["comment"] or "").startswith("denorm_assets ") and not noted
    return False


def _plan_view(session: Session, table: TableName, tables: Sequence[TableName]) -> Step:
    wanted = _look(session, table)
    view, held = live_view(table), _held_view(session, wanted)
    function = soft_deletes.create_function(table, wanted.key, _cascades(session, wanted, tables))
    create = soft_deletes.create_view(table, wanted.shown, replace=False)
    comment = soft_deletes.view_comment(show(create) + show(function))
    closed = revoke(soft_deletes.function_name(table), "", None)
    made = (soft_deletes.create_trigger(table), soft_deletes.comment_on_view(table, comment))
    if held is None:
        statements = (function, closed, create, *made, *_grants(session, table, view, wanted.shown))
        return Step("view", str(view), "create", Stage.BEFORE_LOAD, "none that anybody waits for", statements)
    if not held["is_view"] or not (held["comment"] or "").startswith(soft_deletes.OURS):
        problem = f"{view} exists already and was not created by denorm-assets"
        raise CannotSoftDelete(str(table), problem, "Rename or drop that")
    as_made = held["comment"] == comment and held["body"] == quoted_text(show(function))
    if as_made and held["as_expected"] and held["for_whoever_asks"] and held["enabled"]:
        return Step("view", str(view), "keep", Stage.BEFORE_LOAD)
    lock = "ACCESS EXCLUSIVE on the view, for an instant"
    if wanted.shown[: len(held["columns"])] == tuple(held["columns"]):
        create = soft_deletes.create_view(table, wanted.shown, replace=True)
        return Step("view", str(view), "replace", Stage.BEFORE_LOAD, lock, (function, closed, create, *made))
    again = (soft_deletes.drop_view(table), create, *made, *_grants(session, view, view, wanted.shown))
    return Step("view", str(view), "replace", Stage.BEFORE_LOAD, lock, (function, closed, *again))


def _cascades(session: Session, wanted: _Marked, tables: Sequence[TableName]) -> list[Cascade]:
    """What goes along with a row of the table, as far as views show the columns by which it does."""
    named = {"schema": wanted.table.schema, "table": wanted.table.name}
    among = {"schemas": [table.schema for table in tables], "tables": [table.name for table in tables]}
    cascades: list[Cascade] = []
    for row in session.rows(query("soft_deletes", "cascades", **named, **among)):
        referring = TableName(row["table"], row["schema"])
        shown = _look(session, referring).shown
        pairs = tuple((column, to, (schema, symbol)) for column, to, schema, symbol in row["pairs"])
        if all(column in shown and to in wanted.shown for column, to, _ in pairs):
            cascades.append(Cascade(referring, pairs))
    return cascades


def _held_view(session: Session, wanted: _Marked) -> Mapping[str, Any] | None:
    """What has the view's name."""
    with session.transaction():
        # Where the mark is missing, no view can be right.
        if wanted.mark is not None:
            session.execute(soft_deletes.create_expected_view(wanted.table, wanted.shown))
        found = session.row(
            query(
                "soft_deletes",
                "view",
                schema=wanted.table.schema,
                view=live_view(wanted.table).name,
                expected=soft_deletes.EXPECTED,
                trigger=soft_deletes.TRIGGER,
            )
        )
        if wanted.mark is not None:
            session.execute(Statement("DROP VIEW {view}", {"view": name("pg_temp", soft_deletes.EXPECTED)}))
    return found


def _grants(session: Session, of: TableName, view: TableName, shown: Sequence[str]) -> list[Statement]:
    """GRANT of the rights on `of` for the view, as far as they mean something there."""
    rows = session.rows(query("replacing", "rights", schema=of.schema, table=of.name))
    rights = sorted((Right(**row) for row in rows), key=str)
    return [
        replacing.grant(view, right)
        for right in rights
        if right.privilege in _RIGHTS and (right.column is None or right.column in shown)
    ]
