"""Set operations of a parsed query: whether rows of theirs that agree in some columns are a single one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from denorm_assets.sql.parsed.catalog import Catalog
from denorm_assets.sql.parsed.query_clauses import outputs
from denorm_assets.sql.parsed.query_tree import SAME_LOOKS, Node

_UNION = 1
Agreeing = Callable[[tuple[Node, ...], Catalog, Mapping[int, bool]], tuple[bool, dict[int, bool]]]
"""`dependence.agreeing`, of the queries that an operation is over."""


def is_one(
    operation: Node, scope: tuple[Node, ...], catalog: Catalog, known: Mapping[int, bool], agreeing: Agreeing
) -> bool:
    """Whether rows of an operation of the query that agree in the columns `known` are a single one."""
    if operation.kind == "RANGETBLREF":
        query = scope[-1].nodes("rtable")[operation.number("rtindex") - 1].node("subquery")
        return query is not None and agreeing((*scope, query), catalog, known)[0]
    if operation.text("all") != "true" and known.keys() >= outputs(scope[-1]).keys():
        return True
    if operation.number("op") != _UNION:
        left = operation.node("larg")
        return left is not None and is_one(left, scope, catalog, known, agreeing)
    if operation.text("all") != "true":
        return False
    branches = list(_branches(operation, scope))
    told_apart = any(
        len({_constant(outputs(branch)[position], catalog) for branch in branches} - {None}) == len(branches)
        for position in known
    )
    return told_apart and all(agreeing((*scope, branch), catalog, known)[0] for branch in branches)


def _branches(operation: Node, scope: tuple[Node, ...]) -> Iterator[Node]:
    """The queries that UNION ALL joins; one of another operation counts as one."""
    for name in ("larg", "rarg"):
        side = operation.node(name)
        if side is None:
            continue
        if side.kind != "RANGETBLREF":
            yield from _branches(side, scope)
            continue
        query = scope[-1].nodes("rtable")[side.number("rtindex") - 1].node("subquery")
        if query is not None:
            yield query


def _constant(node: Node, catalog: Catalog) -> str | None:
    """The value of a constant that equals no constant which looks different."""
    while node.kind in SAME_LOOKS and (argument := node.node("arg")) is not None:
        node = argument
    of_type, collation = node.type_and_collation()
    exact = of_type in catalog.exact and collation not in catalog.loose
    return node.text("constvalue") if node.kind == "CONST" and exact and node.text("constvalue") else None
