"""Moving the change log on to what is pending."""

from __future__ import annotations

from contextlib import suppress

import psycopg

from denorm_assets.db.failures import TRANSIENT, error_reason
from denorm_assets.db.session import Session
from denorm_assets.errors import LogStuck
from denorm_assets.sql.control import query


def move_log_on(session: Session) -> None:
    """Move logged changes to the pending anchors of each read model, in a transaction of its own.

    Where the log reached its limit, its file is emptied too, so that logging resumes. Raises LogStuck where that fails
    for a reason that may stay; it is written down, for `kept_fresh` of all read models that it stops.
    """
    try:
        moved = session.one(query("drains", "dispatch"))
        if moved["stopped"]:
            session.maintain(query("drains", "vacuum_log"))
            session.one(query("drains", "dispatch"))
        if moved["failed_before"]:
            session.execute(query("drains", "forget_dispatch_failure"))
    except TRANSIENT:
        raise
    except psycopg.Error as error:
        reason = error_reason(error)
        # Where nothing can be written (a standby), there is nowhere to write it down.
        with suppress(psycopg.Error):
            session.execute(query("drains", "record_dispatch_failure", error=reason))
        raise LogStuck(reason) from error


def models_in_log(session: Session) -> set[int]:
    """The read models and caches that changes in the log have not reached."""
    return {row["model_id"] for row in session.rows(query("drains", "waiting_in_log"))}
