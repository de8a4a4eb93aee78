"""From a changed row to the anchors whose rows it can have altered: a tree of paths rooted at the anchor."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.blocks import Block, Node
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


def paths_to(
    tree: exp.Query,
    columns: SourceColumns,
    schema: str,
    anchor_column: str,
    opaque: frozenset[str] = frozenset(),
) -> tuple[Path, ...]:
    """A path for every occurrence of every source in the qualified `tree`, in all branches. Raises Refusal.

    `anchor_column` is the output column that identifies anchors; it has to be a plain column of a source that is in
    every row and never null-extended. `opaque` are the names of functions that make one value of many rows, or many
    rows of one value; no predicate is followed through them.
    """
    common: dict[str, exp.Expr] = {}
    for cte in tree.find_all(exp.CTE):
        parent = cte.parent
        if isinstance(parent, exp.With) and parent.args.get("recursive"):
            raise Refusal("WITH RECURSIVE", "a change can reach rows over any number of steps")
        if cte.alias in common:
            raise Refusal(f"WITH {cte.alias}", "two common table expressions have the same name")
        common[cte.alias] = cte.this
    found: list[Path] = []
    position: int | None = None
    for select in _branches(tree):
        if position is None:
            position = _position(select, anchor_column)
        found += _branch_paths(ScopeReader(common, schema, opaque), select, position, columns)
    return tuple(dict.fromkeys(found))


def _branch_paths(reader: ScopeReader, select: exp.Select, position: int, columns: SourceColumns) -> list[Path]:
    block = reader.read(select)
    anchor_column = select.expressions[position].alias_or_name
    root, anchor = _anchor(reader, block, anchor_column)
    attached = _attach(reader, root)
    missing = [node for node in reader.nodes.values() if node.alias not in attached]
    if missing:
        names = ", ".join(str(node.table) if node.table else str(node.columns[0]) for node in missing)
        raise Refusal(
            names,
            "no predicate that must hold leads from its rows to the anchor, so a change there could reach any row",
        )
    return [
        _path(reader, node, node.table, root, anchor, attached, columns)
        for node in reader.nodes.values()
        if node.table is not None
    ]


def _anchor(reader: ScopeReader, block: Block, column: str) -> tuple[Node, exp.Column]:
    if block.select.args.get("limit") or block.select.args.get("offset"):
        raise Refusal("LIMIT", "any row can push out any other")
    expression = block.let_out(column)
    while isinstance(expression, exp.Paren):
        expression = expression.this
    if not isinstance(expression, exp.Column):
        raise Refusal(
            column, "the anchor has to be a plain column that every GROUP BY, DISTINCT ON and PARTITION BY contains"
        )
    node = reader.nodes[expression.table]
    if node.table is None:
        raise Refusal(column, "the anchor is a column of no table")
    if node.alias in reader.nullable:
        raise Refusal(column, "the anchor is null-extended by an outer join")
    return node, expression


def _attach(reader: ScopeReader, root: Node) -> dict[str, tuple[Condition, ...]]:
    """Alias -> the conditions through which its rows reach the root; in the order of attachment."""
    attached: dict[str, tuple[Condition, ...]] = {root.alias: _filters(reader, root.alias, set())}
    grown = True
    while grown:
        grown = False
        for node in reader.nodes.values():
            if node.alias in attached:
                continue
            if node.function is not None and node.needs <= attached.keys():
                attached[node.alias] = ()
                grown = True
                continue
            conditions = _filters(reader, node.alias, attached.keys())
            if node.table is not None and any(
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
    anchor: exp.Column,
    attached: Mapping[str, tuple[Condition, ...]],
    columns: SourceColumns,
) -> Path:
    needed = _closure(changed.alias, attached, reader.nodes)
    # Not in the order of a set: the text has to be the same in every process.
    conditions = [
        condition for alias in attached if alias in needed for condition in attached[alias] if condition.nodes <= needed
    ]
    conditions = list(dict.fromkeys(conditions))
    expression: exp.Expr = anchor
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


def _closure(start: str, attached: Mapping[str, tuple[Condition, ...]], nodes: Mapping[str, Node]) -> set[str]:
    needed: set[str] = set()
    waiting = [start]
    while waiting:
        alias = waiting.pop()
        if alias in needed:
            continue
        needed.add(alias)
        waiting += [other for condition in attached[alias] for other in condition.nodes]
        waiting += nodes[alias].needs
    return needed


def _shortcut(
    root: Node,
    anchor: exp.Column,
    conditions: list[Condition],
    changed: Node,
    nodes: Mapping[str, Node],
    columns: SourceColumns,
) -> exp.Column | None:
    """The column that an equality says is the anchor, where nothing else on the path needs the anchor's row.

    Of the same type: what a value becomes when cast to the anchor's type may be another value, or an error.
    """
    if changed.alias == root.alias or any(root.alias in node.needs for node in nodes.values()):
        return None
    through = [condition for condition in conditions if root.alias in condition.nodes and len(condition.nodes) > 1]
    if len(through) != 1 or not isinstance(through[0].predicate, exp.EQ):
        return None
    sides = [_bare(through[0].predicate.this), _bare(through[0].predicate.expression)]
    for mine, other in (sides, sides[::-1]):
        if mine == anchor and isinstance(other, exp.Column) and other.table != root.alias:
            table = nodes[other.table].table
            if table is not None and root.table is not None:
                type_name = columns[table].get(other.name)
                if type_name is not None and type_name == columns[root.table].get(anchor.name):
                    return other
    return None


def _bare(expression: exp.Expr) -> exp.Expr:
    while isinstance(expression, exp.Paren):
        expression = expression.this
    return expression


def _branches(tree: exp.Expr) -> list[exp.Select]:
    if isinstance(tree, exp.SetOperation):
        if not isinstance(tree, exp.Union):
            raise Refusal(type(tree).__name__.upper(), "INTERSECT and EXCEPT are not followed")
        if tree.args.get("limit") or tree.args.get("offset"):
            raise Refusal("LIMIT", "any row can push out any other")
        return [*_branches(tree.this), *_branches(tree.expression)]
    if isinstance(tree, exp.Subquery):
        if tree.args.get("limit") or tree.args.get("offset"):
            raise Refusal("LIMIT", "any row can push out any other")
        return _branches(tree.this)
    if isinstance(tree, exp.Select):
        return [tree]
    raise Refusal(tree.sql("postgres"), "this form of query is not followed")


def _position(select: exp.Select, column: str) -> int:
    for position, projection in enumerate(select.expressions):
        if projection.alias_or_name == column:
            return position
    raise Refusal(column, "the definition has no such output column")
