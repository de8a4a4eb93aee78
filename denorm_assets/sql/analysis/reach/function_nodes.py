"""Functions in FROM, and VALUES, as nodes."""

from __future__ import annotations

from sqlglot import exp

from denorm_assets.sql.analysis.clock.marks import marks
from denorm_assets.sql.analysis.reach.blocks import Block, Node
from denorm_assets.sql.analysis.refusal import Refusal


def function_node(alias: str, block: Block, item: exp.Expr, columns: tuple[str, ...]) -> Node:
    """The node called `alias` of a function in the FROM of `block`, or of VALUES, whose columns have these names.

    ROWS FROM, and one of what is no value of single rows, as an aggregate of a query around, leads nowhere. Raises
    Refusal.
    """
    derived = item.this if isinstance(item, exp.Lateral) else item
    several = bool(derived.args.get("rows_from"))
    function = derived.this if isinstance(derived, exp.Table | exp.Subquery) and not several else derived
    numbered = bool(item.args.get("ordinality"))
    if isinstance(function, exp.Unnest | exp.Values):
        function = function.copy()
        function.set("alias", None)
        offset = function.args.get("offset")
        if isinstance(offset, exp.Identifier):
            columns, numbered = (*columns, offset.name), True
            function.set("offset", None)
    if columns:
        resolved = None if several else block.resolve(function, in_from=True)
        if resolved is not None:
            needs = frozenset(column.table for column in resolved.find_all(exp.Column))
            return Node(alias, None, resolved, columns, needs, numbered)
        if function.find(exp.Query) is None and not marks(function):
            return Node(alias, None, None, columns)
    raise Refusal(item.sql("postgres"), "this form of FROM item is not followed")
