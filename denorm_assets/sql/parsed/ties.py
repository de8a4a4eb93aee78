"""Whether a definition says which of several rows comes first; where it does not, each plan may choose another.

A drain computes some anchors' rows by another plan than a comparison of everything: where they choose differently, that
looks like drift for ever. So an ORDER BY has to decide all that its rows contribute, down to a unique column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from denorm_assets.sql.parsed.catalog import Catalog
from denorm_assets.sql.parsed.dependence import Rows, agreeing
from denorm_assets.sql.parsed.query_clauses import clause, grouping, is_constant, outputs, window_of
from denorm_assets.sql.parsed.query_tree import Node
from denorm_assets.sql.parsed.wording import Words

_EXISTS, _ARRAY = "0", "6"
"""Kinds of subqueries in expressions."""
_WITH_TIES = "1"
_ROWS, _FROM_FIRST, _TO_LAST = 0x4, 0x20, 0x100
_EXCLUDES_ROW = 0x8000 | 0x20000
"""Bits of a window's frameOptions: EXCLUDE CURRENT ROW and EXCLUDE TIES tell equal rows apart."""
_BY_PEERS = ("first_value", "last_value", "nth_value")
"""Window functions that read a row of the frame; the frames of equal rows are the same."""
_FIRST_OF_OTHERS = 16384
"""The lowest OID that is none of PostgreSQL's own objects."""
_BY_KEY = "jsonb_object_agg"
"""Its value has one entry for each key, the last one."""


@dataclass(frozen=True)
class Tie:
    """A clause that leaves open which row comes first, why that matters, and what decides it."""

    clause: str
    reason: str
    remedy: str


def first_tie(query: Node, catalog: Catalog) -> Tie | None:
    """The first clause of a parsed query, or of what it reads, whose value depends on an order that is open."""
    queries = [
        _Clauses((query,), catalog).ties(),
        *(_Clauses((view,), catalog).ties() for view in catalog.views.values()),
    ]
    return next((tie for found in queries for tie in found), None)


