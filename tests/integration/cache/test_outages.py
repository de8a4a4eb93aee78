"""Redis in trouble: hung, gone, read-only, out of memory, emptied, or none at all. Pages go on, and are right."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from urllib.parse import urlsplit

import psycopg
import pytest

from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.redis_options import address_of
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.processes import wait_until
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.errors import AuthenticationFailed, BadRedisUrl
from tests.bench.temporary_server import temporary_server
from tests.conftest import Server, create_votes
from tests.integration.cache.conftest import ENVIRONMENT, Votes
from tests.integration.cache.troubled import hung, sluggish
from tests.support.case import as_role
from tests.support.log_lines import LogLines

PATIENCE = 20.0


@contextmanager
def gone(frail: Votes, valkey: EmbeddedValkey) -> Generator[None]:
    pid = valkey.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: valkey.pid is None, PATIENCE)
    yield
    valkey.start()
    frail.redis.drop()


@contextmanager
def read_only(frail: Votes, valkey: EmbeddedValkey) -> Generator[None]:
    frail.raw("REPLICAOF", "127.0.0.1", 1)
    yield
    frail.raw("REPLICAOF", "NO", "ONE")


@contextmanager
def out_of_memory(frail: Votes, valkey: EmbeddedValkey) -> Generator[None]:
    frail.raw("CONFIG", "SET", "maxmemory", 1)
    yield
    frail.raw("CONFIG", "SET", "maxmemory", 0)


@contextmanager
def emptied(frail: Votes, valkey: EmbeddedValkey) -> Generator[None]:
    frail.raw("FLUSHALL")
    yield


Trouble = Callable[[Votes, EmbeddedValkey], AbstractContextManager[None]]


@pytest.mark.parametrize("trouble", [hung, gone, read_only, out_of_memory, emptied])
def test_cache_client_outage_reads_right_and_writes_succeed(
    frail: Votes, valkey: EmbeddedValkey, trouble: Trouble
) -> None:
    upvotes, counts = frail.upvotes, frail.counts
    assert upvotes.members(1) == {1, 2}
    assert counts.count(7) == 2
    with trouble(frail, valkey):
        assert upvotes.add(1, 7)
        frail.sql("INSERT INTO social.votes (user_id, project_id) VALUES (2, 7)")
        # What a heartbeat of an hour would have shown until now is left aside: one lasts for a fraction of a second.
        assert upvotes.members(9) == set()
        assert upvotes.remove(1, 1)
    again = frail.new_client()
    frail.keep()
    assert again.set("user_upvotes").members(1) == {2, 7}
    assert again.set("user_upvotes").members(2) == {1, 2, 3, 4, 7}
    assert again.count("project_upvotes").count(7) == 4


def test_cache_client_hung_redis_delays_one_call_and_logs_recovery(frail: Votes, valkey: EmbeddedValkey) -> None:
    frail.upvotes.members(1)
    with hung(frail, valkey):
        assert frail.upvotes.contains(1, [1]) == {1}
        where = address_of(frail.redis_url)
        assert frail.said == [f"Redis at {where} is not used for now (no answer in time); PostgreSQL answers"]
        for _ in range(20):
            assert frail.upvotes.contains(1, [1, 3]) == {1}
        assert len(frail.said) == 1
        assert "no answer in time" in frail.upvotes.health().why
    assert wait_until(lambda: len(frail.said) == 2, PATIENCE)
    assert "is used again, after" in frail.said[1]
    assert frail.upvotes.health().answering


def test_cache_client_slow_redis_times_out_within_patience(frail: Votes) -> None:
    """Each of its replies comes in time: those of a connection being made, and the answer, do not all."""
    frail.upvotes.members(1)
    with sluggish(frail.redis_url, 0.03) as slow:
        said = LogLines("denorm_assets.db.cache.client")
        with CacheClient(frail.system, frail.url, slow.url, ENVIRONMENT) as client:
            assert client.set("user_upvotes").members(1) == {1, 2}
            assert "no answer in time" in said[0]
            [auth, *_] = slow.sent
            assert b"AUTH" in auth
            assert not any(b"SETINFO" in sent for sent in slow.sent)
            slow.seconds = 0.0
            assert wait_until(lambda: len(said) == 2, PATIENCE)
            assert client.set("user_upvotes").health().answering


def test_keeper_promoted_replica_voids_cache(frail: Votes, make_valkey: Callable[[], EmbeddedValkey]) -> None:
    """It may lack the last deletions; it runs under another id, which the next heartbeat carries."""
    replica = make_valkey()
    copy = Votes(frail.url, replica.url(), frail.database)
    primary = urlsplit(frail.redis_url)
    assert frail.upvotes.members(1) == {1, 2}
    copy.raw("CONFIG", "SET", "masterauth", primary.password or "")
    copy.raw("REPLICAOF", primary.hostname or "", primary.port or 0)
    assert wait_until(lambda: copy.raw("GET", frail.slot(1)) is not None, PATIENCE)
    copy.raw("REPLICAOF", "NO", "ONE")
    frail.sql("DELETE FROM social.votes WHERE user_id = 1")
    frail.keep()
    # As after the second for which the heartbeat that came with it is trusted.
    copy.raw("DEL", frail.access().keys.heartbeat)
    copy.keep()
    assert copy.raw("GET", frail.slot(1)) is not None
    assert copy.upvotes.members(1) == set()
    copy.client.close()
    copy.redis.drop()


def test_cache_tag_postgres_crash_changes_it_restart_does_not(valkey_server: EmbeddedValkey) -> None:
    """With `synchronous_commit = off` it may have been lost; a restart loses nothing, and what is held stays good."""
    with temporary_server("denorm-tests-crash-") as (_, postgres):
        postgres.ensure_database("votes")
        url = postgres.url("votes")
        votes = Votes(url, valkey_server.url(), Database(url))
        create_votes(votes.database)
        install_caches(votes.database, votes.system)
        tags = [votes.access().tag]
        votes.database.close()
        postgres.stop()
        postgres.start()
        tags.append(votes.access().tag)
        with psycopg.connect(url) as killed:
            os.kill(killed.info.backend_pid, signal.SIGKILL)
            with pytest.raises(psycopg.OperationalError):
                killed.execute("SELECT pg_sleep(60)")
        votes.database.close()
        assert wait_until(lambda: answers(url), PATIENCE)
        tags.append(votes.access().tag)
        votes.close()
    assert tags[0] == tags[1] != tags[2]


def answers(url: str) -> bool:
    """Whether PostgreSQL lets somebody in."""
    with suppress(psycopg.OperationalError), psycopg.connect(url):
        return True
    return False


def test_cache_client_without_redis_answers_from_postgres(votes_url: str, votes: Votes) -> None:
    with CacheClient(votes.system, votes_url, None, ENVIRONMENT) as client:
        upvotes = client.set("user_upvotes")
        assert upvotes.members(1) == {1, 2}
        assert upvotes.toggle(1, 9)
        assert upvotes.contains(1, [9]) == {9}
        assert client.count("project_upvotes").counts([9, 99]) == {9: 2, 99: 0}
        assert upvotes.health().why == "DENORM_REDIS_URL is not set: PostgreSQL answers alone"


def test_cache_client_wrong_postgres_login_raises_at_once(votes: Votes) -> None:
    wrong = as_role(votes.url, "nobody", "secret")
    with (
        CacheClient(votes.system, wrong, votes.redis_url, ENVIRONMENT) as client,
        pytest.raises(AuthenticationFailed, match="nobody") as refused,
    ):
        client.set("user_upvotes").members(1)
    assert "secret" not in str(refused.value)

    async def ask() -> None:
        async with AsyncCacheClient(votes.system, wrong, votes.redis_url, ENVIRONMENT) as client:
            await client.set("user_upvotes").members(1)

    with pytest.raises(AuthenticationFailed, match="nobody"):
        asyncio.run(ask())


def test_cache_client_server_not_redis_is_named_without_password(votes: Votes, server: Server, votes_url: str) -> None:
    port = votes_url.rpartition(":")[2].partition("/")[0]
    said = LogLines("denorm_assets.db.cache.client")
    with CacheClient(votes.system, votes_url, f"redis://:secret@127.0.0.1:{port}/0", ENVIRONMENT) as it:
        assert it.set("user_upvotes").members(1) == {1, 2}
        why = it.set("user_upvotes").health().why
    assert f"Redis at 127.0.0.1:{port}/0 cannot be used" in why
    assert "DENORM_REDIS_URL is right" in why
    assert "secret" not in why + str(said)


def test_cache_client_wrong_redis_password_is_reported_not_shown(votes: Votes, votes_url: str) -> None:
    wrong = "redis://:mistaken@" + votes.redis_url.rpartition("@")[2]
    with CacheClient(votes.system, votes_url, wrong, ENVIRONMENT) as client:
        assert client.set("user_upvotes").members(1) == {1, 2}
        why = client.set("user_upvotes").health().why
    assert "it refuses the password, or wants one" in why
    assert "mistaken" not in why


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/d", "h:6379", "redis://h:port/0", ""])
def test_address_of_url_not_redis_raises_without_showing_it(url: str) -> None:
    with pytest.raises(BadRedisUrl, match=r"Write it as redis://:password@host:6379/0") as caught:
        address_of(url)
    assert "secret" not in str(caught.value)


def test_cache_client_timeouts_in_url_are_ignored(frail: Votes, valkey: EmbeddedValkey) -> None:
    slow = f"{frail.redis_url}?socket_timeout=30&socket_connect_timeout=30"
    with CacheClient(frail.system, frail.url, slow, ENVIRONMENT) as client, hung(frail, valkey):
        began = time.monotonic()
        assert client.set("user_upvotes").members(1) == {1, 2}
        assert time.monotonic() - began < 10


def test_cache_client_invalid_redis_host_answers_from_postgres(votes: Votes) -> None:
    with CacheClient(votes.system, votes.url, "redis://a..b:6379/0", ENVIRONMENT) as client:
        assert client.set("user_upvotes").members(1) == {1, 2}
        assert "its host has no name that could be looked up" in client.set("user_upvotes").health().why


def test_redis_many_dropped_connections_still_answers(frail: Votes) -> None:
    for _ in range(120):
        frail.redis.drop()
        frail.raw("PING")
    assert frail.raw("PING") == b"PONG"
