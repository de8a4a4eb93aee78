"""Leases: one worker per range. The token fences commits, the heartbeat tells others that the worker lives."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DenormError, LeaseLost, ServerUnreachable
from denorm_assets.model.ids import Id, IdKind
from denorm_assets.sql.control import query

_LOG = logging.getLogger(__name__)
LEASE_SECONDS = 10.0
HEARTBEAT_SECONDS = 2.0
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Lease:
    """The right to work on one range.

    Attributes:
        token: grows with each owner; a commit under an older token is refused.
        cursor: the last ID that an interrupted owner committed, or None.
        code_version: the model's version when the lease began.
    """

    model_id: int
    key: str
    token: int
    cursor: Id | None
    code_version: str


@contextmanager
def hold_lease(database: Database, full_name: str, model_id: int, key: str, kind: IdKind) -> Generator[Lease | None]:
    """The lease on a range for the length of the block, or None where another worker finished the range meanwhile.

    Waits while another worker holds it, and logs once who does; takes over when that worker's heartbeat has been
    silent for LEASE_SECONDS. `full_name` is the read model's, for messages.
    """
    # Both connections first: a worker that cannot get the one for its heartbeat must not hold a lease.
    with database.session() as session, database.session() as pulse:
        lease = _acquire_or_wait(session, full_name, model_id, key, kind)
        if lease is None:
            yield None
            return
        stop = threading.Event()
        beating = threading.Thread(target=_beat, args=(pulse, lease, stop), name=f"heartbeat {key}", daemon=True)
        beating.start()
        try:
            yield lease
        except ServerUnreachable as error:
            # The server hangs up on a worker that stood still within a transaction for longer than a lease lasts.
            if _is_taken_over(session, lease):
                raise LeaseLost(full_name, key) from error
            raise
        finally:
            stop.set()
            beating.join()
            _release(session, lease)


def _acquire_or_wait(session: Session, full_name: str, model_id: int, key: str, kind: IdKind) -> Lease | None:
    holder = f"{socket.gethostname()} process {os.getpid()}"
    session.execute(query("leases", "ensure_row", model_id=model_id, key=key))
    waiting_for: int | None = None
    before: datetime | None = None
    pause = threading.Event()
    while True:
        row = session.row(query("leases", "acquire", model_id=model_id, key=key, holder=holder, seconds=LEASE_SECONDS))
        owner = session.one(query("leases", "owner", model_id=model_id, key=key))
        if row is not None:
            cursor = kind.parse(row["cursor_id"]) if row["cursor_id"] else None
            lease = Lease(model_id, key, row["token"], cursor, row["code_version"])
            if waiting_for is not None and owner["done_at"] not in (None, before):
                _release(session, lease)
                return None
            return lease
        if owner["held"] and owner["token"] != waiting_for:
            if waiting_for is None:
                before = owner["done_at"]
            waiting_for = owner["token"]
            _LOG.info(
                "%s %s: standing back, %s is working on this range; waiting until it finishes or its heartbeat stops",
                full_name,
                key,
                owner["holder"],
            )
        pause.wait(_POLL_SECONDS)


def _beat(session: Session, lease: Lease, stop: threading.Event) -> None:
    """Renew until told to stop. A failure ends it: the fence then stops the worker, should it still be at work."""
    renew = query("leases", "renew", model_id=lease.model_id, key=lease.key, token=lease.token, seconds=LEASE_SECONDS)
    try:
        while not stop.wait(HEARTBEAT_SECONDS):
            if session.execute(renew) == 0:
                return
    except (DenormError, psycopg.Error):
        return


def _is_taken_over(session: Session, lease: Lease) -> bool:
    try:
        return session.one(query("leases", "owner", model_id=lease.model_id, key=lease.key))["token"] != lease.token
    except (DenormError, psycopg.Error):
        return False


def _release(session: Session, lease: Lease) -> None:
    """Give the range back; where the server is gone the lease simply expires."""
    try:
        session.execute(query("leases", "release", model_id=lease.model_id, key=lease.key, token=lease.token))
    except (DenormError, psycopg.Error):
        return
