"""Who keeps a read model from being refreshed: whoever has locked a table that a refresh needs, or is refreshing it."""

from __future__ import annotations

import psycopg
from psycopg import errors as pg

from denorm_assets.db.control.locks import drain_lock, holder
from denorm_assets.db.introspection.function_paths import explained
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import query

PATIENCE_SECONDS = 10.0
"""Changes that wait for less are in the ordinary course of things."""


def blocker(session: Session, model_id: int, *, rows: bool = False) -> str | None:
    """Who keeps a refresh of the read model waiting, for how long; None where nobody is seen to.

    With `rows`, a session that locked rows of the read model counts as well: PostgreSQL does not show which rows.
    """
    if (found := _table_lock(session, model_id, rows=rows)) is not None:
        return found
    who = holder(session, drain_lock(model_id))
    return None if who is None else f"a refresh is under way in {who}"


def _table_lock(session: Session, model_id: int, *, rows: bool) -> str | None:
    found = session.row(query("locks", "table_locks", model_id=model_id, drain=drain_lock(model_id).name, rows=rows))
    if found is None:
        return None
    lasting = "" if found["seconds"] is None else f", in a transaction of {found['seconds']} s"
    return (
        f"PostgreSQL process {found['pid']} of {found['role']} holds a lock on {found['table']} "
        f"({found['mode']}{lasting}, {found['state']})"
    )


def failure_reason(session: Session, model_id: int, error: Exception) -> str:
    """Why rows of the read model could not be computed.

    With who may hold the lock where that waited for one in vain, and with what helps a function that found no name.
    """
    reason = error_reason(error)
    if isinstance(error, pg.LockNotAvailable) and (who := _table_lock(session, model_id, rows=True)):
        return f"{reason}: {who}"
    if isinstance(error, psycopg.Error) and (found := explained(session, model_id, error)):
        return f"{reason}: {found}"
    return reason
