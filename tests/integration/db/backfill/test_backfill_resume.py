"""A worker killed with -9 loses at most the batch in flight, and nobody's finished work is done again."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.case import Case, wait_for
from tests.support.case_process import LEASE_SECONDS, Worker


def kill_after(case: Case, key: str, batches: int, **options: object) -> int:
    """Start a worker, kill it once `batches` of the range are committed; returns how many were."""
    worker = Worker(case, "load", pause=0.02, **options)
    try:
        wait_for(lambda: case.counters(key).get("batches", 0) >= batches, f"{batches} batches")
    finally:
        worker.kill()
    # A COMMIT that was sent already still counts.
    case.wait_for_backends_to_end(worker.pid)
    return case.counters(key)["batches"]


def test_backfill_killed_worker_resumes_from_last_batch(items: Callable[..., Case]) -> None:
    case = items(2_500)
    key = case.loader().ranges[0].key
    committed = kill_after(case, key, 3, batch_size=100)
    before = case.counters(key)
    assert before["cursor_id"] == str(committed * 100)
    assert before["rows_written"] == committed * 100 == case.value("SELECT count(*) FROM links")
    assert case.progress()[0].partly
    written_before = case.snapshot()

    results = case.load(batch_size=100)

    first = results[0]
    assert (first.outcome, first.batches, first.rows_written) == ("done", 10, 1_000)
    case.assert_right()
    after = case.snapshot()
    assert {row: after[row] for row in written_before} == written_before


def test_backfill_killed_worker_done_ranges_are_not_repeated(items: Callable[..., Case]) -> None:
    case = items(4_500)
    keys = [id_range.key for id_range in case.loader().ranges]
    case.load_key(keys[0])
    kill_after(case, keys[1], 2, batch_size=100)
    done = case.counters(keys[0])

    results = case.load(batch_size=100)

    assert [result.key for result in results] == keys[1:]
    assert case.counters(keys[0]) == done
    case.assert_right()


def test_backfill_killed_repeatedly_commits_each_batch_once(items: Callable[..., Case]) -> None:
    case = items(1_000)
    key = case.loader().ranges[0].key
    reached = 0
    for _ in range(3):
        reached = kill_after(case, key, reached + 2, batch_size=50)
        assert case.value("SELECT count(*) FROM links") == reached * 50
    assert case.load(batch_size=50)[0].batches == 20
    case.assert_right()


def test_backfill_same_launch_repeated_skips_done_ranges(items: Callable[..., Case]) -> None:
    case = items(2_500)
    keys = [id_range.key for id_range in case.loader().ranges]
    case.load_key(keys[0], launch="first")
    done_at = case.counters(keys[0])["done_at"]
    assert case.load_key(keys[0], launch="first").outcome == "done"
    assert case.counters(keys[0])["done_at"] == done_at
    assert case.load_key(keys[0], launch="second").outcome == "done"
    assert case.counters(keys[0])["done_at"] > done_at


def test_lease_of_killed_worker_expires(items: Callable[..., Case]) -> None:
    case = items(1_000)
    key = case.loader().ranges[0].key
    kill_after(case, key, 1, batch_size=50)
    holder = case.progress()[0].holder
    assert holder is not None
    assert "process" in holder
    wait_for(lambda: case.progress()[0].holder is None, "the lease to expire", LEASE_SECONDS + 1)


def test_backfill_resumed_after_changes_before_cursor_restarts_range(items: Callable[..., Case]) -> None:
    """The rest of the range alone would never make the comparison equal."""
    case = items(1_000)
    key = case.loader().ranges[0].key
    kill_after(case, key, 4, batch_size=100)
    case.run("UPDATE items SET body = 'changed' WHERE id = 7; DELETE FROM items WHERE id = 8")
    case.run("INSERT INTO items VALUES (-3, 'new')")

    results = case.load(batch_size=100)

    assert results[0].outcome == "done"
    assert any("restarting the range" in line for line in case.lines)
    case.assert_right()


def test_backfill_cursor_of_older_definition_is_ignored(items: Callable[..., Case]) -> None:
    case = items(1_000)
    key = case.loader().ranges[0].key
    kill_after(case, key, 4, batch_size=100)
    case.redefine("SELECT id, upper(body) AS body FROM items")
    case.apply()
    assert case.load(batch_size=100)[0].outcome == "done"
    case.assert_right()
