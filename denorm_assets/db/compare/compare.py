"""Comparing a read model with its definition."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import psycopg

from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.comparison import Comparison, DifferingRow
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.anchors import settled
from denorm_assets.sql.rows.compare import differing_rows, digests
from denorm_assets.sql.rows.predicates import both
from denorm_assets.sql.statement import Statement

SAMPLES = 20


def compare(session: Session, described: DescribedModel, within: Statement) -> Comparison:
    """Checksums of table and definition restricted by `within`, in one statement and so in one snapshot."""
    row = session.one(digests(described, within))
    return Comparison(row["defined_rows"], row["defined_checksum"], row["held_rows"], row["held_checksum"])


def compare_settled(session: Session, described: DescribedModel, within: Statement, model_id: int) -> Comparison:
    """The same, but where both sides differ, without the anchors that pending changes explain.

    The anchors left out are those pending in the snapshot of the comparison itself (design rule 19). So are those in
    quarantine, whose rows cannot be computed. Raises TookTooLong.
    """
    with session.bounded(session.whole_bound, snapshot=True):
        comparison = None
        # What is in quarantine would fail again, or never end.
        if not session.one(query("drains", "quarantined", model_id=model_id))["count"]:
            with suppress(psycopg.DataError), session.transaction():
                comparison = compare(session, described, within)
        if comparison is not None and comparison.equal:
            return comparison
        stale = session.one(query("drains", "stale", model_id=model_id))
        # Its one row is made of all blocks.
        everything = stale["everything"] or bool(described.blocks and stale["anchors"])
        if comparison is not None and everything:
            return replace(comparison, left_out=stale["anchors"], undetermined=True)
        if comparison is not None and not stale["anchors"]:
            return comparison
        found = compare(session, described, both(within, settled(described, model_id)))
    return replace(found, left_out=stale["anchors"], undetermined=everything)


def sample_differences(session: Session, described: DescribedModel, within: Statement) -> list[DifferingRow]:
    """Up to `SAMPLES` differing rows of each side, by key."""
    rows = session.rows(differing_rows(described, within, SAMPLES))
    return [DifferingRow(row["side"], row["key"], row["row"]) for row in rows]
