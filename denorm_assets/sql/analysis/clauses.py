"""Taking a SELECT apart: its conjuncts, the branches of its set operations, the subqueries in its expressions."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from denorm_assets.sql.analysis.refusal import Refusal


def conjuncts(expression: exp.Expr) -> list[exp.Expr]:
    """The parts of `expression` that AND joins, parentheses taken off."""
    if isinstance(expression, exp.Paren):
        return conjuncts(expression.this)
    if isinstance(expression, exp.And):
        return [*conjuncts(expression.this), *conjuncts(expression.expression)]
    return [expression]


def selects(query: exp.Expr) -> list[exp.Select]:
    """The SELECTs that UNION joins in `query`. Raises Refusal for other set operations, and for LIMIT over one."""
    if isinstance(query, exp.SetOperation):
        if not isinstance(query, exp.Union):
            raise Refusal(query.sql("postgres"), "INTERSECT and EXCEPT are not followed")
        if query.args.get("limit") or query.args.get("offset"):
            raise Refusal(query.sql("postgres"), "LIMIT over a set operation: any row can push out any other")
        return [*selects(query.this), *selects(query.expression)]
    if isinstance(query, exp.Subquery):
        if query.args.get("limit") or query.args.get("offset"):
            raise Refusal(
                query.sql("postgres"), "LIMIT outside of a query's parentheses is not followed; write it inside"
            )
        return selects(query.this)
    if isinstance(query, exp.Select):
        return [query]
    raise Refusal(query.sql("postgres"), "this form of query is not followed")


def named_window(select: exp.Select, window: exp.Expr) -> exp.Expr:
    """The window of the WINDOW clause that `window` is or extends, which has its PARTITION BY; else `window` itself."""
    name = window.args.get("alias")
    named = {each.name: each for each in select.args.get("windows") or ()}
    return named.get(name.name, window) if isinstance(name, exp.Expr) else window


def own_subqueries(select: exp.Select) -> Iterator[exp.Expr]:
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
