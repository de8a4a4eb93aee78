"""What a read model is compared in: its ranges, or all of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from denorm_assets.db.ranges import list_ranges, range_progress, select_ranges
from denorm_assets.db.registry import Registration
from denorm_assets.db.session import Session
from denorm_assets.errors import BadRange
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.drivers import Driver
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.sql.control import query
from denorm_assets.sql.predicates import EVERY_ROW, in_stretch, of_no_source
from denorm_assets.sql.statement import Statement

_NEVER = datetime.min.replace(tzinfo=UTC)
_OF_NO_SOURCE = "rows of no driving source"


@dataclass(frozen=True)
class Part:
    """A stretch of a read model that is compared by itself.

    Attributes:
        within: the same as a predicate over its columns.
        driver: the source that has its IDs; None where it has none.
        whole: whether it is all of what `name` names, and not just the IDs that somebody asked for.
    """

    name: str
    within: Statement
    driver: Driver | None = None
    whole: bool = True


def parts_to_compare(
    session: Session, described: DescribedModel, registered: Registration, options: ReconcileOptions
) -> tuple[list[Part], int]:
    """The parts that `options` ask for, what was compared longest ago first; and about how many rows the table has.

    Raises BadRange for IDs outside the table.
    """
    if not described.drivers:
        if options.from_id is not None or options.to_id is not None:
            raise BadRange(
                f"{described.full_name} has no ID ranges", "Leave from_id and to_id out to compare all of it"
            )
        return [Part("as a whole", EVERY_ROW)], max(registered.whole_rows or 0, _estimated_rows(session, described))
    loaded = sum(item.row_count or 0 for item in range_progress(session, registered.model_id) if item.done)
    held = max(loaded, _estimated_rows(session, described))
    ranges = list_ranges(session, registered.range_set, described.drivers)
    parts: list[Part] = []
    for id_range, stretch in select_ranges(session, described, ranges, options.from_id, options.to_id):
        driver = described.driver(id_range.source).driver
        whole = stretch == id_range.stretch
        parts.append(Part(id_range.key, in_stretch(driver, stretch), driver, whole))
    # A partitioned table takes no row that is in none of its partitions.
    everything = options.from_id is None and options.to_id is None
    if everything and not described.partitions and any(item.driver.discriminators for item in described.drivers):
        parts.append(Part(_OF_NO_SOURCE, of_no_source(described)))
    compared = {
        row["part"]: row["compared_at"]
        for row in session.rows(query("reconcile", "compared", model_id=registered.model_id))
    }
    return sorted(parts, key=lambda part: compared.get(part.name, _NEVER)), held


def _estimated_rows(session: Session, described: DescribedModel) -> int:
    """What statistics say; the read model may have grown a lot since it was loaded."""
    named = {"schema": described.schema, "table": described.model.name}
    return session.one(query("catalog", "table_size", **named))["estimated_rows"]
