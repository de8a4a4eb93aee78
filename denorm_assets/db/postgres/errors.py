"""psycopg's exceptions -> ours, each with what to do next. Passwords never appear in any of them."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from denorm_assets.db.postgres.connection_refusals import refusal_code
from denorm_assets.db.postgres.server_url import ServerUrl
from denorm_assets.errors import (
    AuthenticationFailed,
    DiskFull,
    MissingPrivilege,
    ReadOnlyServer,
    RowsHidden,
    ServerUnreachable,
    TooManyConnections,
)

_LOGIN_REFUSED = ("28", "3D000", "42501")
"""SQLSTATEs, or their class: no such role, a wrong password, no such database, no right to connect to it."""
_TOO_MANY_CONNECTIONS = "53300"
_SERVER_SPOKE = re.compile(r": {2}\S")
"""The severity of a server's error ends so, in every language."""
_NOTHING_SUPPLIED = "no password supplied"
"""libpq's own words, before it asks the server."""

_ROW_SECURITY = "check_enable_rls"
"""PostgreSQL's function that refuses to read under a policy; its message is in the server's language."""
_READ_ALL_ROWS = (
    'as a superuser, run ALTER ROLE "{role}" BYPASSRLS; or, as the owner of the table, run GRANT <its owner> TO '
    '"{role}" and ALTER TABLE <table> NO FORCE ROW LEVEL SECURITY. A policy that shows all rows does not help'
)

TRANSIENT = (pg.DeadlockDetected, pg.LockNotAvailable, pg.SerializationFailure)
"""Errors after which the same transaction may simply be tried again."""


@contextmanager
def translate_connect(server: ServerUrl) -> Generator[None]:
    """Turn a failure to connect into ServerUnreachable, TooManyConnections or AuthenticationFailed."""
    try:
        yield
    except (DBAPIError, psycopg.OperationalError, PoolTimeout) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        reason = _first_line(original or error)
        code = refusal_code(server.options) if _SERVER_SPOKE.search(reason) else None
        if code == _TOO_MANY_CONNECTIONS:
            raise TooManyConnections(server.address, reason) from None
        if _NOTHING_SUPPLIED in reason or (code or "").startswith(_LOGIN_REFUSED):
            raise AuthenticationFailed(server.address, reason) from None
        raise ServerUnreachable(server.address, reason) from None


@contextmanager
def translate(address: str, role: str) -> Generator[None]:
    """Turn errors that a person has to act on into ours, `role` being who asked; all others pass unchanged."""
    try:
        yield
    except pg.InsufficientPrivilege as error:
        if error.diag.source_function == _ROW_SECURITY:
            raise RowsHidden(role, f"a source ({_first_line(error)})", _READ_ALL_ROWS.format(role=role)) from error
        raise MissingPrivilege(role, _first_line(error)) from error
    except pg.ReadOnlySqlTransaction as error:
        raise ReadOnlyServer(address, _first_line(error)) from error
    except pg.DiskFull as error:
        raise DiskFull(_first_line(error)) from error
    except (pg.AdminShutdown, pg.CrashShutdown, pg.CannotConnectNow) as error:
        raise ServerUnreachable(address, _first_line(error)) from error
    except psycopg.OperationalError as error:
        # A pooler's errors are of the protocol, class 08.
        if error.sqlstate is None or error.sqlstate.startswith("08"):
            raise ServerUnreachable(address, _first_line(error)) from error
        raise


def error_reason(error: Exception) -> str:
    """What PostgreSQL says of an error, with its detail; other errors' own words."""
    if not isinstance(error, psycopg.Error):
        return str(error)
    reason = error.diag.message_primary or str(error)
    return f"{reason} ({error.diag.message_detail.rstrip('.')})" if error.diag.message_detail else reason


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    # psycopg lists every address tried under a heading; the last line is the failure itself.
    return next((line for line in lines if "FATAL" in line), lines[0] if lines else type(error).__name__)
