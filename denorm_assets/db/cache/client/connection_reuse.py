"""Connections to PostgreSQL that were left idle: which of them still serve, and what may be asked again of another."""

from __future__ import annotations

import select
from collections.abc import Iterator
from typing import Any, TypeVar

import psycopg

from denorm_assets.db.cache.client.effects import Query

OfPostgres = TypeVar("OfPostgres", psycopg.Connection[Any], psycopg.AsyncConnection[Any])


def living(idle: list[OfPostgres]) -> Iterator[OfPostgres]:
    """Takes connections from `idle` and yields those that the server has not closed, as far as can be seen here."""
    while idle:
        connection = idle.pop()
        look = select.poll()
        look.register(connection.fileno(), select.POLLIN)
        # Nobody says anything on a connection that is idle, but that it ends.
        if look.poll(0):
            connection.pgconn.finish()
        else:
            yield connection


def may_ask_again(query: Query, error: psycopg.Error, broken: bool) -> bool:
    """Whether `query`, which failed on a connection that was idle before, may be asked once more on a fresh one."""
    if isinstance(error, psycopg.errors.FeatureNotSupported):
        # Prepared before a column changed its type; nothing was done.
        return True
    # The connection may have been idle for too long; a statement that only reads can go through another.
    return isinstance(error, psycopg.OperationalError) and broken and not query.writes
