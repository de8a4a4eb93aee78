"""A server that does not speak as Redis does: reads are answered by PostgreSQL, and a write never fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from denorm_assets.db.cache.admin.compare import hit_ratio, memory
from denorm_assets.db.cache.admin.purge_keys import cached_keys
from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.cache.client.sync_redis import Redis
from denorm_assets.db.cache.invalidation.keeper import CacheKeeper
from denorm_assets.embedded.processes import wait_until
from denorm_assets.errors import CacheUnavailable
from tests.integration.cache.conftest import ENVIRONMENT, LONG, Votes
from tests.integration.cache.troubled import Misquoting, misquoted
from tests.support.log_lines import LogLines

PATIENCE = 20.0
ODD = {
    "a status": b"+OK\r\n",
    "another status": b"+PONG\r\n",
    "a number": b":1\r\n",
    "a number beyond all": b":" + b"9" * 400 + b"\r\n",
    "no number": b":abc\r\n",
    "nothing": b"$-1\r\n",
    "no array": b"*-1\r\n",
    "an empty text": b"$0\r\n\r\n",
    "a text": b"$5\r\nhello\r\n",
    "a text that is no UTF-8": b"$2\r\n\xff\xfe\r\n",
    "a text of no length": b"$abc\r\nhello\r\n",
    "a text of a negative length": b"$-7\r\nhello\r\n",
    "a text that ends too early": b"$500\r\nhello\r\n",
    "an empty array": b"*0\r\n",
    "an array of numbers": b"*2\r\n:1\r\n:2\r\n",
    "an array of arrays": b"*2\r\n*1\r\n$1\r\na\r\n*0\r\n",
    "an array that is too short": b"*1\r\n$1\r\na\r\n",
    "an array that is too long": b"*9\r\n" + b"$-1\r\n" * 9,
    "an array of errors": b"*2\r\n-ERR no\r\n-ERR no\r\n",
    "arrays in arrays": b"*1\r\n" * 5_000,
    "an array without an end": b"*1000000000\r\n:1\r\n",
    "a map": b"%1\r\n+a\r\n:1\r\n",
    "a set": b"~1\r\n:1\r\n",
    "a boolean": b"#t\r\n",
    "a null": b"_\r\n",
    "a double": b",1.5\r\n",
    "a push": b">2\r\n+invalidate\r\n*0\r\n",
    "a web page": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "an error": b"-ERR what\r\n",
    "an empty error": b"-\r\n",
    "an error of no words": b"-\xff\xfe\r\n",
    "a wrong type": b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
    "a script that is not there": b"-NOSCRIPT No matching script\r\n",
    "another shard": b"-MOVED 3999 127.0.0.1:6381\r\n",
    "an empty line": b"\r\n",
    "line ends": b"\n\n\n\n",
    "bytes": bytes(range(256)),
    "a large text": b"$1000000\r\n" + b"x" * 1_000_000 + b"\r\n",
}
VERBS = (b"", b"AUTH", b"MGET", b"EVAL", b"DEL")


def _array(parts: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(parts) + b"".join(parts)


def resp() -> st.SearchStrategy[bytes]:
    """Anything that can be said in the protocol's third version, and what cannot."""
    heads = st.sampled_from([b"+", b"-", b":", b"$", b"*", b"%", b"~", b"#", b"_", b",", b"(", b"!", b"=", b">", b"|"])
    words = st.binary(max_size=8).map(lambda text: text.replace(b"\n", b""))
    texts = st.one_of(words, st.integers().map(lambda number: b"%d" % number))
    lines = st.tuples(heads, texts).map(lambda pair: pair[0] + pair[1] + b"\r\n")
    bulks = st.binary(max_size=40).map(lambda text: b"$%d\r\n%b\r\n" % (len(text), text))
    nested = st.one_of(lines, bulks)
    for _ in range(3):
        nested = st.one_of(nested, st.lists(nested, max_size=5).map(_array))
    return st.one_of(nested, st.binary(max_size=60), st.lists(nested, max_size=3).map(b"".join))


