"""Writing: durable before it is answered, in the caller's transaction or one of ours, and the cache follows."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from denorm_assets.db.cache.client.effects import Ask, Effect
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.cache.protocol.lua_scripts import ADD
from denorm_assets.errors import NotWritable
from denorm_assets.model.cached_set import CachedSet
from tests.integration.cache.conftest import ENVIRONMENT, Votes
from tests.integration.cache.driving import is_put


def upvoted(votes: Votes, user: int) -> set[int]:
    """What the tables say."""
    with psycopg.connect(votes.url) as connection:
        rows = connection.execute("SELECT project_id FROM social.votes WHERE user_id = %s AND value = 1", (user,))
        return {row[0] for row in rows}


def test_cache_write_returns_whether_changed_and_is_read_next(votes: Votes) -> None:
    assert votes.upvotes.members(1) == {1, 2}
    assert votes.upvotes.add(1, 3)
    assert not votes.upvotes.add(1, 3)
    assert votes.upvotes.members(1) == upvoted(votes, 1) == {1, 2, 3}
    assert votes.upvotes.remove(1, 1)
    assert not votes.upvotes.remove(1, 1)
    assert votes.upvotes.members(1) == upvoted(votes, 1) == {2, 3}
    assert votes.upvotes.toggle(1, 1)
    assert not votes.upvotes.toggle(1, 1)
    assert votes.upvotes.members(1) == upvoted(votes, 1) == {2, 3}


def test_cache_toggle_downvoted_row_becomes_upvote(votes: Votes) -> None:
    votes.sql("INSERT INTO social.votes (user_id, project_id, value) VALUES (9, 1, -1)")
    assert not votes.upvotes.remove(9, 1)
    assert votes.upvotes.toggle(9, 1)
    assert votes.upvotes.members(9) == {1}


def test_cache_write_updates_held_count_without_recount(votes: Votes) -> None:
    assert votes.counts.count(9) == 1
    votes.upvotes.add(1, 9)
    votes.upvotes.add(2, 9)
    votes.upvotes.remove(5, 9)
    held = votes.raw("GET", votes.slot(9, "project_upvotes"))
    assert b";1;" in held
    assert held.count(b":1,") == 2
    assert held.count(b":-1,") == 1
    assert votes.counts.count(9) == 2


def test_cache_write_already_counted_is_not_added_twice(votes: Votes) -> None:
    votes.counts.count(9)

    def lost(effect: Effect) -> None:
        if isinstance(effect, Ask) and any(ADD in command for command in effect.commands):
            # The follower is late: it was counted anew meanwhile.
            votes.raw("DEL", votes.slot(9, "project_upvotes"))
            assert votes.counts.count(9) == 2

    ask = votes.upvotes.asked
    votes.driven(lost).run(ask.following(ask.add(1, 9)))
    assert votes.counts.count(9) == 2


def test_cache_write_during_count_load_is_counted(votes: Votes) -> None:
    def meanwhile(effect: Effect) -> None:
        if is_put(effect):
            votes.upvotes.add(1, 9)

    late = votes.driven(meanwhile)
    assert late.run(votes.counts.asked.count(9)) == 1
    assert votes.counts.count(9) == 2


def test_cache_write_within_caller_transaction_commits_with_it(votes: Votes) -> None:
    votes.upvotes.members(1)
    with psycopg.connect(votes.url) as connection:
        with votes.upvotes.within(connection) as writing:
            assert writing.add(1, 5)
            assert writing.toggle(1, 1) is False
            assert not writing.remove(1, 1)
            assert votes.upvotes.members(1) == {1, 2}, "not committed yet"
        assert votes.upvotes.members(1) == upvoted(votes, 1) == {2, 5}


def test_cache_write_within_any_row_factory_works(votes: Votes) -> None:
    factory = psycopg.Connection[DictRow]
    with factory.connect(votes.url, row_factory=dict_row) as connection, votes.upvotes.within(connection) as writing:
        assert writing.add(1, 5)
        assert not writing.add(1, 5)
    assert votes.upvotes.members(1) == {1, 2, 5}


def test_cache_write_within_rolled_back_transaction_is_not_shown(votes: Votes) -> None:
    votes.counts.count(5)
    with psycopg.connect(votes.url) as connection:
        with votes.upvotes.within(connection) as writing:
            assert writing.add(1, 5)
            raise psycopg.Rollback
        assert votes.upvotes.members(1) == upvoted(votes, 1) == {1, 2}
    assert votes.counts.count(5) == 3


def test_cache_write_in_rolled_back_savepoint_is_not_counted(votes: Votes) -> None:
    assert votes.counts.count(5) == 3
    with psycopg.connect(votes.url) as connection, votes.upvotes.within(connection) as writing:
        with connection.transaction():
            writing.add(1, 5)
            raise psycopg.Rollback
        writing.add(1, 6)
    assert votes.counts.count(5) == 3


def test_cache_client_changed_column_type_prepares_again(votes: Votes) -> None:
    with votes.new_client() as client:
        upvotes = client.set("user_upvotes")
        for user in range(100, 110):
            assert upvotes.members(user) == set()
        votes.sql("ALTER TABLE social.votes ALTER COLUMN project_id TYPE integer")
        for user in (200, 201):
            assert upvotes.members(user) == set()
            assert upvotes.add(1, user - 190)


def test_cache_write_closed_connection_is_replaced(votes: Votes) -> None:
    assert votes.upvotes.add(1, 11)
    votes.sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'denorm_assets cache'"
    )
    assert votes.upvotes.add(1, 12)


def test_cache_write_within_nested_transaction_follows_change_log(votes: Votes) -> None:
    votes.upvotes.members(1)
    with psycopg.connect(votes.url) as connection, connection.transaction():
        with votes.upvotes.within(connection) as writing:
            writing.add(1, 5)
        assert votes.upvotes.members(1) == {1, 2}
    votes.keep()
    assert votes.upvotes.members(1) == {1, 2, 5}


def test_cache_write_several_changes_in_transaction_count_once_each(votes: Votes) -> None:
    votes.counts.count(12)
    with psycopg.connect(votes.url) as connection, votes.upvotes.within(connection) as writing:
        for user in (1, 2, 3):
            writing.add(user, 12)
        writing.remove(2, 12)
    assert votes.counts.count(12) == 2


def test_cache_write_set_without_statements_raises_not_writable(votes: Votes) -> None:
    [cached, *others] = votes.system.caches
    assert isinstance(cached, CachedSet)
    silent = replace(votes.system, caches=(replace(cached, add=None, remove=None), *others))
    with CacheClient(silent, votes.url, None, ENVIRONMENT) as client:
        upvotes = client.set("user_upvotes")
        with pytest.raises(NotWritable, match=r"social/user_upvotes cannot be written to through a client"):
            upvotes.add(1, 2)


def test_cache_write_postgres_error_reaches_caller(votes: Votes) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        votes.upvotes.add(1, 999)
    assert votes.upvotes.add(1, 20), "the connection goes on"
