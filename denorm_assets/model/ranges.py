"""ID ranges: contiguous intervals of a driving source's IDs that together tile everything.

The first range begins at minus infinity, each next one where the last ended, and `rest` covers what lies beyond
the last one, and NULL. Ranges are never changed or split once made; growth cuts new ones off the front of `rest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from denorm_assets.errors import BadRange
from denorm_assets.model.ids import Id, IdKind, precedes, successor

REST = "rest"

SMALLEST_RANGE = 1_000
MOST_INITIAL_RANGES = 200

_FIRST_UUID = UUID(int=0)


@dataclass(frozen=True)
class IdInterval:
    """IDs from `lo` to `hi`, both inclusive; None is infinity. `nulls` adds the rows without an ID.

    Where `hi` precedes `lo` there are no IDs, only NULLs.
    """

    lo: Id | None
    hi: Id | None
    nulls: bool = False

    def __str__(self) -> str:
        return f"{'min' if self.lo is None else self.lo}-{'max' if self.hi is None else self.hi}"

    def intersection(self, other: IdInterval) -> IdInterval | None:
        """What both cover, or None."""
        lo = other.lo if self.lo is None or (other.lo is not None and precedes(self.lo, other.lo)) else self.lo
        hi = other.hi if self.hi is None or (other.hi is not None and precedes(other.hi, self.hi)) else self.hi
        nulls = self.nulls and other.nulls
        if not nulls and lo is not None and hi is not None and precedes(hi, lo):
            return None
        return IdInterval(lo, hi, nulls)

    def after(self, cursor: Id | None) -> IdInterval | None:
        """What is left once every ID up to and including `cursor` is done (NULLs come last), or None."""
        if cursor is None:
            return self
        lo = successor(cursor)
        # No ID can follow the last possible UUID, but NULLs can.
        beyond = IdInterval(cursor, _FIRST_UUID, nulls=True) if lo is None else IdInterval(lo, None, nulls=True)
        return self.intersection(beyond)


EVERYTHING = IdInterval(None, None, nulls=True)


@dataclass(frozen=True)
class IdRange:
    """One range of one driving source.

    Attributes:
        source: name of the driving source, as it stands in `key`.
        key: the Dagster partition key, `source:lo-hi`; of the last one `source:rest`.
        interval: the IDs that it covers now (only that of `rest` ever shrinks).
    """

    source: str
    key: str
    interval: IdInterval

    @property
    def is_rest(self) -> bool:
        """Whether this is the open end of its source."""
        return self.key == rest_key(self.source)


def rest_key(source: str) -> str:
    """Key of the range that covers what lies beyond the last bounded one."""
    return f"{source}:{REST}"


def range_key(source: str, kind: IdKind, interval: IdInterval) -> str:
    """Key of a bounded range. Commas are never part of it: Dagster cannot relaunch partitions whose key has one."""
    lo = "min" if interval.lo is None else kind.show(interval.lo)
    hi = "max" if interval.hi is None else kind.show(interval.hi)
    return f"{source}:{lo}-{hi}"


def tile(source: str, kind: IdKind, after: Id | None, upper_bounds: Sequence[Id]) -> list[IdRange]:
    """Consecutive ranges that end at each of `upper_bounds` (ascending), the first beginning after `after`.

    `after` None means minus infinity. A bound that stands twice ends one range.
    """
    ranges: list[IdRange] = []
    previous = after
    for bound in upper_bounds:
        interval = IdInterval(None, bound).after(previous)
        if interval is not None:
            ranges.append(IdRange(source, range_key(source, kind, interval), interval))
            previous = bound
    return ranges


def rest_after(source: str, last_bound: Id | None) -> IdRange:
    """The open range beyond `last_bound` (None: there is no bounded range yet, so it covers everything)."""
    interval = EVERYTHING.after(last_bound)
    assert interval is not None, "NULLs always remain"
    return IdRange(source, rest_key(source), interval)


def rows_per_range(row_count: int) -> int:
    """How many source rows an initial range holds: at least `SMALLEST_RANGE`, at most `MOST_INITIAL_RANGES` ranges."""
    return max(SMALLEST_RANGE, -(-row_count // MOST_INITIAL_RANGES))


def requested_interval(kind: IdKind, from_id: str | None, to_id: str | None) -> IdInterval:
    """The interval that a person asks for; open ends where an ID is not given. Raises BadRange."""
    lo = None if from_id is None else kind.parse(from_id)
    hi = None if to_id is None else kind.parse(to_id)
    if lo is not None and hi is not None and precedes(hi, lo):
        raise BadRange(f"the range from {lo} to {hi} is empty", "Give the smaller ID first")
    return IdInterval(lo, hi, nulls=from_id is None and to_id is None)
