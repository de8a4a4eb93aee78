"""A count that holds a change already is left alone by the keeper, and one that may not is counted anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.cache.protocol.encoding import lease, number_value
from denorm_assets.errors import DefinitionError
from denorm_assets.model.cached_set import CachedCount
from denorm_assets.model.sql_file import SqlFile
from tests.integration.cache.conftest import Votes


def held(votes: Votes) -> bytes:
    return votes.raw("GET", votes.slot(9, "project_upvotes"))


def truth(votes: Votes) -> int:
    with psycopg.connect(votes.url) as connection:
        row = connection.execute("SELECT count(*) FROM social.votes WHERE project_id = 9 AND value = 1").fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def counted(votes: Votes) -> Votes:
    """Votes with the count of project 9 held, and one upvote added to it by a client."""
    assert votes.counts.count(9) == 1
    votes.upvotes.add(1, 9)
    assert held(votes).endswith(b":1,")
    return votes


def test_keeper_count_with_client_changes_is_not_recounted(counted: Votes) -> None:
    counted.upvotes.add(2, 9)
    counted.upvotes.remove(1, 9)
    before = held(counted)
    assert {found.cache for found in counted.keep()} == {"project_upvotes", "user_upvotes"}
    assert held(counted) == before
    assert counted.counts.count(9) == truth(counted) == 2


def test_keeper_change_visible_when_counted_is_not_recounted(votes: Votes) -> None:
    votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
    assert votes.counts.count(9) == 2
    before = held(votes)
    votes.keep()
    assert held(votes) == before


def test_keeper_plain_sql_change_beside_client_changes_is_recounted(counted: Votes) -> None:
    counted.sql("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
    counted.keep()
    assert held(counted).endswith(b";3;")


def test_keeper_client_write_that_never_reached_redis_is_recounted(counted: Votes) -> None:
    counted.runner.run(counted.upvotes.asked.add(2, 9))
    counted.keep()
    assert held(counted).endswith(b";3;")


def test_keeper_two_changes_in_one_transaction_are_recounted(counted: Votes) -> None:
    with psycopg.connect(counted.url) as connection:
        connection.execute("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
        connection.execute("INSERT INTO social.votes (user_id, project_id) VALUES (9, 9)")
    counted.keep()
    assert held(counted).endswith(b";4;")


def test_keeper_change_in_savepoint_is_recounted(votes: Votes) -> None:
    """Its row carries the savepoint's number, which no snapshot lists among those that run."""
    with psycopg.connect(votes.url) as connection:
        connection.execute("SELECT pg_current_xact_id()")
        with connection.transaction():
            connection.execute("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
        votes.sql("INSERT INTO social.votes (user_id, project_id) VALUES (8, 8)")
        assert votes.counts.count(9) == 1, "it is not committed"
    votes.keep()
    assert held(votes).endswith(b";2;")


def test_keeper_changes_inside_and_beside_savepoint_are_recounted(counted: Votes) -> None:
    with psycopg.connect(counted.url) as connection, counted.upvotes.within(connection) as writing:
        writing.add(2, 9)
        with connection.transaction():
            connection.execute("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
    counted.keep()
    assert counted.counts.count(9) == truth(counted) == 4


def test_keeper_many_changes_of_one_owner_are_recounted(counted: Votes) -> None:
    with psycopg.connect(counted.url, autocommit=True) as connection:
        for _ in range(501):
            connection.execute("INSERT INTO social.votes (user_id, project_id) VALUES (8, 9)")
            connection.execute("DELETE FROM social.votes WHERE (user_id, project_id) = (8, 9)")
        connection.execute("SELECT denorm.dispatch()")
        known = connection.execute("SELECT DISTINCT anchor, transaction_id FROM denorm.pending WHERE anchor = '9'")
        assert known.fetchall() == [("9", None)]
    counted.keep()
    assert held(counted).endswith(b";2;")


def test_install_caches_count_that_differs_from_its_set_is_refused(votes: Votes, tmp_path: Path) -> None:
    file = tmp_path / "counts.sql"
    file.write_text(
        "SELECT project_id, count(*) AS upvotes FROM votes WHERE value = 1 AND user_id <> 2 GROUP BY project_id"
    )
    cached = votes.system.cache("project_upvotes")
    assert isinstance(cached, CachedCount)
    [upvotes, _] = votes.system.caches
    system = replace(votes.system, phases=(), queries=(), caches=(upvotes, replace(cached, definition=SqlFile(file))))
    with pytest.raises(
        DefinitionError,
        match=r"does not count all rows of user_upvotes.sql by one column.* leave out `of`, and it is counted anew",
    ):
        install_caches(votes.database, system)


def test_keeper_count_with_many_additions_is_recounted(counted: Votes) -> None:
    counted.raw("APPEND", counted.slot(9, "project_upvotes"), b"1:0," * 1_024)
    counted.upvotes.add(2, 9)
    counted.keep()
    assert held(counted).endswith(b";3;")


def test_keeper_count_being_loaded_keeps_its_lease(votes: Votes) -> None:
    taking = lease(votes.access("project_upvotes").tag)
    votes.raw("SET", votes.slot(9, "project_upvotes"), taking)
    votes.upvotes.add(1, 9)
    votes.keep()
    assert held(votes).startswith(taking)


def test_keeper_count_without_snapshot_is_recounted(counted: Votes) -> None:
    tag = counted.access("project_upvotes").tag
    counted.raw("SET", counted.slot(9, "project_upvotes"), number_value(tag, 7, "of::no snapshot"))
    counted.upvotes.add(2, 9)
    counted.keep()
    assert counted.counts.count(9) == truth(counted) == 3
