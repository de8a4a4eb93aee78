"""Clauses of a parsed query in words, as people know them from the definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from denorm_assets.sql.parsed.query_tree import Node

_REAL = 700
_NUMERIC = ("sum", "avg", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp")
"""Aggregates of floating-point numbers that there are of numeric as well."""
_TRANSPARENT = ("RELABELTYPE", "COLLATEEXPR", "COERCEVIAIO", "COERCETODOMAIN", "ARRAYCOERCEEXPR")


class Words:
    """How the columns and calls of one query are named."""

    def __init__(self, query: Node, functions: Mapping[int, str]) -> None:
        self._query, self._functions = query, functions

    def column(self, item: int, number: int) -> str:
        """A column with its table's alias."""
        names = self._query.nodes("rtable")[item - 1].node("eref")
        if names is None:
            return "?"
        columns = names.words("colnames")
        found = columns[number - 1] if 0 < number <= len(columns) else "*"
        alias = _name(names.fields.get("aliasname"))
        # PostgreSQL's own names, of branches of a set operation.
        return _name(found) if alias.startswith("*") else f"{alias}.{_name(found)}"

    def of(self, node: Node, columns: Iterable[tuple[int, int]] = ()) -> str:
        """An expression, or those of its columns that matter."""
        named = [self.column(*column) for column in columns]
        return ", ".join(named) or self._text(node)

    def call(self, call: Node) -> str:
        """An aggregate: `string_agg(b.name ORDER BY b.x)`."""
        entries = {entry.number("ressortgroupref"): entry.node("expr") for entry in call.nodes("args")}
        order = [entries.get(each.number("tleSortGroupRef")) for each in call.nodes("aggorder")]
        shown = ", ".join(
            self._text(each)
            for entry in call.nodes("args")
            if entry.text("resjunk") != "true" and (each := entry.node("expr")) is not None
        )
        by = ", ".join(self._text(each) for each in order if each is not None)
        distinct = "DISTINCT " if call.nodes("aggdistinct") else ""
        return f"{self._function(call)}({distinct}{shown}{' ORDER BY ' if by else ''}{by})"

    def window(self, call: Node, window: Node) -> str:
        """A window function: `row_number() OVER (PARTITION BY a.id ORDER BY b.x)`."""
        entries = {entry.number("ressortgroupref"): entry.node("expr") for entry in self._query.nodes("targetList")}
        parts: list[str] = []
        for name, word in (("partitionClause", "PARTITION BY"), ("orderClause", "ORDER BY")):
            terms = [entries.get(each.number("tleSortGroupRef")) for each in window.nodes(name)]
            if terms:
                parts.append(f"{word} {', '.join(self._text(each) for each in terms if each is not None)}")
        arguments = ", ".join(map(self._text, call.nodes("args")))
        return f"{self._function(call)}({arguments}) OVER ({' '.join(parts)})"

    def choice(self, on: Sequence[Node], order: Sequence[Node], *, array: bool) -> str:
        """DISTINCT ON, LIMIT or ARRAY(SELECT ...) with its ORDER BY."""
        by = f" ORDER BY {', '.join(map(self._text, order))}" if order else ""
        if on:
            return f"DISTINCT ON ({', '.join(map(self._text, on))}){by}"
        return f"ARRAY(SELECT ...{by})" if array else f"LIMIT{' after' if by else ''}{by}"

    def exact(self, call: Node) -> str:
        """How to have the value of an aggregate of floating-point numbers depend on no order, in the same type."""
        name = self._function(call)
        arguments = [
            self._text(each.node("expr") or each) for each in call.nodes("args") if each.text("resjunk") != "true"
        ]
        over = " OVER (...)" if call.kind == "WINDOWFUNC" else ""
        if name in _NUMERIC:
            result = "real" if call.type_and_collation()[0] == _REAL else "double precision"
            return f"Cast the argument to numeric, and the result back: {name}({arguments[0]}::numeric){over}::{result}"
        if over:
            return (
                "Give its window an ORDER BY down to a unique column; if it had none, also ROWS BETWEEN UNBOUNDED"
                " PRECEDING AND UNBOUNDED FOLLOWING"
            )
        listed = ", ".join(arguments)
        return f"Sum the rows in an order: {name}({listed} ORDER BY {listed})"

    def _function(self, call: Node) -> str:
        return self._functions.get(call.number("winfnoid" if call.kind == "WINDOWFUNC" else "aggfnoid"), "?")

    def _text(self, node: Node) -> str:
        argument = node.node("arg")
        arguments = node.nodes("args")
        match node.kind:
            case "VAR":
                return (
                    self.column(node.number("varno"), node.number("varattno"))
                    if not node.number("varlevelsup")
                    else "?"
                )
            case kind if kind in _TRANSPARENT and argument is not None:
                return self._text(argument)
            case "FUNCEXPR" if node.number("funcformat") > 0 and arguments:
                return self._text(arguments[0])
            case "FUNCEXPR":
                shown = ", ".join(map(self._text, arguments))
                return f"{self._functions.get(node.number('funcid'), '?')}({shown})"
            case "AGGREF":
                return self.call(node)
            case _:
                return "..."


def _name(word: object) -> str:
    """A name as PostgreSQL writes it out, without its quotes and backslashes."""
    text = str(word)
    text = text[1:-1] if text.startswith('"') else text
    return text.replace("\\", "")
