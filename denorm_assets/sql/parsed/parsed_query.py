"""A parsed query as PostgreSQL writes it out (`pg_rewrite.ev_action`): nodes with fields, and what types they have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

_TOKEN = re.compile(r"[{}()]|(?:\\.|[^\s{}()\\])+", re.DOTALL)
_TYPE_FIELDS = {
    "AGGREF": "aggtype",
    "ARRAYCOERCEEXPR": "resulttype",
    "ARRAYEXPR": "array_typeid",
    "CASEEXPR": "casetype",
    "CASETESTEXPR": "typeId",
    "COALESCEEXPR": "coalescetype",
    "COERCETODOMAIN": "resulttype",
    "COERCEVIAIO": "resulttype",
    "CONST": "consttype",
    "CONVERTROWTYPEEXPR": "resulttype",
    "FIELDSELECT": "resulttype",
    "FUNCEXPR": "funcresulttype",
    "MINMAXEXPR": "minmaxtype",
    "NULLIFEXPR": "opresulttype",
    "OPEXPR": "opresulttype",
    "RELABELTYPE": "resulttype",
    "ROWEXPR": "row_typeid",
    "SUBSCRIPTINGREF": "refrestype",
    "VAR": "vartype",
    "WINDOWFUNC": "wintype",
}


@dataclass
class Node:
    """A node: its `kind`, for example FUNCEXPR, and what stands after each `:field`."""

    kind: str
    fields: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def number(self, name: str) -> int | None:
        """The number in a field; None where there is none."""
        value = self.fields.get(name) or [None]
        return int(value[0]) if isinstance(value[0], str) and value[0].lstrip("-").isdigit() else None

    def nodes(self, name: str) -> list[Node]:
        """The nodes in a field."""
        return list(_nodes(self.fields.get(name, [])))

    def walk(self) -> Iterator[Node]:
        """This node and all within it."""
        yield self
        for values in self.fields.values():
            for inner in _nodes(values):
                yield from inner.walk()

    @property
    def type_id(self) -> int | None:
        """OID of the type of an expression, or of the first column of a subquery; None where that is not known."""
        if self.kind == "TARGETENTRY":
            return next((each.type_id for each in self.nodes("expr")), None)
        if self.kind == "QUERY":
            return next((each.type_id for each in self.nodes("targetList")), None)
        if self.kind == "SUBLINK":
            return next((each.type_id for each in self.nodes("subselect")), None)
        if self.kind == "COLLATEEXPR":
            return next((each.type_id for each in self.nodes("arg")), None)
        return self.number(_TYPE_FIELDS[self.kind]) if self.kind in _TYPE_FIELDS else None


def read_tree(text: str) -> list[Node]:
    """The nodes of a tree, for example the one query of a view."""
    stack: list[list[Any]] = [[]]
    for part in _TOKEN.findall(text):
        if part in "{(":
            stack.append([])
        elif part == ")":
            inner = stack.pop()
            stack[-1].append(inner)
        elif part == "}":
            inner = stack.pop()
            stack[-1].append(_node(inner))
        else:
            stack[-1].append(part)
    return list(_nodes(stack[0]))


def _node(parts: list[Any]) -> Node:
    node = Node(parts[0])
    values: list[Any] = []
    for part in parts[1:]:
        if isinstance(part, str) and part.startswith(":"):
            values = node.fields.setdefault(part[1:], [])
        else:
            values.append(part)
    return node


def _nodes(values: list[Any]) -> Iterator[Node]:
    for value in values:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list):
            yield from _nodes(cast("list[Any]", value))
