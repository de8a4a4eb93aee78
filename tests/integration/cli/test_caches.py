"""Caches in the shell: status, reconcile, uninstall."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from denorm_assets.db.cache.protocol.encoding import members_value
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.valkey import EmbeddedValkey
from tests.integration.cache.conftest import ENVIRONMENT, Votes
from tests.support.shell import Shell


@pytest.fixture
def shell(
    shell_on: Callable[[str], Shell], votes_url: str, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("DENORM_SYSTEMS", "denorm_assets.systems.social:SYSTEM")
    monkeypatch.setenv("DENORM_REDIS_URL", valkey_server.url())
    monkeypatch.setenv("DENORM_ENVIRONMENT", ENVIRONMENT)
    return shell_on(votes_url)


@pytest.fixture
def cached(shell: Shell, valkey_server: EmbeddedValkey) -> Generator[Votes]:
    made = Votes(shell.url, valkey_server.url(), Database(shell.url))
    made.keep()
    yield made
    made.close()


def test_status_cache_shows_answered_by_redis(shell: Shell, cached: Votes) -> None:
    rows = [row for row in shell("status", "--json").json if "cache" in row]
    assert [(row["cache"], row["state"], row["answered_by"]) for row in rows] == [
        ("social/user_upvotes", "live", "Redis"),
        ("social/project_upvotes", "live", "Redis"),
    ]
    [row] = shell("status", "social/user_upvotes", "--json").json
    assert row["cache"] == "social/user_upvotes"
    assert "user_upvotes" in shell("status").out


def test_status_cache_without_redis_shows_answered_by_postgresql(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DENORM_REDIS_URL")
    [row] = shell("status", "social/user_upvotes", "--json").json
    assert row["answered_by"] == "PostgreSQL"
    assert row["why"] == "DENORM_REDIS_URL is not set: PostgreSQL answers alone"


def test_reconcile_cache_wrong_value_is_reported_and_repaired(shell: Shell, cached: Votes) -> None:
    cached.raw("SET", cached.slot(3), members_value(cached.access().tag, [77]))
    found = shell("reconcile", "social/user_upvotes")
    assert found.status == 1
    assert "1 of 1 held values are not what the definition says" in found.out
    repaired = shell("reconcile", "social/user_upvotes", "--repair", "--json")
    assert repaired.status == 0
    assert repaired.json[0]["figures"] == {"held": 1, "wrong": 1, "repaired": 1}
    assert cached.upvotes.members(3) == {1, 2, 3, 4, 5, 6}


def test_reconcile_cache_unreachable_redis_says_so_and_exits_0(
    shell: Shell, cached: Votes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DENORM_REDIS_URL", "redis://127.0.0.1:1/0")
    assert "social/user_upvotes: Redis at 127.0.0.1:1/0" in shell.fine("reconcile", "social/user_upvotes").out


def test_uninstall_system_with_caches_deletes_keys_in_redis(shell: Shell, cached: Votes) -> None:
    cached.upvotes.members(1)
    slot = cached.slot(1)
    planned = shell("uninstall", "social", "--dry-run", "--json").json
    assert [row["kind"] for row in planned].count("keys in Redis") == 1
    assert cached.raw("EXISTS", slot) == 1
    done = shell("uninstall", "social", "--yes")
    assert done.status == 0, done.err
    assert cached.raw("EXISTS", slot) == 0
    assert shell("status", "social/user_upvotes", "--json").json[0]["state"] == "absent"
