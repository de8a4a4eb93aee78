"""Locks that a session holds over several transactions: rows that only we can write, and keys that nobody can guess.

A lock ends with its session, however that ends. It needs no heartbeat, and no transaction is open meanwhile. Behind a
pooler it ends with a transaction that stays open on a connection of its own. That has no ID and no snapshot, and blocks
nobody.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psycopg

from denorm_assets.db.postgres.lock_retry import ask_until
from denorm_assets.db.postgres.pooled_session import PooledSession
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DenormError
from denorm_assets.sql.control import query

_Release = Callable[[], None]


@dataclass(frozen=True)
class Lock:
    """What only one session may do at a time.

    Attributes:
        model_id: of a read model's lock; the lock's row is removed with the read model.
        drains: it keeps drains away, those of releases before migration 018 too.
    """

    name: str
    model_id: int | None = None
    drains: bool = False


def drain_lock(model_id: int) -> Lock:
    """Held by whoever writes rows of a read model; batches of a backfill share it."""
    return Lock(f"drain {model_id}", model_id, drains=True)


def finishing_lock(model_id: int) -> Lock:
    """Held by whoever builds the indexes and foreign keys of a read model."""
    return Lock(f"finish {model_id}", model_id)


def reconcile_lock(model_id: int) -> Lock:
    """Held by whoever reconciles a read model."""
    return Lock(f"reconcile {model_id}", model_id)


def work_lock(system: str) -> Lock:
    """Held by whoever changes the application's tables for a system."""
    return Lock(f"work {system}")


def ranges_lock(range_set: str) -> Lock:
    """Held by whoever adds ranges to a set."""
    return Lock(f"ranges {range_set}")


@contextmanager
def held_at_once(session: Session, lock: Lock) -> Generator[bool]:
    """Hold `lock` for the block; yields False, holding nothing, where another session holds it."""
    release = _take(session, lock)
    try:
        yield release is not None
    finally:
        if release is not None:
            release()


@contextmanager
def held(session: Session, lock: Lock, why: str) -> Generator[None]:
    """Hold `lock` for the block; waits for another session that holds it, and logs `why`, and whom."""
    release = ask_until(lambda: _take(session, lock), lambda: held_words(session, lock, why))
    try:
        yield
    finally:
        release()


def shares(session: Session, lock: Lock) -> bool:
    """Keep `lock` from being taken until the transaction ends, as others may too; False where somebody holds it.

    The row has to be there, from an earlier `ensure`: a row that this transaction made would make all others wait for
    its end.
    """
    named = {"name": lock.name, "model_id": lock.model_id if lock.drains else None}
    shared: bool = session.one(query("locks", "share", **named))["shared"]
    return shared


def ensure(session: Session, lock: Lock) -> None:
    """Make the row that `shares` looks for."""
    session.execute(query("locks", "ensure", name=lock.name, model_id=lock.model_id))


def holder(session: Session, lock: Lock) -> str | None:
    """Who holds `lock` and since when; None where nobody does."""
    row = session.row(query("locks", "holder", name=lock.name))
    if row is None:
        return None
    since = f"{row['since']:%Y-%m-%d %H:%M:%S} UTC"
    return f"{row['holder']} (PostgreSQL process {row['pid']} of {row['role']}), since {since}"


def held_words(session: Session, lock: Lock, why: str) -> str:
    """`why` a lock cannot be had, with who holds it."""
    who = holder(session, lock)
    return why if who is None else f"{why}: {who}"


def _take(session: Session, lock: Lock) -> _Release | None:
    if isinstance(session, PooledSession):
        return _take_beside(session, lock)
    row = session.one(
        query(
            "locks",
            "take",
            name=lock.name,
            model_id=lock.model_id,
            drains=lock.drains,
            key=_random_key(),
            holder=_ourselves(),
        )
    )
    keys: list[int] | None = row["keys"]
    return None if keys is None else lambda: _release(session, keys)


def _release(session: Session, keys: list[int]) -> None:
    # They end with the connection, too.
    if not session.connection.closed:
        session.execute(query("locks", "release", keys=keys))


def _take_beside(session: PooledSession, lock: Lock) -> _Release | None:
    """Have a transaction beside `session` hold the lock."""
    key = _random_key()
    session.execute(query("locks", "ensure", name=lock.name, model_id=lock.model_id))
    seen = session.row(query("locks", "seen", name=lock.name))
    if seen is None:
        return None
    old_key = session.one(query("locks", "old_key", model_id=lock.model_id))["key"] if lock.drains else None
    with ExitStack() as stack:
        guard = stack.enter_context(session.beside())
        stack.enter_context(guard.transaction())
        row = guard.one(query("locks", "guard", key=key, old_key=old_key))
        # A statement with parameters keeps its snapshot until the next one; this one has none.
        guard.script("SET LOCAL statement_timeout = 0")
        noted = query("locks", "note", name=lock.name, key=key, pid=row["pid"], holder=_ourselves(), seen=seen["key"])
        if not row["guarded"] or session.execute(noted) == 0:
            return None
        session.held[lock.name] = key
        beside = stack.pop_all()

    def release() -> None:
        del session.held[lock.name]
        # Where its connection was closed, the lock is released already.
        with suppress(psycopg.Error, DenormError):
            beside.close()

    return release


def _random_key() -> int:
    return secrets.randbits(64) - 2**63


def _ourselves() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
