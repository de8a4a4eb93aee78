"""A definition as nodes and conditions: which rows of which sources can matter to which, and through what predicates.

A *node* is one occurrence of a source, or a set-returning function in FROM; each occurrence counts by itself. A
*condition* is a predicate that must hold whenever a row of the nodes that it serves matters to the result (design
rule 2):

- an outer join's ON serves only its nullable side;
- a predicate inside a subquery or LATERAL serves only that block's nodes; correlations are conditions into it;
- a predicate over a null-extended node must be strict in it;
- out of a block with GROUP BY, DISTINCT ON, windows or LIMIT a condition leads only through grouping, DISTINCT ON or
  PARTITION BY expressions, or through a correlation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.blocks import Block, Derived, Node
from denorm_assets.sql.analysis.clauses import conjuncts, own_subqueries, selects
from denorm_assets.sql.analysis.null_rejection import is_strict
from denorm_assets.sql.analysis.refusal import Refusal


@dataclass(frozen=True)
class Condition:
    """A predicate over `nodes` (aliases) that must hold for rows of `serves` to matter."""

    predicate: exp.Expr
    nodes: frozenset[str]
    serves: frozenset[str]


class ScopeReader:
    """Reads one branch of a definition into nodes and conditions.

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
        self.conditions: list[Condition] = []

    def read(self, select: exp.Select, parent: Block | None = None) -> Block:
        """The block of `select`, its nodes and conditions recorded. Raises Refusal."""
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
            for predicate in conjuncts(where.this):
                self._step(block, predicate)
        self._subqueries(block)
        return block

    def _join(self, block: Block, join: exp.Join) -> None:
        side = (join.side or "").upper()
        if join.args.get("using") or join.method or side not in ("", "LEFT"):
            raise Refusal(join.sql("postgres"), "only inner and left joins with ON are followed; rewrite it as one")
        alias = self._item(block, join.this)
        on = join.args.get("on")
        for predicate in conjuncts(on) if on is not None else ():
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
        return Derived([self.read(select, parent) for select in selects(query)])

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
        self.conditions.append(Condition(predicate, nodes, frozenset(served)))

    def _subqueries(self, block: Block) -> None:
        for subquery in own_subqueries(block.select):
            inner = [self.read(select, block) for select in selects(subquery)]
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
        plain = where is not None and any(conjunct is within for conjunct in conjuncts(where.this))
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
