"""Parsed queries as PostgreSQL keeps them (`pg_rewrite.ev_action`): every name resolved, every type known."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast

_TOKEN = re.compile(r"[(){}]|(?:\\.|[^\s(){}\\])+", re.DOTALL)
"""PostgreSQL escapes spaces, parentheses, braces and backslashes in words, also between quotes; quotes say nothing."""

_TYPES = {
    "VAR": ("vartype", "varcollid"),
    "CONST": ("consttype", "constcollid"),
    "FUNCEXPR": ("funcresulttype", "funccollid"),
    "OPEXPR": ("opresulttype", "opcollid"),
    "RELABELTYPE": ("resulttype", "resultcollid"),
    "COERCEVIAIO": ("resulttype", "resultcollid"),
    "ARRAYCOERCEEXPR": ("resulttype", "resultcollid"),
    "COERCETODOMAIN": ("resulttype", "resultcollid"),
    "SUBSCRIPTINGREF": ("refrestype", "refcollid"),
    "FIELDSELECT": ("resulttype", "resultcollid"),
    "ARRAY": ("array_typeid", "array_collid"),
    "ARRAYEXPR": ("array_typeid", "array_collid"),
    "CASE": ("casetype", "casecollid"),
    "CASEEXPR": ("casetype", "casecollid"),
    "COALESCE": ("coalescetype", "coalescecollid"),
    "COALESCEEXPR": ("coalescetype", "coalescecollid"),
    "MINMAX": ("minmaxtype", "minmaxcollid"),
    "MINMAXEXPR": ("minmaxtype", "minmaxcollid"),
    "NULLIFEXPR": ("opresulttype", "opcollid"),
    "AGGREF": ("aggtype", "aggcollid"),
    "WINDOWFUNC": ("wintype", "wincollid"),
}
"""Which fields tell an expression's type and collation; some kinds have another name in older releases."""
_BOOLEAN = 16
_TRUTHS = ("BOOLEXPR", "BOOLEANTEST", "NULLTEST", "DISTINCTEXPR", "SCALARARRAYOPEXPR")
SAME_LOOKS = ("RELABELTYPE", "COLLATEEXPR", "COERCETODOMAIN")
"""Kinds of nodes whose value looks as that of their argument does."""


@dataclass(frozen=True, eq=False)
class Node:
    """A node of the tree: what kind it is, and its fields. A list is a tuple, and everything else is text."""

    kind: str
    fields: dict[str, object] = field(default_factory=dict[str, object])

    def text(self, name: str) -> str:
        """A field that is a word; empty where there is none."""
        found = self.fields.get(name, "")
        return found if isinstance(found, str) and found != "<>" else ""

    def number(self, name: str) -> int:
        """A field that is a number; 0 where there is none."""
        return int(self.text(name) or 0)

    def node(self, name: str) -> Node | None:
        """A field that is a node."""
        found = self.fields.get(name)
        return found if isinstance(found, Node) else None

    def nodes(self, name: str) -> tuple[Node, ...]:
        """The nodes of a field that is a list."""
        return _nodes(self.fields.get(name))

    def numbers(self, name: str) -> tuple[int, ...]:
        """The numbers of a field that is a list of such: `(o 23 25)`."""
        found = self.fields.get(name)
        return (
            tuple(int(str(each)) for each in cast("tuple[object, ...]", found)[1:]) if isinstance(found, tuple) else ()
        )

    def words(self, name: str) -> tuple[object, ...]:
        """What stands in a field that is a list, of whatever kind."""
        found = self.fields.get(name)
        return cast("tuple[object, ...]", found) if isinstance(found, tuple) else ()

    def type_and_collation(self) -> tuple[int, int]:
        """OIDs of an expression's type and collation; 0 for a type that is not known."""
        if self.kind in _TRUTHS:
            return _BOOLEAN, 0
        if self.kind == "COLLATEEXPR":
            argument = self.node("arg")
            return (argument.type_and_collation()[0] if argument else 0), self.number("collOid")
        return (self.number(_TYPES[self.kind][0]), self.number(_TYPES[self.kind][1])) if self.kind in _TYPES else (0, 0)

    def children(self) -> list[Node]:
        """All nodes directly below, those in lists too."""
        return [node for value in self.fields.values() for node in _nodes(value, deep=True)]


def parse_tree(text: str) -> Node:
    """The first query of `ev_action`, which is a list of one."""
    lists: list[list[object]] = [[]]
    for word in _TOKEN.findall(text):
        if word in ("(", "{"):
            lists.append([])
        elif word == ")":
            done = lists.pop()
            lists[-1].append(tuple(done))
        elif word == "}":
            done = lists.pop()
            lists[-1].append(_node(done))
        else:
            lists[-1].append(word)
    [trees] = lists[0]
    [query] = _nodes(trees)
    return query


def _nodes(value: object, *, deep: bool = False) -> tuple[Node, ...]:
    """The nodes of a list; with `deep` also those of lists in it, and the value itself if it is one."""
    if not isinstance(value, tuple):
        return (value,) if deep and isinstance(value, Node) else ()
    members = cast("tuple[object, ...]", value)
    if deep:
        return tuple(node for each in members for node in _nodes(each, deep=True))
    return tuple(each for each in members if isinstance(each, Node))


def _node(tokens: list[object]) -> Node:
    found = Node(str(tokens[0]))
    name = ""
    for token in tokens[1:]:
        if isinstance(token, str) and token.startswith(":"):
            name = token[1:]
        elif name not in found.fields:
            found.fields[name] = token
        else:  # a constant's bytes
            found.fields[name] = f"{found.fields[name]} {token}"
    return found
