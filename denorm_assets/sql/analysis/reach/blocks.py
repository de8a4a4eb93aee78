"""The blocks of a definition, one per SELECT: what stands in its FROM, and what its names mean outside of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clauses import alternatives, named_window
from denorm_assets.sql.analysis.clock.marks import marks, tree_at
from denorm_assets.sql.analysis.null_rejection import is_null_of_nulls

_SEVERAL_SETS = (exp.Rollup, exp.Cube, exp.GroupingSets)


@dataclass(frozen=True)
class Node:
    """One occurrence of a source (`table`), or a function in FROM (`function`, over the nodes in `needs`).

    One that is neither is a function of what is no value of single rows, such as an aggregate.

    Attributes:
        alias: unique in the definition.
        numbered: whether the function's rows are numbered, by WITH ORDINALITY.
    """

    alias: str
    table: TableName | None
    function: exp.Expr | None = None
    columns: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    numbered: bool = False

    @property
    def is_followed(self) -> bool:
        """Whether its rows can be read by themselves, or of those that it needs."""
        return self.table is not None or self.function is not None

    @property
    def is_timed(self) -> bool:
        """Whether it is a function whose rows depend on the clock."""
        return self.function is not None and bool(marks(self.function))

    def at_time(self, time: str) -> Node:
        """The same with the expression `time`, a timestamptz as SQL, in place of the clock."""
        return self if self.function is None else replace(self, function=tree_at(self.function, time))


@dataclass(frozen=True)
class Gate:
    """What is the same for all rows that an output row is made of: `allowed`, and what is made of that.

    Attributes:
        of_group: whether it is a GROUP BY of one set. What PostgreSQL accepts there outside of aggregates depends on
            `allowed` alone: other columns of a row whose primary key is among them.
    """

    allowed: Sequence[exp.Expr]
    of_group: bool = False

    def lets_out(self, expression: exp.Expr) -> bool:
        """Whether `expression` is one value where those allowed are."""
        if any(expression.unnest() == candidate.unnest() for candidate in self.allowed):
            return True
        if isinstance(expression, exp.Column):
            return self.of_group
        if isinstance(expression, exp.Query | exp.AggFunc | exp.Window | exp.Star | exp.TableColumn):
            return False
        return bool(self.allowed) and all(self.lets_out(part) for part in expression.iter_expressions())


@dataclass
class Derived:
    """A subquery in FROM, or one branch of it where it is a set operation; `names` are its columns."""

    block: Block
    names: tuple[str, ...]

    def output(self, column: str, *, gated: bool) -> exp.Expr | None:
        """The expression behind `column`; None where there is none, or `gated` and no step leads out by it."""
        return self.block.let_out(self.names.index(column), gated=gated) if column in self.names else None


@dataclass(frozen=True)
class Joined:
    """Two things in FROM that are joined.

    Attributes:
        side: LEFT, RIGHT, FULL, or empty for an inner or cross join, which WHERE can make of the others.
        matched: the predicates of its ON, over nodes, as far as they hold for all rows of a group alike.
    """

    side: str
    left: Joined | Node | Derived
    right: Joined | Node | Derived
    matched: tuple[exp.Expr, ...] = ()


@dataclass
class Block:
    """One SELECT with what stands in its FROM.

    Attributes:
        limited: whether LIMIT or OFFSET is over it, or over the set operation that it is a branch of.
        extended: aliases of what an outer join of this SELECT can make NULL.
        required: aliases of what cannot be NULL in its rows, whatever the joins are.
        joined: what stands in its FROM; None where nothing does.
        held: the predicates of its WHERE and ON, each with the aliases of the nodes that matter only where it holds.
    """

    select: exp.Select
    parent: Block | None
    opaque: frozenset[str]
    limited: bool
    items: dict[str, Node | Derived] = field(default_factory=dict[str, "Node | Derived"])
    extended: set[str] = field(default_factory=set[str])
    required: set[str] = field(default_factory=set[str])
    joined: Joined | Node | Derived | None = None
    held: list[tuple[exp.Expr, frozenset[str]]] = field(default_factory=list[tuple[exp.Expr, frozenset[str]]])

    def resolve(self, expression: exp.Expr, *, gated: bool = False, in_from: bool = False) -> exp.Expr | None:
        """`expression` over node aliases instead of this block's names; None where it is not expressible so.

        With `gated`, only by columns through which a step leads into the subqueries that they come from. `in_from`
        says that it stands in FROM and so may be many rows.
        """
        if not self.is_scalar(expression, in_from=in_from):
            return None
        root = exp.Paren(this=expression.copy())
        for column in list(root.find_all(exp.Column)):
            meaning = self._column(column, gated=gated)
            if meaning is None:
                return None
            column.replace(meaning)
        return root.this

    def is_scalar(self, expression: exp.Expr, *, in_from: bool = False) -> bool:
        """Whether it is one value of each row, of columns and functions alone; `in_from`, also many rows."""
        if expression.find(exp.Query, exp.Window, exp.AggFunc, exp.Star, exp.TableColumn) is not None:
            return False
        functions = (each for each in expression.find_all(exp.Func) if not (in_from and each is expression))
        return not any(_function_name(function) in self.opaque for function in functions)

    def let_out(self, position: int, *, gated: bool = True) -> exp.Expr | None:
        """The expression behind the output column there; if `gated`, only where it is a way to the rows inside."""
        expression = self.select.expressions[position].unalias()
        if gated and not self.lets_out(expression):
            return None
        return self.resolve(expression, gated=gated)

    def lets_out(self, expression: exp.Expr) -> bool:
        """Whether all rows that an output row is made of have its value of `expression`."""
        return not self.limited and all(gate.lets_out(expression) for gate in self._gates)

    def closed_to(self, predicate: exp.Expr) -> set[str]:
        """Aliases of the subqueries in this block's FROM that `predicate` names without being a step into them."""
        return {
            column.table
            for column in predicate.find_all(exp.Column)
            if isinstance(self.items.get(column.table), Derived) and self._column(column, gated=True) is None
        }

    @property
    def is_of_rows(self) -> bool:
        """Whether it yields nothing where nothing is read in its FROM."""
        select = self.select
        if select.args.get("group") is not None:
            return not has_several_sets(select)
        if select.args.get("having") is not None:
            return False
        calls = [call for each in select.expressions for call in each.find_all(exp.Func)]
        return not any(isinstance(call, exp.AggFunc) or _function_name(call) in self.opaque for call in calls)

    def inner_nodes(self) -> Iterator[Node]:
        """All nodes in this block's FROM, those of subqueries there included."""
        for item in self.items.values():
            yield from nodes_of(item)

    @cached_property
    def _gates(self) -> list[Gate]:
        """What leaves has to pass each."""
        select = self.select
        gates: list[Gate] = []
        group = select.args.get("group")
        if group is not None:
            sets = self._groupings()
            gates += [Gate(allowed, of_group=not has_several_sets(select)) for allowed in sets]
        elif any(not _of_window(function) for function in _own(select, exp.AggFunc)):
            gates.append(Gate([]))
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            on = distinct.args["on"]
            terms = list(on.expressions) if isinstance(on, exp.Tuple) else [on.unnest()]
            gates.append(Gate([self._of_output(term) for term in terms]))
        for window in _own(select, exp.Window):
            gates.append(Gate(named_window(select, window).args.get("partition_by") or ()))
        return gates

    def _of_output(self, term: exp.Expr) -> exp.Expr:
        """What a bare name in DISTINCT ON stands for: an output column first of all."""
        if not isinstance(term, exp.Column) or term.table:
            return term
        outputs = {projection.alias_or_name: projection.unalias() for projection in self.select.expressions}
        return outputs.get(term.name, term)

    def _groupings(self) -> list[list[exp.Expr]]:
        """The expressions of each grouping set, as far as they tell what stands in all of them."""
        terms: Sequence[exp.Expr] = self.select.args["group"].expressions
        # ROLLUP and CUBE are no expression that a column could be: one of their sets is empty.
        plain = [term for term in terms if not isinstance(term, exp.GroupingSets)]
        several = [term for term in terms if isinstance(term, exp.GroupingSets)]
        if len(several) != 1:
            return [plain]
        return [[*plain, *_terms_of(each)] for each in several[0].expressions]

    def _column(self, column: exp.Column, *, gated: bool) -> exp.Expr | None:
        block: Block | None = self
        while block is not None:
            item = block.items.get(column.table)
            if isinstance(item, Node):
                return exp.column(column.this.copy(), table=exp.to_identifier(item.alias, quoted=True))
            if isinstance(item, Derived):
                inner = item.output(column.name, gated=gated)
                # Of a row of NULLs an outer join says NULL here; so must the expression, were it asked.
                if inner is None or (column.table in block.extended and not _is_null_of_nulls(inner)):
                    return None
                return exp.Paren(this=inner)
            block = block.parent
        return None


