"""What `refresh=Auto()` stands for in this database: by key, unless a large source is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from denorm_assets.db.introspection.sources import Sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query

MANY_ROWS = 100_000
"""A source of so many rows is large: reading all of it takes a second or so."""


@dataclass(frozen=True)
class Choice:
    """What `Auto()` stands for, and why, in words that follow "because"."""

    in_full: bool
    why: str


@dataclass(frozen=True)
class _Estimate:
    """About how many rows a source has, from the statistics of PostgreSQL, or from its size where it has none."""

    rows: int
    analyzed: bool


def choose(session: Session, described: DescribedModel, by_key: Sources) -> Choice:
    """The choice for a read model that is `described`, and has these sources, if it is kept by key."""
    if described.without_views is not None:
        return Choice(False, "a view that it reads has the clock in it, which the definition does not tell")
    whole = _whole_sources(session, by_key)
    if not whole:
        return Choice(False, "no source is whole")
    estimates = {table: _estimate(session, table) for table in whole}
    largest = max(whole, key=lambda table: estimates[table].rows)
    rows = estimates[largest].rows
    if rows >= MANY_ROWS:
        return Choice(True, f"source {largest} of about {rows:,} rows is whole ({whole[largest]})")
    return Choice(False, _small(estimates))


def _small(estimates: Mapping[TableName, _Estimate]) -> str:
    counted = " and ".join(f"source {table} of about {found.rows:,} rows" for table, found in estimates.items())
    unknown = [str(table) for table, found in estimates.items() if not found.analyzed]
    whole = "is whole, but has" if len(estimates) == 1 else "are whole, but have"
    why = f"{counted} {whole} fewer than {MANY_ROWS:,} rows"
    if unknown:
        why += f" (by its size, because there are no statistics of {' and '.join(unknown)})"
    return why


def _whole_sources(session: Session, sources: Sources) -> dict[TableName, str]:
    """The sources of which each change recomputes all rows, with the reason."""
    found = dict(sources.whole)
    for table in sources.watched:
        row = session.row(query("catalog", "relation", schema=table.schema, table=table.name))
        if row is not None and row["kind"] == "m":
            found.setdefault(table, "it is a materialized view, and does not say which rows a refresh changed")
    return found


def _estimate(session: Session, table: TableName) -> _Estimate:
    found = session.one(query("catalog", "estimated_rows", schema=table.schema, table=table.name))
    return _Estimate(found["rows"], found["analyzed"])
