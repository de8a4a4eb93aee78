"""A definition as nodes and steps: which rows of which sources can matter to which, and through what predicates.

A *node* is one occurrence of a source, or a set-returning function in FROM; each occurrence counts by itself. A *step*
is a predicate that must hold whenever a row of the nodes that it serves matters to the result (design rule 2):

- an outer join's ON serves only its nullable side;
- a predicate inside a subquery or LATERAL serves only that block's nodes; correlations are steps into it;
- a predicate over a null-extended node must be strict in it;
- out of a block with GROUP BY, DISTINCT ON, windows or LIMIT a step leads only through grouping, DISTINCT ON or
  PARTITION BY expressions, or through a correlation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.refusal import Refusal
from denorm_assets.sql.strictness import is_null_of_nulls, is_strict


@dataclass(frozen=True)
class Node:
    """One occurrence of a source (`table`), or a function in FROM (`function`, over the nodes in `needs`).

    Attributes:
        alias: unique in the definition.
    """

    alias: str
    table: TableName | None
    function: exp.Expr | None = None
    columns: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """A predicate over `nodes` (aliases) that must hold for rows of `serves` to matter."""

    predicate: exp.Expr
    nodes: frozenset[str]
    serves: frozenset[str]


@dataclass
class Derived:
    """A subquery in FROM: one block, or several where it is a set operation."""

    blocks: list[Block]

    def output(self, column: str, *, gated: bool) -> exp.Expr | None:
        """The expression behind `column`; None where there is no single one, or `gated` and no step leads out by it."""
        return self.blocks[0].let_out(column, gated=gated) if len(self.blocks) == 1 else None


@dataclass
class Block:
    """One SELECT with what stands in its FROM."""

    select: exp.Select
    parent: Block | None
    opaque: frozenset[str]
    items: dict[str, Node | Derived] = field(default_factory=dict[str, "Node | Derived"])
    extended: set[str] = field(default_factory=set[str])

    def resolve(self, expression: exp.Expr, *, gated: bool = False, in_from: bool = False) -> exp.Expr | None:
        """`expression` over node aliases instead of this block's names; None where it is not expressible so.

        With `gated`, only by columns through which a step leads into the subqueries that they come from. `in_from`
        says that it stands in FROM and so may be many rows.
        """
        copy = expression.copy()
        if copy.find(exp.Query, exp.Window, exp.AggFunc, exp.Star) is not None:
            return None
        functions = (function for function in copy.find_all(exp.Func) if not (in_from and function is copy))
        if any(_function_name(function) in self.opaque for function in functions):
            return None
        root = exp.Paren(this=copy)
        for column in list(root.find_all(exp.Column)):
            meaning = self._column(column, gated=gated)
            if meaning is None:
                return None
            column.replace(meaning)
        return root.this

    def let_out(self, column: str, *, gated: bool = True) -> exp.Expr | None:
        """The expression behind output `column`; if `gated`, only where it is a way to the rows inside."""
        position = next((i for i, p in enumerate(self.select.expressions) if p.alias_or_name == column), None)
        if position is None:
            return None
        expression = self.select.expressions[position].unalias()
        if gated:
            if self.select.args.get("limit") or self.select.args.get("offset"):
                return None
            for allowed in self._gates():
                if not any(expression == candidate for candidate in allowed):
                    return None
        return self.resolve(expression, gated=gated)

    def closed_to(self, predicate: exp.Expr) -> set[str]:
        """Aliases of the subqueries in this block's FROM that `predicate` names without being a step into them."""
        return {
            column.table
            for column in predicate.find_all(exp.Column)
            if isinstance(self.items.get(column.table), Derived) and self._column(column, gated=True) is None
        }

    def inner_nodes(self) -> Iterator[Node]:
        """All nodes in this block's FROM, those of subqueries there included."""
        for item in self.items.values():
            if isinstance(item, Node):
                yield item
            else:
                for block in item.blocks:
                    yield from block.inner_nodes()

    def _gates(self) -> list[list[exp.Expr]]:
        """Lists of expressions; what leaves has to be in each."""
        select = self.select
        gates: list[list[exp.Expr]] = []
        group = select.args.get("group")
        if group is not None:
            gates.append(self.grouping())
        elif any(not _of_window(function) for function in _own(select, exp.AggFunc)):
            gates.append([])
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            on = distinct.args["on"]
            gates.append(list(on.expressions) if isinstance(on, exp.Tuple) else [on.unnest()])
        for window in _own(select, exp.Window):
            gates.append(list(window.args.get("partition_by") or ()))
        return gates

    def grouping(self) -> list[exp.Expr]:
        """The GROUP BY expressions. Raises Refusal for grouping sets."""
        group = self.select.args["group"]
        if any(group.args.get(kind) for kind in ("rollup", "cube", "grouping_sets", "all")) or any(
            isinstance(e, exp.Rollup | exp.Cube | exp.GroupingSets) for e in group.expressions
        ):
            raise Refusal(group.sql("postgres"), "grouping sets have rows that no single group decides")
        return list(group.expressions)

    def _column(self, column: exp.Column, *, gated: bool) -> exp.Expr | None:
        block: Block | None = self
        while block is not None:
            item = block.items.get(column.table)
            if isinstance(item, Node):
                return exp.column(column.this.copy(), table=exp.to_identifier(item.alias, quoted=True))
            if isinstance(item, Derived):
                inner = item.output(column.name, gated=gated)
                # Of a row of NULLs an outer join says NULL here; so must the expression, were it asked.
                if inner is None or (column.table in block.extended and not is_null_of_nulls(inner)):
                    return None
                return exp.Paren(this=inner)
            block = block.parent
        return None


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
    for clause in [
        *select.expressions,
        select.args.get("having"),
        select.args.get("order"),
        select.args.get("qualify"),
    ]:
        if clause is not None:
            for found in clause.find_all(kind):
                if found.find_ancestor(exp.Select) is select:
                    yield found


