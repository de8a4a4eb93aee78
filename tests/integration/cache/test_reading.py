"""Reading: what is held, what is loaded, who loads it, and what no reader may ever be shown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from denorm_assets.db.cache.client.effects import Ask, Effect
from denorm_assets.db.cache.client.operations import MOST_IDS, SetQuestions, questions
from denorm_assets.db.cache.client.reads import LEASE_SECONDS
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.errors import BadId, TooManyIds, UnknownName
from denorm_assets.model.cached_set import CachedSet
from denorm_assets.model.sql_file import SqlFile
from tests.integration.cache.conftest import ENVIRONMENT, Votes
from tests.integration.cache.driving import is_load, is_put


def asking(votes: Votes) -> SetQuestions:
    """The questions of another process's client."""
    return questions(votes.system, ENVIRONMENT, None)[0]("user_upvotes")


def test_cache_reads_loaded_or_held_equal_definition(votes: Votes) -> None:
    for _ in ("loaded", "held"):
        assert votes.upvotes.members(2) == {1, 2, 3, 4}
        assert votes.upvotes.contains(2, [4, 5, 99]) == {4}
        assert votes.upvotes.contains(2, []) == set()
        assert votes.upvotes.count(2) == 4
        assert votes.counts.count(3) == 4
        assert votes.counts.counts([1, 10, 10, 99]) == {1: 5, 10: 1, 99: 0}


def test_cache_read_held_value_asks_no_postgres(votes: Votes) -> None:
    first, second = votes.driven(), votes.driven()
    ask = asking(votes)
    first.run(ask.members(1))
    assert first.queries == 2, "which database this is, and the members"
    assert second.run(ask.contains(1, [1])) == {1}
    assert second.queries == 0


def test_cache_read_empty_set_is_held(votes: Votes) -> None:
    ask = asking(votes)
    assert votes.driven().run(ask.members(9)) == set()
    again = votes.driven()
    assert again.run(ask.members(9)) == set()
    assert again.queries == 0


def test_cache_value_expiry_is_spread_around_ttl(votes: Votes) -> None:
    for owner in range(1, 6):
        votes.upvotes.members(owner)
    lives = {votes.raw("PTTL", votes.slot(owner)) for owner in range(1, 6)}
    assert len(lives) == 5
    assert all(0.9 * 86_400_000 - 60_000 <= life <= 1.1 * 86_400_000 for life in lives)


def test_cache_read_without_heartbeat_asks_postgres_and_holds_nothing(votes: Votes) -> None:
    votes.raw("DEL", votes.access().keys.heartbeat)
    assert votes.upvotes.members(1) == {1, 2}
    assert votes.raw("EXISTS", votes.slot(1)) == 0
    health = votes.upvotes.health()
    assert not health.answering
    assert "no active worker heartbeat; check that `denorm-assets worker` runs" in health.why


def test_cache_load_late_older_value_does_not_replace_newer(votes: Votes) -> None:
    def meanwhile(effect: Effect) -> None:
        if is_put(effect):
            # Read, but not put yet; the vote comes, and whoever reads next loads anew.
            assert votes.upvotes.add(1, 7)
            assert votes.new_client().set("user_upvotes").members(1) == {1, 2, 7}

    late = votes.driven(meanwhile)
    assert late.run(asking(votes).members(1)) == {1, 2}, "as it was when it was read"
    assert votes.upvotes.members(1) == {1, 2, 7}


@pytest.mark.parametrize("loss", ["FLUSHALL", "DEL"])
def test_cache_load_late_value_after_redis_loss_is_not_stored(votes: Votes, loss: str) -> None:
    def meanwhile(effect: Effect) -> None:
        if is_put(effect):
            votes.sql("INSERT INTO social.votes (user_id, project_id, value) VALUES (1, 7, 1)")
            votes.raw(*(("FLUSHALL",) if loss == "FLUSHALL" else ("DEL", votes.slot(1))))
            votes.keep()

    votes.driven(meanwhile).run(asking(votes).members(1))
    assert votes.raw("EXISTS", votes.slot(1)) == 0
    assert votes.upvotes.members(1) == {1, 2, 7}


def test_cache_read_many_readers_one_loads_and_others_wait(votes: Votes) -> None:
    ask, loads = asking(votes), threading.Semaphore(0)
    began = threading.Barrier(8)

    def count(effect: Effect) -> None:
        if is_load(effect):
            loads.release()

    def read() -> set[int | UUID]:
        began.wait()
        return votes.driven(count).run(ask.members(5))

    votes.driven().run(ask.health())  # So that the database is known.
    with ThreadPoolExecutor(8) as readers:
        answers = [future.result() for future in [readers.submit(read) for _ in range(8)]]
    assert all(answer == set(range(1, 11)) for answer in answers)
    assert loads.acquire(blocking=False)
    assert not loads.acquire(blocking=False)


