"""Rows that aggregate all rows of their sources, made of what is kept of blocks of IDs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.blocks import PartialAggregates
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.partials import forget, forget_blocks, keep_all, keep_blocks, rows_of_partials
from denorm_assets.sql.rows.predicates import EVERY_ROW
from denorm_assets.sql.statement import Statement

_MANY_BLOCKS, _LARGE_SHARE = 50, 0.5
"""So many blocks, if they are this share of all, cost more one by one than a scan of the sources does. Counted, because
the planner does not know how few rows a block has: it takes a range between two values of a row for a default share."""


class BlockRows:
    """Computes rows from what is kept of blocks; anchors are the blocks' numbers.

    Attributes:
        divisible: every block is in every row, so that the rows of some blocks say nothing.
    """

    divisible = False

    def __init__(self, described: DescribedModel, partials: PartialAggregates) -> None:
        """Nothing is read yet."""
        self._described = described
        self._partials = partials

    def needs_all(self, session: Session, model_id: int, pending: int) -> bool:
        """Whether all blocks have to be made, because some are not kept, or so many are pending."""
        version = self._described.code_version
        named = {"model_id": model_id, "code_version": version, "counted": pending >= _MANY_BLOCKS}
        kept = session.one(query("drains", "has_partials", **named))
        return not kept["found"] or (kept["blocks"] is not None and pending > kept["blocks"] * _LARGE_SHARE)

    def all_rows(self, session: Session, model_id: int) -> Statement:
        """Recompute the partial aggregates of all blocks; the SELECT of the rows that they make.

        In the transaction of the caller, which took what was pending before.
        """
        session.execute(forget(model_id))
        for number, part in enumerate(self._partials.parts):
            session.execute(keep_all(part, model_id, number))
        version = self._described.code_version
        session.execute(query("drains", "note_partials", model_id=model_id, code_version=version))
        return rows_of_partials(self._partials, model_id)

    def rows_of(self, session: Session, model_id: int, anchors: Sequence[str | None]) -> tuple[Statement, Statement]:
        """The same where only these blocks have to be recomputed, and the predicate for what they reach: every row."""
        blocks: defaultdict[int, list[int]] = defaultdict(list)
        for number in anchors:
            assert number is not None, "a block has a number"
            # It says the part, too.
            block, part = divmod(int(number), len(self._partials.parts))
            blocks[part].append(block)
        for part, of_part in blocks.items():
            session.execute(forget_blocks(model_id, part, of_part))
            session.execute(keep_blocks(self._partials.parts[part], model_id, part, of_part))
        return rows_of_partials(self._partials, model_id), EVERY_ROW

    def whole_is_cheaper(
        self, session: Session, anchors: Sequence[str | None], portions: float, *, known_to_fail: bool
    ) -> bool:
        """Never: `needs_all` counts the blocks."""
        return False
