"""A SELECT that aggregates rows of its sources, taken apart: aggregates of blocks of rows, and what they make together.

This holds for aggregates of which the parts' values give the whole's exactly, whatever the parts are: of exact types,
and without DISTINCT or ORDER BY.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.model.catalog.blocks import BLOCK, MODEL, IdBlocks
from denorm_assets.sql.analysis.clauses import stands_alone
from denorm_assets.sql.analysis.clock.definition_text import ANY_TIME
from denorm_assets.sql.analysis.clock.marks import tree_at
from denorm_assets.sql.dialect import printed

_FOLDED = frozenset({"count", "sum", "avg", "min", "max", "bool_and", "bool_or"})
_OF_ROWS = frozenset({"from_", "joins", "where"})
_OF_GROUPS = frozenset({"expressions", "group", "having", "order", "limit", "offset", "distinct"})
_NOT_FOLDED = (exp.Query, exp.Distinct, exp.Order)
_SETS = (exp.Rollup, exp.Cube, exp.GroupingSets)
PLACEHOLDER = "denorm_kept_"
"""How names begin that stand for what is kept of blocks, until the text is made."""


@dataclass(frozen=True)
class Kept:
    """The type of what is kept of a block, and its collation where that is not the type's own; both as SQL."""

    type: str
    collation: str | None = None

    def value(self, array: str, position: int) -> str:
        """A value that stands in an array of texts."""
        collated = f" COLLATE {self.collation}" if self.collation else ""
        return f"(denorm_partial.{array}[{position + 1}])::{self.type}{collated}"


@dataclass(frozen=True)
class Aggregated:
    """A SELECT that aggregates rows, of all or of groups.

    Attributes:
        groups: by what its rows are grouped, in any of its grouping sets; of all rows, nothing.
        aggregates: each aggregate in it, once.
        time: a timestamptz as SQL, for marks of the clock in it.
    """

    select: exp.Select
    groups: tuple[exp.Expr, ...]
    aggregates: tuple[exp.Expr, ...]
    time: str = ANY_TIME

    @property
    def partials(self) -> tuple[exp.Expr, ...]:
        """What is kept of each block and group: of an average, the sum and the number of its values."""
        return tuple(partial for aggregate in self.aggregates for partial in _partials(aggregate))

    def by_block(self, block: exp.Expr, width: int) -> exp.Select:
        """The query of all blocks' partial aggregates, of which the number is `block`, in so many columns."""
        found = self.select.copy()
        for clause in _OF_GROUPS:
            found.set(clause, None)
        kept = [*self.groups, *self.partials]
        kept += [exp.null()] * (width - len(kept))
        outputs = [exp.alias_(each, f"{PLACEHOLDER}{number}", quoted=True) for number, each in enumerate(kept)]
        found.set("expressions", [exp.alias_(block, BLOCK, quoted=True), *outputs])
        found.set("group", exp.Group(expressions=[block, *(each.copy() for each in self.groups)]))
        return found

    @property
    def source(self) -> str:
        """FROM and WHERE; a further condition can follow."""
        found = exp.Select(expressions=[exp.Literal.number(1)])
        found.set("from_", self.select.args["from_"].copy())
        found.set("joins", [join.copy() for join in self.select.args.get("joins") or ()])
        where = self.select.args.get("where")
        found.set("where", exp.Where(this=exp.true() if where is None else exp.Paren(this=where.this.copy())))
        return _text(found, self.time).partition("1 ")[2]

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The groups as SQL."""
        return tuple(_text(each, self.time) for each in self.groups)

    @property
    def states(self) -> tuple[str, ...]:
        """The partial aggregates as SQL."""
        return tuple(_text(each, self.time) for each in self.partials)

    def groups_of_tables(self) -> list[str] | None:
        """For each table, a SELECT of the groups that are values of it; None where one is not of one table's."""
        tables = {
            table.alias_or_name: table
            for table in self.select.find_all(exp.Table)
            if table.find_ancestor(exp.Select) is self.select
        }
        by_table: dict[str, list[exp.Expr]] = {}
        for group in self.groups:
            aliases = {column.table for column in group.find_all(exp.Column)}
            if len(aliases) != 1 or not aliases <= tables.keys():
                return None
            by_table.setdefault(aliases.pop(), []).append(group)
        return [
            _text(exp.select("1").from_(tables[alias].copy()).group_by(*(each.copy() for each in groups)), self.time)
            for alias, groups in by_table.items()
        ]

    def folded(self, part: int) -> exp.Select:
        """The SELECT over what is kept of its blocks, with placeholders for that."""
        found = _without_rows(self.select)
        for aggregate in _aggregates_of(found):
            aggregate.replace(_placeholder("aggregate", part, self.aggregates.index(aggregate)))
        # One that is left depends on the groups, and is one of them here.
        clause = found.args.get("group")
        if clause is not None and not clause.find(*_SETS):
            clause.set("expressions", [*clause.expressions, *(each.copy() for each in self.groups)])
        found = _with_groups(found, self.groups, [_placeholder("group", part, n) for n, _ in enumerate(self.groups)])
        kept = exp.Table(this=exp.to_identifier(f"{PLACEHOLDER}part_{part}_", quoted=True))
        found.set("from_", exp.From(this=kept))
        return found

    def folds(self, part: int, groups: Sequence[Kept], states: Sequence[Kept]) -> dict[str, str]:
        """What stands for the placeholders: each aggregate of the rows, made of that of each block."""
        texts = {
            f"{PLACEHOLDER}group_{part}_{number}_": f"({kept.value('groups', number)})"
            for number, kept in enumerate(groups)
        }
        first = 0
        for number, aggregate in enumerate(self.aggregates):
            values = [states[n].value("states", n) for n in range(first, first + len(_partials(aggregate)))]
            texts[f"{PLACEHOLDER}aggregate_{part}_{number}_"] = _fold(aggregate, values, states[first].type)
            first += len(values)
        texts[f"{PLACEHOLDER}part_{part}_"] = (
            f"(SELECT p.groups, p.states FROM denorm.partial AS p WHERE p.model_id = {MODEL} AND p.part = {part})"
            " AS denorm_partial"
        )
        return texts


