"""What is in a database: tables, foreign keys, views, triggers, and the statements that took most time."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import errors as pg

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import MissingPrivilege
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Statement, name

_MOST_STATEMENTS = 100


@dataclass(frozen=True)
class Table:
    """A table of the application, with its partitions; `rows` as last analyzed."""

    name: TableName
    rows: int
    bytes: int


@dataclass(frozen=True)
class ForeignKey:
    """Columns of `child` that name rows of `parent`."""

    child: TableName
    child_columns: tuple[str, ...]
    parent: TableName
    parent_columns: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """A view or materialized view; `text` is printed with all schemas."""

    name: TableName
    id: int
    text: str
    materialized: bool

    def __str__(self) -> str:
        return f"the {'materialized ' if self.materialized else ''}view {self.name}"


@dataclass(frozen=True)
class Trigger:
    """A trigger; `source` is that of its function, and a `conditional` one has WHEN."""

    table: TableName
    name: str
    source: str
    conditional: bool


@dataclass(frozen=True)
class HeavyStatement:
    """A SELECT with its parameters as `$1`, and what it took so far."""

    text: str
    calls: int
    milliseconds: float


@dataclass(frozen=True)
class Survey:
    """All of it; the largest tables, the heaviest statements and the keys of the largest tables come first.

    Attributes:
        statements_missing: why there are no statements, or only some; None where all are there.
    """

    tables: tuple[Table, ...]
    foreign_keys: tuple[ForeignKey, ...]
    views: tuple[View, ...]
    triggers: tuple[Trigger, ...]
    statements: tuple[HeavyStatement, ...]
    statements_missing: str | None


def survey(session: Session) -> Survey:
    """Look at the database; writes nothing."""
    with session.snapshot():
        session.execute(Statement("SET TRANSACTION READ ONLY"))
        statements, missing = _statements(session)
        return Survey(
            tuple(
                Table(TableName(row["name"], row["schema"]), row["rows"], row["bytes"])
                for row in session.rows(query("scaffold", "tables"))
            ),
            tuple(
                ForeignKey(
                    TableName(row["child"], row["child_schema"]),
                    tuple(row["child_columns"]),
                    TableName(row["parent"], row["parent_schema"]),
                    tuple(row["parent_columns"]),
                )
                for row in session.rows(query("scaffold", "foreign_keys"))
            ),
            tuple(
                View(
                    TableName(row["name"], row["schema"]),
                    row["id"],
                    row["text"].strip().rstrip(";"),
                    row["materialized"],
                )
                for row in session.rows(query("scaffold", "views"))
            ),
            tuple(
                Trigger(TableName(row["table"], row["schema"]), row["name"], row["source"], row["conditional"])
                for row in session.rows(query("scaffold", "triggers"))
            ),
            statements,
            missing,
        )


def _statements(session: Session) -> tuple[tuple[HeavyStatement, ...], str | None]:
    found = session.row(query("scaffold", "statistics"))
    if found is None:
        return (), "pg_stat_statements is not installed"
    view = name(found["schema"], "pg_stat_statements")
    wanted = query("scaffold", "statements", most=_MOST_STATEMENTS)
    try:
        with session.transaction():
            rows = session.rows(Statement(wanted.text, {"statistics": view}, wanted.params))
    except MissingPrivilege:
        return (), f"role {session.role!r} may not read pg_stat_statements; GRANT pg_read_all_stats lets it"
    except pg.ObjectNotInPrerequisiteState:
        return (), "pg_stat_statements is not among shared_preload_libraries"
    except pg.UndefinedColumn:
        return (), "pg_stat_statements is outdated; run ALTER EXTENSION pg_stat_statements UPDATE"
    hidden = (
        None if found["shows_all"] else f"role {session.role!r} sees only its own; GRANT pg_read_all_stats shows all"
    )
    return tuple(HeavyStatement(**row) for row in rows), hidden
