"""Anchors over joins by equal columns: each row has the value of the one side or of the other, or of both."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from sqlglot import exp

from denorm_assets.sql.analysis.clauses import alternatives
from denorm_assets.sql.analysis.null_rejection import is_null_of_nulls
from denorm_assets.sql.analysis.reach.blocks import Block, Derived, Joined, Node

Item = Joined | Node | Derived
"""What can stand in FROM."""
_WHOLE_NUMBERS = ("smallint", "int", "bigint")


def of_joined(block: Block, nodes: Mapping[str, Node], value: exp.Expr) -> dict[str, exp.Expr]:
    """Of `coalesce(x.k, y.k)` over joins by these columns, the aliases of what is joined, each with its column.

    Every row has the value of each of them that it has a row of. Empty where that cannot be told.
    """
    sides: dict[str, exp.Expr] = {}
    for side in alternatives(value):
        alias = _alias(side)
        if not alias or sides.setdefault(alias, side) != side:
            return {}
    if len(sides) < 2 or block.joined is None or not covers(block.joined, sides):
        return {}
    found = _members(block.joined, sides) or {}
    # Rows of a function are no changes, unless they are those of other rows or of the clock.
    rows = [nodes[alias] for alias in found]
    steady = not any(node.needs or node.is_timed or not node.is_followed for node in rows)
    return found if steady and sides.keys() <= found.keys() else {}


def covers(item: Item | None, sides: Container[str]) -> bool:
    """Whether every row of `item` has a row of one of the aliases `sides`."""
    if isinstance(item, Node):
        return item.alias in sides
    if not isinstance(item, Joined):
        return item is not None and covers(item.block.joined, sides)
    left, right = covers(item.left, sides), covers(item.right, sides)
    return {"FULL": left and right, "LEFT": left, "RIGHT": right}.get(item.side, left or right)


def _members(item: Item | None, sides: Mapping[str, exp.Expr]) -> dict[str, exp.Expr] | None:
    """What in `item` has the value of `sides` wherever it has a row; None where it may have another one."""
    if isinstance(item, Node):
        return {item.alias: sides[item.alias]} if item.alias in sides else {}
    if not isinstance(item, Joined):
        return {} if item is None else _members(item.block.joined, sides)
    left, right = _members(item.left, sides), _members(item.right, sides)
    if left is None or right is None:
        return None
    for one, other in _equalities(item):
        if _is_value(one, left) and _is_value(other, right):
            return left | right
        for known, new, within, beyond in ((left, other, one, item.right), (right, other, one, item.left)):
            alias = _alias(new)
            if alias in _nodes(beyond) and known and not (left and right) and _is_value(within, known):
                return {**known, alias: new}
    return None if left and right else left or right


def _equalities(item: Joined) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """What a join says is equal, both ways round."""
    for predicate in item.matched:
        bare = predicate.unnest()
        if isinstance(bare, exp.EQ):
            yield bare.this, bare.expression
            yield bare.expression, bare.this


def _is_value(expression: exp.Expr, members: Mapping[str, exp.Expr]) -> bool:
    """Whether `expression`, unless it is NULL, is what all `members` are that have a row."""
    return all(
        (alias := _alias(each)) in members and each in (members[alias], _uncast(members[alias]))
        for each in alternatives(expression)
    )


def _alias(side: exp.Expr) -> str:
    """The one row that `side` is a value of, NULL where that is missing; empty where it is otherwise."""
    aliases = {column.table for column in side.find_all(exp.Column)}
    return aliases.pop() if len(aliases) == 1 and is_null_of_nulls(side) else ""


def _uncast(side: exp.Expr) -> exp.Expr:
    """`side` as it was before it became a whole number: of equal values, these are equal."""
    while isinstance(side, exp.Cast) and side.to.is_type(*_WHOLE_NUMBERS):
        side = side.this.unnest()
    return side


def _nodes(item: Item) -> set[str]:
    if isinstance(item, Node):
        return {item.alias}
    if isinstance(item, Derived):
        return {node.alias for node in item.block.inner_nodes()}
    return _nodes(item.left) | _nodes(item.right)
