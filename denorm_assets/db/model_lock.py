"""Locks that keep others away: from a read model drivers and backfills, from tables whoever else changes them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from denorm_assets.db.session import Session
from denorm_assets.db.waiting import ask_until
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Statement

Log = Callable[[str], None]


@contextmanager
def alone_with(session: Session, full_name: str, model_id: int, log: Log) -> Generator[None]:
    """Hold a read model's drain lock for the block; waits for a refresh that is under way."""
    lock, unlock = (query("drains", name, model_id=model_id) for name in ("lock_model", "unlock_model"))
    with _held(session, lock, unlock, log, f"{full_name}: a refresh is under way"):
        yield


@contextmanager
def alone_at_work(session: Session, system: str, log: Log) -> Generator[None]:
    """Be the only one who changes tables of `system` for the block; waits for whoever does.

    What is planned to be done and what is planned to be undone are not so beside each other.
    """
    lock, unlock = (query("schema", name, system=system) for name in ("lock_work", "unlock_work"))
    with _held(session, lock, unlock, log, f"{system}: another process changes its tables"):
        yield


@contextmanager
def _held(session: Session, lock: Statement, unlock: Statement, log: Log, why: str) -> Generator[None]:
    ask_until(lambda: session.one(lock)["locked"] or None, log, why)
    try:
        yield
    finally:
        # It ends with the connection, too.
        if not session.connection.closed:
            session.execute(unlock)
