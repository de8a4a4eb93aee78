"""Which output columns of a definition hold a choice among equal values, so that any of these is right.

`max`, DISTINCT, GROUP BY and UNION keep one of several values that are equal. Where equal values may look different
(1.0 and 1.00, 'bob' and 'BOB' in citext), PostgreSQL keeps whichever comes first: not always the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import cast

from denorm_assets.sql.parsed.query_tree import Node

_SUBQUERY, _JOIN, _CTE, _GROUP = 1, 2, 6, 9
"""Kinds of what is in FROM."""
_VALUE, _ARRAY = "4", "6"
"""Kinds of subqueries that yield what they select."""
_UNION = "1"


@dataclass(frozen=True)
class Equality:
    """What the catalog says of equality.

    Attributes:
        exact: OIDs of types whose equal values always look the same; `loose`, of collations under which text may not.
        steady: OIDs of aggregates and window functions that do not choose, but compute, or go by position.
    """

    exact: Collection[int]
    loose: Collection[int]
    steady: Collection[int]


def chosen_outputs(query: Node, equality: Equality) -> list[bool]:
    """For each output column of a parsed query, whether its value is a choice among equals that may look different."""
    return _Choices(equality).outputs(query, ())


@dataclass(frozen=True)
class _Choices:
    """Looks at each subquery once; one that reads itself (WITH RECURSIVE) chooses what its other parts do."""

    equality: Equality
    _known: dict[Node, list[bool]] = field(default_factory=dict[Node, list[bool]])

    def outputs(self, query: Node, outer: tuple[Node, ...]) -> list[bool]:
        """Of the columns of `query`, within the queries `outer`, the innermost last."""
        if query not in self._known:
            entries = [entry for entry in query.nodes("targetList") if entry.text("resjunk") != "true"]
            self._known[query] = [False] * len(entries)
            scope = (*outer, query)
            operation = query.node("setOperations")
            if operation is not None:
                self._known[query] = self._of_operation(operation, scope)
            else:
                self._known[query] = [self._of_entry(entry, scope) for entry in entries]
        return self._known[query]

    def _of_operation(self, operation: Node, scope: tuple[Node, ...]) -> list[bool]:
        if operation.kind == "RANGETBLREF":
            subquery = scope[-1].nodes("rtable")[operation.number("rtindex") - 1].node("subquery")
            return [] if subquery is None else self.outputs(subquery, scope)
        sides = [operation.node("larg"), operation.node("rarg")]
        branches = [self._of_operation(side, scope) for side in sides if side is not None]
        keeps_all = operation.text("op") == _UNION and operation.text("all") == "true"
        kinds = zip(operation.numbers("colTypes"), operation.numbers("colCollations"), strict=True)
        return [
            any(chosen) or (not keeps_all and self._is_loose(*kind))
            for *chosen, kind in zip(*branches, kinds, strict=True)
        ]

    def _of_entry(self, entry: Node, scope: tuple[Node, ...]) -> bool:
        expression = entry.node("expr")
        if expression is None:
            return False
        query, mark = scope[-1], entry.text("ressortgroupref")
        loose = self._looks_different(expression)
        marked = {clause.text("tleSortGroupRef") for clause in query.nodes("distinctClause")}
        cut = bool(query.text("limitCount") or query.node("limitCount") or query.text("hasDistinctOn") == "true")
        if loose and (mark in marked or (cut and self._ends_loosely(query.nodes("sortClause"), query))):
            return True
        return self._chooses(expression, scope)

    def _ends_loosely(self, clauses: Sequence[Node], query: Node) -> bool:
        """Whether the last thing that rows are sorted by may be equal and look different: nothing breaks such ties."""
        if not clauses:
            return False
        last = clauses[-1].text("tleSortGroupRef")
        entries = query.nodes("targetList") if query.kind == "QUERY" else query.nodes("args")
        return any(
            self._looks_different(expression)
            for entry in entries
            if entry.text("ressortgroupref") == last and (expression := entry.node("expr")) is not None
        )

    def _chooses(self, node: Node, scope: tuple[Node, ...], *, grouped: bool = True) -> bool:
        """Whether an expression holds a choice; `grouped` where it is evaluated once for each group."""
        match node.kind:
            case "VAR":
                return self._of_variable(node, scope, grouped=grouped)
            case "AGGREF" | "WINDOWFUNC":
                within = any(
                    self._chooses(each, scope, grouped=node.kind != "AGGREF" and grouped) for each in node.children()
                )
                return within or self._is_choice(node)
            case "SUBLINK":
                query = node.node("subselect")
                if query is None or node.text("subLinkType") not in (_VALUE, _ARRAY):
                    return False
                ordered = node.text("subLinkType") == _ARRAY and self._ends_loosely(query.nodes("sortClause"), query)
                return ordered or any(self.outputs(query, scope))
            case _:
                if grouped and self._is_grouping(node, scope[-1]):
                    return self._looks_different(node)
                return any(self._chooses(each, scope, grouped=grouped) for each in node.children())

    def _is_choice(self, call: Node) -> bool:
        """Whether an aggregate or window function picks one of several equal values, or one order of them."""
        arguments = [entry.node("expr") or entry for entry in call.nodes("args")]
        loose = any(map(self._looks_different, arguments))
        if not loose:
            return False
        if call.nodes("aggdistinct"):
            return True
        steady = call.number("aggfnoid") in self.equality.steady or call.number("winfnoid") in self.equality.steady
        if call.nodes("aggorder"):
            return self._ends_loosely(call.nodes("aggorder"), call)
        return not steady

    def _of_variable(self, variable: Node, scope: tuple[Node, ...], *, grouped: bool) -> bool:
        depth = len(scope) - variable.number("varlevelsup")
        query = scope[depth - 1]
        inner = depth == len(scope)
        if inner and grouped and self._is_grouping(variable, query):
            return self._looks_different(variable)
        relation = query.nodes("rtable")[variable.number("varno") - 1]
        position = variable.number("varattno") - 1
        match relation.number("rtekind"):
            case kind if kind == _SUBQUERY:
                subquery = relation.node("subquery")
                return subquery is not None and _at(self.outputs(subquery, scope[:depth]), position)
            case kind if kind == _CTE:
                return self._of_common_table(relation, position, scope[:depth])
            case kind if kind == _JOIN:
                merged = relation.nodes("joinaliasvars")
                return _at([self._chooses(each, scope[:depth], grouped=False) for each in merged], position)
            case kind if kind == _GROUP:
                grouping = relation.nodes("groupexprs")[position]
                return self._looks_different(grouping) or self._chooses(grouping, scope[:depth], grouped=False)
            case _:
                return any(self._chooses(each, scope[:depth], grouped=False) for each in relation.children())

    def _of_common_table(self, relation: Node, position: int, scope: tuple[Node, ...]) -> bool:
        depth = len(scope) - relation.number("ctelevelsup")
        for table in scope[depth - 1].nodes("cteList"):
            query = table.node("ctequery")
            if table.text("ctename") == relation.text("ctename") and query is not None:
                return _at(self.outputs(query, scope[:depth]), position)
        return False

    def _is_grouping(self, node: Node, query: Node) -> bool:
        """Whether rows are grouped by this expression. (From PostgreSQL 18 on, what they are grouped by is in FROM.)"""
        marks = {clause.text("tleSortGroupRef") for clause in query.nodes("groupClause")}
        return any(
            entry.text("ressortgroupref") in marks and (held := entry.node("expr")) is not None and _same(held, node)
            for entry in query.nodes("targetList")
        )

    def _looks_different(self, expression: Node) -> bool:
        return self._is_loose(*expression.type_and_collation())

    def _is_loose(self, of_type: int, collation: int) -> bool:
        return of_type not in self.equality.exact or collation in self.equality.loose


def _at(chosen: Sequence[bool], position: int) -> bool:
    """Of one column; of a whole row (position -1), whether any."""
    return chosen[position] if 0 <= position < len(chosen) else any(chosen)


def _same(one: Node, other: Node) -> bool:
    """Whether two expressions are the same, wherever they stand in the text."""
    return _plain(one) == _plain(other)


def _plain(value: object) -> object:
    if isinstance(value, Node):
        return (value.kind, {name: _plain(held) for name, held in value.fields.items() if name != "location"})
    return tuple(map(_plain, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else value
