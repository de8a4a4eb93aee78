"""A Redis Cluster is unsupported: PostgreSQL answers, and whoever asks is told why."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.circuit_breaker import CLUSTER
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.cache.client.sync_redis import Redis
from denorm_assets.db.cache.invalidation.keeper import ASK_SECONDS, CacheKeeper
from denorm_assets.db.cache.invalidation.thread import look
from denorm_assets.embedded.ports import choose_port
from denorm_assets.embedded.processes import start_detached, stop_process, wait_until
from denorm_assets.embedded.valkey_binaries import find_valkey
from denorm_assets.errors import CacheUnavailable
from tests.integration.cache.conftest import ENVIRONMENT, LONG, Votes
from tests.integration.cache.troubled import misquoted
from tests.support.log_lines import LogLines

PATIENCE = 20.0


@pytest.fixture(scope="module")
def cluster() -> Generator[str]:
    """URL of the only node of a cluster, which serves all slots."""
    folder = Path(tempfile.mkdtemp(prefix="denorm-tests-cluster-"))
    port = choose_port(None, folder / "port", "--port")
    bus = choose_port(None, folder / "bus", "--cluster-port")
    settings = {
        "port": port,
        "cluster-port": bus,
        "bind": "127.0.0.1",
        "cluster-enabled": "yes",
        "save": '""',
        "dir": folder,
    }
    configuration = folder / "valkey.conf"
    configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    process = start_detached([find_valkey(None), configuration], None, folder, folder / "log")
    redis = Redis(f"redis://127.0.0.1:{port}/0")
    try:
        assert wait_until(lambda: answers(redis, "PING"), PATIENCE), (folder / "log").read_text()
        redis.ask((("CLUSTER", "ADDSLOTSRANGE", 0, 16383),), PATIENCE)
        assert wait_until(lambda: answers(redis, "GET", "any"), PATIENCE)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        redis.drop()
        stop_process(process, signal.SIGTERM, signal.SIGKILL, 5)
        shutil.rmtree(folder)


def answers(redis: Redis, *command: str) -> bool:
    try:
        redis.ask((command,), PATIENCE)
    except CacheUnavailable:
        return False
    return True


def test_keeper_redis_cluster_reports_unsupported_and_keeps_nothing(votes: Votes, cluster: str) -> None:
    keeper = CacheKeeper(votes.database, [votes.system], Redis(cluster, ASK_SECONDS), ENVIRONMENT, LONG)
    forgotten, trouble = look(keeper)
    assert (list(forgotten), CLUSTER in trouble) == ([], True)


def test_cache_client_redis_cluster_answers_from_postgres_and_warns_once(votes: Votes, cluster: str) -> None:
    said = LogLines("denorm_assets.db.cache.client")
    with CacheClient(votes.system, votes.url, cluster, ENVIRONMENT) as client:
        upvotes = client.set("user_upvotes")
        assert upvotes.add(1, 7)
        for _ in range(5):
            assert upvotes.members(1) == {1, 2, 7}
            assert client.count("project_upvotes").count(7) == 3
        assert CLUSTER in upvotes.health().why
        # A probe in the background finds it as it was.
        assert not wait_until(lambda: len(said) > 1, 0.5)
    [only] = said
    assert CLUSTER in only


def test_cache_health_redis_cluster_says_unsupported_before_first_read(votes: Votes, cluster: str) -> None:
    with CacheClient(votes.system, votes.url, cluster, ENVIRONMENT) as client:
        assert CLUSTER in client.set("user_upvotes").health().why


def test_async_client_redis_cluster_answers_from_postgres(votes: Votes, cluster: str) -> None:
    said = LogLines("denorm_assets.db.cache.client")

    async def ask() -> None:
        async with AsyncCacheClient(votes.system, votes.url, cluster, ENVIRONMENT) as client:
            upvotes = client.set("user_upvotes")
            assert await upvotes.members(1) == {1, 2}
            assert CLUSTER in (await upvotes.health()).why

    asyncio.run(ask())
    [only] = said
    assert CLUSTER in only


def test_cache_access_redis_cluster_raises_unsupported(votes: Votes, cluster: str) -> None:
    there = Votes(votes.url, cluster, votes.database)
    with pytest.raises(CacheUnavailable, match="Redis Cluster, which is unsupported"):
        there.access()
    there.client.close()
    there.redis.drop()


@pytest.mark.parametrize(
    "reply", [b"-MOVED 3999 127.0.0.1:6381", b"-ASK 3999 127.0.0.1:6381", b"-CLUSTERDOWN Hash slot not served"]
)
@pytest.mark.parametrize("verb", [b"", b"MGET", b"EVAL"])
def test_cache_client_cluster_error_reply_is_recognized(votes: Votes, reply: bytes, verb: bytes) -> None:
    said = LogLines("denorm_assets.db.cache.client")
    with misquoted(votes.redis_url) as odd:
        odd.reply, odd.verb, odd.quiet = reply + b"\r\n", verb, 0
        with CacheClient(votes.system, votes.url, odd.url, ENVIRONMENT) as client:
            assert client.set("user_upvotes").members(3) == {1, 2, 3, 4, 5, 6}
    assert CLUSTER in said[0]


def test_cache_client_replica_without_primary_is_not_cluster(votes: Votes) -> None:
    said = LogLines("denorm_assets.db.cache.client")
    with misquoted(votes.redis_url) as odd:
        odd.quiet = 0
        odd.reply = b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n"
        with CacheClient(votes.system, votes.url, odd.url, ENVIRONMENT) as client:
            assert client.set("user_upvotes").members(1) == {1, 2}
    assert CLUSTER not in said[0]
