"""Finding the rows that drifted: halving a segment that differs until single rows can be looked at."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from denorm_assets.db.compare.compare import compare_settled
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.comparison import Comparison
from denorm_assets.sql.rows.anchors import anchored_between, settled
from denorm_assets.sql.rows.predicates import both
from denorm_assets.sql.rows.repair import anchor_quantiles, differing_anchors
from denorm_assets.sql.statement import Statement

ROWS_AT_ONCE = 50_000
"""Rows on either side that are compared one by one; beyond that, checksums of segments are faster."""
_PARTS = 16


@dataclass(frozen=True)
class Drifted:
    """Anchors whose rows differ in one segment, and how many rows that are.

    Attributes:
        anchors: as text, at most as many as were asked for; the counts are those of all.
        within: the segment, as a predicate over the read model's columns.
    """

    anchors: tuple[str | None, ...]
    missing: int
    extra: int
    altered: int
    within: Statement


def locate(
    session: Session,
    described: DescribedModel,
    model_id: int,
    within: Statement,
    comparison: Comparison,
    at_most: int,
    between: tuple[str | None, str | None] = (None, None),
) -> Generator[Drifted]:
    """Each small segment of `within`, of which `comparison` says that it differs, with the anchors that drifted in it.

    Anchors whose changes are pending count as right. Segments are cut at quantiles of the anchors that the table holds,
    so that gaps and skew make none too large; what one anchor has is never cut. `between` are the anchors (as text)
    that `comparison` is about: beyond the first and not beyond the second.
    """
    first, last = between
    segment = both(within, anchored_between(described, first, last))
    bounds: list[str] = []
    if max(comparison.held_rows, comparison.defined_rows) > ROWS_AT_ONCE:
        each = -(-comparison.held_rows // _PARTS) or 1
        bounds = [row["anchor"] for row in session.rows(anchor_quantiles(described, segment, each))]
    if len(bounds) < 2:
        found = _drifted(session, described, model_id, segment, at_most)
        if found is not None:
            yield found
        return
    for after, up_to in zip([first, *bounds], [*bounds, last], strict=True):
        smaller = both(within, anchored_between(described, after, up_to))
        of_segment = compare_settled(session, described, smaller, model_id)
        if of_segment.wrong:
            yield from locate(session, described, model_id, within, of_segment, at_most, (after, up_to))


def _drifted(
    session: Session, described: DescribedModel, model_id: int, within: Statement, at_most: int
) -> Drifted | None:
    rows = session.rows(differing_anchors(described, both(within, settled(described, model_id)), at_most))
    if not rows:
        return None
    first = rows[0]
    anchors = tuple(row["anchor"] for row in rows)
    return Drifted(anchors, first["missing"], first["extra"], first["altered"], within)