class ScopeReader:
    """Reads one branch of a definition into nodes and steps.

    Attributes:
        nullable: aliases of the nodes whose columns an outer join, at any depth, can make NULL.
    """

    def __init__(self, common: Mapping[str, exp.Expr], schema: str, opaque: frozenset[str]) -> None:
        """`common`: queries of the common table expressions in sight; `opaque`: names of functions of many rows."""
        self._common = common
        self._schema = schema
        self._opaque = opaque
        self.nullable: set[str] = set()
        self.nodes: dict[str, Node] = {}
        self.steps: list[Step] = []

    def read(self, select: exp.Select, parent: Block | None = None) -> Block:
        """The block of `select`, its nodes and steps recorded. Raises Refusal."""
        block = Block(select, parent, self._opaque)
        first = select.args.get("from_")
        if first is not None:
            self._item(block, first.this)
        for join in select.args.get("joins") or ():
            self._join(block, join)
        for lateral in select.args.get("laterals") or ():
            self._item(block, lateral)
        where = select.args.get("where")
        if where is not None:
            for predicate in _conjuncts(where.this):
                self._step(block, predicate)
        self._subqueries(block)
        return block

    def _join(self, block: Block, join: exp.Join) -> None:
        side = (join.side or "").upper()
        if join.args.get("using") or join.method or side not in ("", "LEFT"):
            raise Refusal(join.sql("postgres"), "only inner and left joins with ON are followed; rewrite it as one")
        alias = self._item(block, join.this)
        on = join.args.get("on")
        for predicate in _conjuncts(on) if on is not None else ():
            self._step(block, predicate, nullable=alias if side == "LEFT" else None)
        if side == "LEFT":
            block.extended.add(alias)
            self.nullable |= {node.alias for node in _nodes_of(block.items[alias])}

    def _item(self, block: Block, item: exp.Expr) -> str:
        alias = item.alias_or_name
        if alias in block.items:
            raise Refusal(item.sql("postgres"), "two things in FROM have the same name")
        if isinstance(item, exp.Table) and item.args.get("joins"):
            raise Refusal(item.sql("postgres"), "joins in parentheses are not followed; write them one after the other")
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            if item.args.get("sample"):
                raise Refusal(item.sql("postgres"), "another sample would be drawn each time")
            if not item.db and item.name in self._common:
                block.items[alias] = self._derived(block, self._common[item.name].copy(), lateral=False)
            else:
                table = TableName(item.name, item.db or self._schema)
                block.items[alias] = self._record(Node(f"o{len(self.nodes) + 1}", table))
            return alias
        if isinstance(item, exp.Subquery) and isinstance(item.this, exp.Query):
            block.items[alias] = self._derived(block, item.this, lateral=False)
            return alias
        if isinstance(item, exp.Lateral) and isinstance(item.this, exp.Subquery):
            block.items[alias] = self._derived(block, item.this.this, lateral=True)
            return alias
        function = item.this if isinstance(item, exp.Lateral | exp.Table) else item
        alias_node = item.args.get("alias")
        columns = tuple(c.name for c in alias_node.columns) if isinstance(alias_node, exp.TableAlias) else ()
        if isinstance(item, exp.Lateral | exp.Table | exp.Unnest) and columns and not item.args.get("ordinality"):
            if isinstance(function, exp.Unnest):
                function = function.copy()
                function.set("alias", None)
            resolved = block.resolve(function, in_from=True)
            if resolved is not None:
                needs = frozenset(column.table for column in resolved.find_all(exp.Column))
                node = Node(f"f{len(self.nodes) + 1}", None, resolved, columns, needs)
                block.items[alias] = self._record(node)
                return alias
        raise Refusal(item.sql("postgres"), "this form of FROM item is not followed")

    def _derived(self, block: Block, query: exp.Expr, *, lateral: bool) -> Derived:
        # Only LATERAL sees what stands before it; names further out are seen by both.
        parent = block if lateral else block.parent
        return Derived([self.read(select, parent) for select in _selects(query)])

    def _record(self, node: Node) -> Node:
        self.nodes[node.alias] = node
        return node

    def _step(self, block: Block, predicate: exp.Expr, *, nullable: str | None = None) -> None:
        """Record a predicate of `block`; of a left join's ON, `nullable` is the alias of the side that it serves."""
        served = {
            node.alias for alias, item in block.items.items() if nullable in (None, alias) for node in _nodes_of(item)
        }
        resolved = block.resolve(predicate, gated=True)
        if resolved is None:
            # It says nothing about the rows inside the subqueries that it names, but it still leads through them.
            resolved = block.resolve(predicate)
            for alias in block.closed_to(predicate):
                served -= {node.alias for node in _nodes_of(block.items[alias])}
        if resolved is not None:
            self._record_step(resolved, served)

    def _record_step(self, predicate: exp.Expr, served: Iterable[str]) -> None:
        """Record a predicate over nodes, unless it is one that the NULLs of an outer join can pass.

        Such a one says nothing about rows that fail it: they keep the row of NULLs away.
        """
        nodes = frozenset(column.table for column in predicate.find_all(exp.Column))
        if nodes & self.nullable and not is_strict(predicate):
            return
        self.steps.append(Step(predicate, nodes, frozenset(served)))

    def _subqueries(self, block: Block) -> None:
        for subquery in _own_subqueries(block.select):
            inner = [self.read(select, block) for select in _selects(subquery)]
            holder = subquery.parent
            within = holder.parent if isinstance(holder, exp.Subquery) else holder
            if isinstance(within, exp.In) and within.args.get("query") is holder:
                self._membership(block, within, inner)
            elif isinstance(within, exp.Any | exp.All) or isinstance(holder, exp.Any | exp.All):
                raise Refusal(
                    subquery.sql("postgres"), "ANY and ALL over a subquery are not followed; write IN or EXISTS"
                )

    def _membership(self, block: Block, within: exp.In, inner: list[Block]) -> None:
        """`x IN (SELECT y ...)`: rows with y = x matter; where the IN is used as a value, NULLs on either side too."""
        outer = block.resolve(within.this)
        if outer is None or isinstance(outer, exp.Tuple):
            return
        where = block.select.args.get("where")
        plain = where is not None and any(conjunct is within for conjunct in _conjuncts(where.this))
        for candidate in inner:
            output = candidate.let_out(candidate.select.expressions[0].alias_or_name)
            if output is None:
                continue
            equal: exp.Expr = exp.EQ(this=exp.Paren(this=output.copy()), expression=exp.Paren(this=outer.copy()))
            if not plain:
                nulls = (exp.Is(this=exp.Paren(this=side.copy()), expression=exp.Null()) for side in (output, outer))
                equal = exp.or_(equal, *nulls)
            self._record_step(equal, (node.alias for node in candidate.inner_nodes()))


