"""Locks that keep others away: from a read model drivers and backfills, from tables whoever else changes them."""

from __future__ import annotations

from contextlib import AbstractContextManager

from denorm_assets.db.control.locks import drain_lock, held, work_lock
from denorm_assets.db.postgres.session import Session


def alone_with(session: Session, full_name: str, model_id: int) -> AbstractContextManager[None]:
    """Hold a read model's drain lock for the block; waits for a refresh that is under way."""
    return held(session, drain_lock(model_id), f"{full_name}: a refresh is under way")


def alone_at_work(session: Session, system: str) -> AbstractContextManager[None]:
    """Be the only one who changes tables of `system` for the block; waits for whoever does.

    Planning what to do and planning what to undo must not run concurrently.
    """
    return held(session, work_lock(system), f"{system}: another process changes its tables")