def block_number(blocks: IdBlocks, part: int, of: int) -> exp.Expr:
    """The number of a row's block, which says of which of several parts it is, too."""
    column = exp.column(exp.to_identifier(blocks.column, quoted=True), exp.to_identifier(blocks.alias, quoted=True))
    block = exp.BitwiseRightShift(
        this=exp.cast(column, exp.DataType.Type.BIGINT), expression=exp.Literal.number(blocks.bits)
    )
    if of == 1:
        return block
    several = exp.Mul(this=exp.Paren(this=block), expression=exp.Literal.number(of))
    return exp.Add(this=exp.Paren(this=several), expression=exp.Literal.number(part))


def aggregated(select: exp.Select, opaque: frozenset[str]) -> Aggregated | None:
    """`select` where it aggregates rows of tables, and names nothing around it.

    `opaque` are the names of functions of many rows, to which all other aggregates belong.
    """
    if not {name for name, value in select.args.items() if value} <= _OF_ROWS | _OF_GROUPS:
        return None
    groups: list[exp.Expr] = [*_groups(select)] if select.args.get("from_") else [exp.null()]
    if not all(each.find(exp.Column) and not each.find(*_NOT_FOLDED) for each in groups):
        return None
    aggregates: list[exp.Expr] = []
    rest = _without_rows(select)
    for found in _aggregates_of(rest):
        if not _is_folded(found):
            return None
        if found not in aggregates:
            aggregates.append(found)
        found.replace(exp.null())
    rest = _with_groups(rest, groups, [exp.null()] * len(groups))
    left: list[exp.Expr] = list(dict.fromkeys(column for column in rest.find_all(exp.Column) if column.table))
    if rest.find(exp.Star, exp.TableColumn, exp.Window) is not None or _calls(rest) & opaque:
        return None
    if len([*rest.find_all(exp.Query)]) > 1 or (left and (not groups or rest.find(*_SETS) is not None)):
        return None
    found = Aggregated(select, (*dict.fromkeys([*groups, *left]),), tuple(aggregates))
    return found if (aggregates or groups) and stands_alone(select) else None


