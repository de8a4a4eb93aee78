"""Definitions that aggregate all rows: the aggregates of blocks of rows, and the rows that they make together.

A change then recomputes its block, and not everything. This holds for aggregates of which the parts' values give the
whole's exactly, whatever the parts are: of exact types, and without DISTINCT or ORDER BY.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from sqlglot import exp

from denorm_assets.model.catalog.blocks import BLOCK, MODEL, IdBlocks
from denorm_assets.sql.analysis.clock.definition_text import ANY_TIME
from denorm_assets.sql.analysis.clock.marks import tree_at
from denorm_assets.sql.analysis.id_occurrences import occurrences
from denorm_assets.sql.dialect import printed

_FOLDED = frozenset({"count", "sum", "avg", "min", "max", "bool_and", "bool_or"})
_CLAUSES = frozenset({"expressions", "from_", "joins", "where", "having", "order"})
_NOT_FOLDED = (exp.AggFunc, exp.Query, exp.Window, exp.Distinct, exp.Order, exp.WithinGroup)
_FOLD, _PART = "denorm_fold_", "denorm_part_"
"""How names begin that stand for an aggregate, and for what is kept of a part, until the text is made."""


@dataclass(frozen=True)
class State:
    """The type of a partial aggregate, and its collation where that is not the type's own; both as SQL."""

    type: str
    collation: str | None = None


@dataclass(frozen=True)
class AllRows:
    """A SELECT that has one row, or none, of aggregates over all rows.

    Attributes:
        aggregates: each aggregate in it, once.
        time: a timestamptz as SQL, for marks of the clock in it.
    """

    select: exp.Select
    aggregates: tuple[exp.Expr, ...]
    time: str = ANY_TIME

    @property
    def partials(self) -> tuple[exp.Expr, ...]:
        """What is kept of each block: of an average, the sum and the number of its values."""
        return tuple(partial for aggregate in self.aggregates for partial in _partials(aggregate))

    def by_block(self, blocks: IdBlocks, number: int, of: int, width: int) -> exp.Select:
        """The query of all blocks' partial aggregates; a block's number says which one `of` the parts it is of."""
        column = exp.column(exp.to_identifier(blocks.column, quoted=True), exp.to_identifier(blocks.alias, quoted=True))
        block = exp.BitwiseRightShift(
            this=exp.cast(column, exp.DataType.Type.BIGINT), expression=exp.Literal.number(blocks.bits)
        )
        block = _numbered(block, number, of)
        found = self.select.copy()
        for clause in ("having", "order"):
            found.set(clause, None)
        states = [*self.partials, *(exp.null() for _ in range(width - len(self.partials)))]
        outputs = [exp.alias_(state, f"denorm_state_{position}", quoted=True) for position, state in enumerate(states)]
        found.set("expressions", [exp.alias_(block, BLOCK, quoted=True), *outputs])
        found.set("group", exp.Group(expressions=[block.copy()]))
        return found

    def source(self) -> str:
        """FROM and WHERE of the definition; a further condition can follow."""
        found = exp.Select(expressions=[exp.Literal.number(1)])
        found.set("from_", self.select.args["from_"].copy())
        found.set("joins", [join.copy() for join in self.select.args.get("joins") or ()])
        where = self.select.args.get("where")
        found.set("where", exp.Where(this=exp.true() if where is None else exp.Paren(this=where.this.copy())))
        return _text(found, self.time).partition("1 ")[2]

    @property
    def texts(self) -> tuple[str, ...]:
        """The partial aggregates as SQL."""
        return tuple(_text(partial, self.time) for partial in self.partials)

    def states(self) -> str:
        """An array of the partial aggregates of the rows in FROM, as text."""
        return f"ARRAY[{', '.join(f'({text})::text' for text in self.texts)}]"

    def folded(self, part: int) -> exp.Select:
        """The SELECT over what is kept of its blocks, with names in the place of that."""
        found = self.select.copy()
        for place in [*found.expressions, *([found.args["having"]] if found.args.get("having") else [])]:
            for aggregate in _aggregates_in(place):
                mark = f"{_FOLD}{part}_{self.aggregates.index(aggregate)}_"
                aggregate.replace(exp.column(exp.to_identifier(mark, quoted=True)))
        found.set("from_", exp.From(this=exp.Table(this=exp.to_identifier(f"{_PART}{part}_", quoted=True))))
        for clause in ("joins", "where", "order"):
            found.set(clause, None)
        return found

    def folds(self, part: int, states: Sequence[State]) -> dict[str, str]:
        """What stands for these names: each aggregate of all rows, made of that of each block."""
        texts: dict[str, str] = {}
        first = 0
        for number, aggregate in enumerate(self.aggregates):
            count = len(_partials(aggregate))
            texts[f"{_FOLD}{part}_{number}_"] = _fold(aggregate, first, states[first : first + count])
            first += count
        texts[f"{_PART}{part}_"] = (
            f"(SELECT p.states FROM denorm.partial AS p WHERE p.model_id = {MODEL} AND p.part = {part})"
            " AS denorm_partial"
        )
        return texts


