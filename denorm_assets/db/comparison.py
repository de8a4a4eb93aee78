"""Comparing a read model with its definition."""

from __future__ import annotations

from denorm_assets.db.session import Session
from denorm_assets.model.comparison import Comparison, DifferingRow
from denorm_assets.model.described import DescribedModel
from denorm_assets.sql.compare import differing_rows, digests
from denorm_assets.sql.statement import Statement

SAMPLES = 20


def compare(session: Session, described: DescribedModel, within: Statement) -> Comparison:
    """Checksums of table and definition restricted by `within`, in one statement and so in one snapshot."""
    row = session.one(digests(described, within))
    return Comparison(row["defined_rows"], row["defined_checksum"], row["held_rows"], row["held_checksum"])


def sample_differences(session: Session, described: DescribedModel, within: Statement) -> list[DifferingRow]:
    """Up to `SAMPLES` differing rows of each side, by key."""
    rows = session.rows(differing_rows(described, within, SAMPLES))
    return [DifferingRow(row["side"], row["key"], row["row"]) for row in rows]
