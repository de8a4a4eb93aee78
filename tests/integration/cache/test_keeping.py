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
from denorm_assets.db.cache.client.sync_redis import Redis
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


def test_keeper_plain_sql_deletes_only_affected_owners(votes: Votes) -> None:
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


def test_keeper_row_moved_to_other_owner_refreshes_both(votes: Votes) -> None:
    votes.upvotes.members(1)
    votes.upvotes.members(9)
    votes.sql("UPDATE social.votes SET user_id = 9 WHERE user_id = 1")
    votes.keep()
    assert votes.upvotes.members(1) == set()
    assert votes.upvotes.members(9) == {1, 2}


def test_keeper_truncate_voids_whole_cache(votes: Votes) -> None:
    votes.upvotes.members(1)
    votes.sql("TRUNCATE social.votes")
    assert Forgotten("social", "user_upvotes", None) in votes.keep()
    assert votes.upvotes.members(1) == set()


def test_keeper_unlogged_changes_void_cache_after_commit(votes: Votes) -> None:
    assert votes.upvotes.members(5) == set(range(1, 11))
    votes.sql("SELECT setval('denorm.log_room', -1)")
    with psycopg.connect(votes.url) as writer:
        writer.execute("DELETE FROM social.votes WHERE user_id = 5 AND project_id < 10")
        votes.keep()
        assert votes.upvotes.members(5) == set(range(1, 11))
    assert votes.keep()
    assert votes.upvotes.members(5) == {10}
    assert votes.keep() == []


def test_keeper_redis_refusing_deletes_keeps_changes_pending(frail: Votes) -> None:
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


def test_keeper_old_change_in_log_writes_no_heartbeat(votes: Votes) -> None:
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


def test_keeper_heartbeat_expires_after_trust_seconds(votes: Votes) -> None:
    votes.raw("DEL", votes.access().keys.heartbeat)
    votes.keep(trust=0.7)
    assert 0 < votes.raw("PTTL", votes.access().keys.heartbeat) <= 700


def test_keeper_ddl_that_changes_values_voids_cache(votes: Votes) -> None:
    votes.keep()
    assert votes.upvotes.members(2) == {1, 2, 3, 4}
    votes.sql(
        "ALTER TABLE social.votes DROP CONSTRAINT IF EXISTS votes_value_check;"
        "ALTER TABLE social.votes ALTER COLUMN value TYPE smallint USING -value"
    )
    votes.keep()
    assert votes.upvotes.members(2) == set()


def test_keeper_changed_source_type_writes_no_heartbeat_until_apply(votes: Votes) -> None:
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
def test_keeper_source_shape_restored_heartbeats_with_cache_void(votes: Votes, looked: bool) -> None:
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("ALTER TABLE social.votes RENAME user_id TO voter_id; DELETE FROM social.votes WHERE voter_id = 1")
    if looked:
        votes.keep()
    votes.sql("ALTER TABLE social.votes RENAME voter_id TO user_id")
    votes.keep()
    assert has_beat(votes)
    assert votes.upvotes.members(1) == set()


def test_keeper_redis_restart_voids_cache(frail: Votes, request: pytest.FixtureRequest) -> None:
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


def test_cache_keys_two_databases_on_one_redis_stay_separate(votes: Votes, new_database: Callable[[str], str]) -> None:
    url = new_database("votes_template")
    other = Votes(url, votes.redis_url, Database(url))
    other.keep()
    assert other.upvotes.add(1, 20)
    assert other.upvotes.members(1) == {1, 2, 20}
    assert votes.upvotes.members(1) == {1, 2}
    other.close()


def test_apply_caches_twice_keeps_them_and_undeclared_is_forgotten(votes: Votes) -> None:
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


def test_keeper_held_count_is_recounted_before_next_read(votes: Votes) -> None:
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


def test_keeper_client_change_during_recount_is_kept(votes: Votes) -> None:
    assert votes.counts.count(9) == 1
    votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (1, 9)")
    redis = Meanwhile(votes.redis_url, lambda: votes.upvotes.add(2, 9))
    CacheKeeper(votes.database, [votes.system], redis, ENVIRONMENT, LONG).look()
    held = votes.raw("GET", votes.slot(9, "project_upvotes"))
    assert b";2;" in held, "the first vote is counted"
    assert held.endswith(b":1,"), "the second one is kept beside"
    assert votes.counts.count(9) == 3


def test_keeper_count_being_loaded_is_counted_for_its_reader(votes: Votes) -> None:
    """Else it would never be held, where it takes longer than until the next vote."""

    def a_keeper_comes(effect: Effect) -> None:
        if is_put(effect):
            votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
            votes.keep()

    assert votes.driven(a_keeper_comes).run(votes.counts.asked.count(9)) == 1
    assert votes.raw("GET", votes.slot(9, "project_upvotes")).endswith(b";2;")
    assert votes.counts.count(9) == 2


