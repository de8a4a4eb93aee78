"""The SELECTs of a definition that yield rows, each with its anchor's occurrences and what reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from sqlglot import exp

from denorm_assets.sql.analysis.clauses import Branch, branches
from denorm_assets.sql.analysis.clock.marks import marks
from denorm_assets.sql.analysis.reach.blocks import Block, Node
from denorm_assets.sql.analysis.reach.conditions import Condition
from denorm_assets.sql.analysis.reach.full_joins import covers, of_joined
from denorm_assets.sql.analysis.reach.joined_rows import MOST_ROWS, Attached, attach_rows, closure, filters, joined_rows
from denorm_assets.sql.analysis.reach.missing_rows import (
    MOST_DOUBTFUL,
    MOST_MISSING,
    each_present,
    is_never_true,
    of_missing,
)
from denorm_assets.sql.analysis.reach.scopes import ScopeReader
from denorm_assets.sql.analysis.refusal import Refusal

_MOST_COMBINATIONS = 64
"""Combinations of branches of set operations in FROM that are followed one by one."""
_NULL_EXTENDED = "an outer join can make it NULL"


@dataclass(frozen=True)
class Root:
    """What the anchor is a value of.

    Attributes:
        node: the occurrence; `joined` all tables of them where they are several that are joined to each other.
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
        split: the same in rows with and without some of these, where predicates that NULLs can pass then lead further.
    """

    nodes: Mapping[str, Node]
    blocks: Sequence[Block]
    roots: tuple[Root, ...]
    reason: str
    nullable: frozenset[str]
    split: tuple[Reading, ...] = ()

    @property
    def unreached(self) -> frozenset[str]:
        """Aliases of the sources from which no path leads to a root."""
        sources = frozenset(node.alias for node in self.nodes.values() if node.table is not None)
        return sources.difference(*(root.attached.keys() for root in self.roots))


def readings(tree: exp.Query, anchor: Sequence[str], opaque: frozenset[str]) -> Iterator[Reading]:
    """All SELECTs whose rows are those of `tree`. Raises Refusal."""
    common: dict[str, exp.CTE] = {}
    if any(clause.args.get("recursive") for clause in tree.find_all(exp.With)):
        raise Refusal("WITH RECURSIVE", "a change can reach rows over any number of steps")
    for cte in tree.find_all(exp.CTE):
        if cte.alias in common:
            raise Refusal(f"WITH {cte.alias}", "two common table expressions have the same name")
        common[cte.alias] = cte
    found = branches(tree)
    positions = [_position(found[0].select, column) for column in anchor]
    for branch in found:
        for reader, block in _combinations(common, opaque, branch):
            extended = _extended(reader, block, positions)
            if not extended:
                reading = _reading(reader, block, positions)
                yield replace(reading, split=_split(reader, branch, positions, reading))
                continue
            for present in each_present(extended):
                if present or not covers(block.joined, extended):
                    again = reader.with_present(present)
                    yield _reading(again, again.read(branch), positions, extended - present)


def _reading(
    reader: ScopeReader, block: Block, positions: Sequence[int], missing: AbstractSet[str] = frozenset()
) -> Reading:
    reading = _as_read(reader, block, positions, missing)
    if reading.unreached and reader.use_witnesses():
        further = _as_read(reader, block, positions, missing)
        return further if further.unreached < reading.unreached else reading
    return reading


def _as_read(reader: ScopeReader, block: Block, positions: Sequence[int], missing: AbstractSet[str]) -> Reading:
    try:
        roots = _roots(reader, block, positions, missing)
    except Refusal as refusal:
        roots, reason = [], str(refusal)
    else:
        reason = "no predicate that must hold leads from there to the anchor"
    return Reading(reader.nodes, reader.blocks, tuple(roots), reason, frozenset(reader.nullable))


def _split(reader: ScopeReader, branch: Branch, positions: Sequence[int], reading: Reading) -> tuple[Reading, ...]:
    """`reading` in rows with, and in those without, what predicates on the way to what it does not reach may lack."""
    unreached = reading.unreached
    doubtful = frozenset[str]().union(*(each for each, served in reader.doubtful if served & unreached))
    # Where a predicate holds, what it names is there, and so is what that is joined by.
    strict = (each.nodes for each in reader.conditions if each.serves & unreached)
    named = frozenset[str]().union(*strict) & reader.nullable.keys()
    for aliases in (doubtful, doubtful | named) if reading.roots else ():
        if 0 < len(aliases) <= MOST_DOUBTFUL:
            again = [reader.with_present(present, aliases - present) for present in each_present(aliases)]
            found = tuple(_reading(each, each.read(branch), positions) for each in again)
            if unreached - frozenset[str]().union(*(each.unreached for each in found)):
                return found
    return ()


def _combinations(
    common: Mapping[str, exp.CTE], opaque: frozenset[str], branch: Branch
) -> Iterator[tuple[ScopeReader, Block]]:
    """`branch` read with each combination of branches of the set operations in its FROM."""
    choices: Sequence[int] | None = ()
    for _ in range(_MOST_COMBINATIONS):
        if choices is None:
            return
        reader = ScopeReader(common, opaque, choices)
        yield reader, reader.read(branch)
        choices = reader.next_choices()
    if choices is not None:
        raise Refusal("UNION", f"its branches in FROM make more than {_MOST_COMBINATIONS} combinations")


def _extended(reader: ScopeReader, block: Block, positions: Sequence[int]) -> frozenset[str]:
    """What the anchor is a value of that outer joins can leave out; nothing where it has that value from others too."""
    if not reader.nullable:
        return frozenset()
    values = [value for position in positions if (value := block.let_out(position)) is not None]
    if any(of_joined(block, reader.nodes, value) for value in values):
        return frozenset()
    aliases = {column.table for value in values for column in value.find_all(exp.Column)}
    extended = frozenset(closure(aliases, {}, reader.nodes) & reader.nullable.keys())
    return extended if len(extended) <= MOST_MISSING else frozenset()


def _roots(
    reader: ScopeReader, block: Block, positions: Sequence[int], missing: AbstractSet[str] = frozenset()
) -> list[Root]:
    """What the anchor is a value of, in rows without `missing`; several where any of what is joined has it."""
    if block.limited:
        raise Refusal("LIMIT", "any row can push out any other")
    names = [block.select.expressions[position].alias_or_name for position in positions]
    values = [_let_out(block, position, missing) for position in positions]
    either = [of_joined(block, reader.nodes, value) for value in values]
    if either[0] and all(each.keys() == either[0].keys() for each in either):
        return [
            Root(
                reader.nodes[alias], frozenset(), _together([each[alias] for each in either]), _attach(reader, [alias])
            )
            for alias in either[0]
        ]
    if missing and not any(value.find(exp.Column) for value in values):
        # All rows without these have the same value, so that each change may be one of theirs.
        return [
            Root(next(iter(reader.nodes.values())), frozenset(), _together(values), dict.fromkeys(reader.nodes, ()))
        ]
    rows: set[str] = set()
    for name, value in zip(names, values, strict=True):
        rows |= _rows_of(reader, name, value, constant=bool(missing))
    # In the order of the definition: the text of a path has to be the same in every process.
    ordered: list[str] = [*rows]
    if len(rows) > 1:
        ordered = joined_rows(reader, rows)
        if not ordered or any(reader.nodes[alias].is_timed for alias in ordered):
            reason = f"it is computed from rows of several sources that no predicates join, or of more than {MOST_ROWS}"
            raise Refusal(", ".join(names), reason)
    joined = frozenset(alias for alias in ordered if reader.nodes[alias].table is not None)
    return [Root(reader.nodes[ordered[0]], joined, _together(values), _attach(reader, ordered))]


def _together(values: Sequence[exp.Expr]) -> exp.Expr:
    return values[0] if len(values) == 1 else exp.Tuple(expressions=[value.copy() for value in values])


def _let_out(block: Block, position: int, missing: AbstractSet[str]) -> exp.Expr:
    """The value of an output column, over nodes, in rows without those `missing`."""
    name = block.select.expressions[position].alias_or_name
    expression = block.let_out(position)
    if expression is None:
        raise Refusal(name, "it is not in every GROUP BY, DISTINCT ON and PARTITION BY, so any row can alter any other")
    if marks(expression):
        raise Refusal(name, "it is another value each time")
    known = of_missing(expression.unnest(), missing)
    if known is None:
        raise Refusal(name, _NULL_EXTENDED)
    return known


def _rows_of(reader: ScopeReader, name: str, value: exp.Expr, *, constant: bool) -> set[str]:
    """The aliases of the rows that `value`, called `name`, is made of; of none only if it may be `constant`."""
    aliases = {column.table for column in value.find_all(exp.Column)}
    if not aliases and not constant:
        raise Refusal(name, "it is one value in all rows")
    # A value that a function in FROM makes of a row is one of that row.
    rows = {alias for each in aliases for alias in closure({each}, {}, reader.nodes) if not reader.nodes[alias].needs}
    if not all(reader.nodes[alias].is_followed for alias in aliases):
        raise Refusal(name, "it comes from a function of what is no value of single rows")
    if not (aliases | rows).isdisjoint(reader.nullable):
        raise Refusal(name, _NULL_EXTENDED)
    if not rows.issuperset(alias for alias in aliases if reader.nodes[alias].is_timed):
        raise Refusal(name, "it comes from a function of the clock and of rows")
    return rows


def _attach(reader: ScopeReader, roots: Sequence[str]) -> Attached:
    """What reaches the roots: not through the rows of another function of the clock, which were others before."""
    attached = attach_rows(reader, roots)
    grown = True
    while grown:
        grown = False
        for node in reader.nodes.values():
            if node.alias in attached or node.is_timed or not node.is_followed:
                continue
            if node.needs and node.needs <= attached.keys():
                attached[node.alias] = ()
                grown = True
                continue
            # A function of constants, and VALUES, lead nowhere by themselves.
            conditions = filters(reader, node.alias, attached.keys())
            if not node.needs and any(
                (node.alias in condition.nodes and len(condition.nodes) > 1) or is_never_true(condition.predicate)
                for condition in conditions
            ):
                attached[node.alias] = conditions
                grown = True
    return attached


def way(nodes: Mapping[str, Node], start: Iterable[str], root: Root) -> tuple[set[str], list[Condition]]:
    """What is read from the aliases at the start to the anchor, and the conditions on that."""
    attached = root.attached
    of_anchor = (column.table for column in root.anchor.find_all(exp.Column))
    needed = closure({*start, *of_anchor}, attached, nodes)
    # Not in the order of a set: the text has to be the same in every process.
    conditions = [
        condition for alias in attached if alias in needed for condition in attached[alias] if condition.nodes <= needed
    ]
    return needed, list(dict.fromkeys(conditions))


def _position(select: exp.Select, column: str) -> int:
    for position, projection in enumerate(select.expressions):
        if projection.alias_or_name == column:
            return position
    raise Refusal(column, "the definition has no such output column")
