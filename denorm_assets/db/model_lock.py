"""The lock that keeps drivers and backfills from a read model while it is changed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from denorm_assets.db.session import Session
from denorm_assets.db.waiting import ask_until
from denorm_assets.sql.control import query


@contextmanager
def alone_with(session: Session, full_name: str, model_id: int, log: Callable[[str], None]) -> Generator[None]:
    """Hold the drain lock for the block; waits for a refresh that is under way. It ends with the session, too."""

    def lock() -> bool | None:
        return session.one(query("drains", "lock_model", model_id=model_id))["locked"] or None

    ask_until(lock, log, f"{full_name}: a refresh is under way")
    try:
        yield
    finally:
        session.execute(query("drains", "unlock_model", model_id=model_id))
