"""The keeper: what others wrote reaches Redis by the change log, and its heartbeat stands only for what it knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.catalog_drift import system_objects
from denorm_assets.db.cache.admin.register import cache_registrations, install_caches
from denorm_assets.db.cache.client.effects import Command, Effect
from denorm_assets.db.cache.client.sync_runner import Redis
from denorm_assets.db.cache.invalidation.keeper import CacheKeeper, Forgotten
from denorm_assets.db.cache.invalidation.thread import look
from denorm_assets.db.cache.protocol.lua_scripts import RENEW
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import CacheUnavailable, WouldBeLost
from denorm_assets.model.cached_set import CachedCount
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase
from denorm_assets.sql.versions import cache_version
from tests.integration.cache.conftest import ENVIRONMENT, LONG, Votes
from tests.integration.cache.driving import is_put
from tests.support.live import AGREED, pending


def has_beat(votes: Votes) -> bool:
    return votes.raw("EXISTS", votes.access().keys.heartbeat) == 1


def test_plain_sql_reaches_the_owners_that_it_affects(votes: Votes) -> None:
    for owner in (1, 2, 3):
        votes.upvotes.members(owner)
    votes.counts.count(1)
    votes.sql("DELETE FROM social.votes WHERE user_id = 2 AND project_id = 1")
    votes.sql("UPDATE social.votes SET value = -1 WHERE user_id = 3 AND project_id = 6")
    assert sorted((found.cache, found.owners) for found in votes.keep()) == [
        ("project_upvotes", 2),
        ("user_upvotes", 2),
    ]
    assert [votes.raw("EXISTS", votes.slot(owner)) for owner in (1, 2, 3)] == [1, 0, 0]
    assert votes.upvotes.members(2) == {2, 3, 4}
    assert votes.upvotes.members(3) == {1, 2, 3, 4, 5}
    assert votes.counts.count(1) == 4
    assert votes.keep() == []


def test_a_vote_that_moves_affects_both_owners(votes: Votes) -> None:
    votes.upvotes.members(1)
    votes.upvotes.members(9)
    votes.sql("UPDATE social.votes SET user_id = 9 WHERE user_id = 1")
    votes.keep()
    assert votes.upvotes.members(1) == set()
    assert votes.upvotes.members(9) == {1, 2}


def test_truncate_begins_an_era_in_which_nothing_is_held(votes: Votes) -> None:
    votes.upvotes.members(1)
    votes.sql("TRUNCATE social.votes")
    assert Forgotten("social", "user_upvotes", None) in votes.keep()
    assert votes.upvotes.members(1) == set()


def test_changes_that_were_not_logged_begin_an_era_once_their_transaction_has_ended(votes: Votes) -> None:
    assert votes.upvotes.members(5) == set(range(1, 11))
    votes.sql("SELECT setval('denorm.log_room', -1)")
    with psycopg.connect(votes.url) as writer:
        writer.execute("DELETE FROM social.votes WHERE user_id = 5 AND project_id < 10")
        votes.keep()
        assert votes.upvotes.members(5) == set(range(1, 11))
    assert votes.keep()
    assert votes.upvotes.members(5) == {10}
    assert votes.keep() == []


def test_what_cannot_be_deleted_stays_pending(frail: Votes) -> None:
    frail.upvotes.members(1)
    frail.sql("DELETE FROM social.votes WHERE user_id = 1")
    frail.raw("CONFIG", "SET", "min-replicas-to-write", 1)
    with pytest.raises(CacheUnavailable):
        frail.keep()
    assert pending(frail.url) > 0
    frail.raw("CONFIG", "SET", "min-replicas-to-write", 0)
    frail.keep()
    assert pending(frail.url) == 0
    assert frail.upvotes.members(1) == set()


def test_there_is_no_beat_while_an_old_change_waits_in_the_log(votes: Votes) -> None:
    with psycopg.connect(votes.url) as holder:
        # Whoever locks a table keeps its changes in the log.
        holder.execute("INSERT INTO social.votes (user_id, project_id) VALUES (9, 9)")
        holder.execute("SELECT FROM denorm.lock WHERE name = 'dispatch' FOR UPDATE")
        votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (8, 8)")
        votes.raw("DEL", votes.access().keys.heartbeat)
        votes.keep()
        assert not has_beat(votes)
        assert votes.upvotes.members(8) == {8}
    votes.keep()
    assert has_beat(votes)


def test_a_beat_ends_by_itself(votes: Votes) -> None:
    votes.raw("DEL", votes.access().keys.heartbeat)
    votes.keep(trust=0.7)
    assert 0 < votes.raw("PTTL", votes.access().keys.heartbeat) <= 700


def test_ddl_that_changes_values_makes_all_that_is_held_void(votes: Votes) -> None:
    votes.keep()
    assert votes.upvotes.members(2) == {1, 2, 3, 4}
    votes.sql(
        "ALTER TABLE social.votes DROP CONSTRAINT IF EXISTS votes_value_check;"
        "ALTER TABLE social.votes ALTER COLUMN value TYPE smallint USING -value"
    )
    votes.keep()
    assert votes.upvotes.members(2) == set()


def test_a_source_that_changed_its_shape_is_not_trusted_until_it_is_applied(votes: Votes) -> None:
    votes.sql("ALTER TABLE social.votes ALTER COLUMN user_id TYPE integer")
    votes.raw("DEL", votes.access().keys.heartbeat)
    votes.keep()
    assert not has_beat(votes)
    assert votes.upvotes.members(1) == {1, 2}
    with votes.database.session("social") as session:
        assert cache_registrations(session, votes.system)["user_upvotes"].state == "needs_rebuild"
    install_caches(votes.database, votes.system)
    votes.keep()
    assert has_beat(votes)


@pytest.mark.parametrize("looked", [True, False])
def test_a_source_that_has_its_shape_again_is_trusted_and_what_was_held_is_void(votes: Votes, looked: bool) -> None:
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("ALTER TABLE social.votes RENAME user_id TO voter_id; DELETE FROM social.votes WHERE voter_id = 1")
    if looked:
        votes.keep()
    votes.sql("ALTER TABLE social.votes RENAME voter_id TO user_id")
    votes.keep()
    assert has_beat(votes)
    assert votes.upvotes.members(1) == set()


def test_a_restarted_server_is_trusted_anew(frail: Votes, request: pytest.FixtureRequest) -> None:
    frail.upvotes.members(1)
    before = frail.access().tag
    valkey = request.getfixturevalue("valkey")
    valkey.stop()
    frail.sql("DELETE FROM social.votes WHERE user_id = 1")
    valkey.start()
    frail.redis.drop()
    assert frail.access().tag != before
    frail.keep()
    assert frail.new_client().set("user_upvotes").members(1) == set()


def test_databases_that_share_a_server_do_not_share_keys(votes: Votes, new_database: Callable[[str], str]) -> None:
    url = new_database("votes_template")
    other = Votes(url, votes.redis_url, Database(url))
    other.keep()
    assert other.upvotes.add(1, 20)
    assert other.upvotes.members(1) == {1, 2, 20}
    assert votes.upvotes.members(1) == {1, 2}
    other.close()


def test_applying_twice_changes_nothing_and_undeclared_caches_are_forgotten(votes: Votes) -> None:
    bare = replace(votes.system, phases=(), queries=(), cutover=None)
    assert [step.action for step in apply_system(votes.database, bare) if step.kind == "cache"] == [
        "keep",
        "keep",
    ]
    fewer = replace(bare, caches=bare.caches[:1])
    with pytest.raises(WouldBeLost, match="what Redis holds, which the application reads"):
        apply_system(votes.database, fewer)
    apply_system(votes.database, fewer, AGREED)
    with votes.database.session("social") as session:
        assert [*cache_registrations(session, votes.system)] == ["user_upvotes"]


def test_a_count_that_is_held_is_counted_anew_before_anybody_asks(votes: Votes) -> None:
    assert votes.counts.count(1) == 5
    votes.sql("DELETE FROM social.votes WHERE user_id = 2 AND project_id IN (1, 2)")
    votes.keep()
    assert votes.raw("GET", votes.slot(1, "project_upvotes")).endswith(b";4;")
    assert votes.raw("EXISTS", votes.slot(2, "project_upvotes")) == 0, "nobody asked for it"
    assert votes.counts.counts([1, 2]) == {1: 4, 2: 4}
    assert votes.raw("PTTL", votes.slot(1, "project_upvotes")) > 0


class Meanwhile(Redis):
    """Does something else just before the keeper puts what it counted anew into its place."""

    def __init__(self, url: str, what: Callable[[], object]) -> None:
        super().__init__(url)
        self._what = what

    def ask(self, commands: Sequence[Command], seconds: float) -> list[Any]:
        if commands[0][:2] == ("EVAL", RENEW):
            self._what()
        return super().ask(commands, seconds)


def test_what_a_client_adds_while_the_keeper_counts_is_not_lost(votes: Votes) -> None:
    assert votes.counts.count(9) == 1
    votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (1, 9)")
    redis = Meanwhile(votes.redis_url, lambda: votes.upvotes.add(2, 9))
    CacheKeeper(votes.database, [votes.system], redis, ENVIRONMENT, LONG).look()
    held = votes.raw("GET", votes.slot(9, "project_upvotes"))
    assert b";2;" in held, "the first vote is counted"
    assert held.endswith(b":1,"), "the second one is kept beside"
    assert votes.counts.count(9) == 3


def test_a_count_that_somebody_is_taking_is_taken_for_them(votes: Votes) -> None:
    """Else it would never be held, where it takes longer than until the next vote."""

    def a_keeper_comes(effect: Effect) -> None:
        if is_put(effect):
            votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
            votes.keep()

    assert votes.driven(a_keeper_comes).run(votes.counts.asked.count(9)) == 1
    assert votes.raw("GET", votes.slot(9, "project_upvotes")).endswith(b";2;")
    assert votes.counts.count(9) == 2


def test_a_count_whose_last_row_goes_is_none(votes: Votes) -> None:
    assert votes.counts.count(10) == 1
    votes.sql("DELETE FROM social.votes WHERE project_id = 10")
    votes.keep()
    assert votes.counts.count(10) == 0


def test_a_count_of_nothing_is_none_when_it_is_counted_anew(votes: Votes) -> None:
    assert votes.counts.count(1) == 5
    votes.sql("DELETE FROM social.votes WHERE project_id = 1")
    votes.keep()
    assert votes.raw("GET", votes.slot(1, "project_upvotes")).endswith(b";0;")


def test_a_table_that_somebody_locks_stops_no_beat(votes: Votes) -> None:
    votes.counts.count(1)
    votes.sql("DELETE FROM social.votes WHERE user_id = 2 AND project_id = 1")
    votes.raw("DEL", votes.access().keys.heartbeat)
    with psycopg.connect(votes.url) as holder:
        holder.execute("LOCK TABLE social.votes IN ACCESS EXCLUSIVE MODE")
        votes.keep()
        assert has_beat(votes)
        assert votes.raw("EXISTS", votes.slot(1, "project_upvotes")) == 0, "forgotten instead"
    assert votes.counts.count(1) == 4


def test_two_keepers_of_other_environments_void_what_the_other_one_keeps(votes: Votes) -> None:
    """Each takes changes from the same queue, and deletes only slots of its own."""
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    CacheKeeper(votes.database, [votes.system], votes.redis, "elsewhere", LONG).look()
    votes.keep()
    assert votes.upvotes.members(1) == set()


def test_a_cache_that_was_gone_for_a_while_does_not_revive_what_it_held(votes: Votes) -> None:
    bare = replace(votes.system, phases=(), queries=(), cutover=None)
    assert votes.upvotes.members(1) == {1, 2}
    apply_system(votes.database, replace(bare, caches=()), AGREED)
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    apply_system(votes.database, bare)
    votes.keep()
    assert votes.upvotes.members(1) == set()


def test_a_control_schema_that_was_made_anew_does_not_revive_what_was_held(votes: Votes) -> None:
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DROP SCHEMA denorm CASCADE")
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    for _ in range(2):
        install_caches(votes.database, votes.system)
        votes.keep()
    assert votes.upvotes.members(1) == set()


def test_a_keeper_of_another_database_of_the_server_voids_what_is_held(votes: Votes) -> None:
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    elsewhere = Redis(f"{votes.redis_url.rpartition('/')[0]}/7")
    CacheKeeper(votes.database, [votes.system], elsewhere, ENVIRONMENT, LONG).look()
    votes.keep()
    assert votes.upvotes.members(1) == set()
    elsewhere.drop()


def test_what_the_keeper_counts_means_the_same_as_what_clients_count(votes: Votes, tmp_path: Path) -> None:
    """Whatever the database's settings: days end by UTC, and functions of `public` are found."""
    votes.sql("CREATE FUNCTION public.upvote() RETURNS smallint IMMUTABLE LANGUAGE sql AS 'SELECT 1::smallint'")
    database = votes.url.rpartition("/")[2]
    votes.sql(f"ALTER DATABASE {database} SET TimeZone = 'Pacific/Kiritimati'")
    votes.sql("UPDATE social.votes SET created_at = '2026-01-01 20:00 UTC'")
    file = tmp_path / "counts.sql"
    file.write_text(
        "SELECT project_id, count(*) AS upvotes FROM votes WHERE value = upvote() "
        "AND (created_at AT TIME ZONE 'UTC')::date = '2026-01-01' GROUP BY project_id"
    )
    cached = votes.system.cache("project_upvotes")
    assert isinstance(cached, CachedCount)
    [upvotes, _] = votes.system.caches
    votes.system = replace(
        votes.system, phases=(), queries=(), caches=(upvotes, replace(cached, definition=SqlFile(file), of=None))
    )
    install_caches(votes.database, votes.system)
    votes.keep()
    counts = votes.new_client().count("project_upvotes")
    assert counts.count(1) == 5
    votes.sql("DELETE FROM social.votes WHERE (user_id, project_id) = (2, 1)")
    votes.keep()
    assert votes.raw("GET", votes.slot(1, "project_upvotes")).endswith(b";4;"), "counted by the keeper"


