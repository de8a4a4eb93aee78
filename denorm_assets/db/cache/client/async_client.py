"""The cache for applications on asyncio; `client` has the same for others.

async with AsyncCacheClient.from_settings(SYSTEM, load_settings()) as caches:
    shown = await caches.set("user_upvotes").contains(user, project_ids)
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import psycopg

from denorm_assets.db.cache.client.async_runner import AsyncPostgres, AsyncRunner
from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS, Breaker
from denorm_assets.db.cache.client.open_redis import open_async_redis
from denorm_assets.db.cache.client.operations import CountQuestions, Health, SetQuestions, questions
from denorm_assets.db.cache.client.writes import Change
from denorm_assets.model.ids import Id
from denorm_assets.model.system import System
from denorm_assets.settings import Settings

CONNECTIONS = 10


class AsyncSetCache:
    """A cached set. Methods raise BadId for an ID of another kind, and errors of PostgreSQL; Redis raises none."""

    def __init__(self, runner: AsyncRunner, ask: SetQuestions) -> None:
        self._runner = runner
        self.asked = ask

    async def contains(self, owner: Id, members: Iterable[Id]) -> set[Id]:
        """Which of `members` the owner's set has. Raises TooManyIds."""
        return await self._runner.run(self.asked.contains(owner, members))

    async def members(self, owner: Id) -> set[Id]:
        """The owner's whole set."""
        return await self._runner.run(self.asked.members(owner))

    async def count(self, owner: Id) -> int:
        """How many members the owner's set has."""
        return await self._runner.run(self.asked.count(owner))

    async def add(self, owner: Id, member: Id) -> bool:
        """Add a member, durably; returns whether it was not there. Raises NotWritable."""
        return (await self._runner.run(self.asked.following(self.asked.add(owner, member)))).difference != 0

    async def remove(self, owner: Id, member: Id) -> bool:
        """Remove a member, durably; returns whether it was there. Raises NotWritable."""
        return (await self._runner.run(self.asked.following(self.asked.remove(owner, member)))).difference != 0

    async def toggle(self, owner: Id, member: Id) -> bool:
        """Remove or add a member, durably; returns whether it is there now. Raises NotWritable."""
        return (await self._runner.run(self.asked.following(self.asked.toggle(owner, member)))).difference >= 0

    async def health(self) -> Health:
        """The health of the cache."""
        return await self._runner.run(self.asked.health())

    @asynccontextmanager
    async def within(self, connection: psycopg.AsyncConnection[Any]) -> AsyncGenerator[AsyncWriting]:
        """Write in a transaction of `connection`, committed at the end of the block; the cache follows then.

        Within a transaction that the caller has begun already it is a savepoint; the cache then follows by the change
        log, a moment after the caller's own commit.
        """
        writing = AsyncWriting(self._runner, self.asked, connection)
        finished = False
        async with connection.transaction():
            yield writing
            # Not where the block was left by psycopg.Rollback, which goes no further than the transaction.
            finished = True
        if finished and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            await self._runner.run(self.asked.follow(writing.changes))


class AsyncWriting:
    """Writes in the caller's transaction."""

    def __init__(self, runner: AsyncRunner, ask: SetQuestions, connection: psycopg.AsyncConnection[Any]) -> None:
        self._runner = runner
        self.asked = ask
        self._connection = connection
        self.changes: list[Change] = []

    async def add(self, owner: Id, member: Id) -> bool:
        """Add a member; returns whether it was not there. Raises NotWritable."""
        return self._kept(await self._runner.run(self.asked.add(owner, member), self._connection)).difference != 0

    async def remove(self, owner: Id, member: Id) -> bool:
        """Remove a member; returns whether it was there. Raises NotWritable."""
        return self._kept(await self._runner.run(self.asked.remove(owner, member), self._connection)).difference != 0

    async def toggle(self, owner: Id, member: Id) -> bool:
        """Remove or add a member; returns whether it is there now. Raises NotWritable."""
        return self._kept(await self._runner.run(self.asked.toggle(owner, member), self._connection)).difference >= 0

    def _kept(self, change: Change) -> Change:
        # Without its transaction: that may be committed and yet not this change, which a savepoint took back.
        self.changes.append(replace(change, transaction=None))
        return change


class AsyncCountCache:
    """A cached count."""

    def __init__(self, runner: AsyncRunner, ask: CountQuestions) -> None:
        self._runner = runner
        self.asked = ask

    async def count(self, owner: Id) -> int:
        """The owner's number. Raises BadId."""
        return await self._runner.run(self.asked.count(owner))

    async def counts(self, owners: Iterable[Id]) -> dict[Id, int]:
        """The numbers of several owners, asked for at once. Raises BadId or TooManyIds."""
        return await self._runner.run(self.asked.counts(owners))

    async def health(self) -> Health:
        """The health of the cache."""
        return await self._runner.run(self.asked.health())


class AsyncCacheClient:
    """All caches of one system; for the tasks of one event loop.

    Example:
        async def first_page() -> set[int]:
            async with AsyncCacheClient.from_settings(SOCIAL, load_settings()) as caches:
                return await caches.set("user_upvotes").contains(1, [10, 11])
    """

    def __init__(
        self,
        system: System,
        database_url: str,
        redis_url: str | None,
        environment: str,
        *,
        connections: int = CONNECTIONS,
        patience: float = BUDGET_SECONDS,
    ) -> None:
        """Connects on first use; at most `connections` statements run in PostgreSQL at once. `patience` is how many
        seconds a call may wait for Redis altogether.

        Without `redis_url` PostgreSQL answers alone. That Redis is no longer used, or is again, is logged as a warning.
        Raises BadRedisUrl, or MissingExtra: `redis_url` needs `pip install 'denorm-assets[cache]'`.
        """
        self.system = system
        redis = None if redis_url is None else open_async_redis(redis_url)
        breaker = None if redis is None else Breaker(redis.address)
        self.runner = AsyncRunner(AsyncPostgres(database_url, system.schema, connections), redis, breaker, patience)
        self._sets, self._counts = questions(system, environment, breaker)

    @classmethod
    def from_settings(cls, system: System, settings: Settings) -> AsyncCacheClient:
        """The client that the environment describes. Raises MissingSettings, BadRedisUrl or MissingExtra."""
        return cls(system, settings.database_url, settings.optional_redis_url, settings.environment)

    def set(self, name: str) -> AsyncSetCache:
        """The cached set called `name`. Raises UnknownName."""
        return AsyncSetCache(self.runner, self._sets(name))

    def count(self, name: str) -> AsyncCountCache:
        """The cached count called `name`. Raises UnknownName."""
        return AsyncCountCache(self.runner, self._counts(name))

    async def close(self) -> None:
        """Close all connections."""
        await self.runner.close()

    async def __aenter__(self) -> AsyncCacheClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
