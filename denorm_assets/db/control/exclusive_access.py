"""Exclusive locks: on a read model, against refreshes and backfills; on a system's tables, against schema changes."""

from __future__ import annotations

from contextlib import AbstractContextManager

from denorm_assets.db.control.locks import drain_lock, held, work_lock
from denorm_assets.db.postgres.session import Session


def alone_with(session: Session, full_name: str, model_id: int) -> AbstractContextManager[None]:
    """Hold a read model's drain lock for the block; waits for a refresh that is under way."""
    return held(session, drain_lock(model_id), f"{full_name}: a refresh is under way")


def alone_at_work(session: Session, system: str) -> AbstractContextManager[None]:
    """Hold the lock on schema changes of the tables of `system` for the block; waits for a session that holds it.

    Planning what to do and planning what to undo must not run concurrently.
    """
    return held(session, work_lock(system), f"{system}: another process changes its tables")