def _nodes_of(item: Node | Derived) -> list[Node]:
    return [item] if isinstance(item, Node) else [node for block in item.blocks for node in block.inner_nodes()]


def _conjuncts(expression: exp.Expr) -> list[exp.Expr]:
    if isinstance(expression, exp.Paren):
        return _conjuncts(expression.this)
    if isinstance(expression, exp.And):
        return [*_conjuncts(expression.this), *_conjuncts(expression.expression)]
    return [expression]


def _selects(query: exp.Expr) -> list[exp.Select]:
    if isinstance(query, exp.SetOperation):
        if not isinstance(query, exp.Union):
            raise Refusal(query.sql("postgres"), "INTERSECT and EXCEPT are not followed")
        if query.args.get("limit") or query.args.get("offset"):
            raise Refusal(query.sql("postgres"), "LIMIT over a set operation: any row can push out any other")
        return [*_selects(query.this), *_selects(query.expression)]
    if isinstance(query, exp.Subquery):
        if query.args.get("limit") or query.args.get("offset"):
            raise Refusal(
                query.sql("postgres"), "LIMIT outside of a query's parentheses is not followed; write it inside"
            )
        return _selects(query.this)
    if isinstance(query, exp.Select):
        return [query]
    raise Refusal(query.sql("postgres"), "this form of query is not followed")


def _own_subqueries(select: exp.Select) -> Iterator[exp.Expr]:
    """Queries in expressions of `select`: not those in FROM, not those of other blocks."""
    for found in select.find_all(exp.Query):
        if found is select or found.find_ancestor(exp.Select) is not select:
            continue
        if isinstance(found, exp.Subquery) or isinstance(found.parent, exp.SetOperation):
            continue
        if not _stands_in_from(found, select):
            yield found


def _stands_in_from(query: exp.Expr, select: exp.Select) -> bool:
    node: exp.Expr | None = query
    while node is not None and node.parent is not select:
        if isinstance(node.parent, exp.Join) and node.arg_key == "on":
            return False
        node = node.parent
    return node is not None and node.arg_key in ("from_", "joins", "laterals", "with_")