class _Clauses:
    """The clauses of one query (the last of `scope`), and of the queries in it."""

    def __init__(self, scope: tuple[Node, ...], catalog: Catalog) -> None:
        self._scope, self._catalog = scope, catalog
        self._query = scope[-1]
        self._words = Words(self._query, catalog.functions)
        self._grouping = [(each, False) for each in grouping(self._query)]

    def ties(self, within: str = "") -> Iterator[Tie]:
        """All of them; `within` is the kind of subquery that this one is."""
        for node in _own(self._query):
            found = None
            if node.kind == "AGGREF":
                found = self._of_aggregate(node)
            elif node.kind == "WINDOWFUNC":
                found = self._of_window(node)
            if found is not None:
                yield found
        choice = self._of_choice(within)
        if choice is not None:
            yield choice
        for kind, query in _within(self._query):
            yield from _Clauses((*self._scope, query), self._catalog).ties(kind)

    def _of_aggregate(self, call: Node) -> Tie | None:
        function = call.number("aggfnoid")
        if function in self._catalog.free:
            return None
        if call.number("agglevelsup") > 0:
            return Tie(
                self._words.call(call),
                "its value may depend on the order of the rows of a query around it",
                "Write it in that query, with an ORDER BY in its parentheses",
            )
        arguments = [
            each
            for entry in call.nodes("args")
            if entry.text("resjunk") != "true" and (each := entry.node("expr")) is not None
        ]
        order = [*self._terms(call, "aggorder"), *self._terms(call, "aggdistinct")]
        keys = arguments[:1] if self._catalog.functions.get(function, "").startswith(_BY_KEY) else []
        holding = [condition for condition in [call.node("aggfilter")] if condition is not None]
        known = [*self._grouping, *((each, False) for each in [*order, *keys])]
        rows = Rows(self._scope, self._catalog, known, holding)
        inexact = function in self._catalog.inexact
        # The order among equals is open, but so is which of them it would be: the value is compared by `=`.
        among_equals = self._terms(call, "aggdistinct") or self._terms(call, "aggorder")[-1:]
        if call.number("aggtype") not in self._catalog.comparable:
            among_equals = []
        # Partial sums of the same numbers are rounded in another way; PostgreSQL makes none of what it sorts.
        in_parts = not order and (inexact or function >= _FIRST_OF_OTHERS) and not rows.is_one_row()
        wanted = [
            each
            for each in arguments
            if in_parts
            or not (
                rows.fixed(each)
                or (inexact and rows.equal(each))
                or any(rows.is_same(each, other) for other in among_equals)
            )
        ]
        if not wanted:
            return None
        return self._tie(self._words.call(call), order, rows, wanted, self._remedy(call, inexact=inexact))

    def _of_window(self, call: Node) -> Tie | None:
        function = call.number("winfnoid")
        window = window_of(self._query, call)
        frame = window.number("frameOptions")
        aggregate = call.text("winagg") == "true"
        by_row = (bool(frame & _ROWS) and not (frame & _FROM_FIRST and frame & _TO_LAST)) or (
            bool(frame & _EXCLUDES_ROW) and function not in self._catalog.free
        )
        name = self._catalog.functions.get(function, "")
        if function in self._catalog.free and not (aggregate and by_row):
            return None
        terms = [*self._terms(window, "partitionClause"), *self._terms(window, "orderClause")]
        rows = Rows(self._scope, self._catalog, [(each, False) for each in terms])
        if rows.is_one():
            return None
        wanted = list(call.nodes("args"))
        if by_row or not (aggregate or name in _BY_PEERS):
            wanted += self._told_apart_by()
        inexact = function in self._catalog.inexact
        wanted = [each for each in wanted if not (rows.fixed(each) or (inexact and rows.equal(each)))]
        remedy = self._remedy(call, inexact=inexact and not by_row)
        order = self._terms(window, "orderClause")
        text = self._words.window(call, window)
        return self._tie(text, order, rows, wanted, remedy, of_groups=True) if wanted else None

    def _told_apart_by(self) -> list[Node]:
        """What tells one row of the result from another, window functions aside."""
        found: list[Node] = []
        for entry in self._query.nodes("targetList"):
            expression = entry.node("expr")
            if expression is not None:
                calls = any(node.kind == "WINDOWFUNC" for node in _own(expression))
                found += _parts(expression) if calls else [expression]
        return found

    def _of_choice(self, within: str) -> Tie | None:
        """DISTINCT ON and LIMIT, which keep some rows and not others, and ARRAY(...), which keeps their order."""
        query = self._query
        on = self._terms(query, "distinctClause") if query.text("hasDistinctOn") == "true" else []
        limited = query.node("limitCount") is not None and not is_constant(query.node("limitCount"))
        moved = query.node("limitOffset") is not None and not (
            is_constant(query.node("limitOffset")) or is_constant(query.node("limitOffset"), 0)
        )
        cut = (limited and query.text("limitOption") != _WITH_TIES) or moved
        if not (on or within == _ARRAY or (cut and within != _EXISTS)):
            return None
        order = self._terms(query, "sortClause")
        chosen = outputs(query)
        known = [*order, *on]
        rows = Rows(self._scope, self._catalog, [(each, False) for each in known])
        positions = {
            position: rows.expressions.looks_same(each)
            for position, each in chosen.items()
            if any(rows.is_same(each, other) for other in known)
        }
        operation = query.node("setOperations") is not None
        if agreeing(self._scope, self._catalog, positions)[0] if operation else rows.is_one():
            return None
        among_equals = [*on, *order[-1:]]
        wanted = [
            each
            for each in chosen.values()
            if not (rows.fixed(each) or any(rows.is_same(each, other) for other in among_equals))
        ]
        text = self._words.choice(on, order, array=within == _ARRAY)
        return self._tie(text, order, rows, wanted, None, of_groups=True) if wanted else None

    def _terms(self, holder: Node, name: str) -> list[Node]:
        query = None if holder.kind == "AGGREF" else self._query
        return clause(holder, name, query, by=self._catalog.equality)

    def _remedy(self, call: Node, *, inexact: bool) -> str | None:
        return self._words.exact(call) if inexact else None

    def _of_groups(self, rows: Rows) -> str:
        """What tells groups apart that `rows` leave alike; no column of single rows would be understood there."""
        words = (self._words.of(each, rows.open_columns(each)) for each, _ in self._grouping if not rows.fixed(each))
        return ", ".join(dict.fromkeys(words))

    def _tie(
        self,
        text: str,
        order: Sequence[Node],
        rows: Rows,
        wanted: Sequence[Node],
        remedy: str | None,
        *,
        of_groups: bool = False,
    ) -> Tie:
        columns = dict.fromkeys(column for each in wanted for column in rows.open_columns(each))
        if remedy is not None:
            return Tie(text, "sums of floating-point numbers depend on the order of the rows", remedy)
        open_ = self._words.of(wanted[0], columns)
        named = self._of_groups(rows) if of_groups else ""
        if not named:
            missing = dict.fromkeys((item, column) for item, _ in columns for column in rows.missing(item))
            named = ", ".join(self._words.column(*column) for column in missing)
        if not named:
            words = [self._words.of(each, rows.open_columns(each)) for each in wanted]
            named = ", ".join(dict.fromkeys(words))
            named = "columns" if "?" in named or "..." in named else named
        if not order:
            remedy = f"Give it an ORDER BY of {named}, down to a unique one"
            return Tie(text, f"it has no ORDER BY, and rows may differ in {open_}", remedy)
        reason = f"rows may be equal in its ORDER BY and differ in {open_}"
        return Tie(text, reason, f"Add {named} to its ORDER BY, down to a unique one")


def _own(node: Node) -> Iterator[Node]:
    """A node and all in it, but for what is in other queries."""
    yield node
    for child in node.children():
        if child.kind != "QUERY":
            yield from _own(child)


def _parts(node: Node) -> Iterator[Node]:
    """What an expression reads of its row: columns, and aggregates of a group."""
    if node.kind in ("VAR", "AGGREF", "SUBLINK"):
        yield node
        return
    for child in node.children():
        yield from _parts(child)


def _within(node: Node) -> Iterator[tuple[str, Node]]:
    """The queries in a query, each with the kind of subquery that it is in an expression."""
    for child in node.children():
        if child.kind == "QUERY":
            yield node.text("subLinkType") if node.kind == "SUBLINK" else "", child
        else:
            yield from _within(child)
