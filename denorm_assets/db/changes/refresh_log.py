"""One refresh at a time per read model, each written down with its outcome."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from denorm_assets.db.capture.redefinitions import doubt_redefined
from denorm_assets.db.changes.dispatch import dispatch_changes
from denorm_assets.db.control.locks import drain_lock, held_at_once, held_words
from denorm_assets.db.introspection.blockers import failure_reason
from denorm_assets.db.postgres.lock_retry import ask_until
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DenormError, RefreshFailed, ServerUnreachable
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.control import query

_HISTORY_DAYS = 7


@dataclass(frozen=True)
class Drained:
    """What a refresh did.

    Attributes:
        anchors: how many anchors were recomputed; None where everything was.
        quarantined: anchors whose rows could not be computed.
        refresh_id: number of the refresh in the log; None where it is not known.
    """

    anchors: int | None = 0
    rows_written: int = 0
    rows_removed: int = 0
    quarantined: int = 0
    refresh_id: int | None = field(default=None, compare=False)

    def plus(self, other: Drained) -> Drained:
        """Both together."""
        anchors = None if self.anchors is None or other.anchors is None else self.anchors + other.anchors
        return Drained(
            anchors,
            self.rows_written + other.rows_written,
            self.rows_removed + other.rows_removed,
            self.quarantined + other.quarantined,
            self.refresh_id if other.refresh_id is None else other.refresh_id,
        )


Refresh = Callable[[Session, DescribedModel, int, datetime], Drained | None]
"""Refreshes a read model, given its ID and since when that is asked for; None where another is at it."""


def refresh_at_once(session: Session, described: DescribedModel, model_id: int, refresh: Refresh) -> Drained:
    """Move the change log on and refresh from all that is pending; waits for whoever is at it at this moment."""
    dispatch_changes(session)
    doubt_redefined(session)
    session.execute(query("drains", "doubt_unlogged", model_id=model_id))

    def attempt() -> Drained | None:
        return refresh(session, described, model_id, session.one(query("models", "now"))["now"])

    why = f"{described.full_name}: another process is refreshing it"
    return ask_until(attempt, lambda: held_words(session, drain_lock(model_id), why))


class LoggedRefresh:
    """A refresh under way: what it did so far."""

    def __init__(self, refresh_id: int) -> None:
        """Nothing is done yet."""
        self.done = Drained(refresh_id=refresh_id)

    def add(self, step: Drained) -> None:
        """Count what a step did."""
        self.done = self.done.plus(step)


@contextmanager
def logged_refresh(
    session: Session, described: DescribedModel, model_id: int, requested_at: datetime
) -> Generator[LoggedRefresh | None]:
    """Keep other refreshes of the read model away for the block, and log this one with its outcome.

    None where another process is refreshing it. Raises RefreshFailed; what was pending then stays pending.
    """
    with held_at_once(session, drain_lock(model_id)) as locked:
        if not locked:
            yield None
            return
        # Under the lock no other refresh can be running: one that seems to be was killed.
        session.execute(query("drains", "end_interrupted", model_id=model_id))
        begun = session.one(query("drains", "begin_refresh", model_id=model_id, requested_at=requested_at))
        refresh = LoggedRefresh(begun["id"])
        try:
            yield refresh
        except ServerUnreachable:
            raise
        except (psycopg.Error, DenormError) as error:
            reason = failure_reason(session, model_id, error)
            _end(session, begun["id"], "failed", refresh.done, reason)
            raise RefreshFailed(described.full_name, reason) from error
        _end(session, begun["id"], "completed", refresh.done, None)
        session.execute(query("drains", "prune_refreshes", model_id=model_id, days=_HISTORY_DAYS))


def _end(session: Session, refresh_id: int, status: str, done: Drained, error: str | None) -> None:
    session.execute(
        query(
            "drains",
            "end_refresh",
            refresh_id=refresh_id,
            status=status,
            anchors=done.anchors,
            rows_written=done.rows_written,
            rows_removed=done.rows_removed,
            error=error,
        )
    )