def test_trouble_that_nobody_thought_of_ends_no_keeper(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    def strange(*_: object) -> None:
        raise KeyError("something")

    keeper = CacheKeeper(votes.database, [votes.system], votes.redis, ENVIRONMENT, LONG)
    monkeypatch.setattr(keeper, "look", strange)
    assert look(keeper) == ((), "KeyError: 'something'")


def test_a_server_that_does_not_tell_what_it_is_cannot_be_kept(votes: Votes) -> None:
    class Proxy(Redis):
        def ask(self, commands: Sequence[Command], seconds: float) -> list[Any]:
            return [b"redis_version:7.0\r\nrun_id:1\r\n"] * len(commands)

    with pytest.raises(CacheUnavailable, match="its INFO has no master_replid, without which it cannot be kept"):
        CacheKeeper(votes.database, [votes.system], Proxy(votes.redis_url), ENVIRONMENT, LONG).look()


def test_changes_of_caches_that_nobody_keeps_do_not_pile_up(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("denorm_assets.db.refresh.scheduler._MOST_PENDING_OF_CACHES", 4)
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DELETE FROM social.votes")
    Refresher(votes.database, [votes.system]).look()
    assert pending(votes.url) == 2, "everything, of both"
    assert Forgotten("social", "user_upvotes", None) in votes.keep()
    assert votes.upvotes.members(1) == set()


def test_nobody_trusts_a_cache_before_its_changes_are_logged(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **_named: object) -> None:
        raise KeyboardInterrupt

    votes.sql("ALTER TABLE social.votes ALTER COLUMN user_id TYPE integer")
    votes.raw("DEL", votes.access().keys.heartbeat)
    votes.keep()
    monkeypatch.setattr("denorm_assets.db.cache.admin.register.install_capture", interrupted)
    with pytest.raises(KeyboardInterrupt):
        install_caches(votes.database, votes.system)
    votes.keep()
    assert not has_beat(votes)
    monkeypatch.undo()
    install_caches(votes.database, votes.system)
    votes.keep()
    assert has_beat(votes)


def test_two_counts_of_one_definition_are_told_apart(votes: Votes) -> None:
    cache = votes.system.cache("project_upvotes")
    assert isinstance(cache, CachedCount)
    assert cache_version(votes.system, cache) != cache_version(votes.system, replace(cache, count="downvotes"))


def test_a_trigger_that_was_lost_is_seen(votes: Votes) -> None:
    system = replace(votes.system, phases=(Phase("nothing"),))
    votes.sql("DROP TRIGGER trg_denorm_delete ON social.votes")
    with votes.database.session("social") as session:
        [lost] = [found for found in system_objects(session, system) if found.state != "installed"]
    assert lost.kind == "trigger"
    assert "materialize the caches" in lost.remedy
    install_caches(votes.database, system)
    with votes.database.session("social") as session:
        assert all(found.state == "installed" for found in system_objects(session, system))
    assert votes.keep(), "what changed meanwhile is known to nobody, so that everything is forgotten"
