"""Whether a definition says which of several rows comes first; where it does not, each plan may choose another.

A drain computes some anchors' rows by another plan than a comparison of everything: where they choose differently, that
looks like drift for ever. So an ORDER BY has to decide all that its rows contribute, down to a unique column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clauses import named_window
from denorm_assets.sql.analysis.dependence import decided
from denorm_assets.sql.analysis.refusal import Refusal

UniqueKeys = Mapping[TableName, Sequence[frozenset[str]]]
"""Sets of columns of each source that no two rows share, NULLs included."""

_CONSTRUCTORS = {"json_arrayagg": r"jsonb?_agg(_strict)?", "json_objectagg": r"jsonb?_object_agg(_unique)?(_strict)?"}
"""Aggregates that SQL has a syntax for, with the names of the functions that PostgreSQL calls for them."""
_VALUES = (exp.Column, exp.TableColumn)
"""A column, and a row as a whole."""
_REMEDY = "Add columns to its ORDER BY, down to a unique one"
_EXACT = "Cast the argument to numeric, and the result back if you need: sum(x::numeric)::double precision"


@dataclass(frozen=True)
class OrderDependent:
    """An aggregate or window function of a definition whose value may depend on the order of its rows.

    Attributes:
        name: of the function that PostgreSQL calls.
        calls: how often the definition calls it.
        inexact: whether it depends on the order because floating-point numbers are rounded at each step.
    """

    name: str
    calls: int
    inexact: bool


def require_order(tree: exp.Query, unique: UniqueKeys, schema: str, dependent: Sequence[OrderDependent]) -> None:
    """Raises Refusal for the first clause of the qualified `tree` whose ORDER BY leaves ties."""
    found: Counter[str] = Counter()
    for select in tree.find_all(exp.Select):
        reader = _Ties(select, unique, schema, tree)
        for function in select.find_all(exp.Func):
            if function.find_ancestor(exp.Select) is select:
                called = _dependent(function, dependent)
                if called is not None:
                    found[called.name] += 1
                    reader.check_call(function, called)
                elif isinstance(_over(function), exp.Window):
                    reader.check_frame(function)
        reader.check_choice()
    for each in dependent:
        if found[each.name] < each.calls:
            raise order_unknown(each)


def order_unknown(function: OrderDependent) -> Refusal:
    """A Refusal of a call whose order cannot be judged."""
    if function.inexact:
        return Refusal(
            function.name, "sums of floating-point numbers depend on the order of the rows", _EXACT, in_views=True
        )
    return Refusal(
        function.name,
        "its value may depend on the order of its rows, and denorm-assets cannot tell that its call decides that order",
        "Write the call with an ORDER BY in its parentheses, down to a unique column",
        in_views=True,
    )


def _dependent(function: exp.Expr, dependent: Sequence[OrderDependent]) -> OrderDependent | None:
    if isinstance(function, exp.JSONObjectAgg):
        name = "json_objectagg"
    elif isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        name = function.name.lower()
    else:
        return None
    pattern = _CONSTRUCTORS.get(name, re.escape(name))
    return next((each for each in dependent if re.fullmatch(pattern, each.name, re.IGNORECASE)), None)


def _first_of(function: exp.Expr, kind: type[exp.Expr]) -> exp.Expr | None:
    """What of `kind` stands in the call's own parentheses."""
    return next(
        (each for each in function.find_all(kind) if each.find_ancestor(exp.Func, exp.Select) is function), None
    )


def _is_whole(frame: exp.Expr) -> bool:
    return [frame.args.get(part) for part in ("start", "start_side", "end", "end_side")] == [
        "UNBOUNDED",
        "PRECEDING",
        "UNBOUNDED",
        "FOLLOWING",
    ]


