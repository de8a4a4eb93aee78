"""Indexes and references that a read model declares."""

from __future__ import annotations

import re
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName

_TERM = re.compile(
    r"(?P<column>[^\s()]+|\(.+\))(?:\s+(?P<opclass>\w+_ops))?(?:\s+(?P<order>(?:ASC|DESC)(?:\s+NULLS\s+(?:FIRST|LAST))?|NULLS\s+(?:FIRST|LAST)))?",
    re.IGNORECASE,
)
_LONGEST_NAME = 63


@dataclass(frozen=True)
class IndexTerm:
    """A column of an index with its sort order, for example `published_at` and `DESC`.

    Attributes:
        column: the column; or an expression in parentheses, as SQL.
        opclass: the operator class where it is not the type's default, for example `gin_trgm_ops`.
    """

    column: str
    order: str = ""
    opclass: str = ""

    @property
    def is_expression(self) -> bool:
        """Whether the term is an expression, and so no column."""
        return self.column.startswith("(")


@dataclass(frozen=True, init=False)
class Index:
    """A secondary index: `Index("topic_id", "published_at DESC")`, `Index("name gin_trgm_ops", using="gin")`.

    Attributes:
        terms: the indexed columns in order.
        unique: whether the index is a unique one.
        given_name: the index's name where the declaration gives one.
        using: the access method.
        where: the predicate of a partial index, as SQL; empty without.

    Example:
        Index("customer_id", "created_at DESC")
    """

    terms: tuple[IndexTerm, ...]
    unique: bool
    given_name: str | None
    using: str
    where: str

    def __init__(
        self, *terms: str, unique: bool = False, name: str | None = None, using: str = "btree", where: str = ""
    ) -> None:
        """Raises ValueError for a term that is not `column [opclass] [ASC|DESC] [NULLS FIRST|LAST]`.

        An expression stands in parentheses, and its index needs a name.
        """
        if not terms:
            raise ValueError("an index needs at least one column")
        parsed = tuple(_parse_term(term) for term in terms)
        if name is None and any(term.is_expression for term in parsed):
            raise ValueError(f"an index on an expression needs a `name`; give the one on {terms[0]!r} a `name`")
        object.__setattr__(self, "terms", parsed)
        object.__setattr__(self, "unique", unique)
        object.__setattr__(self, "given_name", name)
        object.__setattr__(self, "using", using)
        object.__setattr__(self, "where", where)

    def named(self, name: str) -> Index:
        """The same index under another name."""
        terms = (" ".join(part for part in (t.column, t.opclass, t.order) if part) for t in self.terms)
        return Index(*terms, unique=self.unique, name=name, using=self.using, where=self.where)

    def name_for(self, table: str) -> str:
        """The index's name on `table`, cut to PostgreSQL's 63 bytes."""
        columns = "_".join(term.column for term in self.terms)
        return _cut(self.given_name or f"{table}_{columns}_{'key' if self.unique else 'idx'}")


@dataclass(frozen=True)
class TableIndex:
    """An index of a phase, on a read model or on a table of the application.

    Attributes:
        query: the query pair that needs it.

    Example:
        indexes: tuple[TableIndex, ...] = (on("order_totals", Index("lines DESC"), query="largest_orders"),)
    """

    table: TableName
    index: Index
    query: str

    @property
    def name(self) -> str:
        """The index's name."""
        return self.index.name_for(self.table.name)


def on(table: str, index: Index, *, query: str) -> TableIndex:
    """`index` on `table` (written `table` or `schema.table`), for the query pair called `query`.

    Example:
        on("order_totals", Index("lines DESC"), query="largest_orders")
    """
    return TableIndex(TableName.parse(table), index, query)


@dataclass(frozen=True)
class Reference:
    """A column of the read model that refers to a row of another table.

    Attributes:
        column: the read model's column.
        to: the table referred to; `to_column` its column.
        foreign_key: whether PostgreSQL enforces it (opt-in; ON UPDATE and ON DELETE CASCADE). While it does, TRUNCATE
            of the table referred to needs CASCADE, and dropping it drops the constraint.
        partition: the partition whose rows refer there, by its value in `partition_by`; None where all rows do.

    Example:
        reference: Reference = references("order_id", "orders.id")
    """

    column: str
    to: TableName
    to_column: str
    foreign_key: bool = False
    partition: str | None = None

    def constraint_name(self, table: str) -> str:
        """Name of the foreign key on `table`."""
        return _cut(f"{table}_{self.column}_fkey")


def references(column: str, target: str, *, foreign_key: bool = False, partition: str | None = None) -> Reference:
    """Declare that `column` refers to `target`, written `table.column` or `schema.table.column`.

    With `partition`, that only the rows of that partition do.

    Example:
        references("order_id", "orders.id", foreign_key=True)
    """
    table, _, to_column = target.rpartition(".")
    if not table:
        raise ValueError(f"write the target of {column!r} as table.column, not {target!r}")
    return Reference(column, TableName.parse(table), to_column, foreign_key, partition)


def _cut(name: str) -> str:
    """`name` cut as PostgreSQL cuts it: to 63 bytes, between characters."""
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")


def _parse_term(text: str) -> IndexTerm:
    match = _TERM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"index term {text!r} is not of the form: column [opclass] [ASC|DESC] [NULLS FIRST|LAST]")
    return IndexTerm(match["column"], " ".join((match["order"] or "").upper().split()), match["opclass"] or "")