@dataclass(frozen=True)
class Folded:
    """A definition that reads its sources only in SELECTs that aggregate all rows.

    Attributes:
        tree: the definition, in which these stand.
        time: a timestamptz as SQL, for marks of the clock in it.
    """

    tree: exp.Query
    parts: tuple[AllRows, ...]
    time: str = ANY_TIME

    def has_blocks(self, blocks: Sequence[IdBlocks]) -> bool:
        """Whether these are blocks of the IDs of its parts."""
        return len(blocks) == len(self.parts) and all(
            any(each.puts_out(of) for each in occurrences(part.select))
            for part, of in zip(self.parts, blocks, strict=True)
        )

    def at_time(self, time: str) -> Folded:
        """The same at another time."""
        return replace(self, time=time, parts=tuple(replace(part, time=time) for part in self.parts))

    def by_block(self, blocks: Sequence[IdBlocks]) -> exp.Query:
        """The partial aggregates of all blocks of all parts: changes reach blocks as they reach its groups."""
        count, width = len(self.parts), max(len(part.partials) for part in self.parts)
        found: list[exp.Query] = [
            part.by_block(of, number, count, width)
            for number, (part, of) in enumerate(zip(self.parts, blocks, strict=True))
        ]
        return reduce(lambda one, other: exp.union(one, other, distinct=False, copy=False), found)

    def rows(self, states: Sequence[Sequence[State]]) -> str:
        """The definition over what is kept of blocks, of which these are the states in each part."""
        marked = {id(part.select): part.folded(number) for number, part in enumerate(self.parts)}
        texts: dict[str, str] = {}
        for number, (part, of) in enumerate(zip(self.parts, states, strict=True)):
            texts |= part.folds(number, of)
        text = _text(_replaced(self.tree, marked), self.time)
        for mark, meaning in texts.items():
            text = text.replace(f'"{mark}"', meaning)
        return text


def folded(tree: exp.Query, opaque: frozenset[str]) -> Folded | None:
    """`tree`, a qualified definition, where it can be kept by partial aggregates as far as its text tells.

    `opaque` are the names of functions of many rows, to which all other aggregates belong.
    """
    parts: list[AllRows] = []
    waiting: list[exp.Expr] = [tree]
    while waiting:
        node = waiting.pop()
        part = all_rows(node, opaque) if isinstance(node, exp.Select) else None
        if part is not None:
            parts.append(part)
        elif isinstance(node, exp.Table) and node.db:
            return None
        else:
            waiting += node.iter_expressions()
    text = tree.sql()
    return Folded(tree, tuple(parts)) if parts and _FOLD not in text and _PART not in text else None


def all_rows(select: exp.Select, opaque: frozenset[str]) -> AllRows | None:
    """`select` where it aggregates all rows of its sources, and names nothing around it."""
    if not {name for name, value in select.args.items() if value} <= _CLAUSES or not select.args.get("from_"):
        return None
    having = select.args.get("having")
    aggregates: list[exp.Expr] = []
    for part in [*(each.unalias() for each in select.expressions), *([having.this] if having else [])]:
        rest = exp.Paren(this=part.copy())
        for found in _aggregates_in(rest):
            if not _is_folded(found):
                return None
            if found not in aggregates:
                aggregates.append(found.copy())
            found.replace(exp.null())
        if rest.find(exp.Column, exp.Star, *_NOT_FOLDED) is not None or _calls(rest) & opaque:
            return None
    return AllRows(select, tuple(aggregates)) if aggregates and _stands_alone(select) else None


