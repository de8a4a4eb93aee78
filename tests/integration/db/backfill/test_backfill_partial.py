"""A part of the IDs: its rows become right, and no range that is covered only partly counts as done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.errors import BadRange
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.case_process import Worker


def held(case: Case) -> set[int]:
    return {row[0] for row in case.rows("SELECT id FROM links")}


def test_backfill_id_interval_loads_only_those_and_marks_nothing_done(items: Callable[..., Case]) -> None:
    case = items(2_500)
    results = case.load("500", "1200", batch_size=100)
    assert [(result.outcome, result.rows_written, result.batches) for result in results] == [
        ("partly", 501, 6),
        ("partly", 200, 2),
    ]
    assert held(case) == set(range(500, 1_201))
    for item in case.progress():
        assert (item.done, item.partly, item.holder) == (False, False, None)
    for result in results:
        counters = case.counters(result.key)
        assert (counters["cursor_id"], counters["cursor_version"], counters["done_at"]) == (None, None, None)
    case.load()
    case.assert_right()


def test_backfill_ids_of_exactly_one_range_mark_it_done(items: Callable[..., Case]) -> None:
    case = items(2_500)
    [result] = case.load("1001", "2000")
    assert result.outcome == "done"
    assert [item.key for item in case.progress() if item.done] == ["items:000001001-000002000"]


def test_backfill_part_of_range_keeps_cursor_of_killed_worker(items: Callable[..., Case]) -> None:
    case = items(1_000)
    key = case.loader().ranges[0].key
    worker = Worker(case, "load", batch_size=100, pause=0.05)
    while case.counters(key).get("batches", 0) < 2:
        assert not worker.has_ended
    worker.kill()
    case.wait_for_backends_to_end(worker.pid)
    cursor = case.counters(key)["cursor_id"]

    case.load("900", "950")

    assert case.counters(key)["cursor_id"] == cursor
    # The interval was loaded already when the rest of the range is gone on with.
    assert case.load(batch_size=100)[0].outcome == "done"
    case.assert_right()


def test_backfill_part_of_done_range_is_corrected_and_stays_done(items: Callable[..., Case]) -> None:
    case = items(1_000)
    case.load()
    case.run("UPDATE links SET body = 'wrong' WHERE id IN (10, 20, 30)")
    case.run("INSERT INTO links VALUES (1000000, 'extra')")
    [result] = case.load("15", "25")
    assert (result.outcome, result.rows_written, result.rows_removed) == ("partly", 1, 0)
    assert {row for _, row in case.differences()} == {
        *("(10,wrong)", '(10,"item 10")', "(30,wrong)", '(30,"item 30")', "(1000000,extra)")
    }
    assert all(item.done for item in case.progress())


def test_backfill_only_from_or_to_id_loads_up_to_open_end(items: Callable[..., Case]) -> None:
    case = items(2_500)
    assert {result.outcome for result in case.load(to_id="10")} == {"partly"}
    assert held(case) == set(range(1, 11))
    outcomes = {result.key: result.outcome for result in case.load(from_id="1500")}
    assert outcomes == {
        "items:000001001-000002000": "partly",
        "items:000002001-000002500": "done",
        # NULLs are not among the IDs from 1500 on.
        "items:rest": "partly",
    }
    assert held(case) == {*range(1, 11), *range(1_500, 2_501)}


@pytest.mark.parametrize(
    ("from_id", "to_id", "problem"),
    [
        ("x", None, "'x' is not an ID of this table. Give a whole number"),
        ("1", "2.5", "'2.5' is not an ID of this table"),
        ("10", "1", "the range from 10 to 1 is empty. Give the smaller ID first"),
        ("5000", "6000", "no row has an ID between 5000 and 6000: items has IDs from 1 to 100. Give IDs within"),
        (None, "0", "no row has an ID between the first and 0"),
        ("101", None, "no row has an ID between 101 and the last"),
    ],
)
def test_backfill_bad_ids_are_refused_before_loading(
    items: Callable[..., Case], from_id: str | None, to_id: str | None, problem: str
) -> None:
    case = items(100)
    with pytest.raises(BadRange) as refused:
        case.load(from_id, to_id)
    assert str(refused.value).startswith(problem)
    assert refused.value.exit_status == 2
    assert held(case) == set()


def test_backfill_ids_of_empty_table_are_refused(items: Callable[..., Case]) -> None:
    case = items(0)
    with pytest.raises(BadRange, match="items has no rows"):
        case.load("1", "10")


def test_backfill_uuid_ids_in_any_spelling_are_accepted(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id uuid PRIMARY KEY);"
        "INSERT INTO items SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid"
        " FROM generate_series(1, 20) AS n",
        "SELECT id FROM items",
    )
    case.load("00000000-0000-0000-0000-000000000005", "00000000000000000000000000000007")
    assert [str(row[0])[-2:] for row in case.rows("SELECT id FROM links ORDER BY id")] == ["05", "06", "07"]
    with pytest.raises(BadRange, match="Give a UUID such as"):
        case.load("5", "7")
