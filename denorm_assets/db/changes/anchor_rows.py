"""How the rows of anchors are found, and what that is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from psycopg import errors as pg

from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.rows.anchors import anchored, anchored_rows, rows_one_by_one
from denorm_assets.sql.statement import Statement


def rows_of_anchors(
    described: DescribedModel, anchors: Sequence[str | None], *, one_by_one: bool
) -> tuple[Statement, Statement]:
    """SELECT of these anchors' rows, together or `one_by_one`, and the predicate for them."""
    known = [anchor for anchor in anchors if anchor is not None]
    nulls = len(known) < len(anchors)
    within = anchored(described, known, nulls=nulls)
    if one_by_one:
        return rows_one_by_one(described, known, nulls=nulls), within
    return anchored_rows(described, known, nulls=nulls), within


def expected_cost(session: Session, statement: Statement) -> float:
    """What the planner expects the statement to cost; infinity where it makes no plan.

    It makes none of a full join whose columns a constant replaces, where ON says more than that these are equal.
    """
    try:
        return float(query_plan(session, statement)["Total Cost"])
    except pg.FeatureNotSupported:
        return inf