def nodes_of(item: Node | Derived) -> list[Node]:
    """What is read there."""
    return [item] if isinstance(item, Node) else list(item.block.inner_nodes())


def _is_null_of_nulls(expression: exp.Expr) -> bool:
    return all(is_null_of_nulls(each) for each in alternatives(expression))


def has_several_sets(select: exp.Select) -> bool:
    """Whether rows of `select` are grouped by ROLLUP, CUBE or GROUPING SETS."""
    group = select.args.get("group")
    return group is not None and any(isinstance(term, _SEVERAL_SETS) for term in group.expressions)


def is_extreme(expression: exp.Expr) -> bool:
    """Whether `expression` is the maximum or minimum of something: the value of some row."""
    called = isinstance(expression, exp.AnonymousAggFunc) and len(expression.expressions) == 1
    return called and str(expression.this).lower() in ("max", "min")


def _terms_of(grouping_set: exp.Expr) -> list[exp.Expr]:
    return list(grouping_set.expressions) if isinstance(grouping_set, exp.Tuple) else [grouping_set]


def _function_name(function: exp.Expr) -> str:
    return function.sql("postgres").partition("(")[0].rpartition(".")[2].strip('"').lower()


def _of_window(function: exp.Expr) -> bool:
    """Whether an aggregate function is called over a window."""
    node = function
    while isinstance(node.parent, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
        node = node.parent
    return isinstance(node.parent, exp.Window) and node.arg_key == "this"


def _own(select: exp.Select, kind: type[exp.Expr]) -> Iterator[exp.Expr]:
    """Expressions of `kind` that belong to `select` itself, not to a subquery of it."""
    clauses = [select.args.get(clause) for clause in ("distinct", "having", "order")]
    for clause in [*select.expressions, *clauses]:
        if clause is not None:
            for found in clause.find_all(kind):
                if found.find_ancestor(exp.Select) is select:
                    yield found
