"""How long schema work is likely to take: row counts from the catalog, and rates that were measured."""

from __future__ import annotations

from dataclasses import replace

from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.predicates import EVERY_ROW

# Rows a second on 2 cores, PostgreSQL 18; up to 1 M rows measured 1.0 M, 89 k, 0.8 to 1.6 M and 17 M, and 90 M rows,
# most of which come from the disk, a third of that where it was measured. A wide row or a costly definition is slower.
_LOADED = 300_000
_MERGED = 90_000
"""Where every row changes; where none does, nine times as many."""
_INDEXED = 700_000
_VALIDATED = 4_000_000


def held_rows(session: Session, target: TableName) -> int:
    """Rows of a table or view with its partitions; 0 where it is not there."""
    found = session.row(query("catalog", "estimated_rows", schema=target.schema, table=target.name))
    return found["rows"] if found else 0


def model_rows(session: Session, described: DescribedModel) -> int:
    """Rows of a read model: those that it holds, or as many as the planner expects of its definition."""
    held = held_rows(session, described.table)
    # No time is stored before the read model is registered.
    defined = batch.defined_rows(replace(described, at_clock=None), EVERY_ROW)
    return held or int(query_plan(session, defined)["Plan Rows"])


def merge_seconds(rows: int) -> float:
    """Staging, writing and comparing all rows of a read model in place."""
    return rows / _MERGED


def replace_seconds(rows: int, indexes: int) -> float:
    """Filling a new table, with its key and so many secondary indexes, and comparing it."""
    return rows / _LOADED + index_seconds(rows) * indexes


def index_seconds(rows: int) -> float:
    """Building one index."""
    return rows / _INDEXED


def validate_seconds(rows: int) -> float:
    """Validating one foreign key."""
    return rows / _VALIDATED