@pytest.fixture
def odd(votes: Votes) -> Generator[Misquoting]:
    with misquoted(votes.redis_url) as proxy:
        yield proxy


def threaded(votes: Votes, url: str, asks: Callable[[Any], Coroutine[Any, Any, None]], said: list[str]) -> None:
    """Have a blocking client asked by steps that were written for the other one."""

    class Awaitable:
        def __init__(self, of: Any) -> None:
            self._of = of

        def __getattr__(self, name: str) -> Any:
            async def call(*arguments: Any) -> Any:
                return getattr(self._of, name)(*arguments)

            return call

    class Client:
        def __init__(self, client: CacheClient) -> None:
            self._client = client

        def set(self, name: str) -> Awaitable:
            return Awaitable(self._client.set(name))

        def count(self, name: str) -> Awaitable:
            return Awaitable(self._client.count(name))

    with CacheClient(votes.system, votes.url, url, ENVIRONMENT) as client:
        asyncio.run(asks(Client(client)))


def in_tasks(votes: Votes, url: str, asks: Callable[[Any], Coroutine[Any, Any, None]], said: list[str]) -> None:
    async def run() -> None:
        async with AsyncCacheClient(votes.system, votes.url, url, ENVIRONMENT) as client:
            await asks(client)

    asyncio.run(run())


async def reads_and_writes(client: Any) -> None:
    """Reads are right, and writes succeed; afterwards the votes are what they were.

    Nothing is read after a write that the server was not told of: the heartbeat of these tests is trusted for an hour.
    """
    upvotes, counts = client.set("user_upvotes"), client.count("project_upvotes")
    assert await upvotes.members(1) == {1, 2}
    assert await upvotes.contains(1, [2, 3]) == {2}
    assert await upvotes.count(1) == 2
    assert await counts.counts([9, 99]) == {9: 1, 99: 0}
    await upvotes.health()
    await counts.health()
    assert await upvotes.add(1, 9)
    assert await upvotes.remove(1, 9)
    assert await upvotes.toggle(1, 9)
    assert not await upvotes.toggle(1, 9)


Run = Callable[[Votes, str, Callable[[Any], Coroutine[Any, Any, None]], list[str]], None]


@pytest.mark.parametrize("run", [threaded, in_tasks])
@pytest.mark.parametrize("reply", ODD)
def test_cache_client_each_odd_reply_reads_right_and_writes_succeed(
    votes: Votes, odd: Misquoting, run: Run, reply: str
) -> None:
    for verb in VERBS:
        odd.reply, odd.verb, odd.quiet = ODD[reply], verb, 0
        run(votes, odd.url, reads_and_writes, [])
        votes.keep()
    # What is counted and held afterwards is what PostgreSQL says.
    odd.quiet = 1 << 62
    run(votes, odd.url, reads_and_writes, [])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reply=resp(), verb=st.sampled_from(VERBS), quiet=st.integers(0, 2), afterwards=st.booleans())
@example(reply=b"*2\r\n$-1\r\n$-1\r\n", verb=b"MGET", quiet=0, afterwards=False)
@pytest.mark.parametrize("run", [threaded, in_tasks])
def test_cache_client_generated_reply_reads_right_and_writes_succeed(
    votes: Votes, odd: Misquoting, run: Run, reply: bytes, verb: bytes, quiet: int, afterwards: bool
) -> None:
    odd.reply, odd.verb, odd.quiet, odd.afterwards = reply, verb, quiet, afterwards
    run(votes, odd.url, reads_and_writes, [])
    votes.keep()


@pytest.mark.parametrize("run", [threaded, in_tasks])
def test_cache_client_odd_reply_logs_outage_and_recovery(votes: Votes, odd: Misquoting, run: Run) -> None:
    said = LogLines("denorm_assets.db.cache.client")

    async def asks(client: Any) -> None:
        upvotes = client.set("user_upvotes")
        odd.reply, odd.verb, odd.quiet = b":7\r\n", b"MGET", 0
        assert await upvotes.members(1) == {1, 2}
        assert "is not used for now (its reply to MGET is not one of Redis); PostgreSQL answers" in said[0]
        odd.quiet = 1 << 62
        for _ in range(400):
            if len(said) > 1:
                break
            await asyncio.sleep(0.05)
        assert "is used again" in said[1]
        assert (await upvotes.health()).answering

    run(votes, odd.url, asks, said)


