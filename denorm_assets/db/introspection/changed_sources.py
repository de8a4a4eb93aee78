"""What became of a read model's sources since capture was installed for it, in words, and how to undo it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.renaming import move_table, rename_column


@dataclass(frozen=True)
class SourceChange:
    """One change of a source.

    Attributes:
        what: which table or column, and how it changed.
        undo: the SQL that takes it back; empty where no statement does.
        is_in_place: whether the table is the one that capture was installed on, under its name.
        restored: whether the database was restored from a dump, in which every table is another one.
        is_view: whether it is a view that is read, and no table.
    """

    table: TableName
    what: str
    undo: str = ""
    is_in_place: bool = True
    restored: bool = False
    is_view: bool = False

    def __str__(self) -> str:
        return f"{self.what} (to undo that: {self.undo})" if self.undo else self.what


def changed_sources(session: Session, model_id: int) -> list[SourceChange]:
    """What was renamed, retyped, dropped or replaced that a read model or cache uses; empty where nothing was."""
    rows = session.rows(query("sources", "changed_shapes", model_id=model_id))
    of_tables = [change for row in rows for change in _changes(TableName(row["table"], row["schema"]), row)]
    return [*of_tables, *map(_of_view, session.rows(query("views", "altered", model_id=model_id)))]


def _of_view(row: Mapping[str, Any]) -> SourceChange:
    view = TableName(row["view"], row["schema"])
    what = f"the view {view} {'is gone' if row['is_gone'] else 'selects something else now'}"
    return SourceChange(view, what, is_in_place=not row["is_gone"], restored=row["restored"], is_view=True)


def why_unfit(session: Session, model_id: int, error: DefinitionError) -> list[str]:
    """Why a definition that was applied no longer fits: what became of what it reads and calls, then `error`.

    How to correct the definition is only said where nothing else changed.
    """
    gone = [row["name"] for row in session.rows(query("values", "gone_calls", model_id=model_id))]
    changes = [str(change) for change in changed_sources(session, model_id)]
    changes += [f"the function {name} is gone" for name in gone]
    return [*changes, error.fault] if changes else [str(error)]


def _changes(table: TableName, row: Mapping[str, Any]) -> Sequence[SourceChange]:
    if row["restored"]:
        return [SourceChange(table, f"{table} is a new table with new triggers", is_in_place=False, restored=True)]
    if row["is_another"]:
        return [_moved(table, row)]
    found = [_column(table, **column) for column in row["columns"]]
    # What an earlier release registered after that column was gone.
    return found or [SourceChange(table, f"columns of {table} that it uses changed")]


def _moved(table: TableName, row: Mapping[str, Any]) -> SourceChange:
    what, undo = f"another table took the place of {table}" if row["taken"] else f"the table {table} is gone", ""
    if row["now"] is not None:
        schema, name = row["now"]
        now = TableName(name, schema)
        what = f"the table {table} is now called {now}"
        if row["taken"]:
            what += f", and another table is called {table}"
        else:
            undo = "; ".join(show(statement) for statement in move_table(now, table))
    return SourceChange(table, what, undo, is_in_place=False)


def _column(table: TableName, name: str, type: str, now: str | None, now_type: str) -> SourceChange:
    column = f"the column {name} of {table}"
    if now is None:
        return SourceChange(table, f"{column} is gone")
    if now != name:
        return SourceChange(table, f"{column} is now called {now}", show(rename_column(table, now, name)))
    return SourceChange(table, f"{column} is now of type {now_type}; it was {type}")
