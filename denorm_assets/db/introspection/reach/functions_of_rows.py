"""The functions of a database that no condition gets below: aggregates, window functions, those that yield rows."""

from __future__ import annotations

from dataclasses import dataclass

from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import query


@dataclass(frozen=True)
class FunctionsOfRows:
    """Names of functions.

    Attributes:
        all: aggregates, window functions, and functions that yield rows.
        yielding: those that yield rows whatever their arguments are.
    """

    all: frozenset[str]
    yielding: frozenset[str]


def functions_of_rows(session: Session) -> FunctionsOfRows:
    """Those of the session's database, read once in a session."""
    return session.once("functions of rows", lambda: _read(session))


def _read(session: Session) -> FunctionsOfRows:
    found = {row["name"]: row["yields_rows"] for row in session.rows(query("sources", "functions_of_rows"))}
    return FunctionsOfRows(frozenset(found), frozenset(name for name, yields_rows in found.items() if yields_rows))