@pytest.mark.parametrize("run", [threaded, in_tasks])
def test_cache_client_unasked_reply_is_not_taken_for_next_answer(votes: Votes, odd: Misquoting, run: Run) -> None:
    """The reply of a server that answers twice is that of another owner."""
    of_another = votes.raw("GET", votes.slot(1))
    assert of_another is None
    assert votes.upvotes.members(1) == {1, 2}
    heartbeat, of_another = votes.raw("MGET", votes.access().keys.heartbeat, votes.slot(1))
    said_twice = b"*2\r\n" + b"".join(b"$%d\r\n%b\r\n" % (len(text), text) for text in (heartbeat, of_another))

    async def asks(client: Any) -> None:
        odd.reply, odd.verb, odd.quiet, odd.afterwards = said_twice, b"MGET", 0, True
        upvotes = client.set("user_upvotes")
        assert await upvotes.members(1) == {1, 2}
        odd.quiet = 1 << 62
        await asyncio.sleep(0.1)
        assert await upvotes.members(2) == {1, 2, 3, 4}

    run(votes, odd.url, asks, [])


@pytest.mark.parametrize("run", [threaded, in_tasks])
def test_cache_client_slow_reply_bytes_time_out(votes: Votes, odd: Misquoting, run: Run) -> None:
    odd.reply, odd.verb, odd.quiet = b"*100000\r\n" + b":1\r\n" * 100_000, b"MGET", 0
    odd.seconds, odd.piece = 0.02, 4
    said = LogLines("denorm_assets.db.cache.client")

    async def asks(client: Any) -> None:
        assert await client.set("user_upvotes").members(1) == {1, 2}
        assert "no answer in time" in said[0]

    run(votes, odd.url, asks, said)


@pytest.mark.parametrize("name", ["user_upvotes", "project_upvotes"])
def test_cache_client_key_of_other_type_is_miss_and_overwritten(votes: Votes, name: str) -> None:
    slot = votes.slot(1, name)
    for make in (("RPUSH", slot, "x"), ("HSET", slot, "x", "y"), ("SADD", slot, "x")):
        votes.raw("DEL", slot)
        votes.raw(*make)
        assert votes.upvotes.members(1) == {1, 2}
        assert votes.counts.count(1) == 5
        assert votes.raw("TYPE", slot) == b"string"
    votes.raw("DEL", slot)
    votes.raw("RPUSH", slot, "x")
    assert votes.upvotes.add(1, 9)
    assert votes.upvotes.remove(1, 9)
    votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (1, 8)")
    votes.keep()
    assert votes.upvotes.members(1) == {1, 2, 8}


@pytest.mark.parametrize("verb", [b"INFO", b"SET", b"DEL", b"MGET", b"EVAL", b"SCAN", b"HMGET"])
def test_keeper_and_checks_odd_reply_raise_only_cache_unavailable(
    votes: Votes, odd: Misquoting, verb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("denorm_assets.db.cache.admin.purge_keys.PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr("denorm_assets.db.cache.invalidation.keeper.ASK_SECONDS", 0.05)
    redis = Redis(odd.url, 0.25)
    keeper = CacheKeeper(votes.database, [votes.system], redis, ENVIRONMENT, LONG)
    access = votes.access()
    access.redis = redis
    odd.verb, odd.quiet = verb, 0
    for odd.reply in ODD.values():
        for doing in (
            keeper.look,
            lambda: hit_ratio(access),
            lambda: memory(access),
            lambda: cached_keys(votes.database, redis, ENVIRONMENT, votes.system, remove=True),
        ):
            with suppress(CacheUnavailable):
                doing()
    odd.quiet = 1 << 62
    keeper.look()
    assert wait_until(lambda: votes.upvotes.members(1) == {1, 2}, PATIENCE)
    redis.drop()
