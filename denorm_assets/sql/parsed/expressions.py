"""Expressions of a parsed query: which are the same, which columns they hold, and which of these cannot be NULL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from denorm_assets.sql.parsed.catalog import Catalog
from denorm_assets.sql.parsed.query_tree import Node

IS_NULL = 0
"""Of a NULLTEST; the other one is IS NOT NULL."""
TRUE, FALSE, UNKNOWN = 0, 2, 4
"""Of a BOOLEANTEST; between them stand their negations."""
_JOIN, _GROUP = 2, 9
"""Kinds of what is in FROM whose columns stand for others."""
_BY_LENGTH = (1042, 1700)
"""bpchar and numeric: where a length or scale is declared, equal values look the same."""
_SAYS_NOTHING = (
    "location",
    "varnullingrels",
    "varnosyn",
    "varattnosyn",
    "varreturningtype",
    "relabelformat",
    "funcformat",
    "coerceformat",
    "opfuncid",
)
Name = tuple[object, ...]
"""What is the same for expressions that are the same; of a column: VAR, its place in FROM, its number."""


class Expressions:
    """The expressions of one SELECT."""

    def __init__(self, query: Node, catalog: Catalog) -> None:
        self._tables, self._catalog = query.nodes("rtable"), catalog

    def meaning(self, variable: Node) -> Node | None:
        """What a column of a join or of a GROUP BY stands for."""
        table = self._tables[variable.number("varno") - 1]
        name = {_JOIN: "joinaliasvars", _GROUP: "groupexprs"}.get(table.number("rtekind"))
        position = variable.number("varattno") - 1
        return table.nodes(name)[position] if name is not None and position >= 0 else None

    def columns(self, node: Node, depth: int = 0) -> Iterator[tuple[int, int]]:
        """The columns of this query in an expression, those in subqueries of it too."""
        if node.kind == "VAR":
            if node.number("varlevelsup") == depth:
                meaning = self.meaning(node)
                if meaning is None:
                    yield node.number("varno"), node.number("varattno")
                else:
                    yield from self.columns(meaning)
            return
        for child in node.children():
            yield from self.columns(child, depth + (node.kind == "QUERY"))

    def required(self, node: Node) -> set[tuple[int, int]]:
        """Columns that are not NULL where a predicate is true."""
        arguments = node.nodes("args")
        if node.kind == "BOOLEXPR" and node.text("boolop") == "or":
            return set[tuple[int, int]].intersection(*map(self.required, arguments))
        if node.kind == "BOOLEXPR" and node.text("boolop") == "and":
            return {column for each in arguments for column in self.required(each)}
        # NULL = ANY (an empty array) is false, not NULL.
        if node.kind == "SCALARARRAYOPEXPR" and node.text("useOr") == "true":
            return self.carried(arguments[0]) if node.number("opfuncid") in self._catalog.strict else set()
        tested = node.node("arg")
        if node.kind == "NULLTEST" and node.number("nulltesttype") != IS_NULL and tested is not None:
            return self.carried(tested)
        if node.kind == "BOOLEANTEST" and node.number("booltesttype") in (TRUE, FALSE) and tested is not None:
            return self.carried(tested)
        return self.carried(node)

    def carried(self, node: Node) -> set[tuple[int, int]]:
        """Columns whose NULL makes an expression NULL."""
        arguments = node.nodes("args")
        match node.kind:
            case "VAR":
                meaning = self.meaning(node) if node.number("varlevelsup") == 0 else None
                if meaning is not None:
                    return self.carried(meaning)
                return {(node.number("varno"), node.number("varattno"))} if node.number("varlevelsup") == 0 else set()
            case "RELABELTYPE" | "COLLATEEXPR" | "COERCEVIAIO":
                argument = node.node("arg")
                return self.carried(argument) if argument is not None else set()
            case "OPEXPR" | "FUNCEXPR":
                if node.number("opfuncid" if node.kind == "OPEXPR" else "funcid") not in self._catalog.strict:
                    return set()
            case "BOOLEXPR" if node.text("boolop") == "not":
                pass
            case _:
                return set()
        return {column for each in arguments for column in self.carried(each)}

    def canonical(self, node: Node, depth: int = 0) -> Name:
        """The same for expressions that are the same, wherever they stand; `depth` subqueries within this query."""
        if node.kind == "VAR" and node.number("varlevelsup") == depth:
            meaning = self.meaning(node)
            return (
                ("VAR", node.number("varno"), node.number("varattno")) if meaning is None else self.canonical(meaning)
            )
        if node.kind.startswith("COALESCE"):
            return node.kind, tuple(self.canonical(each, depth) for each in node.nodes("args"))
        within = depth + (node.kind == "QUERY")
        fields = (
            (name, self._plain(value, within)) for name, value in node.fields.items() if name not in _SAYS_NOTHING
        )
        return node.kind, *fields

    def _plain(self, value: object, depth: int) -> object:
        if isinstance(value, Node):
            return self.canonical(value, depth)
        if isinstance(value, tuple):
            return tuple(self._plain(each, depth) for each in cast("tuple[object, ...]", value))
        return value

    def uncast(self, node: Node) -> Node:
        """An expression without the casts that give different values for different ones."""
        while node.kind == "FUNCEXPR" and node.number("funcid") in self._catalog.injective:
            [node] = node.nodes("args")
        return node

    def looks_same(self, node: Node) -> bool:
        """Whether equal values of an expression always look the same."""
        of_type, collation = node.type_and_collation()
        if collation in self._catalog.loose:
            return False
        return of_type in self._catalog.exact or (
            node.kind == "VAR" and of_type in _BY_LENGTH and node.number("vartypmod") >= 0
        )


def collation_of(node: Node) -> int:
    """The collation of an expression."""
    return node.type_and_collation()[1]


def reaches_out(node: Node) -> bool:
    """Whether an aggregate in a subquery may be one of a query around it."""
    return (node.kind == "AGGREF" and node.number("agglevelsup") > 0) or any(map(reaches_out, node.children()))
