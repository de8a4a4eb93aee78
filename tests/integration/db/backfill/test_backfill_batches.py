"""Batches inside a range: of fixed size, or growing and shrinking toward a time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.errors import LeaseLost
from tests.integration.db.conftest import MakeCase
from tests.support.case import QUICK, Case
from tests.support.log_lines import each_line


def test_backfill_fixed_batch_size_covers_each_range(items: Callable[..., Case]) -> None:
    case = items(2_500)
    results = case.load(batch_size=300)
    assert [(result.key, result.batches, result.rows_written) for result in results] == [
        ("items:min-000001000", 4, 1_000),
        ("items:000001001-000002000", 4, 1_000),
        ("items:000002001-000002500", 2, 500),
        ("items:rest", 1, 0),
    ]
    assert [result.row_count for result in results] == [1_000, 1_000, 500, 0]
    case.assert_right()


@pytest.mark.parametrize("batch_size", [1, 7, 10, 11])
def test_backfill_batch_ending_near_last_row_loads_all_rows(items: Callable[..., Case], batch_size: int) -> None:
    case = items(10)
    first = case.load(batch_size=batch_size)[0]
    assert first.rows_written == 10
    assert first.batches == -(-10 // batch_size)
    case.assert_right()


def test_backfill_batches_faster_than_target_grow(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL);"
        "INSERT INTO items SELECT n, 'x' FROM generate_series(1, 30000) AS n",
        "SELECT id, body FROM items",
    )
    case.loader()
    # One range over everything.
    case.run("DELETE FROM denorm.id_range WHERE position > 1")
    case.run("UPDATE denorm.id_range SET hi = 30000 WHERE position = 1")
    result = case.load(batch_seconds=30)[0]
    # 2,000 + 4,000 + 8,000 + 16,000 = 30,000
    assert result.batches == 4
    assert result.row_count == 30_000
    case.assert_right()


def test_backfill_batches_slower_than_target_shrink(items: Callable[..., Case]) -> None:
    case = items(200)
    first = case.load(batch_size=64, batch_seconds=1e-9)[0]
    # 64, 32, 16, 8, 4, 2, 1 and then row by row
    assert first.batches == 7 + 200 - 127
    case.assert_right()


def test_backfill_pause_rests_only_between_batches(items: Callable[..., Case]) -> None:
    case = items(30)
    loader = case.loader()
    key = loader.ranges[0].key
    began = time.monotonic()
    case.load_key(key, batch_size=10, pause=0.2)
    assert 0.4 <= time.monotonic() - began < 2
    began = time.monotonic()
    case.load_key("items:rest", pause=30)
    assert time.monotonic() - began < 10


def test_backfill_range_done_records_rows_seconds_and_checksum(items: Callable[..., Case]) -> None:
    case = items(1_500)
    result = case.load(batch_size=400)[0]
    counters = case.counters(result.key)
    assert counters["row_count"] == result.row_count == 1_000
    assert counters["checksum"] == result.checksum
    assert counters["batches"] == result.batches == 3
    assert 0 < counters["seconds"] == result.seconds
    assert counters["done_version"] == case.described().code_version
    assert counters["cursor_id"] is None
    checksums = [item.checksum for item in case.progress()]
    assert len(set(checksums)) == len(checksums)


def test_lease_taken_by_other_during_pause_writes_nothing(items: Callable[..., Case]) -> None:
    """The fence itself: the token is compared in the transaction that writes the rows."""
    case = items(1_000)
    key = case.loader().ranges[0].key
    case.run("INSERT INTO links VALUES (1, 'stale')")
    case.run("UPDATE denorm.read_model SET paused_at = now()")

    def steal_when_paused(line: str) -> None:
        assert "paused" in line
        case.run("UPDATE denorm.range_progress SET lease_token = lease_token + 1")
        case.run("UPDATE denorm.read_model SET paused_at = NULL")

    loader = ModelLoader(case.database, case.system, case.model, QUICK)
    lost = pytest.raises(LeaseLost, match=r"another worker took this range over .* nothing was written twice")
    with each_line(steal_when_paused), lost:
        list(loader.load_keys([key]))
    assert case.rows("SELECT id, body FROM links") == [(1, "stale")]
    assert case.counters(key)["batches"] == 0