def test_cache_read_abandoned_lease_falls_back_to_postgres(votes: Votes) -> None:
    access = votes.access()
    killed_after = next(access.reader.lease_and_load(access.keys, access.tag, [3], LEASE_SECONDS))
    assert isinstance(killed_after, Ask)
    votes.redis.ask(killed_after.commands, 1.0)
    waiting = votes.driven()
    assert waiting.run(asking(votes).contains(3, [6, 7])) == {6}
    assert not any(is_load(effect) for effect in waiting.taken)


def test_cache_load_failure_releases_lease(votes: Votes) -> None:
    def fail(effect: Effect) -> None:
        if is_load(effect):
            votes.sql("ALTER TABLE social.votes RENAME TO ballots")

    with pytest.raises(psycopg.errors.UndefinedTable):
        votes.driven(fail).run(asking(votes).members(3))
    assert votes.raw("EXISTS", votes.slot(3)) == 0, "so that nobody waits for it"


def test_cache_read_set_above_largest_asks_postgres(votes: Votes) -> None:
    [cached, *others] = votes.system.caches
    assert isinstance(cached, CachedSet)
    small = replace(votes.system, caches=(replace(cached, largest=3), *others))
    with CacheClient(small, votes.url, votes.redis_url, ENVIRONMENT) as client:
        upvotes = client.set("user_upvotes")
        assert upvotes.members(1) == {1, 2}
        for _ in ("loaded", "held"):
            assert upvotes.members(2) == {1, 2, 3, 4}
            assert upvotes.contains(2, [4, 5]) == {4}
    assert votes.raw("GET", votes.slot(2))[1:2] == b"T"


def test_cache_read_other_definition_version_trusts_nothing(votes: Votes, tmp_path: Path) -> None:
    votes.upvotes.members(1)
    file = tmp_path / "down.sql"
    file.write_text("SELECT user_id, project_id FROM votes WHERE value = -1")
    [cached, *others] = votes.system.caches
    other = replace(votes.system, caches=(replace(cached, definition=SqlFile(file)), *others))
    with CacheClient(other, votes.url, votes.redis_url, ENVIRONMENT) as client:
        assert client.set("user_upvotes").members(1) == set()
        assert "kept for another version of its definition" in client.set("user_upvotes").health().why
    assert votes.upvotes.members(1) == {1, 2}


def test_cache_keys_two_environments_on_one_redis_stay_separate(votes: Votes) -> None:
    votes.upvotes.members(1)
    with CacheClient(votes.system, votes.url, votes.redis_url, "elsewhere") as client:
        assert not client.set("user_upvotes").health().answering
    key = votes.slot(1)
    assert key.startswith("denorm:1:tests:social:")
    assert key.endswith(":user_upvotes:1")


def test_cache_client_id_of_other_kind_is_refused(votes: Votes) -> None:
    some_uuid = UUID(int=1)
    with pytest.raises(BadId, match=r"the owner is UUID\('0.*'\), of type UUID; expected integer"):
        votes.upvotes.contains(some_uuid, [1])
    with pytest.raises(BadId, match=r"a member is True, of type bool"):
        votes.upvotes.contains(1, [1, True])
    with pytest.raises(BadId, match=r"the member is UUID"):
        votes.upvotes.add(1, some_uuid)
    with pytest.raises(BadId, match=r"expected bigint"):
        votes.upvotes.members(2**63)
    with pytest.raises(BadId, match=r"the owner is UUID"):
        votes.counts.counts([1, some_uuid])


def test_cache_client_too_many_ids_are_refused(votes: Votes) -> None:
    too_many = range(MOST_IDS + 1)
    with pytest.raises(TooManyIds, match=r"social/user_upvotes was asked about 1,001 IDs; at most 1,000 IDs per call"):
        votes.upvotes.contains(1, too_many)
    with pytest.raises(TooManyIds, match=r"split them into batches"):
        votes.counts.counts(too_many)
    assert votes.upvotes.contains(1, range(MOST_IDS)) == {1, 2}


def test_cache_client_unknown_name_raises_with_known_names(votes: Votes) -> None:
    with pytest.raises(UnknownName, match=r"no cached set 'social/upvotes'. Available: social/user_upvotes"):
        votes.client.set("upvotes")
    with pytest.raises(UnknownName, match=r"no cached count 'social/user_upvotes'. Available: social/project_upvotes"):
        votes.client.count("user_upvotes")


def test_cache_read_value_of_newer_release_is_left_and_named(votes: Votes) -> None:
    newer = b"2S" + b"........" + b"of a later release"
    votes.raw("SET", votes.slot(1), newer)
    assert votes.upvotes.members(1) == {1, 2}
    assert votes.raw("GET", votes.slot(1)) == newer
    assert "was not written by this release" in votes.upvotes.health().why


def test_cache_health_counts_hits_and_misses(votes: Votes) -> None:
    for _ in range(3):
        votes.upvotes.members(4)
    health = votes.upvotes.health()
    assert (health.hits, health.misses) == (2, 1)
