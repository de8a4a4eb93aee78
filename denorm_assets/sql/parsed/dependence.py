"""Functional dependence in a parsed query: which values are the same in all rows that agree in others.

A column adds nothing to a tie if an equality, a unique key of its row or a join to such a key fixes it. A value is
*fixed* if it looks the same in all these rows, and *equal* if only the `=` of its type holds (1.0 and 1.00): a unique
key takes no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from denorm_assets.sql.parsed.catalog import Catalog, Key, Relation
from denorm_assets.sql.parsed.query_clauses import (
    clause,
    conjuncts,
    grouping,
    is_constant,
    is_grouped,
    outputs,
    window_of,
)
from denorm_assets.sql.parsed.query_tree import Node

_RELATION, _SUBQUERY, _JOIN, _FUNCTION, _VALUES, _CTE, _RESULT, _GROUP = 0, 1, 2, 3, 5, 6, 8, 9
"""Kinds of what is in FROM."""
_LEFT, _FULL, _RIGHT = 1, 2, 3
_UNION = 1
_IS_NULL = 0
_TRUE, _FALSE, _UNKNOWN = 0, 2, 4
_SAME_LOOKS = ("RELABELTYPE", "COLLATEEXPR", "COERCETODOMAIN")
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
_Name = tuple[object, ...]
"""What is the same for expressions that are the same; of a column: VAR, its place in FROM, its number."""


@dataclass(frozen=True, eq=False)
class _Side:
    """The side of an outer join that it may null-extend: `within` others; `on` its condition, but for FULL joins."""

    members: frozenset[int]
    within: tuple[_Side, ...]
    on: Node | None


class Rows:
    """The rows that one SELECT joins and filters, seen among those that agree in `known`.

    `scope` are the queries around and the query itself. Each of `known` comes with whether it is fixed, not only equal.
    `holding` are predicates that are true of all rows as well.
    """

    def __init__(
        self,
        scope: tuple[Node, ...],
        catalog: Catalog,
        known: Iterable[tuple[Node, bool]] = (),
        holding: Iterable[Node] = (),
    ) -> None:
        self.query = scope[-1]
        self._scope, self._catalog = scope, catalog
        self._tables = self.query.nodes("rtable")
        self._known: dict[_Name, bool] = {}
        self._whole: set[int] = set()
        self._sides: dict[int, tuple[_Side, ...]] = {}
        self._full: list[Node] = []
        self._merged: set[frozenset[_Name]] = set()
        self._conditions: list[tuple[Node, tuple[_Side, ...]]] = [
            (part, ()) for predicate in holding for part in conjuncts(predicate)
        ]
        tree = self.query.node("jointree")
        if tree is not None:
            self._read(tree, ())
        for expression, fixed in known:
            self._learn(expression, fixed=fixed)
        self._settle()

    def fixed(self, node: Node) -> bool:
        """Whether an expression looks the same in all these rows."""
        if self._known.get(self._canonical(node)):
            return True
        match node.kind:
            case "VAR" | "SUBLINK" | "QUERY":
                return not _reaches_out(node) and all(map(self._is_fixed, self._columns(node)))
            case "AGGREF":
                return node.number("agglevelsup") > 0
            case "WINDOWFUNC" | "GROUPINGFUNC":
                return False
            case _:
                repeats = node.text("funcretset") == "true" or node.text("opretset") == "true"
                return not repeats and all(map(self.fixed, node.children()))

    def equal(self, node: Node) -> bool:
        """Whether the values of an expression are equal in all these rows."""
        return self._canonical(node) in self._known or self.fixed(node)

    def is_same(self, one: Node, other: Node) -> bool:
        """Whether two expressions of the query are the same."""
        return self._canonical(one) == self._canonical(other)

    def is_one(self) -> bool:
        """Whether these rows are a single one (of groups: a single group), before DISTINCT and LIMIT."""
        if is_grouped(self.query):
            return not self.query.nodes("groupingSets") and all(map(self.equal, grouping(self.query)))
        return self.query.text("hasTargetSRFs") != "true" and self.is_one_row()

    def is_one_row(self) -> bool:
        """Whether these rows are a single one before they are grouped."""
        return self._whole >= self._sides.keys()

    def is_one_output(self) -> bool:
        """Whether the query yields one row at most of these."""
        query = self.query
        chosen = clause(query, "distinctClause")
        return (
            self.is_one()
            or (is_constant(query.node("limitCount"), 1) and query.text("limitOption") != "1")
            or (bool(chosen) and all(map(self.equal, chosen)))
            or any(map(self._is_number, outputs(query).values()))
        )

    def open_columns(self, node: Node) -> list[tuple[int, int]]:
        """The columns (position in FROM, number) in an expression that are not fixed."""
        return [column for column in self._columns(node) if not self._is_fixed(column)]

    def missing(self, item: int) -> list[int]:
        """The columns of a table's first key that are not known; none where it has no key."""
        keys = self._relation(item).keys
        return sorted(c for c in keys[0].columns if ("VAR", item, c) not in self._known) if keys else []

    def _known_columns(self, item: int) -> dict[int, bool]:
        """The columns of an item of FROM that are known, with whether they are fixed."""
        return {int(str(name[2])): fixed for name, fixed in self._known.items() if name[:2] == ("VAR", item)}

    def _is_fixed(self, column: tuple[int, int]) -> bool:
        return column[0] in self._whole or self._known.get(("VAR", *column), False)

    def _is_number(self, call: Node) -> bool:
        """Whether an output is a row_number() that is known with what its window is partitioned by."""
        if call.kind != "WINDOWFUNC" or self._catalog.functions.get(call.number("winfnoid")) != "row_number":
            return False
        window = window_of(self.query, call)
        return self.equal(call) and all(map(self.equal, clause(window, "partitionClause", self.query)))

    # What holds of the rows.

    def _read(self, node: Node, sides: tuple[_Side, ...]) -> None:
        """Note what is in FROM, what an outer join may null-extend, and which predicates hold of the rest."""
        match node.kind:
            case "RANGETBLREF":
                self._sides[node.number("rtindex")] = sides
                return
            case "FROMEXPR":
                for each in node.nodes("fromlist"):
                    self._read(each, sides)
            case "JOINEXPR":
                sides = self._read_join(node, sides)
            case _:
                raise ValueError(f"{node.kind} in FROM")
        self._conditions += [(part, sides) for part in conjuncts(node.node("quals"))]

    def _read_join(self, join: Node, sides: tuple[_Side, ...]) -> tuple[_Side, ...]:
        kind = join.number("jointype")
        extended: list[_Side] = []
        for name, extending in (("larg", (_RIGHT, _FULL)), ("rarg", (_LEFT, _FULL))):
            part = join.node(name)
            assert part is not None
            if kind in extending:
                side = _Side(frozenset(_members(part)), sides, None if kind == _FULL else join.node("quals"))
                extended.append(side)
                self._read(part, (*sides, side))
            else:
                self._read(part, sides)
        if kind == _FULL:
            self._full.append(join)
        return (*sides, *extended)

    def _settle(self) -> None:
        before = -1
        while before != (before := len(self._known) + sum(self._known.values()) + len(self._whole)):
            for predicate, sides in self._conditions:
                if all(map(self._is_settled, sides)):
                    self._apply(predicate, [side for side in sides if not self._is_there(side)])
            for item, sides in self._sides.items():
                if item not in self._whole:
                    self._decide(item, sides)
            for join in self._full:
                self._decide_merged(join)

    def _is_settled(self, side: _Side) -> bool:
        """Whether in all these rows, or in none, a side of an outer join is null-extended."""
        if side.on is not None:
            seen = [*self._columns(side.on)]
            for item in side.members:
                seen += self._columns(self._tables[item - 1])
            if all(map(self._is_fixed, (column for column in seen if column[0] not in side.members))):
                return True
        for item in side.members:
            if self._sides[item][-1] is not side:
                continue
            if any(self._never_null(item, column) for column in self._known_columns(item)):
                return True
            if item in self._whole and self._relation(item).not_null:
                return True
        return self._is_there(side)

    def _is_there(self, side: _Side) -> bool:
        """Whether a side is never null-extended where what it is joined to is not: a predicate takes no NULLs of it."""
        return any(
            item in side.members
            for predicate, sides in self._conditions
            if set(sides) <= set(side.within)
            for item, _ in self._required(predicate)
        )

    def _apply(self, predicate: Node, absent: Sequence[_Side]) -> None:
        """Learn from a predicate that is true, but where one of the sides `absent` is null-extended."""
        negated = predicate.kind == "BOOLEXPR" and predicate.text("boolop") == "not"
        inner = predicate.nodes("args")[0] if negated else predicate
        if inner.kind == ("DISTINCTEXPR" if negated else "OPEXPR"):
            if inner.number("opno") in self._catalog.equality:
                one, other = inner.nodes("args")
                self._equate(one, other, inner.number("inputcollid"), absent)
                self._equate(other, one, inner.number("inputcollid"), absent)
        elif inner.kind == "VAR":
            self._learn_there(inner, absent, fixed=True)
        elif not negated and (
            (predicate.kind == "NULLTEST" and predicate.number("nulltesttype") == _IS_NULL)
            or (predicate.kind == "BOOLEANTEST" and predicate.number("booltesttype") in (_TRUE, _FALSE, _UNKNOWN))
        ):
            argument = predicate.node("arg")
            if argument is not None and predicate.text("argisrow") != "true":
                self._learn_there(argument, absent, fixed=True)

    def _equate(self, one: Node, other: Node, collation: int, absent: Sequence[_Side]) -> None:
        """Learn that `one` is equal to `other`, as texts are compared under `collation`."""
        as_equal = self._canonical(other) in self._known and _collation(other) == collation
        if (self.fixed(other) or as_equal) and (collation not in self._catalog.loose or _collation(one) == collation):
            self._learn_there(one, absent, fixed=False)

    def _learn_there(self, node: Node, absent: Sequence[_Side], *, fixed: bool) -> None:
        """Learn what holds where no side is null-extended: of an expression that is of NULLs in all the others."""
        if all(item in side.members for item, _ in self._columns(node) for side in absent):
            self._learn(node, fixed=fixed)

    def _learn(self, node: Node, *, fixed: bool) -> None:
        fixed = fixed or self.looks_same(node)
        name = self._canonical(node)
        self._known[name] = self._known.get(name, False) or fixed
        meaning = self._meaning(node) if node.kind == "VAR" and node.number("varlevelsup") == 0 else None
        if meaning is not None:
            self._learn(meaning, fixed=fixed)
        if node.kind.startswith("COALESCE"):
            self._merged.add(frozenset(self._canonical(self._uncast(each)) for each in node.nodes("args")))
        if node.kind == "ROWEXPR":
            for each in node.nodes("args"):
                self._learn(each, fixed=fixed)
        argument = node.node("arg")
        if fixed and node.kind in _SAME_LOOKS and argument is not None:
            self._learn(argument, fixed=True)
        if node.kind == "FUNCEXPR" and node.number("funcid") in self._catalog.injective:
            self._learn(node.nodes("args")[0], fixed=True)

    def looks_same(self, node: Node) -> bool:
        """Whether equal values of an expression always look the same."""
        of_type, collation = node.type_and_collation()
        if collation in self._catalog.loose:
            return False
        return of_type in self._catalog.exact or (
            node.kind == "VAR" and of_type in _BY_LENGTH and node.number("vartypmod") >= 0
        )

    # What is in FROM.

    def _decide(self, item: int, sides: tuple[_Side, ...]) -> None:
        """Find out whether what is known fixes the row of an item of FROM, or some columns of it."""
        table = self._tables[item - 1]
        kind = table.number("rtekind")
        if kind == _RELATION and table.number("relid") not in self._catalog.views:
            if any(self._holds(item, key, sides) for key in self._relation(item).keys):
                self._whole.add(item)
            return
        correlated = (column for column in self._columns(table) if column[0] != item)
        if not all(map(self._is_settled, sides)) or not all(map(self._is_fixed, correlated)):
            return
        if kind == _FUNCTION:
            if self._is_one_call(item, table):
                self._whole.add(item)
        elif kind == _RESULT or (kind == _VALUES and len(table.words("values_lists")) == 1):
            self._whole.add(item)
        else:
            self._decide_subquery(item, table)

    def _decide_subquery(self, item: int, table: Node) -> None:
        found = self._subquery(table)
        if found is None:
            return
        one, columns = agreeing(found, self._catalog, self._known_columns(item))
        if one:
            self._whole.add(item)
        for position, fixed in columns.items():
            name = ("VAR", item, position)
            self._known[name] = self._known.get(name, False) or fixed

    def _holds(self, item: int, key: Key, sides: tuple[_Side, ...]) -> bool:
        """Whether the columns of a key are known, and keep rows of a table apart from each other and from NULLs."""
        if not all(("VAR", item, column) in self._known for column in key.columns):
            return False
        never_null = [self._never_null(item, column) for column in key.columns]
        return all(never_null) or (key.nulls_equal and (any(never_null) or all(map(self._is_settled, sides))))

    def _never_null(self, item: int, column: int) -> bool:
        """Whether a column is not NULL, but where an outer join null-extends its table."""
        return column in self._relation(item).not_null or any(
            (item, column) in self._required(predicate)
            for predicate, sides in self._conditions
            if set(sides) <= set(self._sides.get(item, ()))
        )

    def _decide_merged(self, join: Node) -> None:
        """`x FULL JOIN y USING (k)`, k unique in both: k, which is coalesce(x.k, y.k), fixes both rows."""
        pairs: list[frozenset[_Name]] = []
        for each in conjuncts(join.node("quals")):
            if each.kind != "OPEXPR" or each.number("opno") not in self._catalog.equality:
                return
            pairs.append(frozenset(map(self._canonical, each.nodes("args"))))
        sides = [side.number("rtindex") for name in ("larg", "rarg") if (side := join.node(name)) is not None]
        if 0 in sides or not all(pair in self._merged for pair in pairs):
            return
        names = frozenset[_Name]().union(*pairs)
        for item in sides:
            found = self._relation(item)
            if not any({("VAR", item, column) for column in key.columns} <= names for key in found.keys) or not all(
                name[2] in found.not_null for name in names if name[:2] == ("VAR", item)
            ):
                return
        self._whole |= set(sides)

    def _uncast(self, node: Node) -> Node:
        while node.kind == "FUNCEXPR" and node.number("funcid") in self._catalog.injective:
            [node] = node.nodes("args")
        return node

    def _is_one_call(self, item: int, table: Node) -> bool:
        """Whether a function in FROM yields one row, or one for what is known of its columns."""
        functions = table.nodes("functions")
        calls = [call for function in functions if (call := function.node("funcexpr")) is not None]
        if len(calls) == 1 and calls[0].text("funcretset") == "false":
            return True
        if table.text("funcordinality") == "true":
            last = sum(function.number("funccolcount") for function in functions) + 1
            return ("VAR", item, last) in self._known
        distinct = len(calls) == 1 and calls[0].number("funcid") in self._catalog.distinct
        return distinct and ("VAR", item, 1) in self._known

    def _subquery(self, table: Node) -> tuple[Node, ...] | None:
        """What a subquery, view or common table expression selects, as a scope; None for what reads itself."""
        if table.number("rtekind") == _RELATION:
            return (self._catalog.views[table.number("relid")],)
        if table.number("rtekind") == _CTE:
            depth = len(self._scope) - table.number("ctelevelsup")
            for each in self._scope[depth - 1].nodes("cteList") if table.text("self_reference") != "true" else ():
                query = each.node("ctequery")
                if each.text("ctename") == table.text("ctename") and query is not None:
                    return (*self._scope[:depth], query)
            return None
        query = table.node("subquery")
        return None if query is None else (*self._scope, query)

    def _relation(self, item: int) -> Relation:
        table = self._tables[item - 1]
        found = self._catalog.relations.get(table.number("relid")) if table.number("rtekind") == _RELATION else None
        return found or Relation()

    # What columns and expressions are.

    def _meaning(self, variable: Node) -> Node | None:
        """What a column of a join or of a GROUP BY stands for."""
        table = self._tables[variable.number("varno") - 1]
        name = {_JOIN: "joinaliasvars", _GROUP: "groupexprs"}.get(table.number("rtekind"))
        position = variable.number("varattno") - 1
        return table.nodes(name)[position] if name is not None and position >= 0 else None

    def _columns(self, node: Node, depth: int = 0) -> Iterator[tuple[int, int]]:
        """The columns of this query in an expression, those in subqueries of it too."""
        if node.kind == "VAR":
            if node.number("varlevelsup") == depth:
                meaning = self._meaning(node)
                if meaning is None:
                    yield node.number("varno"), node.number("varattno")
                else:
                    yield from self._columns(meaning)
            return
        for child in node.children():
            yield from self._columns(child, depth + (node.kind == "QUERY"))

    def _required(self, node: Node) -> set[tuple[int, int]]:
        """Columns that are not NULL where a predicate is true."""
        arguments = node.nodes("args")
        if node.kind == "BOOLEXPR" and node.text("boolop") == "or":
            return set[tuple[int, int]].intersection(*map(self._required, arguments))
        if node.kind == "BOOLEXPR" and node.text("boolop") == "and":
            return {column for each in arguments for column in self._required(each)}
        # NULL = ANY (an empty array) is false, not NULL.
        if node.kind == "SCALARARRAYOPEXPR" and node.text("useOr") == "true":
            return self._carried(arguments[0]) if node.number("opfuncid") in self._catalog.strict else set()
        tested = node.node("arg")
        if node.kind == "NULLTEST" and node.number("nulltesttype") != _IS_NULL and tested is not None:
            return self._carried(tested)
        if node.kind == "BOOLEANTEST" and node.number("booltesttype") in (_TRUE, _FALSE) and tested is not None:
            return self._carried(tested)
        return self._carried(node)

    def _carried(self, node: Node) -> set[tuple[int, int]]:
        """Columns whose NULL makes an expression NULL."""
        arguments = node.nodes("args")
        match node.kind:
            case "VAR":
                meaning = self._meaning(node) if node.number("varlevelsup") == 0 else None
                if meaning is not None:
                    return self._carried(meaning)
                return {(node.number("varno"), node.number("varattno"))} if node.number("varlevelsup") == 0 else set()
            case "RELABELTYPE" | "COLLATEEXPR" | "COERCEVIAIO":
                argument = node.node("arg")
                return self._carried(argument) if argument is not None else set()
            case "OPEXPR" | "FUNCEXPR":
                if node.number("opfuncid" if node.kind == "OPEXPR" else "funcid") not in self._catalog.strict:
                    return set()
            case "BOOLEXPR" if node.text("boolop") == "not":
                pass
            case _:
                return set()
        return {column for each in arguments for column in self._carried(each)}

    def _canonical(self, node: Node) -> _Name:
        """The same for expressions that are the same, wherever they stand."""
        if node.kind == "VAR" and node.number("varlevelsup") == 0:
            meaning = self._meaning(node)
            return (
                ("VAR", node.number("varno"), node.number("varattno")) if meaning is None else self._canonical(meaning)
            )
        if node.kind.startswith("COALESCE"):
            return node.kind, tuple(map(self._canonical, node.nodes("args")))
        fields = ((name, self._plain(value)) for name, value in node.fields.items() if name not in _SAYS_NOTHING)
        return node.kind, *fields

    def _plain(self, value: object) -> object:
        if isinstance(value, Node):
            return self._canonical(value)
        return tuple(map(self._plain, cast("tuple[object, ...]", value))) if isinstance(value, tuple) else value


