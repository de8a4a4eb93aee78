"""The rows of anchors, each computed from its sources, and what that is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from psycopg import errors as pg

from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.rows.anchors import anchored, anchored_rows, rows_one_by_one
from denorm_assets.sql.rows.batch import defined_rows
from denorm_assets.sql.rows.predicates import EVERY_ROW
from denorm_assets.sql.statement import Statement

_LARGE_SHARE = 0.1
"""Where some anchors' rows are expected to cost more than this share of all, another way to find them is looked at."""


class AnchorRows:
    """Computes rows anchor by anchor.

    Attributes:
        divisible: the rows of some anchors can be computed without those of others.
    """

    divisible = True

    def __init__(self, described: DescribedModel) -> None:
        """All anchors of a portion are looked up together, until `whole_is_cheaper` says otherwise."""
        self._described = described
        self._one_by_one = False

    def needs_all(self, session: Session, model_id: int, pending: int) -> bool:
        """Whether what is pending are no anchors: numbers of blocks that the definition had before."""
        return bool(self._described.blocks)

    def all_rows(self, session: Session, model_id: int) -> Statement:
        """SELECT of all rows."""
        return defined_rows(self._described, EVERY_ROW)

    def rows_of(self, session: Session, model_id: int, anchors: Sequence[str | None]) -> tuple[Statement, Statement]:
        """SELECT of these anchors' rows, and the predicate for them."""
        return self._found(anchors, one_by_one=self._one_by_one)

    def whole_is_cheaper(
        self, session: Session, anchors: Sequence[str | None], portions: float, *, known_to_fail: bool
    ) -> bool:
        """Choose how the rows of these anchors are found; whether all rows would cost less than so many `portions`.

        Not where the whole is `known_to_fail`.
        """
        whole = 0.0 if known_to_fail else _expected_cost(session, defined_rows(self._described, EVERY_ROW))
        part = _expected_cost(session, self._found(anchors, one_by_one=False)[0])
        self._one_by_one = False
        if portions * part > whole * _LARGE_SHARE or len(self._described.anchor) > 1:
            other = _expected_cost(session, self._found(anchors, one_by_one=True)[0])
            self._one_by_one, part = other < part, min(part, other)
        return not known_to_fail and _whole_is_cheaper(whole, portions * part)

    def _found(self, anchors: Sequence[str | None], *, one_by_one: bool) -> tuple[Statement, Statement]:
        known = [anchor for anchor in anchors if anchor is not None]
        nulls = len(known) < len(anchors)
        select = rows_one_by_one if one_by_one else anchored_rows
        return select(self._described, known, nulls=nulls), anchored(self._described, known, nulls=nulls)


def _expected_cost(session: Session, statement: Statement) -> float:
    """What the planner expects the statement to cost; infinity where it makes no plan.

    It makes none of a full join whose columns a constant replaces, where ON says more than that these are equal.
    """
    try:
        return float(query_plan(session, statement)["Total Cost"])
    except pg.FeatureNotSupported:
        return inf


def _whole_is_cheaper(whole: float, part: float) -> bool:
    return whole < part
