"""The hypothesis strategy of changes: inserts, updates and deletes by what the catalog says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from denorm_assets.errors import UnknownColumns
from denorm_assets.testing.changes.catalog import Catalog, Column, ForeignKey, Table
from denorm_assets.testing.changes.change import Change, Held
from denorm_assets.testing.changes.values import texts_of

_Written = SearchStrategy[tuple[str | ForeignKey, Any]]
_ROWS = st.one_of(st.integers(0, 9), st.integers(0, 9_999))
_MOST_UPDATED = 3


@lru_cache(maxsize=16)
def changes_of(
    catalog: Catalog, today: date, values: Sequence[tuple[str, SearchStrategy[Any]]], at_most: int
) -> SearchStrategy[list[Change]]:
    """Lists of changes, the shortest first. `values` are those of columns named as table.column.

    The same for the same arguments: hypothesis looks through a strategy once. Raises UnknownColumns.
    """
    known = {
        name: f"{table.name}.{column.name}"
        for table in catalog.tables
        for column in table.columns
        if column.written
        for name in (f"{table.name}.{column.name}", f"{table.name.name}.{column.name}")
    }
    unknown = [name for name, _ in values if name not in known]
    if unknown:
        raise UnknownColumns(unknown, list(dict.fromkeys(known.values())))
    drawing = _Drawing(catalog, today, {known[name]: given for name, given in values})
    tables = [drawing.changes(table) for table in catalog.tables]
    return st.lists(st.one_of(tables), min_size=1, max_size=at_most) if tables else st.just([])


class _Drawing:
    """Draws changes of the tables of a catalog."""

    def __init__(self, catalog: Catalog, today: date, given: Mapping[str, SearchStrategy[Any]]) -> None:
        self._catalog = catalog
        self._today = today
        self._given = given
        self._of_type: dict[int, list[tuple[Table, str]]] = {}
        for table in catalog.tables:
            for column in table.columns:
                self._of_type.setdefault(column.type, []).append((table, column.name))

    def changes(self, table: Table) -> SearchStrategy[Change]:
        """One change of a row of `table`."""
        keys = [key for key in table.foreign_keys if self._is_drawn(table, key)]
        in_keys = {name for key in keys for name in key.columns}
        columns = [column for column in table.columns if column.written and column.name not in in_keys]
        needed: list[_Written] = [self._reference(table, key) for key in keys]
        needed += [self._value(table, column) for column in columns if not column.has_default]
        optional = [self._value(table, column) for column in columns if column.has_default]
        row = st.tuples(*needed, *(st.one_of(each, st.none()) for each in optional))
        inserts = row.map(lambda written: Change("insert", table, written=tuple(filter(None, written))))
        deletes = _ROWS.map(lambda number: Change("delete", table, number))
        every = [*needed, *optional]
        if not every:
            return st.one_of(deletes, inserts)
        some = st.lists(st.one_of(every), min_size=1, max_size=_MOST_UPDATED, unique_by=lambda written: written[0])
        updates = st.tuples(_ROWS, some).map(lambda drawn: Change("update", table, drawn[0], tuple(drawn[1])))
        return st.one_of(deletes, updates, inserts, inserts)  # so that tables do not become empty

    def _is_drawn(self, table: Table, key: ForeignKey) -> bool:
        """Whether the columns of a foreign key are written together, as the key of a row that there is."""
        return all(table.column(name).written and f"{table.name}.{name}" not in self._given for name in key.columns)

    def _reference(self, table: Table, key: ForeignKey) -> _Written:
        nullable = not any(table.column(name).not_null for name in key.columns)
        return st.tuples(st.just(key), st.one_of(_ROWS, st.none()) if nullable else _ROWS)

    def _value(self, table: Table, column: Column) -> _Written:
        given = self._given.get(f"{table.name}.{column.name}")
        return st.tuples(st.just(column.name), self._drawn(table, column) if given is None else given)

    def _drawn(self, table: Table, column: Column) -> SearchStrategy[Any]:
        """New values of the column's type, values that columns of this type hold, and NULL where it may be."""
        # Its own first: that is where shrinking leads.
        own = (table, column.name)
        places = [own, *(place for place in self._of_type[column.type] if place != own)]
        held = st.tuples(st.sampled_from(places), _ROWS).map(lambda drawn: Held(*drawn[0], drawn[1]))
        fresh = texts_of(self._catalog.types, column.type, column.modifier, self._today)
        kinds: Sequence[SearchStrategy[Any]] = [held] if fresh is None else [fresh, held]
        if fresh is not None and table.key == (column.name,):
            kinds = [fresh]  # what another row has is refused
        return st.one_of(*kinds) if column.not_null else st.one_of(*kinds, st.none())
