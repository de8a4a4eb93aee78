"""Connections to a Redis server, each command answered within a time or given up. Imported only where redis-py is."""

# redis-py leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import inf
from typing import Any, cast

from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS
from denorm_assets.db.cache.client.effects import Command
from denorm_assets.db.cache.client.redis_options import CONNECTIONS, NO_RETRY, address_of, connect_options
from denorm_assets.db.cache.client.replies import judged, refused

_LEAST_SECONDS = 0.001
"""To take what has come already."""


class _HurriedSocket:
    """A socket from which nothing is read after a moment: a reply may come in any number of pieces."""

    def __init__(self, connected: socket.socket, of: _Hurried) -> None:
        self._connected = connected
        self._of = of

    def recv(self, at_most: int) -> bytes:
        """What comes next. Raises TimeoutError."""
        if time.monotonic() > self._of.until + _LEAST_SECONDS:
            raise TimeoutError
        return self._connected.recv(at_most)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connected, name)


class _Hurried(AbstractConnection):
    """Whatever it reads has to be there in time: what a server says when it is connected to, and the end of a reply."""

    until = inf

    def _connect(self) -> Any:
        return _HurriedSocket(cast(Any, super())._connect(), self)

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        options["timeout"] = max(_LEAST_SECONDS, self.until - time.monotonic())
        return cast(Any, super()).read_response(*arguments, **options)


class Redis:
    """Connections to one Redis server, each command answered within a time or given up."""

    def __init__(self, url: str, connect_seconds: float = BUDGET_SECONDS) -> None:
        """Connects on first use, within so many seconds. Raises BadRedisUrl."""
        self.address = address_of(url)
        options = connect_options(connect_seconds)
        # Only for what it makes of the URL: it counts connections that are gone.
        pool = ConnectionPool.from_url(url, **options, retry=Retry(NO_RETRY, 0))
        self._kind = cast(type[_Hurried], type("HurriedConnection", (_Hurried, pool.connection_class), {}))
        self._options: dict[str, Any] = {**pool.connection_kwargs, **options}
        self.database = int(self._options.get("db") or 0)
        self._idle: list[_Hurried] = []
        self.free = threading.BoundedSemaphore(CONNECTIONS)
        """So many may ask at once; the others wait for them, and do not count that as waiting for Redis."""

    def ask(self, commands: Sequence[Command], seconds: float) -> list[Any]:
        """The replies. Raises CacheUnavailable, and Unusable where the next command would fail too."""
        connection = next(self._living(), None) or self._kind(**self._options)
        try:
            replies = _exchange(connection, commands, seconds)
        except Exception as error:
            # Whatever the server sends: redis-py raises ValueError and others for what it cannot read.
            connection.disconnect()
            raise refused(self.address, error) from None
        except BaseException:
            connection.disconnect()
            raise
        self._idle.append(connection)
        return judged(self.address, commands, replies)

    def drop(self) -> None:
        """Close idle connections."""
        while self._idle:
            self._idle.pop().disconnect()

    def _living(self) -> Iterator[_Hurried]:
        """Idle connections on which nothing is waiting to be read: it would be taken for the next reply."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(RedisError, OSError):
                if not connection.can_read(0):
                    yield connection
                    return
            connection.disconnect()


def _exchange(connection: _Hurried, commands: Sequence[Command], seconds: float) -> list[Any]:
    until = connection.until = time.monotonic() + seconds
    connection.socket_connect_timeout = seconds
    connection.send_packed_command(connection.pack_commands(commands), check_health=False)
    replies: list[Any] = []
    for _ in commands:
        # Once more, because this thread may have been kept waiting itself.
        if not (connection.can_read(max(0.0, until - time.monotonic())) or connection.can_read(0)):
            raise TimeoutError
        try:
            replies.append(connection.read_response())
        except ResponseError as error:
            replies.append(error)
    return replies
