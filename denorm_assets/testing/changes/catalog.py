"""What PostgreSQL's catalog says of the tables that changes are made in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg.rows import DictRow

from denorm_assets.db.postgres.session import Session
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query


@dataclass(frozen=True)
class TypeOf:
    """A type.

    Attributes:
        kind: as in `pg_type.typtype`: b(ase), c(omposite), d(omain), e(num), r(ange), m(ultirange); a for an array.
        category: as in `pg_type.typcategory`.
        modifier: that of a domain's base type; -1 without.
        labels: those of an enum, in order.
        delimiter: what stands between the elements of an array.
        parts: IDs of what it is made of.
    """

    name: str
    built_in: bool
    kind: str
    category: str
    modifier: int
    labels: tuple[str, ...]
    delimiter: str
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        type: ID of its type, with `modifier`: the length of a varchar, for example.
        written: whether applications write it; PostgreSQL does otherwise.
    """

    name: str
    type: int
    modifier: int
    not_null: bool
    has_default: bool
    written: bool


@dataclass(frozen=True)
class ForeignKey:
    """Columns that hold what the columns `keys` of a row of `referenced` do."""

    columns: tuple[str, ...]
    referenced: TableName
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        key: its primary key; empty without one.
    """

    name: TableName
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...]

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, eq=False)
class Catalog:
    """The tables, and the types of their columns by ID. Equal only to itself: what is made of it is kept."""

    tables: tuple[Table, ...] = ()
    types: Mapping[int, TypeOf] = field(default_factory=dict[int, TypeOf])


def read_catalog(session: Session, systems: Sequence[str]) -> Catalog:
    """The sources of the read models of `systems`, and the tables that they refer to by foreign keys."""
    rows = session.rows(query("testing", "tables", systems=list(systems)))
    names = {row["id"]: TableName(row["name"], row["schema"]) for row in rows}
    columns: dict[int, list[Column]] = {table: [] for table in names}
    for row in session.rows(query("testing", "columns", tables=list(names))):
        columns[row.pop("table_id")].append(Column(**row))
    foreign_keys: dict[int, list[ForeignKey]] = {table: [] for table in names}
    for row in session.rows(query("testing", "foreign_keys", tables=list(names))):
        key = ForeignKey(tuple(row["columns"]), names[row["referenced_id"]], tuple(row["referenced"]))
        foreign_keys[row["table_id"]].append(key)
    types = {column.type for found in columns.values() for column in found}
    return Catalog(
        tuple(
            Table(names[row["id"]], tuple(row["key"]), tuple(columns[row["id"]]), tuple(foreign_keys[row["id"]]))
            for row in rows
        ),
        {row["id"]: _type(row) for row in session.rows(query("testing", "types", types=sorted(types)))},
    )


def _type(row: DictRow) -> TypeOf:
    return TypeOf(
        row["name"],
        row["built_in"],
        row["kind"],
        row["category"],
        row["modifier"],
        tuple(row["labels"]),
        row["delimiter"],
        tuple(row["parts"]),
    )
