"""Taking a SELECT apart: its conjuncts and alternatives, the branches of its set operations, the subqueries in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from denorm_assets.sql.analysis.refusal import Refusal


def conjuncts(expression: exp.Expr) -> list[exp.Expr]:
    """The parts of `expression` that AND joins, parentheses taken off."""
    if isinstance(expression, exp.Paren):
        return conjuncts(expression.this)
    if isinstance(expression, exp.And):
        return [*conjuncts(expression.this), *conjuncts(expression.expression)]
    return [expression]


def alternatives(expression: exp.Expr) -> list[exp.Expr]:
    """What COALESCE chooses from, also within another; else `expression` itself. Parentheses are taken off."""
    bare = expression.unnest()
    parts: list[exp.Expr] = []
    if isinstance(bare, exp.Coalesce):
        # sqlglot makes one where columns are merged by USING.
        parts = [bare.this, *bare.expressions]
    elif bare.name.lower() == "coalesce":
        parts = list(bare.expressions)
    return [found for part in parts for found in alternatives(part)] if parts else [bare]


@dataclass(frozen=True)
class Branch:
    """A SELECT of a query, which may be a set operation; `limited` where LIMIT or OFFSET is over that as a whole."""

    select: exp.Select
    limited: bool


def branches(query: exp.Expr, *, limited: bool = False) -> list[Branch]:
    """The SELECTs of `query`, those of VALUES left out. Raises Refusal for what is no SELECT.

    UNION, INTERSECT and EXCEPT alike: a row of either side decides only about rows that equal it.
    """
    if isinstance(query, exp.SetOperation | exp.Subquery):
        limited |= is_limited(query)
        sides = (query.this, query.expression) if isinstance(query, exp.SetOperation) else (query.this,)
        return [branch for side in sides for branch in branches(side, limited=limited)]
    if isinstance(query, exp.Select):
        return [Branch(query, limited or is_limited(query))]
    if isinstance(query, exp.Values):
        return []
    raise Refusal(query.sql("postgres"), "this form of query is not followed")


def is_limited(query: exp.Expr) -> bool:
    """Whether LIMIT or OFFSET is over `query` itself."""
    return any(query.args.get(clause) for clause in ("limit", "offset"))


def named_window(select: exp.Select, window: exp.Expr) -> exp.Expr:
    """The window of the WINDOW clause that `window` is or extends, which has its PARTITION BY; else `window` itself."""
    name = window.args.get("alias")
    named = {each.name: each for each in select.args.get("windows") or ()}
    return named.get(name.name, window) if isinstance(name, exp.Expr) else window


def own_subqueries(select: exp.Select) -> Iterator[exp.Expr]:
    """Queries in expressions of `select`: not those in FROM, not those of other blocks."""
    for found in select.find_all(exp.Query):
        if found.find_ancestor(exp.Select) is not select:
            continue
        if isinstance(found, exp.Subquery) or isinstance(found.parent, exp.SetOperation):
            continue
        if not stands_in_from(found, select):
            yield found


def stands_in_from(part: exp.Expr, select: exp.Select) -> bool:
    """Whether a part of `select` stands in its FROM or its WITH: not in the ON of a join, which is a predicate."""
    node: exp.Expr | None = part
    while node is not None and node.parent is not select:
        if node.arg_key == "on":
            return False
        node = node.parent
    return node is not None and node.arg_key in ("from_", "joins", "with_")


def stands_in_parentheses(item: exp.Expr) -> bool:
    """Whether `item` is something in FROM that stands in parentheses, with or without joins: no query."""
    if not isinstance(item, exp.Subquery):
        return False
    inner = item.this
    return not isinstance(inner, exp.Query) or (isinstance(inner, exp.Subquery) and _joined_or_named(inner))


def _joined_or_named(item: exp.Expr) -> bool:
    return bool(item.alias or item.args.get("joins"))


def required(select: exp.Select) -> Iterator[exp.Expr]:
    """What has to be true for a row, or a pair of rows, to count: conjuncts of WHERE and ON."""
    clauses = [select.args.get("where"), *(join for join in select.find_all(exp.Join) if join.args.get("on"))]
    for clause in clauses:
        if clause is not None:
            yield from conjuncts(clause.this if isinstance(clause, exp.Where) else clause.args["on"])


def stands_alone(select: exp.Select) -> bool:
    """Whether it reads tables, no common table expression, and no column and no row of what stands around it."""
    tables = [*select.find_all(exp.Table)]
    items = [*tables, *select.find_all(exp.Subquery, exp.Lateral, exp.Unnest)]
    inside = {(id(item.find_ancestor(exp.Select)), item.alias_or_name) for item in items}
    read = [(each, each.table) for each in select.find_all(exp.Column) if each.table]
    read += [(row, row.name) for row in select.find_all(exp.TableColumn)]
    return (
        bool(tables)
        and all(item.db for item in tables)
        and all(any((id(around), name) in inside for around in _around(each, select)) for each, name in read)
    )


def _around(node: exp.Expr, select: exp.Select) -> Iterator[exp.Expr]:
    """The SELECTs in which `node` stands, up to `select`."""
    while node is not select:
        around = node.find_ancestor(exp.Select)
        assert around is not None, "it stands in `select`"
        yield around
        node = around
