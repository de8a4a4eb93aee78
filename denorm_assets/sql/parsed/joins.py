"""The joins of a parsed query: what is in FROM, what an outer join may null-extend, and which predicates hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from denorm_assets.sql.parsed.catalog import Catalog, Relation
from denorm_assets.sql.parsed.expressions import Expressions, Name
from denorm_assets.sql.parsed.query_clauses import conjuncts
from denorm_assets.sql.parsed.query_tree import Node

_LEFT, _FULL, _RIGHT = 1, 2, 3


@dataclass(frozen=True, eq=False)
class Side:
    """The side of an outer join that it may null-extend: `within` others; `on` its condition, but for FULL joins."""

    members: frozenset[int]
    within: tuple[Side, ...]
    on: Node | None


class Joins:
    """What the FROM and WHERE of one SELECT say.

    Attributes:
        sides: each item of FROM, with the sides of outer joins that it is in, the outermost first.
        full: the FULL joins.
        conditions: the predicates that hold of the rows, each but where one of its sides is null-extended.
    """

    def __init__(self, tree: Node | None) -> None:
        self.sides: dict[int, tuple[Side, ...]] = {}
        self.full: list[Node] = []
        self.conditions: list[tuple[Node, tuple[Side, ...]]] = []
        if tree is not None:
            self._read(tree, ())

    def _read(self, node: Node, sides: tuple[Side, ...]) -> None:
        """Note what is in FROM, what an outer join may null-extend, and which predicates hold of the rest."""
        match node.kind:
            case "RANGETBLREF":
                self.sides[node.number("rtindex")] = sides
                return
            case "FROMEXPR":
                for each in node.nodes("fromlist"):
                    self._read(each, sides)
            case "JOINEXPR":
                sides = self._read_join(node, sides)
            case _:
                raise ValueError(f"{node.kind} in FROM")
        self.conditions += [(part, sides) for part in conjuncts(node.node("quals"))]

    def _read_join(self, join: Node, sides: tuple[Side, ...]) -> tuple[Side, ...]:
        kind = join.number("jointype")
        extended: list[Side] = []
        for name, extending in (("larg", (_RIGHT, _FULL)), ("rarg", (_LEFT, _FULL))):
            part = join.node(name)
            assert part is not None
            if kind in extending:
                side = Side(frozenset(_members(part)), sides, None if kind == _FULL else join.node("quals"))
                extended.append(side)
                self._read(part, (*sides, side))
            else:
                self._read(part, sides)
        if kind == _FULL:
            self.full.append(join)
        return (*sides, *extended)


def fixed_by_merging(
    join: Node,
    merged: Collection[frozenset[Name]],
    expressions: Expressions,
    catalog: Catalog,
    relation: Callable[[int], Relation],
) -> set[int]:
    """Of `x FULL JOIN y USING (k)`, k unique in both, both rows: k, which is coalesce(x.k, y.k), is among `merged`."""
    pairs: list[frozenset[Name]] = []
    for each in conjuncts(join.node("quals")):
        if each.kind != "OPEXPR" or each.number("opno") not in catalog.equality:
            return set()
        pairs.append(frozenset(map(expressions.canonical, each.nodes("args"))))
    sides = [side.number("rtindex") for name in ("larg", "rarg") if (side := join.node(name)) is not None]
    if 0 in sides or not all(pair in merged for pair in pairs):
        return set()
    names = frozenset[Name]().union(*pairs)
    for item in sides:
        found = relation(item)
        if not any({("VAR", item, column) for column in key.columns} <= names for key in found.keys) or not all(
            name[2] in found.not_null for name in names if name[:2] == ("VAR", item)
        ):
            return set()
    return set(sides)


def _members(node: Node) -> Iterator[int]:
    if node.kind == "RANGETBLREF":
        yield node.number("rtindex")
    for name in ("larg", "rarg"):
        part = node.node(name)
        if part is not None:
            yield from _members(part)
