"""Moving the change log on to what is pending."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress

import psycopg
from psycopg.rows import DictRow

from denorm_assets.db.postgres.errors import TRANSIENT, error_reason
from denorm_assets.db.postgres.session import Bound, Session
from denorm_assets.errors import LogStuck, TookTooLong
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.pending import anchors_of_log

_SHARE = 0.25
"""Of what a drain may take. A read model whose expansion takes too long delays the others by twice that, once."""


def dispatch_changes(session: Session) -> dict[int, set[str]]:
    """Move logged changes to the pending anchors of each read model, in a transaction of its own.

    Returns the read models that changes reach, and of which tables. Where the log reached its limit, its file is
    emptied too, so that logging resumes. Raises LogStuck where that fails for a reason that may stay; it is written
    down, for `kept_fresh` of all read models that it stops.
    """
    try:
        if not waits_in_log(session):
            return {}
        moved = _dispatch(session)
        if moved["stopped"]:
            session.maintain(query("drains", "vacuum_log"))
            _dispatch(session)
        if moved["failed_before"]:
            session.execute(query("drains", "forget_dispatch_failure"))
        reached: defaultdict[int, set[str]] = defaultdict(set)
        for model_id, table in moved["reached"] if moved["moved"] else ():
            reached[model_id].add(table)
        return reached
    except TRANSIENT:
        raise
    except (psycopg.Error, TookTooLong) as error:
        reason = error_reason(error)
        # Where nothing can be written (a standby), there is nowhere to write it down.
        with suppress(psycopg.Error):
            session.execute(query("drains", "record_dispatch_failure", error=reason))
        raise LogStuck(reason) from error


def waits_in_log(session: Session) -> bool:
    """Whether there is anything to move on."""
    return session.one(query("drains", "anything_to_move"))["found"]


def _dispatch(session: Session) -> DictRow:
    """Dispatch; where that takes too long, without the expansions that do."""
    share = Bound(session.drain_bound.seconds * _SHARE, session.drain_bound.setting)
    try:
        with session.bounded(share):
            return session.one(query("drains", "dispatch"))
    except TookTooLong:
        _note_slow_expansions(session, share)
    with session.bounded(session.drain_bound):
        return session.one(query("drains", "dispatch"))


def _note_slow_expansions(session: Session, bound: Bound) -> None:
    """Try each expansion by itself, and write down of which read models one takes longer than `bound`."""
    slow: set[int] = set()
    for row in session.rows(query("drains", "expansions")):
        if row["model_id"] in slow:
            continue
        try:
            with suppress(psycopg.Error), session.bounded(bound):
                session.execute(anchors_of_log(row["source_id"], row["expansion"]))
        except TookTooLong:
            slow.add(row["model_id"])
            session.execute(query("drains", "note_slow", model_id=row["model_id"]))


def models_in_log(session: Session) -> set[int]:
    """The read models and caches that changes in the log have not reached."""
    return {row["model_id"] for row in session.rows(query("drains", "waiting_in_log"))}
