"""The declaration of a read model."""

from __future__ import annotations

from dataclasses import dataclass, field

from denorm_assets.model.index import Index, Reference
from denorm_assets.model.location import Location, declaring_location
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.table_name import TableName


@dataclass(frozen=True)
class DrivingColumn:
    """A source table and the ID column whose ranges partition a backfill."""

    table: TableName
    column: str


class IdRanges:
    """Backfill by ranges of the named columns, one per driving source: `IdRanges("entries.id")`."""

    def __init__(self, *columns: str) -> None:
        """Each of `columns` is `table.column` or `schema.table.column`. Raises ValueError for other forms."""
        if not columns or any("." not in column for column in columns):
            raise ValueError("name each driving column as table.column")
        parts = [column.rpartition(".") for column in columns]
        self.driving = tuple(DrivingColumn(TableName.parse(table), name) for table, _, name in parts)


@dataclass(frozen=True)
class ReadModel:
    """A table kept equal to its definition.

    Attributes:
        name: the table's name, in the system's schema.
        definition: the one SELECT that says what every row must be.
        key: the columns that identify a row.
        backfill: whose ID ranges partition the backfill.
        indexes: secondary indexes, built after the load.
        references: columns that refer to other tables; checked always, enforced where the declaration opts in.
        description: a sentence for people, shown in Dagster.
    """

    name: str
    definition: SqlFile
    key: tuple[str, ...]
    backfill: IdRanges
    indexes: tuple[Index, ...] = ()
    references: tuple[Reference, ...] = ()
    description: str = ""
    location: Location = field(default_factory=declaring_location, compare=False)