def test_keeper_count_whose_last_row_is_deleted_reads_zero(votes: Votes) -> None:
    assert votes.counts.count(10) == 1
    votes.sql("DELETE FROM social.votes WHERE project_id = 10")
    votes.keep()
    assert votes.counts.count(10) == 0


def test_keeper_recount_without_rows_stores_zero(votes: Votes) -> None:
    assert votes.counts.count(1) == 5
    votes.sql("DELETE FROM social.votes WHERE project_id = 1")
    votes.keep()
    assert votes.raw("GET", votes.slot(1, "project_upvotes")).endswith(b";0;")


def test_keeper_locked_source_heartbeats_and_deletes_count(votes: Votes) -> None:
    votes.counts.count(1)
    votes.sql("DELETE FROM social.votes WHERE user_id = 2 AND project_id = 1")
    votes.raw("DEL", votes.access().keys.heartbeat)
    with psycopg.connect(votes.url) as holder:
        holder.execute("LOCK TABLE social.votes IN ACCESS EXCLUSIVE MODE")
        votes.keep()
        assert has_beat(votes)
        assert votes.raw("EXISTS", votes.slot(1, "project_upvotes")) == 0, "forgotten instead"
    assert votes.counts.count(1) == 4


def test_keeper_of_other_environment_voids_cache(votes: Votes) -> None:
    """Each takes changes from the same queue, and deletes only slots of its own."""
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    CacheKeeper(votes.database, [votes.system], votes.redis, "elsewhere", LONG).look()
    votes.keep()
    assert votes.upvotes.members(1) == set()


def test_apply_cache_removed_and_added_again_is_void(votes: Votes) -> None:
    bare = replace(votes.system, phases=(), queries=(), cutover=None)
    assert votes.upvotes.members(1) == {1, 2}
    apply_system(votes.database, replace(bare, caches=()), AGREED)
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    apply_system(votes.database, bare)
    votes.keep()
    assert votes.upvotes.members(1) == set()


def test_install_caches_recreated_control_schema_voids_cache(votes: Votes) -> None:
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DROP SCHEMA denorm CASCADE")
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    for _ in range(2):
        install_caches(votes.database, votes.system)
        votes.keep()
    assert votes.upvotes.members(1) == set()


def test_keeper_of_other_redis_database_voids_cache(votes: Votes) -> None:
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DELETE FROM social.votes WHERE user_id = 1")
    elsewhere = Redis(f"{votes.redis_url.rpartition('/')[0]}/7")
    CacheKeeper(votes.database, [votes.system], elsewhere, ENVIRONMENT, LONG).look()
    votes.keep()
    assert votes.upvotes.members(1) == set()
    elsewhere.drop()


def test_keeper_recount_ignores_database_settings_like_clients(votes: Votes, tmp_path: Path) -> None:
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


def test_keeper_look_unexpected_error_is_reported_not_raised(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    def strange(*_: object) -> None:
        raise KeyError("something")

    keeper = CacheKeeper(votes.database, [votes.system], votes.redis, ENVIRONMENT, LONG)
    monkeypatch.setattr(keeper, "look", strange)
    assert look(keeper) == ((), "KeyError: 'something'")


def test_keeper_redis_without_replication_id_is_refused(votes: Votes) -> None:
    class Proxy(Redis):
        def ask(self, commands: Sequence[Command], seconds: float) -> list[Any]:
            return [b"redis_version:7.0\r\nrun_id:1\r\n"] * len(commands)

    with pytest.raises(CacheUnavailable, match="its INFO has no master_replid, without which it cannot be kept"):
        CacheKeeper(votes.database, [votes.system], Proxy(votes.redis_url), ENVIRONMENT, LONG).look()


def test_refresher_caches_without_keeper_bound_pending_changes(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("denorm_assets.db.refresh.scheduler._MOST_PENDING_OF_CACHES", 4)
    assert votes.upvotes.members(1) == {1, 2}
    votes.sql("DELETE FROM social.votes")
    Refresher(votes.database, [votes.system]).look()
    assert pending(votes.url) == 2, "everything, of both"
    assert Forgotten("social", "user_upvotes", None) in votes.keep()
    assert votes.upvotes.members(1) == set()


def test_keeper_interrupted_install_writes_no_heartbeat(votes: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_cache_version_other_count_column_differs(votes: Votes) -> None:
    cache = votes.system.cache("project_upvotes")
    assert isinstance(cache, CachedCount)
    assert cache_version(votes.system, cache) != cache_version(votes.system, replace(cache, count="downvotes"))


def test_system_objects_lost_cache_trigger_is_reported_and_reinstalled(votes: Votes) -> None:
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
