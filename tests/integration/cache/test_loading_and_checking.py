"""Filling a cache ahead of its readers, comparing what it holds, repairing it, and taking it away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from denorm_assets.db.cache.admin.compare import compare, hit_ratio, matches_source, memory
from denorm_assets.db.cache.admin.purge_keys import cached_keys
from denorm_assets.db.cache.admin.register import describe_cache
from denorm_assets.db.cache.admin.warm_up import Warmed, warm_up
from denorm_assets.db.cache.protocol.encoding import members_value
from denorm_assets.db.cache.protocol.keys import database_of
from denorm_assets.errors import BadRange, DefinitionError, NotApplied
from denorm_assets.model.cached_set import CachedCount, CachedSet
from denorm_assets.model.ids import IdKind
from denorm_assets.model.sql_file import SqlFile
from tests.integration.cache.conftest import ENVIRONMENT, Votes


def test_warm_up_loads_only_owners_not_held(votes: Votes) -> None:
    votes.upvotes.members(3)
    access = votes.access()
    assert warm_up(votes.database, access, None, None) == Warmed(20, 19), "those without votes, too"
    assert warm_up(votes.database, access, None, None) == Warmed(20, 0)
    watched = votes.driven()
    assert watched.run(votes.upvotes.asked.members(12)) == set()
    assert watched.run(votes.upvotes.asked.members(2)) == {1, 2, 3, 4}
    assert watched.queries <= 1, "which database this is"


def test_warm_up_id_interval_loads_only_those_owners(votes: Votes) -> None:
    assert warm_up(votes.database, votes.access(), "4", "6") == Warmed(3, 3)
    assert [votes.raw("EXISTS", votes.slot(owner)) for owner in (3, 4, 6, 7)] == [0, 1, 1, 0]
    assert warm_up(votes.database, votes.access("project_upvotes"), "20", None) == Warmed(1, 1)
    with pytest.raises(BadRange, match="'six' is not an ID of this table"):
        warm_up(votes.database, votes.access(), "six", None)


def test_warm_up_later_change_is_not_lost(votes: Votes) -> None:
    warm_up(votes.database, votes.access(), None, None)
    votes.sql("DELETE FROM social.votes WHERE user_id = 2")
    votes.keep()
    assert votes.upvotes.members(2) == set()


def test_compare_cache_wrong_value_is_reported_and_repaired(votes: Votes) -> None:
    access = votes.access()
    warm_up(votes.database, access, None, None)
    assert compare(votes.database, access, at_most=None, repair=False).held == 20
    votes.raw("SET", votes.slot(1), members_value(access.tag, [1, 2, 13]))
    found = compare(votes.database, access, at_most=None, repair=False)
    assert (found.held, found.wrong, found.repaired) == (20, 1, 0)
    assert found.rows == ({"owner": "1", "held": "3 members (1, 13, 2)", "definition": "2 members (1, 2)"},)
    result = matches_source(found, "social/user_upvotes")
    assert not result.passed
    assert result.summary.startswith("1 of 20 held values are not what the definition says; 0 were deleted")
    repaired = compare(votes.database, access, at_most=None, repair=True)
    assert (repaired.wrong, repaired.repaired) == (1, 1)
    assert matches_source(repaired, "social/user_upvotes").passed
    assert votes.upvotes.members(1) == {1, 2}


def test_compare_cache_pending_changes_are_not_wrong(votes: Votes) -> None:
    access = votes.access("project_upvotes")
    warm_up(votes.database, access, None, None)
    votes.sql("DELETE FROM social.votes WHERE user_id = 2")
    found = compare(votes.database, access, at_most=None, repair=True)
    assert (found.wrong, found.repaired) == (0, 0)


def test_compare_cache_at_most_checks_sample(votes: Votes) -> None:
    access = votes.access()
    warm_up(votes.database, access, None, None)
    assert 0 < compare(votes.database, access, at_most=5, repair=False).held <= 20


def test_hit_ratio_low_warns_and_memory_passes(votes: Votes) -> None:
    access = votes.access()
    assert hit_ratio(access).summary == "nobody has asked yet"
    votes.raw("HSET", access.keys.tally, "hits", 500, "misses", 1500)
    low = hit_ratio(access)
    assert not low.passed
    assert low.warning_only
    assert low.summary.startswith("25.0% of 2,000 reads were answered by Redis. See that a worker runs")
    assert memory(access).passed


def test_memory_check_nearly_full_warns(frail: Votes) -> None:
    access = frail.access()
    frail.raw("CONFIG", "SET", "maxmemory", int(memory(access).figures["used bytes"]) + 1000)
    full = memory(access)
    frail.raw("CONFIG", "SET", "maxmemory", 0)
    assert not full.passed
    assert "Raise maxmemory or shorten `ttl`" in full.summary


def test_cached_keys_remove_deletes_only_keys_of_system(votes: Votes) -> None:
    warm_up(votes.database, votes.access(), None, None)
    votes.raw("SET", "denorm:1:tests:socialite:x", "of another system")
    count = cached_keys(votes.database, votes.redis, ENVIRONMENT, votes.system)
    assert count >= 20
    assert cached_keys(votes.database, votes.redis, ENVIRONMENT, votes.system, remove=True) == count
    assert cached_keys(votes.database, votes.redis, ENVIRONMENT, votes.system) == 0
    assert votes.raw("DEL", "denorm:1:tests:socialite:x") == 1


def test_database_of_different_oids_differs() -> None:
    assert database_of("7123/16384") != database_of("7123/16385")
    assert len(database_of("7123/16384")) == 8


@pytest.fixture
def declare(votes: Votes, tmp_path: Path) -> Callable[..., CachedSet]:
    def make(definition: str = "SELECT user_id, project_id FROM votes", **fields: Any) -> CachedSet:
        file = tmp_path / "cached.sql"
        file.write_text(definition)
        return replace(CachedSet("cached", SqlFile(file), "user_id", "project_id"), **fields)

    return make


def test_describe_cache_other_id_type_is_refused_with_location(votes: Votes, declare: Callable[..., CachedSet]) -> None:
    wrong = declare(member_ids=IdKind.UUID)
    with votes.database.session("social") as session:
        with pytest.raises(DefinitionError, match=r"project_id is of type bigint, and `member_ids` at .* says uuid"):
            describe_cache(session, votes.system, wrong)
        with pytest.raises(DefinitionError, match=r"the key column friend is not an output column"):
            describe_cache(session, votes.system, declare(member="friend"))


def test_describe_cache_missing_count_column_is_refused(votes: Votes, declare: Callable[..., CachedSet]) -> None:
    file = declare("SELECT project_id, count(*) AS votes FROM votes GROUP BY project_id").definition
    with votes.database.session("social") as session, pytest.raises(DefinitionError, match="it has no column upvotes"):
        describe_cache(session, votes.system, CachedCount("counts", file, "project_id", "upvotes"))


def test_cache_access_version_never_applied_raises(votes: Votes) -> None:
    votes.sql("UPDATE denorm.read_model SET code_version = 'another' WHERE kind = 'cache'")
    with pytest.raises(NotApplied, match="the present version of social/user_upvotes has not been created"):
        votes.access()
