"""Why a server refused a connection, as an SQLSTATE: messages are in the server's language.

libpq keeps the code of an error that ends a login to itself, except in a trace of what the server says.
"""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Mapping
from contextlib import suppress

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, PollingStatus, Trace

_PATIENCE = 5.0
_CODE = re.compile(rb'ErrorResponse\t S ".*?" V "\w+" C "([0-9A-Z]{5})"')


def refusal_code(options: Mapping[str, str]) -> str | None:
    """The SQLSTATE with which the server refuses to let us in now; None where it does not, or libpq cannot tell."""
    reading, writing = os.pipe()
    try:
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        # Nothing of it may remain: a trace shows what proves the password.
        with suppress(psycopg.Error):
            _login(make_conninfo(**options), writing)
        with suppress(BlockingIOError):
            codes = _CODE.findall(os.read(reading, 1 << 16))
            return codes[-1].decode() if codes else None
        return None
    finally:
        os.close(reading)
        with suppress(OSError):
            os.close(writing)


def _login(conninfo: str, trace: int) -> None:
    connection = PGconn.connect_start(conninfo.encode())
    try:
        connection.trace(trace)
        connection.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        until = time.monotonic() + _PATIENCE
        while (status := connection.connect_poll()) not in (PollingStatus.OK, PollingStatus.FAILED):
            wanted = [connection.socket]
            reading, writing = (wanted, []) if status is PollingStatus.READING else ([], wanted)
            if not any(select.select(reading, writing, [], max(0.0, until - time.monotonic()))):
                break
        connection.untrace()
    finally:
        connection.finish()
