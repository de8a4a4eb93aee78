"""What a read model is compared in: its ranges, or all of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from denorm_assets.db.control.ranges import list_ranges, range_progress, select_ranges
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import BadRange
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.predicates import EVERY_ROW, in_interval, in_range, of_no_source
from denorm_assets.sql.statement import Statement

_NEVER = datetime.min.replace(tzinfo=UTC)
AS_A_WHOLE = "as a whole"
"""What the only segment of a read model without ranges is called."""


@dataclass(frozen=True)
class Segment:
    """Rows of a read model that are compared by themselves.

    Attributes:
        within: the same as a predicate over its columns.
        driver: the source that has its IDs; None where it has none.
        whole: whether it is all of what `name` names, and not just the IDs that somebody asked for.
    """

    name: str
    within: Statement
    driver: Driver | None = None
    whole: bool = True


def segments_of(session: Session, described: DescribedModel, registered: Registration) -> list[Segment]:
    """All segments of a read model that has ranges: these, and what lies in none of them."""
    segments = [
        Segment(id_range.key, in_range(described, id_range), described.driver(id_range.source).driver)
        for id_range in list_ranges(session, registered.range_set, described.drivers)
    ]
    # A partitioned table takes no row that is in none of its partitions.
    if segments and not described.partitions and any(item.driver.discriminators for item in described.drivers):
        segments.append(Segment("rows of no driving source", of_no_source(described)))
    return segments


def segments_to_compare(
    session: Session, described: DescribedModel, registered: Registration, options: ReconcileOptions
) -> tuple[list[Segment], int]:
    """The segments that `options` ask for, what was compared longest ago first; and about how many rows the table has.

    Raises BadRange for IDs outside the table.
    """
    # Statistics, too: the read model may have grown a lot since it was loaded.
    estimated = held_rows(session, described.table)
    everything = options.from_id is None and options.to_id is None
    if not described.drivers:
        if not everything:
            raise BadRange(
                f"{described.full_name} has no ID ranges", "Leave from_id and to_id out to compare all of it"
            )
        return [Segment(AS_A_WHOLE, EVERY_ROW)], max(registered.whole_rows or 0, estimated)
    loaded = sum(item.row_count or 0 for item in range_progress(session, registered.model_id) if item.done)
    segments = (
        segments_of(session, described, registered) if everything else _touched(session, described, registered, options)
    )
    compared = {
        row["segment"]: row["compared_at"]
        for row in session.rows(query("reconcile", "compared", model_id=registered.model_id))
    }
    return sorted(segments, key=lambda segment: compared.get(segment.name, _NEVER)), max(loaded, estimated)


def _touched(
    session: Session, described: DescribedModel, registered: Registration, options: ReconcileOptions
) -> list[Segment]:
    """What lies between the IDs that somebody asked for, range by range."""
    ranges = list_ranges(session, registered.range_set, described.drivers)
    segments: list[Segment] = []
    for id_range, interval in select_ranges(session, described, ranges, options.from_id, options.to_id):
        driver = described.driver(id_range.source).driver
        segments.append(Segment(id_range.key, in_interval(driver, interval), driver, interval == id_range.interval))
    return segments
