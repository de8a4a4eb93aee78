"""What a count keeps beside it, and until when: as Redis does it, against snapshots as PostgreSQL writes them."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from denorm_assets.db.cache.client.sync_redis import Redis
from denorm_assets.db.cache.invalidation.keeper import ASK_SECONDS
from denorm_assets.db.cache.protocol.encoding import base_of_count, lease, number_value, read_slot
from denorm_assets.db.cache.protocol.lua_scripts import ADD, PUT, RENEW
from denorm_assets.embedded.valkey import EmbeddedValkey

TAG = b"\x00;:,%)\xff\n"
"""Eight bytes that a script could take for something else."""
KEY = "denorm:1:tests:scripts"
COUNTED = number_value(TAG, 10, "100:110:104,107")


@pytest.fixture
def redis(valkey_server: EmbeddedValkey) -> Generator[Redis]:
    """A server without the key."""
    redis = Redis(valkey_server.url())
    redis.ask((("DEL", KEY),), ASK_SECONDS)
    yield redis
    redis.drop()


def held(redis: Redis) -> bytes | None:
    [found] = redis.ask((("GET", KEY),), ASK_SECONDS)
    return found


def add(redis: Redis, transaction: int, difference: int = 1) -> None:
    redis.ask((("EVAL", ADD, 1, KEY, transaction, difference),), ASK_SECONDS)


def start(redis: Redis, value: bytes) -> None:
    redis.ask((("SET", KEY, value),), ASK_SECONDS)


@pytest.mark.parametrize("transaction", [104, 107, 110, 2**53 - 1])
def test_add_script_transaction_not_in_snapshot_is_kept(redis: Redis, transaction: int) -> None:
    start(redis, COUNTED)
    add(redis, transaction, -1)
    assert held(redis) == COUNTED + f"{transaction}:-1,".encode()
    assert read_slot(KEY, held(redis), TAG) == read_slot(KEY, number_value(TAG, 9, "1:1:"), TAG)


@pytest.mark.parametrize("transaction", [3, 99, 100, 105, 109, 10])
def test_add_script_transaction_in_snapshot_is_ignored(redis: Redis, transaction: int) -> None:
    start(redis, COUNTED)
    add(redis, transaction)
    assert held(redis) == COUNTED


def test_renew_script_keeps_changes_new_snapshot_does_not_see(redis: Redis) -> None:
    start(redis, COUNTED)
    for transaction in (104, 107, 111, 115):
        add(redis, transaction)
    new = number_value(TAG, 12, "107:112:107")
    redis.ask((("EVAL", RENEW, 1, KEY, COUNTED, new, 60_000),), ASK_SECONDS)
    assert held(redis) == new + b"107:1,115:1,"
    assert base_of_count(held(redis), TAG) == new


def test_renew_script_value_of_other_keeper_is_deleted(redis: Redis) -> None:
    start(redis, number_value(TAG, 11, "108:112:"))
    redis.ask((("EVAL", RENEW, 1, KEY, COUNTED, number_value(TAG, 12, "107:111:107"), 60_000),), ASK_SECONDS)
    assert held(redis) is None


def test_put_script_under_lease_keeps_added_changes(redis: Redis) -> None:
    token = lease(TAG)
    start(redis, token)
    for transaction in (90, 104, 120):
        add(redis, transaction)
    assert base_of_count(held(redis), TAG) == token
    [other, ours] = redis.ask(
        (("EVAL", PUT, 1, KEY, lease(TAG), COUNTED, 60_000), ("EVAL", PUT, 1, KEY, token, COUNTED, 60_000)),
        ASK_SECONDS,
    )
    assert (other, ours) == (0, 1)
    assert held(redis) == COUNTED + b"104:1,120:1,"


def test_add_script_too_many_changes_delete_value(redis: Redis) -> None:
    start(redis, COUNTED)
    for transaction in range(1_000_000, 1_003_000):
        add(redis, transaction)
    assert held(redis) is None
    assert base_of_count(None, TAG) is None
