"""ID ranges: they tile everything, their keys are fit for Dagster, and intervals keep the laws of sets."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from denorm_assets.errors import BadRange
from denorm_assets.model.ids import Id, IdKind
from denorm_assets.model.ranges import (
    EVERYTHING,
    MOST_INITIAL_RANGES,
    SMALLEST_RANGE,
    IdInterval,
    requested_interval,
    rest_after,
    rest_key,
    rows_per_range,
    tile,
)
from tests.unit.model.strategies import LAST_UUID, Pair, Tiling, holds, pairs, tilings


@given(tilings())
def test_tile_any_id_or_null_lies_in_exactly_one_range(tiling: Tiling) -> None:
    assert sum(holds(id_range.interval, tiling.id) for id_range in tiling.ranges) == 1


@given(tilings())
def test_tile_any_bound_ends_its_own_range(tiling: Tiling) -> None:
    ends = [id_range.interval.hi for id_range in tiling.ranges if not id_range.is_rest]
    assert ends == list(dict.fromkeys(tiling.bounds))


@given(tilings())
def test_range_keys_are_unique_and_valid_in_dagster(tiling: Tiling) -> None:
    keys = [id_range.key for id_range in tiling.ranges]
    assert len(set(keys)) == len(keys)
    assert all("," not in key and "..." not in key and key.startswith("items:") for key in keys)


@given(st.lists(st.integers(0, 999_999_999), min_size=1, unique=True).map(sorted))
def test_range_keys_integers_below_billion_sort_like_ids(bounds: list[int]) -> None:
    keys = [id_range.key for id_range in tile("items", IdKind.INTEGER, None, bounds)]
    # "min" sorts after digits; the first range is the only one that has it.
    assert keys[1:] == sorted(keys[1:])


@given(tilings(IdKind.UUID))
def test_range_keys_uuids_sort_like_ids(tiling: Tiling) -> None:
    keys = [id_range.key for id_range in tiling.ranges if id_range.interval.lo is not None and not id_range.is_rest]
    assert keys == sorted(keys)


def test_range_keys_show_both_ends_zero_padded() -> None:
    ranges = [*tile("entries", IdKind.INTEGER, None, [2_000, 40_000]), rest_after("entries", 40_000)]
    assert [id_range.key for id_range in ranges] == [
        "entries:min-000002000",
        "entries:000002001-000040000",
        "entries:rest",
    ]


def test_range_keys_negative_and_huge_integers_stay_distinct() -> None:
    ranges = tile("entries", IdKind.INTEGER, None, [-5, 5, 10**12])
    assert [id_range.key for id_range in ranges] == [
        "entries:min--00000005",
        "entries:-00000004-000000005",
        "entries:000000006-1000000000000",
    ]


def test_tile_repeated_bound_ends_one_range() -> None:
    assert [id_range.interval for id_range in tile("items", IdKind.INTEGER, None, [5, 5, 5, 9])] == [
        IdInterval(None, 5),
        IdInterval(6, 9),
    ]


def test_rest_after_no_bound_is_everything() -> None:
    rest = rest_after("items", None)
    assert rest.interval == EVERYTHING
    assert rest.is_rest
    assert rest.key == rest_key("items") == "items:rest"


def test_rest_after_last_uuid_holds_only_null() -> None:
    rest = rest_after("items", LAST_UUID).interval
    assert holds(rest, None)
    assert not holds(rest, LAST_UUID)
    assert not holds(rest, UUID(int=0))


@given(pairs())
def test_interval_intersection_holds_ids_of_both(pair: Pair) -> None:
    both = pair.left.intersection(pair.right)
    assert (both is not None and holds(both, pair.id)) == (holds(pair.left, pair.id) and holds(pair.right, pair.id))


@given(pairs())
def test_interval_intersection_is_symmetric(pair: Pair) -> None:
    assert pair.left.intersection(pair.right) == pair.right.intersection(pair.left)


@given(pairs())
def test_interval_intersection_with_everything_is_unchanged(pair: Pair) -> None:
    assume(pair.left.intersection(pair.left) is not None)
    assert pair.left.intersection(EVERYTHING) == pair.left


@given(pairs(), st.data())
def test_interval_after_cursor_holds_later_ids_and_null(pair: Pair, data: st.DataObject) -> None:
    cursors = [end for end in (pair.right.lo, pair.right.hi, pair.left.hi, pair.left.lo) if end is not None]
    assume(cursors)
    cursor = data.draw(st.sampled_from(cursors))
    left = pair.left.after(cursor)
    done = holds(IdInterval(None, cursor), pair.id)
    assert (left is not None and holds(left, pair.id)) == (holds(pair.left, pair.id) and not done)


def test_interval_after_no_cursor_is_whole_interval() -> None:
    assert IdInterval(1, 5).after(None) == IdInterval(1, 5)


def test_interval_after_last_id_is_none() -> None:
    assert IdInterval(1, 5).after(5) is None
    assert IdInterval(None, LAST_UUID).after(LAST_UUID) is None


@pytest.mark.parametrize(
    ("interval", "shown"),
    [(IdInterval(1, 5), "1-5"), (IdInterval(None, 5), "min-5"), (EVERYTHING, "min-max")],
)
def test_interval_text_shows_both_ends(interval: IdInterval, shown: str) -> None:
    assert str(interval) == shown


@given(st.integers(0, 10**9))
def test_rows_per_range_any_count_keeps_ranges_large_and_few(rows: int) -> None:
    per_range = rows_per_range(rows)
    assert per_range >= SMALLEST_RANGE
    assert -(-rows // per_range) <= MOST_INITIAL_RANGES


@pytest.mark.parametrize(
    ("from_id", "to_id", "expected"),
    [
        (None, None, EVERYTHING),
        ("5", None, IdInterval(5, None)),
        (None, "7", IdInterval(None, 7)),
        ("5", "5", IdInterval(5, 5)),
        ("-3", "0", IdInterval(-3, 0)),
    ],
)
def test_requested_interval_integer_ends_give_interval(
    from_id: str | None, to_id: str | None, expected: IdInterval
) -> None:
    assert requested_interval(IdKind.INTEGER, from_id, to_id) == expected


def test_requested_interval_uuid_text_gives_interval() -> None:
    first: Id = UUID("018f2c3e-0000-7000-8000-000000000000")
    assert requested_interval(IdKind.UUID, str(first), None) == IdInterval(first, None)


@pytest.mark.parametrize(
    ("kind", "from_id", "to_id", "message"),
    [
        (IdKind.INTEGER, "9", "3", "the range from 9 to 3 is empty. Give the smaller ID first"),
        (IdKind.INTEGER, "1,000", None, "'1,000' is not an ID of this table. Give a whole number"),
        (IdKind.INTEGER, "", None, "'' is not an ID of this table. Give a whole number"),
        (IdKind.INTEGER, None, "1.5", "'1.5' is not an ID of this table. Give a whole number"),
        (
            IdKind.UUID,
            "17",
            None,
            "'17' is not an ID of this table. Give a UUID such as 018f2c3e-0000-7000-8000-000000000000",
        ),
    ],
)
def test_requested_interval_malformed_end_raises_with_remedy(
    kind: IdKind, from_id: str | None, to_id: str | None, message: str
) -> None:
    with pytest.raises(BadRange) as caught:
        requested_interval(kind, from_id, to_id)
    assert str(caught.value) == message
