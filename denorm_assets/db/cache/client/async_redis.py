"""The same as `sync_redis` for asyncio."""

# redis-py leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, cast

from redis.asyncio.connection import Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.exceptions import RedisError, ResponseError

from denorm_assets.db.cache.client.circuit_breaker import Budget
from denorm_assets.db.cache.client.effects import Command
from denorm_assets.db.cache.client.redis_options import CONNECTIONS, NO_RETRY, address_of, connect_options
from denorm_assets.db.cache.client.replies import judged, refused

_SLICE_SECONDS = 0.0025
_CLOSING_SECONDS = 1.0
"""How long a server may take to end its connections."""


class AsyncRedis:
    """Connections to one Redis server, each command answered within a time or given up."""

    def __init__(self, url: str) -> None:
        """Connects on first use. Raises BadRedisUrl."""
        self.address = address_of(url)
        # Its own timeouts go by the clock, and would blame the server for a loop that is late: `_within` bounds both.
        options = connect_options(None)
        # Only for what it makes of the URL: it counts connections that are gone.
        pool = ConnectionPool.from_url(url, **options, retry=Retry(NO_RETRY, 0))
        self._kind = cast("type[Connection]", pool.connection_class)
        self._options: dict[str, Any] = {**pool.connection_kwargs, **options}
        self._idle: list[Connection] = []
        self.free = asyncio.Semaphore(CONNECTIONS)
        """So many may ask at once; the others wait for them, and do not count that as waiting for Redis."""

    async def ask(self, commands: Sequence[Command], budget: Budget) -> list[Any]:
        """The replies, waited for at the cost of `budget`.

        Raises CacheUnavailable, and Unusable where the next command would fail too.
        """
        connection = await self._living() or self._kind(**self._options)
        try:
            replies = await _within(budget, _exchange(connection, commands))
        except Exception as error:
            # Whatever the server sends: redis-py raises ValueError and others for what it cannot read.
            await connection.disconnect(nowait=True)
            raise refused(self.address, error) from None
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._idle.append(connection)
        return judged(self.address, commands, replies)

    async def drop(self) -> None:
        """Close idle connections, and wait for that: over TLS it takes messages, and the event loop may end next."""
        idle, self._idle = self._idle, []
        with suppress(TimeoutError, RedisError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await asyncio.gather(*(connection.disconnect() for connection in idle))

    async def _living(self) -> Connection | None:
        """An idle connection on which nothing is waiting to be read: it would be taken for the next reply."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(RedisError, OSError):
                if not await connection.can_read():
                    return connection
            await connection.disconnect(nowait=True)
        return None


async def _within(budget: Budget, exchange: Coroutine[Any, Any, list[Any]]) -> list[Any]:
    """What `exchange` returns, unless the server takes longer. A loop that is late itself is not the server's fault.

    So the time is waited, and spent, in slices: each lets everything happen that is due, at least once.
    """
    task = asyncio.ensure_future(exchange)
    try:
        while budget.left > 0:
            slice_seconds = min(_SLICE_SECONDS, budget.left)
            done, _ = await asyncio.wait({task}, timeout=slice_seconds)
            if done:
                return task.result()
            budget.left -= slice_seconds
        raise TimeoutError
    finally:
        task.cancel()


async def _exchange(connection: Connection, commands: Sequence[Command]) -> list[Any]:
    await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
    replies: list[Any] = []
    for _ in commands:
        try:
            replies.append(await connection.read_response())
        except ResponseError as error:
            replies.append(error)
    return replies
