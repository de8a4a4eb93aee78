"""The SELECTs of a definition that yield rows, each with its anchor's occurrences and what reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.sql.analysis.blocks import Block, Node
from denorm_assets.sql.analysis.clauses import Branch, branches
from denorm_assets.sql.analysis.clock.marks import marks
from denorm_assets.sql.analysis.full_joins import of_full_join
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.analysis.scopes import Condition, ScopeReader

_MOST_COMBINATIONS = 64
"""Combinations of branches of set operations in FROM that are followed one by one."""


Attached = Mapping[str, tuple[Condition, ...]]
"""Alias -> the conditions through which its rows reach a root; in the order of attachment."""


@dataclass(frozen=True)
class Root:
    """What the anchor is a value of.

    Attributes:
        node: the occurrence; `joined` all of them where they are several of one table that are joined to each other.
        anchor: the value; a Tuple where the anchor has several columns.
        attached: what reaches it.
    """

    node: Node
    joined: frozenset[str]
    anchor: exp.Expr
    attached: Attached


@dataclass(frozen=True)
class Reading:
    """One SELECT that yields rows: a branch of the definition, with one branch of each set operation in its FROM.

    Attributes:
        nodes: what it reads, by alias; `blocks`, its SELECTs.
        roots: what the anchor is a value of, with that value and with what reaches it.
        reason: why no path leads to a root from what reaches none.
        nullable: aliases of what outer joins can make NULL.
    """

    nodes: Mapping[str, Node]
    blocks: Sequence[Block]
    roots: tuple[Root, ...]
    reason: str
    nullable: frozenset[str]


def readings(tree: exp.Query, schema: str, anchor: Sequence[str], opaque: frozenset[str]) -> Iterator[Reading]:
    """All SELECTs whose rows are those of `tree`. Raises Refusal."""
    common: dict[str, exp.CTE] = {}
    for cte in tree.find_all(exp.CTE):
        parent = cte.parent
        if isinstance(parent, exp.With) and parent.args.get("recursive"):
            raise Refusal("WITH RECURSIVE", "a change can reach rows over any number of steps")
        if cte.alias in common:
            raise Refusal(f"WITH {cte.alias}", "two common table expressions have the same name")
        common[cte.alias] = cte
    found = branches(tree)
    positions = [_position(found[0].select, column) for column in anchor]
    for branch in found:
        for reader, block in _combinations(common, schema, opaque, branch):
            try:
                roots = _roots(reader, block, positions)
            except Refusal as refusal:
                roots, reason = [], str(refusal)
            else:
                reason = "no predicate that must hold leads from there to the anchor"
            yield Reading(reader.nodes, reader.blocks, tuple(roots), reason, frozenset(reader.nullable))


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


def _roots(reader: ScopeReader, block: Block, positions: Sequence[int]) -> list[Root]:
    """What the anchor is a value of; several where a full join has either."""
    if block.limited:
        raise Refusal("LIMIT", "any row can push out any other")
    values = [_let_out(block, position) for position in positions]
    either = of_full_join(reader, values[0]) if len(values) == 1 else []
    if either:
        return [Root(node, frozenset(), value, _attach(reader, [node.alias])) for node, value in either]
    names = [block.select.expressions[position].alias_or_name for position in positions]
    rows: set[str] = set()
    for name, value in zip(names, values, strict=True):
        rows |= _rows_of(reader, name, value)
    # In the order of the definition: the text of a path has to be the same in every process.
    ordered = [alias for alias in reader.nodes if alias in rows]
    if len(rows) > 1 and not _are_joined(reader, ordered):
        raise Refusal(", ".join(names), "it is computed from rows of several sources")
    anchor = values[0] if len(values) == 1 else exp.Tuple(expressions=values)
    joined = frozenset(rows) if len(rows) > 1 else frozenset[str]()
    return [Root(reader.nodes[ordered[0]], joined, anchor, _attach(reader, ordered))]


def _are_joined(reader: ScopeReader, aliases: Sequence[str]) -> bool:
    """Whether these are occurrences of one table that lead to each other without anything else.

    Of rows that leave together none finds the others any more. So each is looked for among what is logged, too, and
    that is known of the table alone whose changes are expanded (design rule 3).
    """
    if len({reader.nodes[alias].table for alias in aliases}) > 1:
        return False
    attached = {aliases[0]}
    for _ in aliases:
        attached |= {
            alias
            for alias in aliases
            if any(
                len(condition.nodes) > 1 and alias in condition.nodes for condition in _filters(reader, alias, attached)
            )
        }
    return attached == {*aliases}


def _let_out(block: Block, position: int) -> exp.Expr:
    """The value of an output column, over nodes."""
    name = block.select.expressions[position].alias_or_name
    expression = block.let_out(position)
    if expression is None:
        raise Refusal(name, "it is not in every GROUP BY, DISTINCT ON and PARTITION BY, so any row can alter any other")
    if marks(expression):
        raise Refusal(name, "it is another value each time")
    return expression.unnest()


def _rows_of(reader: ScopeReader, name: str, value: exp.Expr) -> set[str]:
    """The aliases of the rows that `value`, called `name`, is made of."""
    aliases = {column.table for column in value.find_all(exp.Column)}
    if not aliases:
        raise Refusal(name, "it is one value in all rows")
    # A value that a function in FROM makes of a row is one of that row.
    rows = {alias for each in aliases for alias in _closure([each], {}, reader.nodes) if not reader.nodes[alias].needs}
    if not (aliases | rows).isdisjoint(reader.nullable):
        raise Refusal(name, "an outer join can make it NULL")
    if not rows.issuperset(alias for alias in aliases if reader.nodes[alias].is_timed):
        raise Refusal(name, "it comes from a function of the clock and of rows")
    return rows


def _attach(reader: ScopeReader, roots: Sequence[str]) -> Attached:
    """What reaches the roots: not through the rows of another function of the clock, which were others before."""
    attached: dict[str, tuple[Condition, ...]] = {}
    for root in roots:
        attached[root] = _filters(reader, root, attached.keys())
    grown = True
    while grown:
        grown = False
        for node in reader.nodes.values():
            if node.alias in attached or node.is_timed:
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


def way(nodes: Mapping[str, Node], start: Iterable[str], root: Root) -> tuple[set[str], list[Condition]]:
    """What is read from the aliases at the start to the anchor, and the conditions on that."""
    attached = root.attached
    of_anchor = (column.table for column in root.anchor.find_all(exp.Column))
    needed = _closure([*start, *of_anchor], attached, nodes)
    # Not in the order of a set: the text has to be the same in every process.
    conditions = [
        condition for alias in attached if alias in needed for condition in attached[alias] if condition.nodes <= needed
    ]
    return needed, list(dict.fromkeys(conditions))


def _closure(start: Iterable[str], attached: Attached, nodes: Mapping[str, Node]) -> set[str]:
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


def _position(select: exp.Select, column: str) -> int:
    for position, projection in enumerate(select.expressions):
        if projection.alias_or_name == column:
            return position
    raise Refusal(column, "the definition has no such output column")
