"""Rows that aggregate all rows of their sources, made of what is kept of blocks of IDs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.blocks import PartialAggregates
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.partials import forget, forget_blocks, keep_all, keep_blocks, rows_of_partials
from denorm_assets.sql.statement import Statement

_MANY_BLOCKS, _LARGE_SHARE = 50, 0.5
"""So many blocks, if they are this share of all, cost more one by one than a scan of the sources does. Counted, because
the planner does not know how few rows a block has: it takes a range between two values of a row for a default share."""


def needs_all_blocks(session: Session, described: DescribedModel, model_id: int, pending: int) -> bool:
    """Whether all blocks have to be made, because some are not kept, or so many are pending; false where it has none.

    Where its blocks are gone, what is pending are still numbers of blocks, and nothing is kept.
    """
    if described.partials is None:
        return bool(described.blocks)
    named = {"model_id": model_id, "code_version": described.code_version, "counted": pending >= _MANY_BLOCKS}
    kept = session.one(query("drains", "has_partials", **named))
    return not kept["found"] or (kept["blocks"] is not None and pending > kept["blocks"] * _LARGE_SHARE)


def rows_of_all_blocks(
    session: Session, described: DescribedModel, partials: PartialAggregates, model_id: int
) -> Statement:
    """Recompute the partial aggregates of all blocks; the SELECT of the rows that they make.

    In the transaction of the caller, which took what was pending before.
    """
    session.execute(forget(model_id))
    for number, part in enumerate(partials.parts):
        session.execute(keep_all(part, model_id, number))
    session.execute(query("drains", "note_partials", model_id=model_id, code_version=described.code_version))
    return rows_of_partials(partials, model_id)


def rows_of_blocks(session: Session, partials: PartialAggregates, model_id: int, numbers: Sequence[str]) -> Statement:
    """The same where only the blocks with these numbers have to be recomputed."""
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    for number in numbers:
        # It says the part, too.
        block, part = divmod(int(number), len(partials.parts))
        blocks[part].append(block)
    for part, of_part in blocks.items():
        session.execute(forget_blocks(model_id, part, of_part))
        session.execute(keep_blocks(partials.parts[part], model_id, part, of_part))
    return rows_of_partials(partials, model_id)
