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
def test_every_id_and_null_lies_in_exactly_one_range(tiling: Tiling) -> None:
    assert sum(holds(id_range.interval, tiling.id) for id_range in tiling.ranges) == 1


@given(tilings())
def test_every_bound_lies_in_the_range_that_it_ends(tiling: Tiling) -> None:
    ends = [id_range.interval.hi for id_range in tiling.ranges if not id_range.is_rest]
    assert ends == list(dict.fromkeys(tiling.bounds))


@given(tilings())
def test_keys_are_unique_and_dagster_can_relaunch_them(tiling: Tiling) -> None:
    keys = [id_range.key for id_range in tiling.ranges]
    assert len(set(keys)) == len(keys)
    assert all("," not in key and "..." not in key and key.startswith("items:") for key in keys)


@given(st.lists(st.integers(0, 999_999_999), min_size=1, unique=True).map(sorted))
def test_keys_of_integers_below_a_billion_sort_as_their_ids_do(bounds: list[int]) -> None:
    keys = [id_range.key for id_range in tile("items", IdKind.INTEGER, None, bounds)]
    # "min" sorts after digits; the first range is the only one that has it.
    assert keys[1:] == sorted(keys[1:])


@given(tilings(IdKind.UUID))
def test_keys_of_uuids_sort_as_their_ids_do(tiling: Tiling) -> None:
    keys = [id_range.key for id_range in tiling.ranges if id_range.interval.lo is not None and not id_range.is_rest]
    assert keys == sorted(keys)


def test_keys_spell_out_both_ends_padded_with_zeros() -> None:
    ranges = [*tile("entries", IdKind.INTEGER, None, [2_000, 40_000]), rest_after("entries", 40_000)]
    assert [id_range.key for id_range in ranges] == [
        "entries:min-000002000",
        "entries:000002001-000040000",
        "entries:rest",
    ]


def test_ranges_of_negative_and_huge_integers_have_keys_of_their_own() -> None:
    ranges = tile("entries", IdKind.INTEGER, None, [-5, 5, 10**12])
    assert [id_range.key for id_range in ranges] == [
        "entries:min--00000005",
        "entries:-00000004-000000005",
        "entries:000000006-1000000000000",
    ]


def test_a_bound_that_many_rows_share_ends_one_range() -> None:
    assert [id_range.interval for id_range in tile("items", IdKind.INTEGER, None, [5, 5, 5, 9])] == [
        IdInterval(None, 5),
        IdInterval(6, 9),
    ]


def test_without_a_bounded_range_rest_is_everything() -> None:
    rest = rest_after("items", None)
    assert rest.interval == EVERYTHING
    assert rest.is_rest
    assert rest.key == rest_key("items") == "items:rest"


def test_rest_beyond_the_last_possible_uuid_holds_nulls_alone() -> None:
    rest = rest_after("items", LAST_UUID).interval
    assert holds(rest, None)
    assert not holds(rest, LAST_UUID)
    assert not holds(rest, UUID(int=0))


@given(pairs())
def test_an_intersection_holds_what_both_hold(pair: Pair) -> None:
    both = pair.left.intersection(pair.right)
    assert (both is not None and holds(both, pair.id)) == (holds(pair.left, pair.id) and holds(pair.right, pair.id))


@given(pairs())
def test_an_intersection_does_not_depend_on_the_order(pair: Pair) -> None:
    assert pair.left.intersection(pair.right) == pair.right.intersection(pair.left)


@given(pairs())
def test_an_intersection_with_everything_changes_nothing(pair: Pair) -> None:
    assume(pair.left.intersection(pair.left) is not None)
    assert pair.left.intersection(EVERYTHING) == pair.left


@given(pairs(), st.data())
def test_what_is_left_after_a_cursor_is_every_later_id_and_null(pair: Pair, data: st.DataObject) -> None:
    cursors = [end for end in (pair.right.lo, pair.right.hi, pair.left.hi, pair.left.lo) if end is not None]
    assume(cursors)
    cursor = data.draw(st.sampled_from(cursors))
    left = pair.left.after(cursor)
    done = holds(IdInterval(None, cursor), pair.id)
    assert (left is not None and holds(left, pair.id)) == (holds(pair.left, pair.id) and not done)


def test_nothing_done_leaves_all() -> None:
    assert IdInterval(1, 5).after(None) == IdInterval(1, 5)


def test_a_finished_interval_leaves_nothing() -> None:
    assert IdInterval(1, 5).after(5) is None
    assert IdInterval(None, LAST_UUID).after(LAST_UUID) is None


@pytest.mark.parametrize(
    ("interval", "shown"),
    [(IdInterval(1, 5), "1-5"), (IdInterval(None, 5), "min-5"), (EVERYTHING, "min-max")],
)
def test_an_interval_is_shown_by_its_ends(interval: IdInterval, shown: str) -> None:
    assert str(interval) == shown


@given(st.integers(0, 10**9))
def test_initial_ranges_are_neither_tiny_nor_many(rows: int) -> None:
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
def test_people_ask_for_an_interval_by_its_ends(from_id: str | None, to_id: str | None, expected: IdInterval) -> None:
    assert requested_interval(IdKind.INTEGER, from_id, to_id) == expected


def test_a_person_asks_for_uuids_by_their_text() -> None:
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
def test_a_malformed_range_says_what_to_give_instead(
    kind: IdKind, from_id: str | None, to_id: str | None, message: str
) -> None:
    with pytest.raises(BadRange) as caught:
        requested_interval(kind, from_id, to_id)
    assert str(caught.value) == message
