"""The clauses of a parsed query: what it puts out, groups, sorts and limits by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from denorm_assets.sql.parsed.catalog import Catalog
from denorm_assets.sql.parsed.query_tree import Node

_SIMPLE, _SETS = 1, 4
"""Kinds of grouping sets; of the others (ROLLUP, CUBE, the empty one) some row is grouped by nothing."""

RELATION, CTE = 0, 6
"""Kinds of what is in FROM."""


def is_grouped(query: Node) -> bool:
    """Whether a query yields a row for each group, or for all rows."""
    return bool(
        query.nodes("groupClause")
        or query.nodes("groupingSets")
        or query.text("hasAggs") == "true"
        or query.node("havingQual")
    )


def grouping(query: Node) -> list[Node]:
    """What all rows of any group agree in."""
    sets = query.nodes("groupingSets")
    common = {mark for each in sets for mark in _in_each(each)}
    marks = [each.number("tleSortGroupRef") for each in query.nodes("groupClause")]
    return _marked(query, [mark for mark in marks if not sets or mark in common])


def _in_each(grouping_set: Node) -> set[int]:
    """What every grouping that a grouping set stands for contains."""
    if grouping_set.number("kind") == _SIMPLE:
        return set(grouping_set.numbers("content"))
    members = [_in_each(each) for each in grouping_set.nodes("content")]
    return set[int].intersection(*members) if grouping_set.number("kind") == _SETS and members else set()


def clause(holder: Node, name: str, query: Node | None = None, *, by: Collection[int] | None = None) -> list[Node]:
    """The expressions of a clause such as sortClause, of a query, a window of it, or an aggregate's own.

    With `by`, only those that are sorted or grouped by one of these equality operators.
    """
    terms = [each for each in holder.nodes(name) if by is None or each.number("eqop") in by]
    return _marked(query or holder, [each.number("tleSortGroupRef") for each in terms])


def _marked(holder: Node, marks: Sequence[int]) -> list[Node]:
    entries = holder.nodes("args") if holder.kind == "AGGREF" else holder.nodes("targetList")
    by_mark = {entry.number("ressortgroupref"): entry.node("expr") for entry in entries}
    return [found for mark in marks if (found := by_mark.get(mark)) is not None]


def outputs(query: Node) -> dict[int, Node]:
    """The output columns of a query by position."""
    return {
        entry.number("resno"): expression
        for entry in query.nodes("targetList")
        if entry.text("resjunk") != "true" and (expression := entry.node("expr")) is not None
    }


def window_of(query: Node, call: Node) -> Node:
    """The window that a window function is called over."""
    return next(each for each in query.nodes("windowClause") if each.number("winref") == call.number("winref"))


def is_constant(node: Node | None, *values: int) -> bool:
    """Whether an expression is one of these numbers, or NULL if there are none."""
    while node is not None and node.kind == "FUNCEXPR" and len(node.nodes("args")) == 1:
        [node] = node.nodes("args")
    if node is None or node.kind != "CONST":
        return False
    if node.text("constisnull") == "true":
        return not values
    shown = node.text("constvalue")
    _, _, octets = shown.partition("[ ")
    found = int.from_bytes(bytes(int(each) % 256 for each in octets.removesuffix("]").split()), "little")
    return found in values


def conjuncts(predicate: Node | None) -> list[Node]:
    """The parts of a predicate that AND joins."""
    if predicate is None:
        return []
    if predicate.kind == "BOOLEXPR" and predicate.text("boolop") == "and":
        return [part for each in predicate.nodes("args") for part in conjuncts(each)]
    return [predicate]


def is_one_call(table: Node, known: Mapping[int, bool], catalog: Catalog) -> bool:
    """Whether a function in FROM yields one row, or one for what is known of its columns."""
    functions = table.nodes("functions")
    calls = [call for function in functions if (call := function.node("funcexpr")) is not None]
    if len(calls) == 1 and calls[0].text("funcretset") == "false":
        return True
    if table.text("funcordinality") == "true":
        last = sum(function.number("funccolcount") for function in functions) + 1
        return last in known
    distinct = len(calls) == 1 and calls[0].number("funcid") in catalog.distinct
    return distinct and 1 in known


def selected_by(table: Node, scope: tuple[Node, ...], catalog: Catalog) -> tuple[Node, ...] | None:
    """What a subquery, view or common table expression selects, as a scope; None for what reads itself."""
    if table.number("rtekind") == RELATION:
        return (catalog.views[table.number("relid")],)
    if table.number("rtekind") == CTE:
        depth = len(scope) - table.number("ctelevelsup")
        for each in scope[depth - 1].nodes("cteList") if table.text("self_reference") != "true" else ():
            query = each.node("ctequery")
            if each.text("ctename") == table.text("ctename") and query is not None:
                return (*scope[:depth], query)
        return None
    query = table.node("subquery")
    return None if query is None else (*scope, query)
