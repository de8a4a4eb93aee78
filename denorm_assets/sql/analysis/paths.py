"""From a changed row to the anchors whose rows it can have altered: a tree of paths rooted at the anchor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.blocks import Block, Node
from denorm_assets.sql.analysis.clauses import Branch, branches
from denorm_assets.sql.analysis.full_joins import of_full_join
from denorm_assets.sql.analysis.qualification import SourceColumns
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.analysis.scopes import Condition, ScopeReader


@dataclass(frozen=True)
class Path:
    """How changes of one occurrence of a source lead to anchors.

    Attributes:
        source: the changed table; `alias` its occurrence.
        columns: the source's columns that the path reads from the changed row.
        root: the anchor's occurrence, read on the way or not; the changed one itself where their aliases are equal.
        anchor: expression of the anchor, over `alias` and the aliases in `nodes`.
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

    @property
    def reads(self) -> tuple[TableName, ...]:
        """Tables that are read on the way."""
        return tuple(node.table for node in self.nodes if node.table is not None)


@dataclass(frozen=True)
class Reach:
    """How changes reach the rows of a read model.

    Attributes:
        paths: of the occurrences of sources from which a path leads to the anchors.
        whole: the other sources, each with the reason why a change there can alter any row.
    """

    paths: tuple[Path, ...]
    whole: Mapping[TableName, str]


_MOST_COMBINATIONS = 64
"""Combinations of branches of set operations in FROM that are followed one by one."""


def reach_of(
    tree: exp.Query,
    columns: SourceColumns,
    schema: str,
    anchor_column: str,
    opaque: frozenset[str] = frozenset(),
) -> Reach:
    """A path for every occurrence of every source in the qualified `tree`, in all branches, or why there is none.

    `anchor_column` is the output column that identifies anchors. Where it is a value of one source that is in every row
    and never null-extended, or what a full join has from either side, paths lead to it. `opaque` are the names of
    functions that make one value of many rows, or many rows of one value; no predicate is followed through them.
    """
    try:
        return _reach_of(tree, columns, schema, anchor_column, opaque)
    except Refusal as refusal:
        return Reach((), dict.fromkeys(columns, str(refusal)))


def _reach_of(
    tree: exp.Query, columns: SourceColumns, schema: str, anchor_column: str, opaque: frozenset[str]
) -> Reach:
    common: dict[str, exp.CTE] = {}
    for cte in tree.find_all(exp.CTE):
        parent = cte.parent
        if isinstance(parent, exp.With) and parent.args.get("recursive"):
            raise Refusal("WITH RECURSIVE", "a change can reach rows over any number of steps")
        if cte.alias in common:
            raise Refusal(f"WITH {cte.alias}", "two common table expressions have the same name")
        common[cte.alias] = cte
    paths: dict[Path, None] = {}
    whole: dict[TableName, str] = {}
    found = branches(tree)
    position = _position(found[0].select, anchor_column)
    for branch in found:
        for reader, block in _combinations(common, schema, opaque, branch):
            try:
                roots = _roots(reader, block, position)
            except Refusal as refusal:
                roots, reason = [], str(refusal)
            else:
                reason = "no predicate that must hold leads from there to the anchor"
            reached: set[str] = set()
            for root, anchor in roots:
                attached = _attach(reader, root)
                reached |= attached.keys()
                for node in reader.nodes.values():
                    if node.table is not None and node.alias in attached:
                        paths[_path(reader, node, node.table, root, anchor, attached, columns)] = None
            for node in reader.nodes.values():
                if node.table is not None and node.alias not in reached:
                    whole.setdefault(node.table, reason)
    return Reach(tuple(path for path in paths if path.source not in whole), whole)


def _combinations(
    common: Mapping[str, exp.CTE], schema: str, opaque: frozenset[str], branch: Branch
) -> Iterator[tuple[ScopeReader, Block]]:
    """`branch` read with each combination of branches of the set operations in its FROM."""
    choices: Sequence[int] | None = ()
    for _ in range(_MOST_COMBINATIONS):
        if choices is None:
            return
        reader = ScopeReader(common, schema, opaque, choices)
        yield reader, reader.read(branch)
        choices = reader.next_choices()
    if choices is not None:
        raise Refusal("UNION", f"its branches in FROM make more than {_MOST_COMBINATIONS} combinations")


def _roots(reader: ScopeReader, block: Block, position: int) -> list[tuple[Node, exp.Expr]]:
    """The occurrences that the anchor is a value of, each with that value; several where a full join has either."""
    name = block.select.expressions[position].alias_or_name
    if block.limited:
        raise Refusal("LIMIT", "any row can push out any other")
    expression = block.let_out(position)
    if expression is None:
        raise Refusal(name, "it is not in every GROUP BY, DISTINCT ON and PARTITION BY, so any row can alter any other")
    either = of_full_join(reader, expression.unnest())
    if either:
        return either
    aliases = {column.table for column in expression.find_all(exp.Column)}
    if not aliases:
        raise Refusal(name, "it is one value in all rows")
    # A value that a function in FROM makes of a row is one of that row.
    rows = {alias for each in aliases for alias in _closure([each], {}, reader.nodes) if not reader.nodes[alias].needs}
    if not (aliases | rows).isdisjoint(reader.nullable):
        raise Refusal(name, "an outer join can make it NULL")
    if len(rows) > 1:
        raise Refusal(name, "it is computed from rows of several sources")
    return [(reader.nodes[rows.pop()], expression.unnest())]


