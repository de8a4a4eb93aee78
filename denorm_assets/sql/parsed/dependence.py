"""Functional dependence in a parsed query: which values are the same in all rows that agree in others.

A column adds nothing to a tie if an equality, a unique key of its row or a join to such a key fixes it. A value is
*fixed* if it looks the same in all these rows, and *equal* if only the `=` of its type holds (1.0 and 1.00): a unique
key takes no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from denorm_assets.sql.parsed.catalog import Catalog, Key, Relation
from denorm_assets.sql.parsed.expressions import (
    FALSE,
    IS_NULL,
    TRUE,
    UNKNOWN,
    Expressions,
    Name,
    collation_of,
    reaches_out,
)
from denorm_assets.sql.parsed.joins import Joins, Side, fixed_by_merging
from denorm_assets.sql.parsed.query_clauses import (
    RELATION,
    clause,
    conjuncts,
    grouping,
    is_constant,
    is_grouped,
    is_one_call,
    outputs,
    selected_by,
    window_of,
)
from denorm_assets.sql.parsed.query_tree import SAME_LOOKS, Node
from denorm_assets.sql.parsed.set_operations import is_one

_FUNCTION, _VALUES = 3, 5
"""Kinds of what is in FROM; see also `RELATION`."""


class Rows:
    """The rows that one SELECT joins and filters, seen among those that agree in `known`.

    `scope` are the queries around and the query itself. Each of `known` comes with whether it is fixed, not only equal.
    `holding` are predicates that are true of all rows as well.

    Attributes:
        expressions: the expressions of the query.
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
        self.expressions = Expressions(self.query, catalog)
        self._known: dict[Name, bool] = {}
        self._whole: set[int] = set()
        self._merged: set[frozenset[Name]] = set()
        joins = Joins(self.query.node("jointree"))
        self._sides, self._full = joins.sides, joins.full
        self._conditions = [*((part, ()) for predicate in holding for part in conjuncts(predicate)), *joins.conditions]
        for expression, fixed in known:
            self._learn(expression, fixed=fixed)
        self._settle()

    def fixed(self, node: Node) -> bool:
        """Whether an expression looks the same in all these rows."""
        if self._known.get(self.expressions.canonical(node)):
            return True
        match node.kind:
            case "VAR" | "SUBLINK":
                return not reaches_out(node) and all(map(self._is_fixed, self.expressions.columns(node)))
            case "AGGREF":
                return node.number("agglevelsup") > 0
            case "WINDOWFUNC" | "GROUPINGFUNC":
                return False
            case _:
                repeats = node.text("funcretset") == "true" or node.text("opretset") == "true"
                return not repeats and all(map(self.fixed, node.children()))

    def equal(self, node: Node) -> bool:
        """Whether the values of an expression are equal in all these rows."""
        return self.expressions.canonical(node) in self._known or self.fixed(node)

    def is_same(self, one: Node, other: Node) -> bool:
        """Whether two expressions of the query are the same."""
        return self.expressions.canonical(one) == self.expressions.canonical(other)

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
        return [column for column in self.expressions.columns(node) if not self._is_fixed(column)]

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
        if self._catalog.functions.get(call.number("winfnoid")) != "row_number":
            return False
        window = window_of(self.query, call)
        return self.equal(call) and all(map(self.equal, clause(window, "partitionClause", self.query)))

    # What holds of the rows.

    def _settle(self) -> None:
        while True:
            before = {**self._known}, {*self._whole}
            for predicate, sides in self._conditions:
                if all(map(self._is_settled, sides)):
                    self._apply(predicate, [side for side in sides if not self._is_there(side)])
            for item, sides in self._sides.items():
                if item not in self._whole:
                    self._decide(item, sides)
            for join in self._full:
                self._whole |= fixed_by_merging(join, self._merged, self.expressions, self._catalog, self._relation)
            if before == (self._known, self._whole):
                return

    def _is_settled(self, side: Side) -> bool:
        """Whether in all these rows, or in none, a side of an outer join is null-extended."""
        if side.on is not None:
            seen = [*self.expressions.columns(side.on)]
            for item in side.members:
                seen += self.expressions.columns(self._tables[item - 1])
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

    def _is_there(self, side: Side) -> bool:
        """Whether a side is never null-extended where what it is joined to is not: a predicate takes no NULLs of it."""
        return any(
            item in side.members
            for predicate, sides in self._conditions
            if set(sides) <= set(side.within)
            for item, _ in self.expressions.required(predicate)
        )

    def _apply(self, predicate: Node, absent: Sequence[Side]) -> None:
        """Learn from a predicate that is true, but where one of the sides `absent` is null-extended."""
        negated = predicate.text("boolop") == "not"
        inner = predicate.nodes("args")[0] if negated else predicate
        if inner.kind == ("DISTINCTEXPR" if negated else "OPEXPR"):
            if inner.number("opno") in self._catalog.equality:
                one, other = inner.nodes("args")
                self._equate(one, other, inner.number("inputcollid"), absent)
                self._equate(other, one, inner.number("inputcollid"), absent)
        elif inner.kind == "VAR":
            self._learn_there(inner, absent, fixed=True)
        elif (predicate.kind == "NULLTEST" and predicate.number("nulltesttype") == IS_NULL) or (
            predicate.kind == "BOOLEANTEST" and predicate.number("booltesttype") in (TRUE, FALSE, UNKNOWN)
        ):
            argument = predicate.node("arg")
            if argument is not None and predicate.text("argisrow") != "true":
                self._learn_there(argument, absent, fixed=True)

    def _equate(self, one: Node, other: Node, collation: int, absent: Sequence[Side]) -> None:
        """Learn that `one` is equal to `other`, as texts are compared under `collation`."""
        as_equal = self.expressions.canonical(other) in self._known and collation_of(other) == collation
        if (self.fixed(other) or as_equal) and (collation not in self._catalog.loose or collation_of(one) == collation):
            self._learn_there(one, absent, fixed=False)

    def _learn_there(self, node: Node, absent: Sequence[Side], *, fixed: bool) -> None:
        """Learn what holds where no side is null-extended: of an expression that is of NULLs in all the others."""
        if all(item in side.members for item, _ in self.expressions.columns(node) for side in absent):
            self._learn(node, fixed=fixed)

    def _learn(self, node: Node, *, fixed: bool) -> None:
        fixed = fixed or self.expressions.looks_same(node)
        name = self.expressions.canonical(node)
        self._known[name] = self._known.get(name, False) or fixed
        meaning = self.expressions.meaning(node) if node.kind == "VAR" and node.number("varlevelsup") == 0 else None
        if meaning is not None:
            self._learn(meaning, fixed=fixed)
        if node.kind.startswith("COALESCE"):
            self._merged.add(
                frozenset(self.expressions.canonical(self.expressions.uncast(each)) for each in node.nodes("args"))
            )
        if node.kind == "ROWEXPR":
            for each in node.nodes("args"):
                self._learn(each, fixed=fixed)
        argument = node.node("arg")
        if fixed and node.kind in SAME_LOOKS and argument is not None:
            self._learn(argument, fixed=True)
        if node.kind == "FUNCEXPR" and node.number("funcid") in self._catalog.injective:
            self._learn(node.nodes("args")[0], fixed=True)

    # What is in FROM.

    def _decide(self, item: int, sides: tuple[Side, ...]) -> None:
        """Find out whether what is known fixes the row of an item of FROM, or some columns of it."""
        table = self._tables[item - 1]
        kind = table.number("rtekind")
        if kind == RELATION and table.number("relid") not in self._catalog.views:
            if any(self._holds(item, key, sides) for key in self._relation(item).keys):
                self._whole.add(item)
            return
        correlated = self.expressions.columns(table)
        if not all(map(self._is_settled, sides)) or not all(map(self._is_fixed, correlated)):
            return
        if kind == _FUNCTION:
            if is_one_call(table, self._known_columns(item), self._catalog):
                self._whole.add(item)
        elif kind == _VALUES:
            if len(table.words("values_lists")) == 1:
                self._whole.add(item)
        else:
            self._decide_subquery(item, table)

    def _decide_subquery(self, item: int, table: Node) -> None:
        found = selected_by(table, self._scope, self._catalog)
        if found is None:
            return
        one, columns = agreeing(found, self._catalog, self._known_columns(item))
        if one:
            self._whole.add(item)
        for position, fixed in columns.items():
            name = ("VAR", item, position)
            self._known[name] = self._known.get(name, False) or fixed

    def _holds(self, item: int, key: Key, sides: tuple[Side, ...]) -> bool:
        """Whether the columns of a key are known, and keep rows of a table apart from each other and from NULLs."""
        if not all(("VAR", item, column) in self._known for column in key.columns):
            return False
        never_null = [self._never_null(item, column) for column in key.columns]
        return all(never_null) or (key.nulls_equal and (any(never_null) or all(map(self._is_settled, sides))))

    def _never_null(self, item: int, column: int) -> bool:
        """Whether a column is not NULL, but where an outer join null-extends its table."""
        return column in self._relation(item).not_null or any(
            (item, column) in self.expressions.required(predicate)
            for predicate, sides in self._conditions
            if set(sides) <= set(self._sides.get(item, ()))
        )

    def _relation(self, item: int) -> Relation:
        table = self._tables[item - 1]
        found = self._catalog.relations.get(table.number("relid")) if table.number("rtekind") == RELATION else None
        return found or Relation()


def agreeing(scope: tuple[Node, ...], catalog: Catalog, known: Mapping[int, bool]) -> tuple[bool, dict[int, bool]]:
    """Of the output rows of a query that agree in the columns `known` (with whether these are fixed, not only equal).

    Whether they are a single row, and which columns they agree in as well.
    """
    operation = scope[-1].node("setOperations")
    if operation is not None:
        return is_one(operation, scope, catalog, known, agreeing), {}
    entries = outputs(scope[-1])
    rows = Rows(scope, catalog, ((entries[p], fixed) for p, fixed in known.items() if p in entries))
    if rows.is_one_output():
        return True, {}
    return False, {position: rows.fixed(each) for position, each in entries.items() if rows.equal(each)}