def _groups(select: exp.Select) -> Iterator[exp.Expr]:
    """By what the rows are grouped, in any grouping set."""
    clause = select.args.get("group")
    waiting: list[exp.Expr] = [] if clause is None else [clause]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, exp.Group | exp.Tuple | exp.Paren | exp.Rollup | exp.Cube | exp.GroupingSets):
            waiting = [*node.iter_expressions(), *waiting]
        elif node.is_int:
            # A position, within ROLLUP and the like; elsewhere the expression stands in its place.
            yield select.expressions[int(node.name) - 1].unalias()
        else:
            yield node


def _without_rows(select: exp.Select) -> exp.Select:
    """A copy of `select` without what it reads."""
    found = select.copy()
    for clause in _OF_ROWS:
        found.set(clause, None)
    return found


def _with_groups(select: exp.Select, groups: Sequence[exp.Expr], replacements: Sequence[exp.Expr]) -> exp.Select:
    """`select`, changed: by what it groups is replaced wherever it stands."""
    by_group = dict(zip(groups, replacements, strict=True))
    # The outermost first: what stands within is then replaced where nobody sees it.
    for node in list(select.walk()):
        if node in by_group:
            node.replace(by_group[node].copy())
    return select


def _aggregates_of(select: exp.Select) -> list[exp.Expr]:
    """The aggregates in `select` and in none of its subqueries, with their FILTER."""
    calls = [call for place in select.iter_expressions() for call in place.find_all(exp.AggFunc)]
    # GROUPING says of a row by what it is grouped.
    own = [call for call in calls if _name(call) != "grouping" and call.find_ancestor(exp.Query) is select]
    return [call.parent if isinstance(call.parent, exp.Filter) else call for call in own]


def _is_folded(aggregate: exp.Expr) -> bool:
    inner = _call(aggregate)
    parts: list[exp.Expr] = list(inner.iter_expressions())
    if isinstance(aggregate, exp.Filter):
        parts.append(aggregate.expression)
    return _name(inner) in _FOLDED and all(part.find(*_NOT_FOLDED) is None for part in parts)


def _calls(expression: exp.Expr) -> frozenset[str]:
    """The names of the functions that `expression` calls."""
    return frozenset(
        (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        for call in expression.find_all(exp.Func)
    )


def _name(call: exp.Expr) -> str:
    return call.name if isinstance(call, exp.AnonymousAggFunc) else call.key


def _call(aggregate: exp.Expr) -> exp.Expr:
    """An aggregate without its FILTER."""
    return aggregate.this if isinstance(aggregate, exp.Filter) else aggregate


def _partials(aggregate: exp.Expr) -> tuple[exp.Expr, ...]:
    if _name(_call(aggregate)) != "avg":
        return (aggregate,)
    found = (aggregate.copy(), aggregate.copy())
    for part, kind in zip(found, ("sum", "count"), strict=True):
        _call(part).set("this", kind)
    return found


def _fold(aggregate: exp.Expr, values: Sequence[str], type_name: str) -> str:
    """The aggregate of all rows, of its `values` of the blocks, the first of which are of that type."""
    kind = _name(_call(aggregate))
    if kind == "count":
        return f"(coalesce(sum({values[0]}), 0))::bigint"
    if kind == "avg":
        return f"(sum({values[0]}) / nullif(sum({values[1]}), 0))"
    if kind == "sum":
        # The sum of bigint is numeric, and that of integer is not.
        return f"(sum({values[0]}))::{type_name}"
    return f"{kind}({values[0]})"


def _placeholder(what: str, part: int, number: int) -> exp.Expr:
    return exp.column(exp.to_identifier(f"{PLACEHOLDER}{what}_{part}_{number}_", quoted=True))


def _text(tree: exp.Expr, time: str) -> str:
    return printed(tree_at(tree, time))