def _text(tree: exp.Expr, time: str) -> str:
    return printed(tree_at(tree, time))


def _stands_alone(select: exp.Select) -> bool:
    """Whether it reads tables, no common table expression, and no column of what stands around it."""
    select = select.copy()
    select.set("order", None)
    tables = [*select.find_all(exp.Table)]
    inside = {item.alias_or_name for item in [*tables, *select.find_all(exp.Subquery, exp.Lateral, exp.Unnest)]}
    columns = select.find_all(exp.Column)
    return bool(tables) and all(item.db for item in tables) and all(each.table in inside for each in columns)


def _numbered(block: exp.Expr, number: int, of: int) -> exp.Expr:
    if of == 1:
        return block
    several = exp.Mul(this=exp.Paren(this=block), expression=exp.Literal.number(of))
    return exp.Add(this=exp.Paren(this=several), expression=exp.Literal.number(number))


def _replaced(tree: exp.Expr, replacements: dict[int, exp.Select]) -> exp.Expr:
    """A copy of `tree` with some of its nodes replaced."""
    copy = tree.copy()
    for node, copied in list(zip(tree.walk(), copy.walk(), strict=True)):
        if id(node) in replacements and copied is copy:
            return replacements[id(node)]
        if id(node) in replacements:
            copied.replace(replacements[id(node)])
    return copy


def _aggregates_in(expression: exp.Expr) -> list[exp.Expr]:
    """The outermost aggregates in `expression`, with their FILTER."""
    found: list[exp.Expr] = []
    for node in expression.find_all(exp.AggFunc):
        whole = node.parent if isinstance(node.parent, exp.Filter) else node
        around = whole.parent
        while around is not expression and not isinstance(around, exp.AggFunc | exp.Query):
            assert around is not None
            around = around.parent
        if around is expression:
            found.append(whole)
    return found


def _is_folded(aggregate: exp.Expr) -> bool:
    inner = _call(aggregate)
    parts: list[exp.Expr] = list(inner.iter_expressions())
    if isinstance(aggregate, exp.Filter):
        parts.append(aggregate.expression)
    # A name with a schema is another aggregate.
    named = isinstance(aggregate.parent, exp.Dot | exp.Window | exp.WithinGroup)
    return _name(inner) in _FOLDED and not named and all(part.find(*_NOT_FOLDED) is None for part in parts)


def _calls(expression: exp.Expr) -> frozenset[str]:
    """The names of the functions that `expression` calls."""
    return frozenset(
        (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        for call in expression.find_all(exp.Func)
    )


def _name(call: exp.Expr) -> str:
    return call.name.lower() if isinstance(call, exp.AnonymousAggFunc) else call.key


def _call(aggregate: exp.Expr) -> exp.Expr:
    """An aggregate without its FILTER."""
    return aggregate.this if isinstance(aggregate, exp.Filter) else aggregate


def _partials(aggregate: exp.Expr) -> tuple[exp.Expr, ...]:
    if _name(_call(aggregate)) != "avg":
        return (aggregate,)
    found: list[exp.Expr] = []
    for kind in ("sum", "count"):
        root = exp.Paren(this=aggregate.copy())
        average = _call(root.this)
        average.replace(exp.AnonymousAggFunc(this=kind, expressions=[each.copy() for each in average.expressions]))
        found.append(root.this)
    return tuple(found)


def _fold(aggregate: exp.Expr, first: int, states: Sequence[State]) -> str:
    """The aggregate of all rows, made of that of each block, which stands at `first` among the states."""
    kind = _name(_call(aggregate))
    values = [
        f"(denorm_partial.states[{first + n + 1}])::{state.type}"
        + (f" COLLATE {state.collation}" if state.collation else "")
        for n, state in enumerate(states)
    ]
    if kind == "count":
        return f"(coalesce(sum({values[0]}), 0))::bigint"
    if kind == "avg":
        return f"(sum({values[0]}) / nullif(sum({values[1]}), 0))"
    if kind == "sum":
        # The sum of bigint is numeric, and that of integer is not.
        return f"(sum({values[0]}))::{states[0].type}"
    return f"{kind}({values[0]})"
