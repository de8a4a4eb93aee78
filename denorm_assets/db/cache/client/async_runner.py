"""The same as `blocking` for asyncio: connections to both servers, and nothing that decides."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, LiteralString, TypeVar, cast

import psycopg
from psycopg.rows import tuple_row

from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS, PROBE, Breaker, Budget, Unusable, probe_waits
from denorm_assets.db.cache.client.connection_reuse import living, may_ask_again
from denorm_assets.db.cache.client.effects import Ask, Command, Effect, Effects, Pause, Query
from denorm_assets.db.cache.client.postgres_options import OURS, settings_for
from denorm_assets.db.postgres.errors import translate, translate_connect
from denorm_assets.db.postgres.pooler import ASK_PROCESS, is_pooler
from denorm_assets.db.postgres.server_url import read_url
from denorm_assets.db.postgres.session_settings import set_all, set_all_locally
from denorm_assets.errors import CacheUnavailable

if TYPE_CHECKING:
    from denorm_assets.db.cache.client.async_redis import AsyncRedis

Answer = TypeVar("Answer")


class AsyncPostgres:
    """Connections to the application's database, for statements that are committed by themselves."""

    def __init__(self, url: str, schema: str, most: int) -> None:
        """Names without a schema mean `schema` first; at most `most` statements run at once. Connects on first use.

        Raises ConfigurationError for a `url` that `read_url` refuses.
        """
        self._server = read_url(url)
        self._named: Mapping[str, Any] = {**self._server.options, **OURS}
        self._schema = schema
        self._behind_pooler = False
        self._idle: dict[bool, list[psycopg.AsyncConnection[Any]]] = {False: [], True: []}
        """By whether what they run writes."""
        self._free = asyncio.Semaphore(most)

    async def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """What `query` yields. Raises ServerUnreachable."""
        async with self._free:
            with translate(self._server.address, self._server.role):
                idle = next(living(self._idle[query.writes]), None)
                fresh, connection = idle is None, idle or await self._connect(query)
                try:
                    return await self._kept(connection, query)
                except psycopg.Error as error:
                    if fresh or not may_ask_again(query, error, connection.broken):
                        raise
                return await self._kept(await self._connect(query), query)

    async def close(self) -> None:
        """Close idle connections."""
        for idle in self._idle.values():
            while idle:
                await idle.pop().close()

    async def _kept(self, connection: psycopg.AsyncConnection[Any], query: Query) -> list[tuple[Any, ...]]:
        try:
            rows = await self._answered(connection, query)
        except psycopg.errors.FeatureNotSupported:
            await connection.close()
            raise
        finally:
            if connection.broken or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                await connection.close()
            else:
                self._idle[query.writes].append(connection)
        return rows

    async def _answered(self, connection: psycopg.AsyncConnection[Any], query: Query) -> list[tuple[Any, ...]]:
        if not self._behind_pooler:
            return await fetched(connection, query)
        async with connection.transaction():
            await connection.execute(set_all_locally(settings_for(self._schema, writes=query.writes)))
            return await fetched(connection, query)

    async def _connect(self, query: Query) -> psycopg.AsyncConnection[Any]:
        with translate_connect(self._server):
            connection = await psycopg.AsyncConnection.connect(**self._named, autocommit=True)
            answer = await (await connection.execute(ASK_PROCESS)).fetchone()
            self._behind_pooler = is_pooler(connection.info, answer)
            if self._behind_pooler:
                # What a session prepares, the next transaction may not find.
                connection.prepare_threshold = None
            else:
                await connection.execute(set_all(settings_for(self._schema, writes=query.writes)))
        return connection


async def fetched(connection: psycopg.AsyncConnection[Any], query: Query) -> list[tuple[Any, ...]]:
    """The rows of one statement on one connection, whatever its owner makes of rows."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(cast(LiteralString, query.text), query.params)
    return await cursor.fetchall()


class AsyncRunner:
    """Carries effects out; safe to share between the tasks of one event loop."""

    def __init__(
        self, postgres: AsyncPostgres, redis: AsyncRedis | None, breaker: Breaker | None, budget: float = BUDGET_SECONDS
    ) -> None:
        """`budget` is what one call may spend on Redis, in seconds."""
        self._budget = budget
        self._postgres = postgres
        self._redis = redis
        self._breaker = breaker
        self._probing: asyncio.Task[None] | None = None

    async def run(self, effects: Effects[Answer], connection: psycopg.AsyncConnection[Any] | None = None) -> Answer:
        """Carry `effects` out, statements on `connection` where one is given. Raises what they raise."""
        budget = Budget(self._budget)
        try:
            effect = next(effects)
            while True:
                try:
                    reply = await self._perform(effect, budget, connection)
                except (Exception, asyncio.CancelledError) as error:
                    effect = effects.throw(error)
                else:
                    effect = effects.send(reply)
        except StopIteration as done:
            return cast(Answer, done.value)

    async def close(self) -> None:
        """Close all connections, and end the probing."""
        if self._probing is not None:
            self._probing.cancel()
        await self._postgres.close()
        if self._redis is not None:
            await self._redis.drop()

    async def _perform(self, effect: Effect, budget: Budget, connection: psycopg.AsyncConnection[Any] | None) -> Any:
        match effect:
            case Ask(commands):
                return await self._ask(commands, budget)
            case Query():
                return await (self._postgres.rows(effect) if connection is None else fetched(connection, effect))
            case Pause(seconds):
                return await asyncio.sleep(seconds)

    async def _ask(self, commands: Sequence[Command], budget: Budget) -> list[Any]:
        redis, breaker = self._redis, self._breaker
        if redis is None or breaker is None:
            raise CacheUnavailable("nowhere", "DENORM_REDIS_URL is not set")
        if budget.left <= 0:
            raise CacheUnavailable(redis.address, "this call has waited long enough")
        async with redis.free:
            outage = breaker.outage
            if outage is not None:
                raise CacheUnavailable(redis.address, outage.reason)
            return await self._timed(redis, breaker, commands, budget)

    async def _timed(
        self, redis: AsyncRedis, breaker: Breaker, commands: Sequence[Command], budget: Budget
    ) -> list[Any]:
        try:
            return await redis.ask(commands, budget)
        except Unusable as error:
            if breaker.open(error.reason):
                self._probing = asyncio.create_task(self._probe(redis, breaker))
            raise

    async def _probe(self, redis: AsyncRedis, breaker: Breaker) -> None:
        await redis.drop()
        for wait in probe_waits():
            await asyncio.sleep(wait)
            try:
                await redis.ask(PROBE, Budget(BUDGET_SECONDS))
            except CacheUnavailable:
                continue
            breaker.close()
            return
