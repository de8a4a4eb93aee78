"""Writing down that a rebuilt read model is what its declaration says: the last part of the rebuild's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from denorm_assets.db.capture.declared import Captured, go_live
from denorm_assets.db.capture.install import adopt_recompute
from denorm_assets.db.control.ranges import extend_ranges, list_ranges
from denorm_assets.db.control.registry import register
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.refresh.full_refresh import record_whole
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.compare import held_digest
from denorm_assets.sql.rows.predicates import in_range
from denorm_assets.sql.versions import range_set_name


@dataclass(frozen=True)
class Held:
    """Row counts and checksums of what a table holds: as a whole, or range by range."""

    whole: dict[str, Any] | None
    keys: tuple[str, ...] = ()
    row_counts: tuple[int, ...] = ()
    checksums: tuple[str, ...] = ()


def make_ranges(session: Session, system: System, described: DescribedModel) -> None:
    """Make the ranges of a read model that has other driving columns than before; those that are there stay."""
    range_set = range_set_name(system, described.model)
    if described.drivers and not list_ranges(session, range_set, described.drivers):
        extend_ranges(session, range_set, described.drivers)


def count_held(session: Session, system: System, described: DescribedModel) -> Held:
    """What the table of `described` holds now. Its ranges are there."""
    if not described.drivers:
        return Held(session.one(held_digest(described)))
    ranges = list_ranges(session, range_set_name(system, described.model), described.drivers)
    digests = [session.one(held_digest(described, in_range(described, each))) for each in ranges]
    return Held(
        None,
        tuple(each.key for each in ranges),
        tuple(digest["row_count"] for digest in digests),
        tuple(digest["checksum"] for digest in digests),
    )


def put_in_place(session: Session, system: System, captured: Captured, held: Held) -> None:
    """Register the present version as compared, done and live; whoever backfills an older one loses its range."""
    described, model_id = captured.described, captured.model_id
    register(session, system, described)
    if held.whole is not None:
        record_whole(session, described, model_id, held.whole)
    else:
        done = {"keys": list(held.keys), "row_counts": list(held.row_counts), "checksums": list(held.checksums)}
        version = described.code_version
        session.execute(query("leases", "finish_ranges", model_id=model_id, code_version=version, **done))
    session.execute(query("drains", "release_quarantine", model_id=model_id, everything=True, anchors=[], nulls=True))
    adopt_recompute(session, described, model_id)
    if described.at_clock is None:
        session.execute(query("clocks", "forget", model_id=model_id))
    go_live(session, captured)
