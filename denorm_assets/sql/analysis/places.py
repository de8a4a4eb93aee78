"""The places in a definition where PostgreSQL does not carry a condition on the anchor, and where it may stand.

PostgreSQL carries a condition on a subquery's output below GROUP BY, DISTINCT ON, windows, UNION and INTERSECT. It
carries none below EXCEPT or grouping sets, into branches of another type, or into a common table expression that is
read twice. It carries `= ANY` to no other side of an equality. There, all of a source would be read for a few anchors.

Rows that an anchor's rows are not made of can be left out anywhere on the way:
- each branch of a set operation yields the anchor's column, and its row decides only about rows that equal it;
- rows of one group have one anchor, where the anchor is grouped by in all grouping sets;
- what a row is joined to by an equality with the anchor has the anchor's value.
The condition on the result stays in any case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clauses import conjuncts, is_limited
from denorm_assets.sql.analysis.qualification import SourceColumns
from denorm_assets.sql.analysis.reach.blocks import Block, has_several_sets

_Column = tuple[str, str]
"""Alias of something in FROM, and the column's name."""


@dataclass(frozen=True)
class Place:
    """A WHERE clause that takes a condition.

    Attributes:
        values: position in the anchor -> its value there.
        types: position in the anchor -> the type of that, where it is a column of a source.
        below: what PostgreSQL carries no condition below, in words.
    """

    values: Mapping[int, exp.Expr]
    types: Mapping[int, str]
    below: str


@dataclass(frozen=True)
class _Wanted:
    """What holds for the rows of a query that matter.

    Attributes:
        positions: position in the anchor -> position among the outputs.
        carried: the positions in the anchor whose conditions PostgreSQL carries there by itself.
        below: why it does not carry the others.
    """

    positions: Mapping[int, int]
    carried: AbstractSet[int]
    below: str


@dataclass(frozen=True)
class _Item:
    """Something in FROM; `extended` where an outer join can make it NULL."""

    query: exp.Expr | None
    names: tuple[str, ...]
    table: TableName | None
    common: str | None
    extended: bool


