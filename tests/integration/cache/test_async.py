"""The client for asyncio: the same steps, carried out by tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.errors import BadId, UnknownName
from denorm_assets.settings import load_settings
from tests.integration.cache.conftest import ENVIRONMENT, Votes
from tests.integration.cache.troubled import hung
from tests.support.log_lines import LogLines

Doing = Callable[[AsyncCacheClient], Awaitable[None]]


def with_client(votes: Votes, doing: Doing, redis_url: str | None = "") -> None:
    async def run() -> None:
        url = votes.redis_url if redis_url == "" else redis_url
        async with AsyncCacheClient(votes.system, votes.url, url, ENVIRONMENT, patience=20.0) as client:
            await doing(client)

    asyncio.run(run())


async def used_again(said: list[str]) -> None:
    """Wait until the second thing that is said is that."""
    for _ in range(400):
        if len(said) == 2:
            break
        await asyncio.sleep(0.05)
    assert "is used again" in said[1]


@pytest.mark.parametrize("redis_url", ["", None])
def test_async_client_with_or_without_redis_answers_like_sync(votes: Votes, redis_url: str | None) -> None:
    async def doing(client: AsyncCacheClient) -> None:
        upvotes, counts = client.set("user_upvotes"), client.count("project_upvotes")
        for _ in range(2):
            assert await upvotes.members(1) == {1, 2}
            assert await upvotes.contains(1, [2, 3]) == {2}
            assert await upvotes.count(1) == 2
            assert await counts.counts([9, 99]) == {9: 1, 99: 0}
        assert await upvotes.toggle(1, 9)
        assert await upvotes.add(2, 9)
        assert not await upvotes.remove(3, 9)
        assert await counts.count(9) == 3
        assert await upvotes.members(1) == {1, 2, 9}
        assert (await upvotes.health()).answering is (redis_url is not None)
        assert (await counts.health()).answering is (redis_url is not None)

    with_client(votes, doing, redis_url)


def test_async_client_write_is_read_by_sync_client(votes: Votes) -> None:
    assert votes.upvotes.members(1) == {1, 2}

    async def doing(client: AsyncCacheClient) -> None:
        await client.set("user_upvotes").add(1, 7)

    with_client(votes, doing)
    assert votes.upvotes.members(1) == {1, 2, 7}


def test_async_client_within_caller_transaction_commits_with_it(votes: Votes) -> None:
    async def doing(client: AsyncCacheClient) -> None:
        upvotes = client.set("user_upvotes")
        assert await upvotes.members(1) == {1, 2}
        async with await psycopg.AsyncConnection.connect(votes.url) as connection:
            async with upvotes.within(connection) as writing:
                assert await writing.add(1, 8)
                assert await writing.remove(1, 2)
                assert await writing.toggle(1, 3)
            assert await upvotes.members(1) == {1, 3, 8}
            async with upvotes.within(connection) as writing:
                assert await writing.add(1, 9)
                raise psycopg.Rollback
            assert await upvotes.members(1) == {1, 3, 8}

    with_client(votes, doing)


def test_async_client_many_tasks_share_one_client(votes: Votes) -> None:
    async def doing(client: AsyncCacheClient) -> None:
        counts = client.count("project_upvotes")
        assert set(await asyncio.gather(*(counts.count(1) for _ in range(200)))) == {5}

    with_client(votes, doing)


def test_async_client_bad_id_or_name_is_refused(votes: Votes) -> None:
    async def doing(client: AsyncCacheClient) -> None:
        with pytest.raises(BadId):
            await client.set("user_upvotes").contains(True, [1])
        with pytest.raises(UnknownName):
            client.count("upvotes")

    with_client(votes, doing)


def test_async_client_redis_refusing_writes_is_skipped_then_used_again(frail: Votes) -> None:
    frail.raw("CONFIG", "SET", "min-replicas-to-write", 1)
    said = LogLines("denorm_assets.db.cache.client")

    async def doing() -> None:
        async with AsyncCacheClient(frail.system, frail.url, frail.redis_url, ENVIRONMENT) as client:
            upvotes = client.set("user_upvotes")
            assert await upvotes.members(1) == {1, 2}
            assert await upvotes.add(1, 5)
            assert len(said) == 1
            frail.raw("CONFIG", "SET", "min-replicas-to-write", 0)
            await used_again(said)
            frail.keep()
            assert await upvotes.members(1) == {1, 2, 5}

    asyncio.run(doing())


def test_async_client_hung_redis_is_skipped_then_used_again(frail: Votes, valkey: EmbeddedValkey) -> None:
    said = LogLines("denorm_assets.db.cache.client")

    async def doing() -> None:
        async with AsyncCacheClient(frail.system, frail.url, frail.redis_url, ENVIRONMENT) as client:
            upvotes = client.set("user_upvotes")
            assert await upvotes.members(1) == {1, 2}
            with hung(frail, valkey):
                assert await upvotes.add(1, 5)
                assert await upvotes.members(1) == {1, 2, 5}
                assert ["no answer in time" in line for line in said] == [True]
            await used_again(said)

    asyncio.run(doing())


def test_async_client_from_settings_uses_configured_servers(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENORM_DATABASE_URL", votes.url)
    monkeypatch.setenv("DENORM_REDIS_URL", votes.redis_url)
    monkeypatch.setenv("DENORM_ENVIRONMENT", ENVIRONMENT)

    async def doing() -> None:
        async with AsyncCacheClient.from_settings(votes.system, load_settings()) as client:
            assert await client.set("user_upvotes").members(1) == {1, 2}

    asyncio.run(doing())