def _attach(reader: ScopeReader, root: Node) -> dict[str, tuple[Condition, ...]]:
    """Alias -> the conditions through which its rows reach the root; in the order of attachment."""
    attached: dict[str, tuple[Condition, ...]] = {root.alias: _filters(reader, root.alias, set())}
    grown = True
    while grown:
        grown = False
        for node in reader.nodes.values():
            if node.alias in attached:
                continue
            if node.needs and node.needs <= attached.keys():
                attached[node.alias] = ()
                grown = True
                continue
            # A function of constants, and VALUES, lead nowhere by themselves.
            conditions = _filters(reader, node.alias, attached.keys())
            if not node.needs and any(
                node.alias in condition.nodes and len(condition.nodes) > 1 for condition in conditions
            ):
                attached[node.alias] = conditions
                grown = True
    return attached


def _filters(reader: ScopeReader, alias: str, attached: Set[str]) -> tuple[Condition, ...]:
    """What must hold for rows of `alias` to matter, as far as it can be said with what is attached.

    That includes what says nothing of these rows themselves: where `a.j <> 0` guards `12 / a.j`, it has to go along.
    """
    return tuple(
        condition
        for condition in reader.conditions
        if alias in condition.serves and condition.nodes <= attached | {alias}
    )


def _path(
    reader: ScopeReader,
    changed: Node,
    source: TableName,
    root: Node,
    anchor: exp.Expr,
    attached: Mapping[str, tuple[Condition, ...]],
    columns: SourceColumns,
) -> Path:
    of_anchor = (column.table for column in anchor.find_all(exp.Column))
    needed = _closure([changed.alias, *of_anchor], attached, reader.nodes)
    # Not in the order of a set: the text has to be the same in every process.
    conditions = [
        condition for alias in attached if alias in needed for condition in attached[alias] if condition.nodes <= needed
    ]
    conditions = list(dict.fromkeys(conditions))
    expression = anchor
    shortcut = _shortcut(root, anchor, conditions, changed, {alias: reader.nodes[alias] for alias in needed}, columns)
    if shortcut is not None:
        # An equal column stands nearer: the anchor's own table need not be read.
        expression = shortcut
        conditions = [condition for condition in conditions if root.alias not in condition.nodes]
        conditions.append(
            Condition(exp.Not(this=exp.Is(this=shortcut.copy(), expression=exp.Null())), frozenset(), frozenset())
        )
        needed = {alias for alias in needed if alias != root.alias}
    ordered = [alias for alias in attached if alias in needed and alias != changed.alias]
    parts = [expression, *(condition.predicate for condition in conditions)]
    parts += [node.function for node in reader.nodes.values() if node.alias in needed and node.function is not None]
    read = {column.name for part in parts for column in part.find_all(exp.Column) if column.table == changed.alias}
    return Path(
        source,
        changed.alias,
        tuple(column for column in columns[source] if column in read),
        root,
        expression,
        tuple(reader.nodes[alias] for alias in ordered),
        tuple(condition.predicate for condition in conditions),
    )


def _closure(
    start: Iterable[str], attached: Mapping[str, tuple[Condition, ...]], nodes: Mapping[str, Node]
) -> set[str]:
    """The aliases of what has to be read for those at the start: what conditions name, and what functions are over."""
    needed: set[str] = set()
    waiting = list(start)
    while waiting:
        alias = waiting.pop()
        if alias in needed:
            continue
        needed.add(alias)
        waiting += [other for condition in attached.get(alias, ()) for other in condition.nodes]
        waiting += nodes[alias].needs
    return needed


def _shortcut(
    root: Node,
    anchor: exp.Expr,
    conditions: list[Condition],
    changed: Node,
    nodes: Mapping[str, Node],
    columns: SourceColumns,
) -> exp.Column | None:
    """The column that an equality says is the anchor, where nothing else on the path needs the anchor's row.

    Of the same type: what a value becomes when cast to the anchor's type may be another value, or an error.
    """
    if (
        not isinstance(anchor, exp.Column)
        or changed.alias == root.alias
        or any(root.alias in node.needs for node in nodes.values())
    ):
        return None
    through = [condition for condition in conditions if root.alias in condition.nodes and len(condition.nodes) > 1]
    if len(through) != 1 or not isinstance(through[0].predicate, exp.EQ):
        return None
    sides = [through[0].predicate.this.unnest(), through[0].predicate.expression.unnest()]
    for mine, other in (sides, sides[::-1]):
        if mine == anchor and isinstance(other, exp.Column) and other.table != root.alias:
            table = nodes[other.table].table
            if table is not None and root.table is not None:
                type_name = columns[table].get(other.name)
                if type_name is not None and type_name == columns[root.table].get(anchor.name):
                    return other
    return None


def _position(select: exp.Select, column: str) -> int:
    for position, projection in enumerate(select.expressions):
        if projection.alias_or_name == column:
            return position
    raise Refusal(column, "the definition has no such output column")
