"""Indexes and references that a read model declares."""

from __future__ import annotations

import re
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName

_TERM = re.compile(
    r"(?P<column>[^\s()]+)(?:\s+(?P<order>(?:ASC|DESC)(?:\s+NULLS\s+(?:FIRST|LAST))?|NULLS\s+(?:FIRST|LAST)))?",
    re.IGNORECASE,
)
_LONGEST_NAME = 63


@dataclass(frozen=True)
class IndexTerm:
    """A column of an index with its sort order, for example `published_at` and `DESC`."""

    column: str
    order: str = ""


@dataclass(frozen=True, init=False)
class Index:
    """A secondary index: `Index("topic_id", "published_at DESC")`.

    Attributes:
        terms: the indexed columns in order.
        unique: whether the index is a unique one.
        given_name: the index's name where the declaration gives one.
    """

    terms: tuple[IndexTerm, ...]
    unique: bool
    given_name: str | None

    def __init__(self, *terms: str, unique: bool = False, name: str | None = None) -> None:
        """Raises ValueError for a term that is not `column [ASC|DESC] [NULLS FIRST|LAST]`."""
        if not terms:
            raise ValueError("an index needs at least one column")
        object.__setattr__(self, "terms", tuple(_parse_term(term) for term in terms))
        object.__setattr__(self, "unique", unique)
        object.__setattr__(self, "given_name", name)

    def name_for(self, table: str) -> str:
        """The index's name on `table`, cut to PostgreSQL's 63 bytes."""
        columns = "_".join(term.column for term in self.terms)
        return _cut(self.given_name or f"{table}_{columns}_{'key' if self.unique else 'idx'}")


@dataclass(frozen=True)
class Reference:
    """A column of the read model that refers to a row of another table.

    Attributes:
        column: the read model's column.
        to: the table referred to; `to_column` its column.
        foreign_key: whether PostgreSQL enforces it (opt-in; ON DELETE CASCADE). While it does, TRUNCATE of the
            table referred to needs CASCADE, and dropping it drops the constraint.
    """

    column: str
    to: TableName
    to_column: str
    foreign_key: bool = False

    def constraint_name(self, table: str) -> str:
        """Name of the foreign key on `table`."""
        return _cut(f"{table}_{self.column}_fkey")


def references(column: str, target: str, *, foreign_key: bool = False) -> Reference:
    """Declare that `column` refers to `target`, written `table.column` or `schema.table.column`."""
    table, _, to_column = target.rpartition(".")
    if not table:
        raise ValueError(f"write the target of {column!r} as table.column, not {target!r}")
    return Reference(column, TableName.parse(table), to_column, foreign_key)


def _cut(name: str) -> str:
    """`name` cut as PostgreSQL cuts it: to 63 bytes, between characters."""
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")


def _parse_term(text: str) -> IndexTerm:
    match = _TERM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"index term {text!r} is not of the form: column [ASC|DESC] [NULLS FIRST|LAST]")
    return IndexTerm(match["column"], " ".join((match["order"] or "").upper().split()))