def agreeing(scope: tuple[Node, ...], catalog: Catalog, known: Mapping[int, bool]) -> tuple[bool, dict[int, bool]]:
    """Of the output rows of a query that agree in the columns `known` (with whether these are fixed, not only equal).

    Whether they are a single row, and which columns they agree in as well.
    """
    operation = scope[-1].node("setOperations")
    if operation is not None:
        return _is_one_of_operation(operation, scope, catalog, known), {}
    entries = outputs(scope[-1])
    rows = Rows(scope, catalog, ((entries[p], fixed) for p, fixed in known.items() if p in entries))
    if rows.is_one_output():
        return True, {}
    return False, {position: rows.fixed(each) for position, each in entries.items() if rows.equal(each)}


def _is_one_of_operation(operation: Node, scope: tuple[Node, ...], catalog: Catalog, known: Mapping[int, bool]) -> bool:
    if operation.kind == "RANGETBLREF":
        query = scope[-1].nodes("rtable")[operation.number("rtindex") - 1].node("subquery")
        return query is not None and agreeing((*scope, query), catalog, known)[0]
    if operation.text("all") != "true" and known.keys() >= outputs(scope[-1]).keys():
        return True
    if operation.number("op") != _UNION:
        left = operation.node("larg")
        return left is not None and _is_one_of_operation(left, scope, catalog, known)
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
    while node.kind in _SAME_LOOKS and (argument := node.node("arg")) is not None:
        node = argument
    of_type, collation = node.type_and_collation()
    exact = of_type in catalog.exact and collation not in catalog.loose
    return node.text("constvalue") if node.kind == "CONST" and exact and node.text("constvalue") else None


def _collation(node: Node) -> int:
    return node.type_and_collation()[1]


def _members(node: Node) -> Iterator[int]:
    if node.kind == "RANGETBLREF":
        yield node.number("rtindex")
    for name in ("larg", "rarg"):
        part = node.node(name)
        if part is not None:
            yield from _members(part)


def _reaches_out(node: Node) -> bool:
    """Whether an aggregate in a subquery may be one of a query around it."""
    return (node.kind == "AGGREF" and node.number("agglevelsup") > 0) or any(map(_reaches_out, node.children()))