@dataclass
class Placer:
    """Writes marks into `tree`, a qualified definition, where a condition on the columns `anchor` may stand.

    Attributes:
        mark: how the names of marks begin; a number follows.
        places: what each mark stands for.
    """

    tree: exp.Query
    columns: SourceColumns
    opaque: frozenset[str]
    mark: str
    places: list[Place] = field(default_factory=list[Place])
    _asked: dict[str, list[_Wanted]] = field(default_factory=lambda: defaultdict(list))

    def place(self, anchor: Sequence[int]) -> None:
        """Write all marks; `anchor` are positions among the outputs."""
        wanted = dict(enumerate(anchor))
        self._into(self.tree, _Wanted(wanted, frozenset(wanted), ""))
        # A common table expression reads only those before it.
        for common in reversed(self._common):
            self._into_common(common)

    @property
    def _common(self) -> list[exp.CTE]:
        """The common table expressions of the whole definition."""
        with_ = self.tree.args.get("with_")
        return [] if with_ is None or with_.args.get("recursive") else list(with_.expressions)

    def _into_common(self, common: exp.CTE) -> None:
        read = [item for item in self.tree.find_all(exp.Table) if not item.db and item.name == common.alias]
        asked = self._asked[common.alias]
        if not asked or len(asked) != len(read):
            return
        shared = {
            column: position
            for column, position in asked[0].positions.items()
            if all(each.positions.get(column) == position for each in asked)
        }
        materialized = common.args.get("materialized")
        if materialized or (materialized is None and len(read) > 1):
            self._into(common.this, _Wanted(shared, frozenset(), f"WITH {common.alias}"))
        else:
            carried = frozenset(shared).intersection(*(each.carried for each in asked))
            self._into(common.this, _Wanted(shared, carried, asked[0].below))

    def _into(self, query: exp.Expr, wanted: _Wanted) -> None:
        if not wanted.positions or is_limited(query):
            return
        if isinstance(query, exp.Subquery):
            self._into(query.this, wanted)
        elif isinstance(query, exp.SetOperation):
            for side in (query.this, query.expression):
                self._into(side, self._through(query, wanted))
        elif isinstance(query, exp.Select):
            self._into_select(query, wanted)

    def _through(self, query: exp.SetOperation, wanted: _Wanted) -> _Wanted:
        """The same of each branch of a set operation."""
        if _holds_except(query):
            return _Wanted(wanted.positions, frozenset(), "EXCEPT")
        alike = {column for column, position in wanted.positions.items() if len(self._types(query, position)) == 1}
        below = wanted.below if alike >= wanted.carried else f"{query.key.upper()} of several types"
        return _Wanted(wanted.positions, wanted.carried & alike, below)

    def _into_select(self, select: exp.Select, wanted: _Wanted) -> None:
        block = Block(select, None, self.opaque, limited=False)
        values = {
            column: value
            for column, position in wanted.positions.items()
            if position < len(select.expressions)
            and block.lets_out(value := select.expressions[position].unalias())
            and self._is_of_rows(block, value)
        }
        several = has_several_sets(select)
        new = {column: value for column, value in values.items() if several or column not in wanted.carried}
        items = _items(select, {common.alias: common for common in self._common})
        if new:
            types = {column: self._type(items, value) for column, value in new.items()}
            known = {column: name for column, name in types.items() if name is not None}
            below = wanted.below if new.keys() - wanted.carried else "several grouping sets"
            self._mark(select, Place({column: value.copy() for column, value in new.items()}, known, below))
        self._into_items(select, items, values)

    def _mark(self, select: exp.Select, place: Place) -> None:
        mark: exp.Expr = exp.column(exp.to_identifier(f"{self.mark}{len(self.places)}", quoted=True))
        self.places.append(place)
        where = select.args.get("where")
        if where is not None:
            mark = exp.And(this=exp.Paren(this=where.this.copy()), expression=mark)
        select.set("where", exp.Where(this=mark))

    @staticmethod
    def _is_of_rows(block: Block, value: exp.Expr) -> bool:
        """Whether `value` is one of the rows in FROM, which WHERE may name."""
        return value.find(exp.Column) is not None and block.is_scalar(value)

    def _into_items(self, select: exp.Select, items: Mapping[str, _Item], values: Mapping[int, exp.Expr]) -> None:
        """Carry the conditions on `values` to what stands in FROM."""
        wanted: dict[str, dict[int, int]] = defaultdict(dict)
        carried: dict[str, set[int]] = defaultdict(set)
        for column, value in values.items():
            if not isinstance(value, exp.Column):
                continue
            for alias, name in self._equal(select, items, (value.table, value.name)):
                item = items[alias]
                if name not in item.names or column in wanted[alias]:
                    continue
                wanted[alias][column] = item.names.index(name)
                if alias == value.table:
                    carried[alias].add(column)
        for alias, positions in wanted.items():
            item = items[alias]
            asked = _Wanted(positions, frozenset(carried[alias]), "an equality in a join")
            if item.common is not None:
                self._asked[item.common].append(asked)
            elif item.query is not None:
                self._into(item.query, asked)

    def _equal(self, select: exp.Select, items: Mapping[str, _Item], column: _Column) -> list[_Column]:
        """`column`, if nothing makes it NULL, and what equalities say is the same wherever a row matters."""
        if column[0] not in items or items[column[0]].extended:
            return []
        steps = self._steps(select, items)
        found = [column]
        for each in found:
            found += [other for one, other in steps if one == each and other not in found]
        return found

    def _steps(self, select: exp.Select, items: Mapping[str, _Item]) -> list[tuple[_Column, _Column]]:
        """Pairs of columns of which the second one is the first one in each row that matters.

        Of one type: what a value is when cast may be another one, or an error.
        """
        where = select.args.get("where")
        clauses = [(where.this, None)] if where is not None else []
        for join in select.args.get("joins") or ():
            if (on := join.args.get("on")) is not None and join.side in ("", "LEFT"):
                clauses.append((on, join.this.alias_or_name if join.side else None))
        found: list[tuple[_Column, _Column]] = []
        for clause, only in clauses:
            for each in conjuncts(clause):
                sides = [each.this.unnest(), each.expression.unnest()] if isinstance(each, exp.EQ) else []
                if not all(isinstance(side, exp.Column) and side.table in items for side in sides):
                    continue
                types = {self._type(items, side) for side in sides}
                for one, other in (sides, sides[::-1]) if len(types) == 1 and None not in types else ():
                    if only is None or other.table == only:
                        found.append(((one.table, one.name), (other.table, other.name)))
        return found

    def _type(self, items: Mapping[str, _Item], value: exp.Expr) -> str | None:
        """The type of `value`, a column of something in FROM; None where that is not known."""
        item = items.get(value.table) if isinstance(value, exp.Column) else None
        if item is None:
            return None
        if item.table is not None:
            return self.columns.get(item.table, {}).get(value.name)
        if item.query is None or value.name not in item.names:
            return None
        types = self._types(item.query, item.names.index(value.name))
        return next(iter(types)) if len(types) == 1 else None

    def _types(self, query: exp.Expr, position: int) -> set[str | None]:
        """The types of an output in the branches of `query`; None among them where one is not known."""
        if isinstance(query, exp.SetOperation):
            return self._types(query.this, position) | self._types(query.expression, position)
        if isinstance(query, exp.Subquery):
            return self._types(query.this, position)
        if not isinstance(query, exp.Select) or position >= len(query.expressions):
            return {None}
        value = query.expressions[position].unalias().unnest()
        return {self._type(_items(query, {common.alias: common for common in self._common}), value)}


