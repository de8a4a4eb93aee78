"""Materializing a done range again on a live table: only what differs changes, and readers go on reading."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from denorm_assets.model.index import Index
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for


def test_backfill_again_right_rows_are_compared_and_not_written(items: Callable[..., Case]) -> None:
    case = items(2_500)
    case.load()
    before = case.snapshot()
    results = case.load(again=True)
    assert [(result.outcome, result.rows_written, result.rows_removed) for result in results] == [("done", 0, 0)] * 4
    assert case.snapshot() == before


def test_backfill_done_ranges_without_again_are_skipped(items: Callable[..., Case]) -> None:
    case = items(2_500)
    case.load()
    case.run("DELETE FROM links WHERE id = 7")
    assert case.load() == []
    assert case.differences() == [("missing", '(7,"item 7")')]


def test_backfill_again_altered_missing_extra_rows_writes_only_those(
    topics_case: Case,
) -> None:
    case = topics_case
    case.load()
    case.finish()
    # Of each kind of difference, in several batches of several ranges.
    case.run("UPDATE entry_topics SET published_at = published_at + interval '1 s' WHERE entry_id % 97 = 0")
    case.run("DELETE FROM entry_topics WHERE entry_id % 101 = 0")
    case.run("ALTER TABLE entry_topics DISABLE TRIGGER ALL")
    case.run(
        "INSERT INTO entry_topics SELECT id, 59 + id % 2, now() FROM entries WHERE id % 103 = 0 ON CONFLICT DO NOTHING"
    )
    case.run("UPDATE entries SET tags = NULL WHERE id % 107 = 0")
    wrong = case.differences()
    before = case.snapshot()
    assert {side for side, _ in wrong} == {"missing", "extra"}
    assert not case.checks()["matches_definition"].passed

    results = case.load(again=True, batch_size=200)

    case.assert_right()
    assert all(check.passed for check in case.checks().values())
    untouched = before.keys() - {row for side, row in wrong if side == "extra"}
    after = case.snapshot()
    assert {row: after[row] for row in untouched} == {row: before[row] for row in untouched}
    assert len(after.keys() - before.keys()) == len([row for side, row in wrong if side == "missing"])
    written = sum(result.rows_written for result in results)
    assert written == len([row for side, row in wrong if side == "missing"])
    assert case.registered().state == "live"


def test_backfill_again_deleted_source_rows_are_removed(items: Callable[..., Case]) -> None:
    case = items(2_500)
    case.load()
    case.run("DELETE FROM items WHERE id BETWEEN 400 AND 1600")
    case.run("INSERT INTO links VALUES (-5, 'extra'), (0, 'extra'), (2501, 'extra'), (1000000, 'extra')")
    results = case.load(again=True, batch_size=100)
    assert sum(result.rows_removed for result in results) == 1_201 + 4
    case.assert_right()


def test_backfill_again_emptied_source_empties_read_model(items: Callable[..., Case]) -> None:
    case = items(2_500)
    case.load()
    case.run("TRUNCATE items")
    assert sum(result.rows_removed for result in case.load(again=True)) == 2_500
    case.assert_right()


def test_backfill_again_key_only_columns_are_corrected(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, tags text[] NOT NULL);"
        "INSERT INTO items SELECT n, ARRAY['a', 'b', n::text] FROM generate_series(1, 50) AS n",
        "SELECT DISTINCT items.id, t.tag FROM items CROSS JOIN LATERAL unnest(items.tags) AS t(tag)",
        key=("id", "tag"),
    )
    case.load()
    case.run("UPDATE items SET tags = '{b,c}' WHERE id % 3 = 0; DELETE FROM links WHERE id % 7 = 0")
    before = case.snapshot()
    case.load(again=True, batch_size=8)
    case.assert_right()
    after = case.snapshot()
    assert {after[row] == before[row] for row in before.keys() & after.keys()} == {True}


def test_backfill_again_readers_never_wait(items: Callable[..., Case]) -> None:
    """One in a long REPEATABLE READ transaction keeps its rows; one that begins meanwhile is answered at once."""
    case = items(3_000, indexes=[Index("body")])
    case.load()
    case.finish()
    case.run("UPDATE items SET body = body || '!'")
    slowest = 0.0
    stop = threading.Event()

    def read() -> None:
        nonlocal slowest
        with case.connect() as connection:
            connection.execute("SET lock_timeout = '1s'")
            while not stop.is_set():
                began = time.monotonic()
                connection.execute("SELECT count(*), max(body) FROM links").fetchone()
                slowest = max(slowest, time.monotonic() - began)

    with case.connect() as old, old.transaction():
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        before = old.execute("SELECT id, body FROM links ORDER BY id").fetchall()
        reader = threading.Thread(target=read)
        reader.start()
        results = case.load(again=True, batch_size=100)
        stop.set()
        reader.join()
        assert old.execute("SELECT id, body FROM links ORDER BY id").fetchall() == before
    assert sum(result.rows_written for result in results) == 3_000
    assert 0 < slowest < 1
    case.assert_right()


def test_backfill_again_open_reader_does_not_block_it(items: Callable[..., Case]) -> None:
    case = items(1_500)
    case.load()
    case.run("DELETE FROM links WHERE id < 100")
    with case.connect() as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM links")
        assert {result.outcome for result in case.load(again=True)} == {"done"}
    case.assert_right()


def test_backfill_read_models_of_one_source_share_ranges_not_progress(topics_case: Case) -> None:
    case = topics_case
    case.load()
    other = Case(case.database, case.url, TOPICS, TOPICS.read_model("entry_title_topics"))
    assert [item.done for item in other.progress()] == [False] * len(case.progress())
    assert [item.key for item in other.progress()] == [item.key for item in case.progress()]
    other.load()
    other.assert_right()
    case.assert_right()


def test_backfill_row_written_by_other_between_batches_is_corrected(items: Callable[..., Case]) -> None:
    """The table was empty when the work began, so rows are plainly inserted until one is there already."""
    case = items(1_000)
    key = case.loader().ranges[0].key
    outcome: list[str] = []
    worker = threading.Thread(target=lambda: outcome.append(case.load_key(key, batch_size=100, pause=0.1).outcome))
    worker.start()
    wait_for(lambda: case.counters(key).get("batches", 0) >= 1, "the first batch")
    case.run("INSERT INTO links VALUES (750, 'wrong'), (751, 'item 751'), (997, 'wrong')")
    worker.join()
    assert outcome == ["done"]
    case.assert_right()
