"""From a changed row to the anchors whose rows it can have altered: a tree of paths rooted at the anchor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.qualification import SourceColumns
from denorm_assets.sql.analysis.reach.blocks import Node
from denorm_assets.sql.analysis.reach.conditions import Condition
from denorm_assets.sql.analysis.reach.missing_rows import is_never_true
from denorm_assets.sql.analysis.reach.readings import Reading, Root, readings, way
from denorm_assets.sql.analysis.refusal import Refusal


@dataclass(frozen=True)
class Path:
    """How changes of one occurrence of a source lead to anchors.

    Attributes:
        source: the changed table; `alias` its occurrence.
        columns: the source's columns that the path reads from the changed row.
        root: the anchor's occurrence, read on the way or not; the changed one itself where their aliases are equal.
        logged: aliases in `nodes` of rows that may have left together with the changed one.
        anchor: expression of the anchor, over `alias` and the aliases in `nodes`; a Tuple where it has several columns.
        nodes: what is read besides the changed row, in an order in which each needs only what stands before it.
        predicates: what joins them.
    """

    source: TableName
    alias: str
    columns: tuple[str, ...]
    root: Node
    anchor: exp.Expr
    nodes: tuple[Node, ...]
    predicates: tuple[exp.Expr, ...]
    logged: frozenset[str] = frozenset()

    def columns_of(self, alias: str) -> frozenset[str]:
        """The columns that the path reads of an occurrence."""
        parts = [self.anchor, *self.predicates, *(each.function for each in self.nodes if each.function is not None)]
        return frozenset(column.name for part in parts for column in part.find_all(exp.Column) if column.table == alias)

    @property
    def is_of_one_value(self) -> bool:
        """Whether every changed row leads to the same anchor: that of the rows which an outer join leaves it out of."""
        return self.anchor.find(exp.Column) is None

    @property
    def reads(self) -> tuple[TableName, ...]:
        """Tables that are read on the way."""
        return tuple(node.table for node in self.nodes if node.table is not None)

    def at_time(self, time: str) -> Path:
        """The same with the expression `time`, a timestamptz as SQL, in place of the clock."""
        return replace(self, root=self.root.at_time(time), nodes=tuple(node.at_time(time) for node in self.nodes))


@dataclass(frozen=True)
class Reach:
    """How changes reach the rows of a read model.

    Attributes:
        paths: of the occurrences of sources from which a path leads to the anchors.
        whole: the other sources, each with the reason why a change there can alter any row.
    """

    paths: tuple[Path, ...]
    whole: Mapping[TableName, str]


def reach_of(
    tree: exp.Query,
    columns: SourceColumns,
    anchor: Sequence[str],
    opaque: frozenset[str] = frozenset(),
) -> Reach:
    """A path for every occurrence of every source in the qualified `tree`, in all branches, or why there is none.

    `anchor` are the output columns that identify anchors. Where they are values of one source that is in every row and
    never null-extended, or of several that are joined, or what joins by equal columns have from any of them, paths lead
    there. `opaque` are the names of functions that make one value of many rows, or many rows of one value; no predicate
    is followed through them.
    """
    try:
        return _reach_of(tree, columns, anchor, opaque)
    except Refusal as refusal:
        return Reach((), dict.fromkeys(columns, str(refusal)))


def _reach_of(tree: exp.Query, columns: SourceColumns, anchor: Sequence[str], opaque: frozenset[str]) -> Reach:
    paths: dict[Path, None] = {}
    whole: dict[TableName, str] = {}
    for reading in readings(tree, anchor, opaque):
        paths |= dict.fromkeys(_paths(reading, reading.nodes.keys(), columns))
        unreached = reading.unreached
        for each in reading.split:
            paths |= dict.fromkeys(_paths(each, unreached, columns))
        unreached &= frozenset[str]().union(*(each.unreached for each in reading.split or [reading]))
        for node in reading.nodes.values():
            if node.table is not None and node.alias in unreached:
                whole.setdefault(node.table, reading.reason)
    return Reach(tuple(path for path in paths if path.source not in whole), whole)


def _paths(reading: Reading, aliases: AbstractSet[str], columns: SourceColumns) -> Iterator[Path]:
    """The paths from changes of what has one of these `aliases`."""
    roots = {root.node.alias for root in reading.roots}
    for root in reading.roots:
        # What has the anchor's value itself needs no other way.
        starts = (root.attached.keys() & aliases) - (roots - {root.node.alias})
        for node in reading.nodes.values():
            if node.table is not None and node.alias in starts:
                path = _path(reading, node, node.table, root, columns)
                if not any(map(is_never_true, path.predicates)):
                    yield path


def _path(
    reading: Reading,
    changed: Node,
    source: TableName,
    root: Root,
    columns: SourceColumns,
) -> Path:
    needed, conditions = way(reading.nodes, [changed.alias], root)
    expression, predicates = root.anchor, [condition.predicate for condition in conditions]
    on_the_way = {alias: reading.nodes[alias] for alias in needed}
    shortcut = _shortcut(root.node, root.anchor, conditions, on_the_way, columns)
    if shortcut is not None:
        # An equal column stands nearer: the anchor's own table need not be read.
        expression = shortcut
        predicates = [condition.predicate for condition in conditions if root.node.alias not in condition.nodes]
        predicates.append(exp.Not(this=exp.Is(this=shortcut.copy(), expression=exp.Null())))
        needed = {alias for alias in needed if alias != root.node.alias}
    ordered = [alias for alias in root.attached if alias in needed and alias != changed.alias]
    parts = [expression, *predicates]
    parts += [node.function for node in reading.nodes.values() if node.alias in needed and node.function is not None]
    read = {column.name for part in parts for column in part.find_all(exp.Column) if column.table == changed.alias}
    return Path(
        source,
        changed.alias,
        tuple(column for column in columns[source] if column in read),
        root.node,
        expression,
        tuple(reading.nodes[alias] for alias in ordered),
        tuple(predicates),
        root.joined - {changed.alias} if changed.alias in root.joined else frozenset(),
    )


def _shortcut(
    root: Node,
    anchor: exp.Expr,
    conditions: list[Condition],
    nodes: Mapping[str, Node],
    columns: SourceColumns,
) -> exp.Column | None:
    """The column that an equality says is the anchor, where nothing else on the path needs the anchor's row.

    Of the same type: what a value becomes when cast to the anchor's type may be another value, or an error.
    """
    if not isinstance(anchor, exp.Column) or any(root.alias in node.needs for node in nodes.values()):
        return None
    through = [condition for condition in conditions if root.alias in condition.nodes and len(condition.nodes) > 1]
    if len(through) != 1 or not isinstance(through[0].predicate, exp.EQ):
        return None
    sides = [through[0].predicate.this.unnest(), through[0].predicate.expression.unnest()]
    for mine, other in (sides, sides[::-1]):
        if mine == anchor and isinstance(other, exp.Column):
            table = nodes[other.table].table
            if table is None or root.table is None:
                continue
            if columns[table][other.name] == columns[root.table][anchor.name]:
                return other
    return None