def _holds_except(query: exp.Expr) -> bool:
    """Whether one of the set operations that `query` consists of is EXCEPT."""
    if isinstance(query, exp.Subquery):
        return not is_limited(query) and _holds_except(query.this)
    if not isinstance(query, exp.SetOperation):
        return False
    return isinstance(query, exp.Except) or _holds_except(query.this) or _holds_except(query.expression)


def _items(select: exp.Select, common: Mapping[str, exp.CTE]) -> dict[str, _Item]:
    """What stands in FROM, by alias; what is joined within parentheses is left out."""
    first = select.args.get("from_")
    found: dict[str, _Item] = {}
    if first is None:
        return found
    read: list[tuple[exp.Expr, str]] = [(first.this, "")]
    read += [(join.this, join.side) for join in select.args.get("joins") or ()]
    for number, (item, side) in enumerate(read):
        later = {each for _, each in read[number + 1 :]}
        extended = side in ("LEFT", "FULL") or not later.isdisjoint({"RIGHT", "FULL"})
        made = _item(item, common, extended=extended)
        if made is not None:
            found[item.alias_or_name] = made
    return found


def _item(item: exp.Expr, common: Mapping[str, exp.CTE], *, extended: bool) -> _Item | None:
    alias = item.args.get("alias")
    named = tuple(column.name for column in alias.columns) if isinstance(alias, exp.TableAlias) else ()
    if item.args.get("joins") or not item.alias_or_name:
        return None
    if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
        if item.db or item.name not in common:
            return None if named else _Item(None, (), TableName(item.name, item.db), None, extended)
        of_common = common[item.name]
        names = _names(of_common.this, named or tuple(of_common.alias_column_names))
        return _Item(of_common.this, names, None, item.name, extended)
    if isinstance(item, exp.Subquery) and isinstance(item.this, exp.Query) and not isinstance(item.this, exp.Subquery):
        return _Item(item.this, _names(item.this, named), None, None, extended)
    return None


def _names(query: exp.Expr, named: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a query's outputs, of which the first ones are `named`."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select):
        return named
    return (*named, *(each.alias_or_name for each in query.expressions[len(named) :]))
