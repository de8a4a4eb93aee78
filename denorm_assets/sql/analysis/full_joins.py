"""Anchors over full joins: each row has the value of the one side or of the other."""

from __future__ import annotations

from sqlglot import exp

from denorm_assets.sql.analysis.blocks import Node
from denorm_assets.sql.analysis.scopes import ScopeReader


def of_full_join(reader: ScopeReader, expression: exp.Expr) -> list[tuple[Node, exp.Expr]]:
    """Of `coalesce(x.k, y.k)` over a full join by these columns, both of them: each row has the one or the other."""
    sides = [side.unnest() for side in _alternatives(expression)]
    if len(sides) != 2 or not all(isinstance(side, exp.Column) for side in sides):
        return []
    nodes = [reader.nodes[side.text("table")] for side in sides]
    matched = any(
        isinstance(each, exp.EQ) and {each.this.unnest(), each.expression.unnest()} == set(sides)
        for each in reader.matched
    )
    only_so = all(node.table is not None and reader.nullable[node.alias] == 1 for node in nodes)
    return list(zip(nodes, sides, strict=True)) if matched and only_so else []


def _alternatives(expression: exp.Expr) -> list[exp.Expr]:
    """What coalesce chooses from; sqlglot makes one of its own where columns are merged by USING."""
    if isinstance(expression, exp.Coalesce):
        return [expression.this, *expression.expressions]
    is_call = isinstance(expression, exp.Anonymous) and expression.name.lower() == "coalesce"
    return list(expression.expressions) if is_call else []
