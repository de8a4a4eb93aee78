"""About how many rows one change makes a refresh read: on the way to its anchors, and for the rows of these."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from denorm_assets.db.postgres.session import Session
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.explain import Explanation
from denorm_assets.sql.analysis.index_advice import Lookup
from denorm_assets.sql.control import query


def rows_read(
    session: Session, sources: Sequence[Explanation], rows: Mapping[TableName, int], unindexed: Collection[Lookup]
) -> list[int]:
    """Of a change of one row in each of `sources`, by the statistics of the tables, which have so many `rows`.

    A table is read as a whole, once, for lookups that no index serves, which are `unindexed`.
    """
    tables = _Tables(session, rows, unindexed)
    for_anchor, whole = tables.read([source.reads for source in sources])
    found: list[int] = []
    for source in sources:
        on_the_way, also_whole = tables.read([source.lookups])
        anchors = max(1.0, list(on_the_way.values())[-1] if on_the_way else 1.0)
        read = sum(on_the_way.values()) + anchors * sum(for_anchor.values())
        read += sum(rows[table] for table in whole | also_whole)
        # At most everything: all rows are recomputed where that costs less.
        found.append(round(min(read, sum(rows.values()))))
    return found


@dataclass(frozen=True)
class _Tables:
    session: Session
    rows: Mapping[TableName, int]
    unindexed: Collection[Lookup]

    def read(self, ways: Sequence[Sequence[Lookup]]) -> tuple[dict[Lookup, float], set[TableName]]:
        """The rows that each lookup of `ways` finds, one after the other from a single row; and what is read whole."""
        found, whole = dict[Lookup, float](), set[TableName]()
        for way in ways:
            rows = 1.0
            for lookup in way:
                rows = min(rows * self._alike(lookup), self.rows[lookup.table])
                if lookup.indexable and lookup not in self.unindexed:
                    found[lookup] = max(rows, found.get(lookup, 0.0))
                else:
                    whole.add(lookup.table)
        return found, whole

    def _alike(self, lookup: Lookup) -> float:
        """About how many rows have the same values in the columns that are looked up."""
        rows = self.rows[lookup.table]
        named = {"schema": lookup.table.schema, "table": lookup.table.name, "columns": list(lookup.columns)}
        values = self.session.row(query("catalog", "different_values", rows=rows, **named))
        return 1.0 if values is None else max(1.0, rows / max(1.0, values["count"]))
