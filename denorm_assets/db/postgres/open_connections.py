"""Replacing pooled connections that the server has closed, without running a statement to find out."""

from __future__ import annotations

import select
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError


def replace_closed(engine: Engine) -> Engine:
    """Make `engine` replace a pooled connection that the server has closed, when it is about to be used again.

    SQLAlchemy's `pool_pre_ping` runs a statement before every use, which is most of what an idle process runs. A server
    that closes a connection makes its socket readable, and between two statements nothing else does.
    """
    event.listen(engine, "checkout", _require_open)
    return engine


def _require_open(connection: Any, _record: object, _proxy: object) -> None:
    try:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        closed = bool(poll.poll(0))
    except Exception:
        # The driver has noticed it already, and has no socket any more.
        closed = True
    if closed:
        raise DisconnectionError("the server has closed this connection")