def _over(function: exp.Expr) -> exp.Expr | None:
    """The window that `function` is called over, if it is."""
    node = function
    while isinstance(node.parent, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls | exp.Dot):
        node = node.parent
    return node.parent if isinstance(node.parent, exp.Window) and node.arg_key == "this" else None


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

    def check_call(self, function: exp.Expr, called: OrderDependent) -> None:
        """A call whose value depends on the order of its rows."""
        window = _over(function)
        if window is not None:
            self._require_in_window(window)
            return
        order = _first_of(function, exp.Order)
        arguments = [
            column
            for column in function.find_all(*_VALUES)
            if column.find_ancestor(exp.Order, exp.Select) is not order or _is_value(column, order)
        ]
        # Where no argument is of this SELECT, it is an aggregate of an outer one.
        if (order is None and called.inexact) or (arguments and not any(map(self._is_own, arguments))):
            raise order_unknown(called)
        # PostgreSQL sorts what it makes distinct.
        if _first_of(function, exp.Distinct) is None:
            self._require(function, [*_keys(order), *self._grouping], arguments)

    def check_frame(self, function: exp.Expr) -> None:
        """A call over a window whose frame counts rows one by one: among equals, which ones are in it is open."""
        window = _over(function)
        if window is not None:
            frame = window.args.get("spec") or named_window(self._select, window).args.get("spec")
            if frame is not None and frame.args.get("kind") == "ROWS" and not _is_whole(frame):
                self._require_in_window(window)

    def _require_in_window(self, window: exp.Expr) -> None:
        named = named_window(self._select, window)
        order = [*_keys(window.args.get("order")), *_keys(named.args.get("order"))]
        self._require(
            window,
            [*order, *(named.args.get("partition_by") or ())],
            [*self._outputs(), *window.this.find_all(*_VALUES)],
        )

    def _is_own(self, value: exp.Expr) -> bool:
        return _item_of(value) in self._items

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
        self._require(select, [*_keys(select.args.get("order")), *on], self._outputs())

    def _outputs(self) -> list[exp.Expr]:
        """The columns that tell one row of the result from another; those of a group where aggregates are put out."""
        projections: Sequence[exp.Expr] = self._select.expressions
        found = [
            column
            for projection in projections
            for column in projection.find_all(*_VALUES)
            if column.find_ancestor(exp.Select) is self._select
            and (column.find_ancestor(exp.Window, exp.AggFunc, exp.Select) is self._select)
        ]
        if any(projection.find(exp.AggFunc) is not None for projection in projections):
            found += [column for grouping in self._grouping for column in grouping.find_all(*_VALUES)]
        return found

    def _require(self, clause: exp.Expr, deciding: Sequence[exp.Expr], wanted: Iterable[exp.Expr]) -> None:
        positions = {p.alias_or_name: p.unalias() for p in self._select.expressions}
        known = [_bare(positions.get(e.name, e) if isinstance(e, exp.Column) and not e.table else e) for e in deciding]
        rows = decided(self._select, self._items, self._keys_of, known)
        for column in wanted:
            if self._is_own(column) and _item_of(column) not in rows and not _is_within(column, known):
                raise Refusal(
                    clause.sql("postgres"),
                    f"rows may be equal in its ORDER BY and differ in {column.name}",
                    _REMEDY,
                    in_views=True,
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
        keys: list[exp.Expr] = []
        for alias, item in inner._items.items():
            if alias in decided(query, inner._items, inner._keys_of, keys):
                continue
            selected = {e.name: e for e in named.values() if isinstance(e, exp.Column) and e.table == alias}
            key = next((k for k in inner._keys_of(item) if k <= selected.keys()), None)
            if key is None:
                return ()
            keys += [selected[column] for column in key]
        return (frozenset(next(n for n, e in named.items() if e == column) for column in keys),)


def _from_items(select: exp.Select) -> list[exp.Expr]:
    first = select.args.get("from_")
    items: list[exp.Expr] = [first.this] if first is not None else []
    items += [join.this for join in select.args.get("joins") or ()]
    return [*items, *(select.args.get("laterals") or ())]


def _is_within(value: exp.Expr, known: Sequence[exp.Expr]) -> bool:
    """Whether `value` stands in one of the expressions that are `known`."""
    node: exp.Expr | None = value
    while node is not None and not isinstance(node, exp.Query):
        if node in known:
            return True
        node = node.parent
    return False


def _item_of(value: exp.Expr) -> str:
    """What in FROM a column, or a row as a whole, is of."""
    return value.table if isinstance(value, exp.Column) else value.name


def _is_value(column: exp.Expr, order: exp.Expr | None) -> bool:
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
