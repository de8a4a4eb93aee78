"""The ranges of a driving set: made once from keyset quantiles, extended as the table grows, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from denorm_assets.db.control.locks import held, ranges_lock
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import BadRange
from denorm_assets.model.catalog.described import DescribedDriver, DescribedModel
from denorm_assets.model.ids import Id, precedes
from denorm_assets.model.ranges import (
    EVERYTHING,
    SMALLEST_RANGE,
    IdInterval,
    IdRange,
    requested_interval,
    rest_after,
    rest_key,
    rows_per_range,
    tile,
)
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.ranges import extent, quantiles


@dataclass(frozen=True)
class RangeProgress:
    """How far one range of one read model is.

    Attributes:
        done: compared equal at the model's present code version.
        partly: some batches are committed, others are not.
        holder: who works on it now, or None.
        launch: the launch that finished it.
        grown: whether it was added while the model was live, so that refreshes wrote its rows.
    """

    key: str
    source: str
    done: bool
    partly: bool
    holder: str | None
    row_count: int | None
    checksum: str | None
    seconds: float | None
    done_at: datetime | None
    launch: str | None
    grown: bool = False
    batches: int = 0
    rows_written: int = 0
    rows_removed: int = 0


def extend_ranges(session: Session, range_set: str, drivers: Sequence[DescribedDriver]) -> list[str]:
    """Make the first ranges, or add further ones where the table has grown; returns the keys added, in order.

    A source grows by ranges once what lies beyond its last one holds twice the rows of a range. Waits for another
    process that adds ranges to the same set.
    """
    added: list[str] = []
    why = f"{range_set}: another process adds ranges"
    with held(session, ranges_lock(range_set), why), session.transaction():
        known = _stored(session, range_set)
        for described in drivers:
            source = described.driver.source
            bounds = known.get(source, {})
            new = _new_ranges(session, described, bounds)
            if not bounds:
                new = [*new, rest_after(source, None)]
            first_position = max(bounds, default=0) + 1
            for offset, id_range in enumerate(new):
                _store(session, range_set, id_range, 0 if id_range.is_rest else first_position + offset)
                added.append(id_range.key)
    return added


def list_ranges(session: Session, range_set: str, drivers: Sequence[DescribedDriver]) -> list[IdRange]:
    """All ranges of the set, bounded ones in order of their IDs, each source's `rest` after them."""
    known = _stored(session, range_set)
    ranges: list[IdRange] = []
    for described in drivers:
        source = described.driver.source
        bounds = known.get(source)
        if bounds is None:
            continue
        kind = described.kind
        last: Id | None = None
        for position in sorted(bounds):
            key, lo, hi = bounds[position]
            if position > 0:
                last = kind.parse(hi) if hi else None
                ranges.append(IdRange(source, key, IdInterval(kind.parse(lo) if lo else None, last)))
        ranges.append(rest_after(source, last))
    return ranges


def range_keys(session: Session, range_set: str) -> list[str]:
    """Keys of all ranges in the order in which Dagster should list them."""
    return [row["key"] for row in session.rows(query("ranges", "keys_in_order", range_set=range_set))]


def range_progress(session: Session, model_id: int) -> list[RangeProgress]:
    """Progress of every range of the model, in order."""
    return [
        RangeProgress(
            key=row["key"],
            source=row["source"],
            done=row["done"],
            partly=row["partly"],
            holder=row["holder"],
            row_count=row["row_count"],
            checksum=row["checksum"],
            seconds=row["seconds"],
            done_at=row["done_at"],
            launch=row["done_launch"],
            grown=row["grown"],
            batches=row["batches"] or 0,
            rows_written=row["rows_written"] or 0,
            rows_removed=row["rows_removed"] or 0,
        )
        for row in session.rows(query("ranges", "progress", model_id=model_id))
    ]


def select_ranges(
    session: Session, described: DescribedModel, ranges: Sequence[IdRange], from_id: str | None, to_id: str | None
) -> list[tuple[IdRange, IdInterval]]:
    """The ranges that IDs `from_id` to `to_id` touch, each with the part of it that is asked for.

    Raises BadRange for IDs that are malformed or lie wholly outside the table.
    """
    chosen: list[tuple[IdRange, IdInterval]] = []
    extents: list[str] = []
    for driver in described.drivers:
        wanted = requested_interval(driver.kind, from_id, to_id)
        if from_id is not None or to_id is not None:
            measured = session.one(extent(driver.driver, EVERYTHING))
            smallest, largest = measured["smallest"], measured["largest"]
            source = driver.driver.source
            extents.append(f"{source} has {'no rows' if smallest is None else f'IDs from {smallest} to {largest}'}")
            if smallest is None or wanted.intersection(IdInterval(smallest, largest)) is None:
                continue
        for id_range in ranges:
            interval = id_range.interval.intersection(wanted) if id_range.source == driver.driver.source else None
            if interval is not None:
                chosen.append((id_range, interval))
    if not chosen:
        raise BadRange(
            f"no row has an ID between {from_id or 'the first'} and {to_id or 'the last'}: {'; '.join(extents)}",
            "Give IDs within the table",
        )
    return chosen


def _new_ranges(
    session: Session, described: DescribedDriver, bounds: dict[int, tuple[str, str | None, str | None]]
) -> list[IdRange]:
    source, kind, table = described.driver.source, described.kind, described.driver.table
    if not session.one(query("catalog", "relation", schema=table.schema, table=table.name))["filled"]:
        # The materialized view of a read model that is not loaded yet; once it is, it counts as grown.
        return []
    last = bounds[max(bounds)][2] if bounds else None
    after = kind.parse(last) if last else None
    rest = rest_after(source, after).interval
    measured = session.one(extent(described.driver, rest))
    if not bounds:
        rows = rows_per_range(measured["row_count"])
    else:
        rows = max(SMALLEST_RANGE, -(-measured["row_count"] // 20))
        if measured["row_count"] < 2 * rows:
            return []
    upper = [row["id"] for row in session.rows(quantiles(described.driver, rest, rows))]
    largest = measured["largest"]
    # A first load ends at the largest ID; growth leaves the incomplete last interval to `rest`.
    if not bounds and largest is not None and (not upper or precedes(upper[-1], largest)):
        upper.append(largest)
    return tile(source, kind, after, upper)


def _stored(session: Session, range_set: str) -> dict[str, dict[int, tuple[str, str | None, str | None]]]:
    known: dict[str, dict[int, tuple[str, str | None, str | None]]] = {}
    for row in session.rows(query("ranges", "list", range_set=range_set)):
        known.setdefault(row["source"], {})[row["position"]] = (row["key"], row["lo"], row["hi"])
    return known


def _store(session: Session, range_set: str, id_range: IdRange, position: int) -> None:
    lo, hi = id_range.interval.lo, id_range.interval.hi
    session.execute(
        query(
            "ranges",
            "add",
            range_set=range_set,
            key=id_range.key if position else rest_key(id_range.source),
            source=id_range.source,
            position=position,
            lo=None if lo is None or position == 0 else str(lo),
            hi=None if hi is None else str(hi),
        )
    )
