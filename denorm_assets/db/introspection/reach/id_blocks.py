"""Whether a definition is kept by blocks of IDs: one that aggregates all rows, or large groups; and of whose IDs."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from math import ceil, inf, isqrt, log2, prod

from denorm_assets.db.introspection.definition_tree import Parsed, parse_definition
from denorm_assets.db.introspection.estimates import held_rows
from denorm_assets.db.introspection.faithful_tree import faithful_tree
from denorm_assets.db.introspection.name_resolution import resolved
from denorm_assets.db.introspection.reach.functions_of_rows import functions_of_rows
from denorm_assets.db.introspection.reach.shape import reach_by_key, shape_of, source_columns, tables_read
from denorm_assets.db.introspection.views_read import ViewsRead, closed_beneath
from denorm_assets.db.postgres.explain import query_plan
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import MissingPrivilege
from denorm_assets.model.catalog.blocks import IdBlocks, Part, PartialAggregates
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.refresh import Debounced
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.aggregated_select import Aggregated, Kept
from denorm_assets.sql.analysis.clock.definition_text import stored_time
from denorm_assets.sql.analysis.clock.marks import with_marks
from denorm_assets.sql.analysis.id_occurrences import occurrences
from denorm_assets.sql.analysis.partial_aggregates import Folded, folded
from denorm_assets.sql.analysis.qualification import SourceColumns
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Statement, name, table, verbatim

_AGGREGATE = re.compile(r"\{AGGREF :aggfnoid (\d+)")
LEAST_ROWS = 256
"""Of a block. A change reads the rows of its block, which take half as long as what is kept of each block and group:
with n rows and g groups, blocks of sqrt(n * g) / 2 cost a change the least, about 2 ms of 1 M rows in one group."""
ROWS_OF_LARGE_GROUP = 4_096
"""On average. Smaller groups are recomputed, so that one that fails, or waits, keeps no other from being right."""
_BITS_OF_EMPTY, _MOST_BITS = 11, 40


def best_blocks(session: Session, described: DescribedModel, views: ViewsRead) -> tuple[IdBlocks, ...]:
    """The blocks by which `described`, which reads `views`, is kept, of each part; none where it is kept otherwise.

    Those of the source with the most rows, of those whose changes then reach only blocks.
    """
    # A writing transaction cannot wait for what others do with the same block.
    if not isinstance(described.model.refresh, Debounced) or described.drivers:
        return ()
    with suppress(Refusal, MissingPrivilege):
        if closed_beneath(session, views):
            return ()
        columns = source_columns(session, tables_read(session, described))
        read = parse_definition(session, described, views)
        found = _folded(session, described, read, columns)
        if found is None or not _folds(session, read):
            return ()
        blocks = tuple(each for part in found.parts if (each := _of_largest(session, part, len(found.parts))))
        if len(blocks) == len(found.parts):
            by_block = replace(described, blocks=blocks)
            whole = reach_by_key(by_block, shape_of(session, by_block, read, columns))[0].whole
            tables = {_table(part, each) for part, each in zip(found.parts, blocks, strict=True)}
            return () if tables & whole.keys() else blocks
    return ()


def partial_aggregates(session: Session, described: DescribedModel, views: ViewsRead) -> PartialAggregates | None:
    """What is executed of `described` to keep its blocks; None where it has none, or none any more.

    A view that it reads may have been redefined since they were chosen.
    """
    if not described.blocks:
        return None
    with suppress(Refusal, MissingPrivilege):
        columns = source_columns(session, tables_read(session, described))
        read = parse_definition(session, described, views)
        found = _folded(session, described, read, columns)
        if found is None or not _folds(session, read) or not found.has_blocks(described.blocks):
            return None
        kept = [_kept(session, part) for part in found.parts]
        found = found.at_time(stored_time(described.system, described.model.name))
        parts = tuple(
            Part(blocks, _table(part, blocks), part.source, part.grouped_by, part.states)
            for part, blocks in zip(found.parts, described.blocks, strict=True)
        )
        return PartialAggregates(parts, found.rows([groups for groups, _ in kept], [states for _, states in kept]))
    return None


def _folded(session: Session, described: DescribedModel, read: Parsed, columns: SourceColumns) -> Folded | None:
    tree = with_marks(faithful_tree(session, described, read, columns))
    return folded(tree, functions_of_rows(session).all)


def _of_largest(session: Session, part: Aggregated, parts: int) -> IdBlocks | None:
    """Blocks of the source with the most rows that has IDs, if its groups are large."""
    groups = _groups(session, part)
    found = [(held_rows(session, each.table), each) for each in occurrences(part.select)]
    for rows, each in sorted(found, key=lambda item: item[0], reverse=True):
        column = session.row(query("sources", "leading_id", schema=each.table.schema, table=each.table.name))
        name_there = None if column is None else each.named(column["name"])
        if part.groups and (groups == inf or rows < ROWS_OF_LARGE_GROUP * groups):
            return None
        if column is not None and name_there is not None:
            # The number of the part has room in the number of a block.
            bits = max(parts.bit_length(), _bits(session, each.table, column["name"], rows, groups))
            return IdBlocks(each.alias, name_there, bits)
    return None


def _table(part: Aggregated, blocks: IdBlocks) -> TableName:
    """The source that has the IDs."""
    return next(each.table for each in occurrences(part.select) if each.puts_out(blocks))


def _folds(session: Session, read: Parsed) -> bool:
    """Whether each aggregate is made, exactly, of those of parts of its rows."""
    called = [int(function) for tree in read.trees for function in _AGGREGATE.findall(tree)]
    return session.one(query("definitions", "aggregates_fold", ids=called))["fold"]


def _kept(session: Session, part: Aggregated) -> tuple[tuple[Kept, ...], tuple[Kept, ...]]:
    """The types of the groups, and of what is kept of each."""
    columns = ", ".join(f"{text} AS denorm_kept_{n}" for n, text in enumerate((*part.grouped_by, *part.states)))
    grouped = f" GROUP BY {', '.join(part.grouped_by)}" if part.groups else ""
    with resolved(session, verbatim(f"SELECT {columns} {part.source}{grouped}"), trusted=True):
        rows = session.rows(query("catalog", "view_columns"))
    kept = tuple(
        Kept(row["type"], ".".join(f'"{name}"' for name in row["collation"]) if row["collation"] else None)
        for row in rows
    )
    return kept[: len(part.groups)], kept[len(part.groups) :]


def _groups(session: Session, part: Aggregated) -> float:
    """About how many groups there are, by the statistics of the tables that they are values of; infinity if unknown.

    The planner's guess for the SELECT itself is of no use: joins and conditions make it too low, by factors.
    """
    of_tables = part.groups_of_tables()
    if of_tables is None:
        return inf
    return prod(float(query_plan(session, verbatim(text))["Plan Rows"]) for text in of_tables)


def _bits(session: Session, source: TableName, column: str, rows: int, groups: float) -> int:
    """As many as a block's rows need, with the gaps between IDs that there are now."""
    bounds = session.one(
        Statement(
            "SELECT min({id})::numeric AS first, max({id})::numeric AS last FROM {source}",
            {"id": name(column), "source": table(source)},
        )
    )
    if bounds["first"] is None or not rows:
        return _BITS_OF_EMPTY
    ids = float(bounds["last"] - bounds["first"] + 1) / rows * max(LEAST_ROWS, isqrt(int(rows * groups)) // 2)
    return max(0, min(_MOST_BITS, ceil(log2(ids))))
