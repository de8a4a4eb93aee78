"""Hypothesis strategies for IDs, intervals and sets of ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from hypothesis import strategies as st

from denorm_assets.model.ids import Id, IdKind
from denorm_assets.model.ranges import IdInterval, IdRange, rest_after, tile

SMALLEST, LARGEST = -(2**63), 2**63 - 1
LAST_UUID = UUID(int=2**128 - 1)

# Small numbers too, so that equal and neighbouring IDs come up often.
INTEGERS = st.integers(-20, 20) | st.integers(SMALLEST, LARGEST)
UUIDS = (st.integers(0, 20) | st.integers(2**128 - 20, 2**128 - 1) | st.integers(0, 2**128 - 1)).map(
    lambda number: UUID(int=number)
)
KINDS = {IdKind.INTEGER: INTEGERS, IdKind.UUID: UUIDS}


@dataclass(frozen=True)
class Pair:
    """Two intervals and an ID of one kind; the ID may be None, for a row without one."""

    left: IdInterval
    right: IdInterval
    id: Id | None


def holds(interval: IdInterval, value: Id | None) -> bool:
    """Whether a row with this ID lies in `interval`: the meaning that the arithmetic is held against."""
    if value is None:
        return interval.nulls
    return (interval.lo is None or number(interval.lo) <= number(value)) and (
        interval.hi is None or number(value) <= number(interval.hi)
    )


def number(value: Id) -> int:
    """The place of an ID in the order of its kind."""
    return value.int if isinstance(value, UUID) else value


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Two intervals and an ID, all of one kind."""
    ids = KINDS[draw(st.sampled_from(IdKind))]
    return Pair(draw(_intervals(ids)), draw(_intervals(ids)), draw(st.none() | ids))


def _intervals(ids: st.SearchStrategy[Id]) -> st.SearchStrategy[IdInterval]:
    return st.builds(IdInterval, st.none() | ids, st.none() | ids, st.booleans())


@dataclass(frozen=True)
class Tiling:
    """The ranges of one source, made at once and then extended, and an ID of its kind."""

    kind: IdKind
    bounds: Sequence[Id]
    ranges: Sequence[IdRange]
    id: Id | None


@st.composite
def tilings(draw: st.DrawFn, kind: IdKind | None = None) -> Tiling:
    """Ranges as a first load makes them and growth adds to them, `rest` at the end."""
    chosen = kind or draw(st.sampled_from(IdKind))
    ids = KINDS[chosen]
    bounds = sorted(draw(st.lists(ids, max_size=12)), key=number)
    first = draw(st.integers(0, len(bounds)))
    ranges = tile("items", chosen, None, bounds[:first])
    last = bounds[first - 1] if first else None
    # Growth begins after the last bound, so a bound that stands on both sides of the cut is no new one.
    grown = [bound for bound in bounds[first:] if bound != last]
    ranges += tile("items", chosen, last, grown)
    ranges.append(rest_after("items", bounds[-1] if bounds else None))
    return Tiling(chosen, bounds, ranges, draw(st.none() | ids))
