"""Locks that a session holds over several transactions: rows that only we can write, and keys that nobody can guess.

A lock ends with its session, however that ends. It needs no heartbeat, and no transaction is open meanwhile.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from denorm_assets.db.session import Session
from denorm_assets.db.waiting import ask_until
from denorm_assets.sql.control import query

Log = Callable[[str], None]
_Keys = list[int]


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
    keys = _take(session, lock)
    try:
        yield keys is not None
    finally:
        _release(session, keys)


@contextmanager
def held(session: Session, lock: Lock, log: Log, why: str) -> Generator[None]:
    """Hold `lock` for the block; waits for another session that holds it, and tells `log` `why`, and whom."""
    keys = ask_until(lambda: _take(session, lock), log, lambda: held_words(session, lock, why))
    try:
        yield
    finally:
        _release(session, keys)


def shares_drain_lock(session: Session, model_id: int) -> bool:
    """Keep drains of a read model away until the transaction ends, as others may too; False where one is at it.

    The row has to be there, from an earlier `ensure_drain_lock`: a row that this transaction made would make all others
    wait for its end.
    """
    shared: bool = session.one(query("locks", "share", name=drain_lock(model_id).name, model_id=model_id))["shared"]
    return shared


def ensure_drain_lock(session: Session, model_id: int) -> None:
    """Make the row that batches of a backfill share."""
    session.execute(query("locks", "ensure", name=drain_lock(model_id).name, model_id=model_id))


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


def _take(session: Session, lock: Lock) -> _Keys | None:
    row = session.one(
        query(
            "locks",
            "take",
            name=lock.name,
            model_id=lock.model_id,
            drains=lock.drains,
            key=secrets.randbits(64) - 2**63,
            holder=f"process {os.getpid()} on {socket.gethostname()}",
        )
    )
    keys: _Keys | None = row["keys"]
    return keys


def _release(session: Session, keys: _Keys | None) -> None:
    # They end with the connection, too.
    if keys is not None and not session.connection.closed:
        session.execute(query("locks", "release", keys=keys))
