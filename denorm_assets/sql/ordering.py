"""Whether a definition says which of several rows comes first; where it does not, each plan may choose another.

A drain computes some anchors' rows by another plan than a comparison of everything: where they choose differently, that
looks like drift for ever. So an ORDER BY has to decide all that its rows contribute, down to a unique column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.refusal import Refusal

UniqueKeys = Mapping[TableName, Sequence[frozenset[str]]]
"""Sets of columns of each source that no two rows share, NULLs included."""

_COLLECTING = ("array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg")
_NUMBERING = ("row_number", "ntile", "lag", "lead", "first_value", "last_value", "nth_value")
_REMEDY = "Add columns to its ORDER BY, down to a unique one"


def require_order(tree: exp.Query, unique: UniqueKeys, schema: str) -> None:
    """Raises Refusal for the first clause of the qualified `tree` whose ORDER BY leaves ties."""
    for select in tree.find_all(exp.Select):
        reader = _Ties(select, unique, schema, tree)
        for function in select.find_all(exp.AggFunc, exp.Func):
            if function.find_ancestor(exp.Select) is select:
                reader.check_function(function)
        reader.check_choice()


class _Ties:
    """What the ORDER BYs of one SELECT decide."""

    def __init__(self, select: exp.Select, unique: UniqueKeys, schema: str, tree: exp.Query) -> None:
        self._select = select
        self._unique = unique
        self._schema = schema
        self._common = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
        self._items = {item.alias_or_name: item for item in _from_items(select)}
        group = select.args.get("group")
        self._grouping: list[exp.Expr] = list(group.expressions) if group is not None else []

    def check_function(self, function: exp.Expr) -> None:
        """An aggregate that keeps its rows apart, or a window function that numbers them."""
        name = _name(function)
        if name in _COLLECTING and function.find(exp.Distinct) is None:
            order = next((o for o in function.find_all(exp.Order) if o.find_ancestor(exp.Select) is self._select), None)
            arguments = [
                column
                for column in function.find_all(exp.Column)
                if column.find_ancestor(exp.Order, exp.Select) is not order or _is_value(column, order)
            ]
            self._require(function, [*_keys(order), *self._grouping], arguments)
        elif name in _NUMBERING and isinstance(function.parent, exp.Window | exp.IgnoreNulls | exp.RespectNulls):
            window = function.find_ancestor(exp.Window)
            assert window is not None
            partition: list[exp.Expr] = list(window.args.get("partition_by") or ())
            self._require(window, [*_keys(window.args.get("order")), *partition], self._outputs())

    def check_choice(self) -> None:
        """DISTINCT ON and LIMIT, which keep some rows and not others."""
        select = self._select
        distinct = select.args.get("distinct")
        on: list[exp.Expr] = []
        if distinct is not None and distinct.args.get("on"):
            clause = distinct.args["on"]
            on = list(clause.expressions) if isinstance(clause, exp.Tuple) else [clause.unnest()]
        kept_in_order = select.args.get("limit") or select.args.get("offset") or isinstance(select.parent, exp.Array)
        if not on and (not kept_in_order or isinstance(select.parent, exp.Exists)):
            return
        if not on and not self._grouping and any(isinstance(e.unalias(), exp.AggFunc) for e in select.expressions):
            return
        self._require(select, [*_keys(select.args.get("order")), *on, *self._grouping], self._outputs())

    def _outputs(self) -> list[exp.Column]:
        return [
            column
            for projection in self._select.expressions
            for column in projection.find_all(exp.Column)
            if column.find_ancestor(exp.Select) is self._select
            and (column.find_ancestor(exp.Window, exp.AggFunc, exp.Select) is self._select)
        ]

    def _require(self, clause: exp.Expr, deciding: Sequence[exp.Expr], wanted: Iterable[exp.Column]) -> None:
        positions = {p.alias_or_name: p.unalias() for p in self._select.expressions}
        known = [_bare(positions.get(e.name, e) if isinstance(e, exp.Column) and not e.table else e) for e in deciding]
        for column in wanted:
            if column.table not in self._items or any(column == expression for expression in known):
                continue
            fixed = {e.name for e in known if isinstance(e, exp.Column) and e.table == column.table}
            if not any(key <= fixed for key in self._keys_of(self._items[column.table])):
                raise Refusal(
                    clause.sql("postgres"), f"rows may be equal in its ORDER BY and differ in {column.name}", _REMEDY
                )

    def _keys_of(self, item: exp.Expr) -> Sequence[frozenset[str]]:
        """Sets of column names that tell rows of something in FROM apart."""
        if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            if not item.db and item.name in self._common:
                return self._keys_of_query(self._common[item.name])
            return self._unique.get(TableName(item.name, item.db or self._schema), ())
        if isinstance(item, exp.Lateral) and isinstance(item.this, exp.Subquery):
            return self._keys_of_query(item.this.this)
        return self._keys_of_query(item.this) if isinstance(item, exp.Subquery) else ()

    def _keys_of_query(self, query: exp.Expr) -> Sequence[frozenset[str]]:
        if not isinstance(query, exp.Select):
            return ()
        inner = _Ties(query, self._unique, self._schema, query)
        inner._common = self._common
        named = {p.alias_or_name: _bare(p.unalias()) for p in query.expressions}
        distinct = query.args.get("distinct")
        if distinct is not None and not distinct.args.get("on"):
            return (frozenset(named),)
        apart: list[exp.Expr] = inner._grouping
        if distinct is not None:
            on = distinct.args["on"]
            apart = list(on.expressions) if isinstance(on, exp.Tuple) else [on.unnest()]
        if apart:
            found = [next((n for n, e in named.items() if e == _bare(part)), None) for part in apart]
            return (frozenset(n for n in found if n is not None),) if None not in found else ()
        keys: set[str] = set()
        for alias, item in inner._items.items():
            selected = {e.name: n for n, e in named.items() if isinstance(e, exp.Column) and e.table == alias}
            key = next((k for k in inner._keys_of(item) if k <= selected.keys()), None)
            if key is None:
                return ()
            keys |= {selected[column] for column in key}
        return (frozenset(keys),)


def _from_items(select: exp.Select) -> list[exp.Expr]:
    first = select.args.get("from_")
    items: list[exp.Expr] = [first.this] if first is not None else []
    items += [join.this for join in select.args.get("joins") or ()]
    return [*items, *(select.args.get("laterals") or ())]


def _is_value(column: exp.Column, order: exp.Order | None) -> bool:
    """Whether `column` stands in what an ORDER BY orders, which sqlglot puts inside of it."""
    node: exp.Expr = column
    while node.parent is not None and node.parent is not order:
        node = node.parent
    return node.arg_key == "this"


def _keys(order: exp.Expr | None) -> list[exp.Expr]:
    return [] if order is None else [e.this if isinstance(e, exp.Ordered) else e for e in order.expressions]


def _bare(expression: exp.Expr) -> exp.Expr:
    while isinstance(expression, exp.Paren):
        expression = expression.this
    return expression


def _name(function: exp.Expr) -> str:
    return function.sql("postgres").partition("(")[0].lower()
