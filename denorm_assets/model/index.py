"""Indexes and references that a read model declares."""

from __future__ import annotations

import re
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName

_TERM = re.compile(
    r"^(?P<column>[^\s()]+)(?:\s+(?P<order>(?:ASC|DESC)?(?:\s*NULLS\s+(?:FIRST|LAST))?))?$", re.IGNORECASE
)


@dataclass(frozen=True)
class IndexTerm:
    """A column of an index with its sort order, for example `published_at` and `DESC`."""

    column: str
    order: str = ""


class Index:
    """A secondary index: `Index("topic_id", "published_at DESC")`.

    Attributes:
        terms: the indexed columns in order.
        unique: whether the index is a unique one.
        given_name: the index's name where the declaration gives one.
    """

    def __init__(self, *terms: str, unique: bool = False, name: str | None = None) -> None:
        """Raises ValueError for a term that is not `column [ASC|DESC] [NULLS FIRST|LAST]`."""
        if not terms:
            raise ValueError("an index needs at least one column")
        self.terms = tuple(_parse_term(term) for term in terms)
        self.unique = unique
        self.given_name = name

    def name_for(self, table: str) -> str:
        """The index's name on `table`, cut to PostgreSQL's 63 bytes."""
        columns = "_".join(term.column for term in self.terms)
        return (self.given_name or f"{table}_{columns}_{'key' if self.unique else 'idx'}")[:63]


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
        return f"{table}_{self.column}_fkey"[:63]


def references(column: str, target: str, *, foreign_key: bool = False) -> Reference:
    """Declare that `column` refers to `target`, written `table.column` or `schema.table.column`."""
    table, _, to_column = target.rpartition(".")
    if not table:
        raise ValueError(f"write the target of {column!r} as table.column, not {target!r}")
    return Reference(column, TableName.parse(table), to_column, foreign_key)


def _parse_term(text: str) -> IndexTerm:
    match = _TERM.match(text.strip())
    if match is None:
        raise ValueError(f"index term {text!r} is not of the form: column [ASC|DESC] [NULLS FIRST|LAST]")
    return IndexTerm(match["column"], " ".join((match["order"] or "").upper().split()))
