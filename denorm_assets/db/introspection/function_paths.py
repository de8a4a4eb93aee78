"""Functions of the application that look names up in the search path of whoever calls them.

What computes rows runs under `pg_catalog, pg_temp`, and so does REFRESH from PostgreSQL 17 on: such a function
finds nothing of the application's there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import psycopg
from psycopg import errors as pg
from psycopg.rows import DictRow

from denorm_assets.db.introspection.name_resolution import resolved
from denorm_assets.db.introspection.views_read import views_of
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, DiskFull, MissingPrivilege, RowsHidden
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Raw, Statement, verbatim

_NOT_FOUND = (pg.UndefinedTable, pg.UndefinedFunction, pg.UndefinedObject)
_LONGEST_LOOK = "1s"
_OTHER_FAULTS = (psycopg.Error, MissingPrivilege, RowsHidden, DiskFull)
"""Of a row, of a right or of the server: whoever computes the rows is told."""
_LOOKS_UP = "looks names up in the search path of its caller, which names no schema of the application here"


def require_names_found(session: Session, described: DescribedModel) -> None:
    """Raises DefinitionError where a function that the definition calls would not find what it names.

    PostgreSQL is asked to read each such function in SQL. Others are called, for the first row of the definition; what
    they do for later rows, whoever computes these is told by `explained`.
    """
    views = views_of(session, described).ids
    with resolved(session, verbatim(described.definition), trusted=True):
        names = [row["name"] for row in session.rows(query("values", "used_objects", views=views))]
    functions = _without_path(session, names, described.schema)
    for function in functions:
        if function["readable"]:
            _require_runs(session, described, [function], query("values", "validate_function", id=function["id"]))
    if functions:
        first = Statement("SELECT * FROM (\n{d}\n) AS d LIMIT 1", {"d": Raw(described.definition)})
        _require_runs(session, described, functions, first)


def explained(session: Session, model_id: int, error: psycopg.Error) -> str | None:
    """What makes the function find its names, where `error` says that one in the definition did not; else None."""
    if not isinstance(error, _NOT_FOUND) or not error.diag.context:
        return None
    called = session.one(query("values", "calls", model_id=model_id))
    function = _named(_without_path(session, called["calls"], called["schema"]), error)
    return None if function is None else f"{function['name']} {_LOOKS_UP}. Run {function['remedy']}"


def _without_path(session: Session, names: Sequence[str], schema: str) -> list[DictRow]:
    return session.rows(query("values", "functions_without_path", names=list(names), schema=schema))


def _require_runs(
    session: Session, described: DescribedModel, functions: Sequence[DictRow], statement: Statement
) -> None:
    with suppress(*_OTHER_FAULTS):
        try:
            with session.transaction():
                session.set_local(statement_timeout=_LONGEST_LOOK, check_function_bodies="on")
                session.rows(statement)
                # The settings of a savepoint would stay.
                raise psycopg.Rollback
        except _NOT_FOUND as error:
            function = _named(functions, error)
            if function is not None:
                raise DefinitionError(
                    described.model.definition.path,
                    None,
                    f"the function {function['name']}, which it calls, {_LOOKS_UP} ({error.diag.message_primary})",
                    f"Run {function['remedy']}",
                ) from error


def _named(functions: Sequence[DictRow], error: psycopg.Error) -> DictRow | None:
    """The function that PostgreSQL was in: its context, in whatever language, has the name."""
    context = error.diag.context or ""
    return next((function for function in functions if function["plain"] in context), None)
