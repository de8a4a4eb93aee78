"""The shape of a definition, with PostgreSQL's answers in it, and how changes reach the rows of an anchor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.db.introspection.definition_tree import Parsed
from denorm_assets.db.introspection.faithful_tree import faithful_tree
from denorm_assets.db.introspection.reach.functions_of_rows import functions_of_rows
from denorm_assets.db.introspection.views_read import ViewsRead, closed_beneath, views_read
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.blocks import BLOCK
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clock.definition_text import stored_time
from denorm_assets.sql.analysis.clock.marks import with_marks
from denorm_assets.sql.analysis.clock.reach import ClockReach, clock_reach_of
from denorm_assets.sql.analysis.functions_in_from import move_functions_to_from
from denorm_assets.sql.analysis.null_rejection import mark_strict
from denorm_assets.sql.analysis.partial_aggregates import folded
from denorm_assets.sql.analysis.qualification import SourceColumns, whole_rows
from denorm_assets.sql.analysis.reach.paths import Reach, reach_of
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.analysis.used_columns import used_columns
from denorm_assets.sql.control import query


def named_tables(session: Session, described: DescribedModel) -> tuple[list[TableName], ViewsRead]:
    """The relations that a definition names, and the views among them with what stands beneath."""
    named = [table.within(described.schema) for table in analyse(described.model.definition).tables]
    return named, views_read(session, named)


def tables_read(session: Session, described: DescribedModel) -> tuple[TableName, ...]:
    """What a definition reads, with what is beneath a view in its place."""
    named, views = named_tables(session, described)
    return views.in_place_of(named)


def source_columns(session: Session, tables: Sequence[TableName]) -> SourceColumns:
    """Columns and types of `tables`, which carry their schemas; a table may have no columns."""
    rows = session.rows(
        query("sources", "column_types", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    )
    found: dict[TableName, dict[str, str]] = {table: {} for table in tables}
    for row in rows:
        found[TableName(row["table"], row["schema"])][row["name"]] = row["type"]
    return found


@dataclass(frozen=True)
class Shape:
    """A definition, but for its anchor.

    Attributes:
        columns: all columns of each source.
        used: the columns of each source whose changes matter.
        tree: its syntax tree, or why its shape is not understood: each change then makes everything stale.
        closed: the tables that we may not read as a whole, each with the reason.
        opaque: the names of functions of many rows.
    """

    columns: SourceColumns
    used: Mapping[TableName, tuple[str, ...]]
    tree: exp.Query | str
    closed: Mapping[TableName, str]
    opaque: frozenset[str] = frozenset()


def shape_of(session: Session, described: DescribedModel, read: Parsed, columns: SourceColumns) -> Shape:
    """The shape of `described`, which `read` is; where it is not understood, all columns matter. Raises Refusal."""
    if read.reads_whole_joins:
        reason = "PostgreSQL keeps the columns that the join had when the definition was resolved"
        raise Refusal("a join that is read as a row", reason, "Name its columns")
    closed = closed_beneath(session, read.views)
    everything = {table: tuple(types) for table, types in columns.items()}
    try:
        tree = faithful_tree(session, described, read, columns)
    except Refusal as refusal:
        return Shape(columns, everything, str(refusal), closed)
    functions = functions_of_rows(session)
    if described.blocks:
        found = folded(tree, functions.all)
        if found is None or not found.has_blocks(described.blocks):
            return Shape(columns, everything, "the blocks of IDs are gone that its aggregates were kept by", closed)
        tree = found.by_block(described.blocks)
    rows = whole_rows(tree)
    used = everything if read.reads_whole_rows or rows else used_columns(tree, columns)
    if described.model.is_view:
        return Shape(columns, used, tree, closed)
    if read.reads_whole_rows and not rows:
        return Shape(columns, used, "it is read as a whole row", closed)
    move_functions_to_from(tree, functions.yielding, functions.all)
    if any(join.side for join in tree.find_all(exp.Join)):
        names = [call.name.lower() for call in tree.find_all(exp.Anonymous)]
        mark_strict(tree, {row["name"] for row in session.rows(query("sources", "strict_functions", names=names))})
    return Shape(columns, used, tree if described.at_clock is None else with_marks(tree), closed, functions.all)


def reach_by_key(described: DescribedModel, shape: Shape) -> tuple[Reach, ClockReach | None]:
    """How changes of the sources, and the clock, reach the rows; a view is stale as a whole."""
    tree, columns, timed = shape.tree, shape.columns, described.at_clock is not None
    if isinstance(tree, str):
        return Reach((), dict.fromkeys(columns, tree)), ClockReach(whole=tree) if timed else None
    if described.model.is_view:
        return Reach((), {}), None
    anchor = [BLOCK] if described.blocks else [column.name for column in described.anchor]
    reach = _by_open_ways(reach_of(tree, columns, anchor, shape.opaque), shape.closed)
    if not timed:
        return reach, None
    time = stored_time(described.system, described.model.name)
    paths = tuple(path.at_time(time) for path in reach.paths)
    return Reach(paths, reach.whole), clock_reach_of(tree, anchor, shape.opaque)


def _by_open_ways(reach: Reach, closed: Mapping[TableName, str]) -> Reach:
    """`reach`, without the paths that read tables which we may not read as a whole, each with the reason."""
    whole = dict(reach.whole)
    for path in reach.paths:
        for table in path.reads:
            if table in closed:
                whole.setdefault(path.source, f"the way to the anchor reads {table}: {closed[table]}")
    return Reach(tuple(path for path in reach.paths if path.source not in whole), whole)
