"""The declaration of a read model."""

from __future__ import annotations

from dataclasses import dataclass, field

from denorm_assets.model.index import Index, Reference
from denorm_assets.model.location import Location, declaring_location
from denorm_assets.model.refresh import Auto, Full, Refresh
from denorm_assets.model.sql_file import SqlField, takes_text
from denorm_assets.model.table_name import TableName


@dataclass(frozen=True)
class DrivingColumn:
    """A source table and the ID column whose ranges partition a backfill."""

    table: TableName
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, init=False)
class IdRanges:
    """Backfill by ranges of the named columns, one per driving source: `IdRanges("entries.id")`.

    Example:
        IdRanges("order_lines.order_id")
    """

    driving: tuple[DrivingColumn, ...]

    def __init__(self, *columns: str) -> None:
        """Each of `columns` is `table.column` or `schema.table.column`. Raises ValueError for other forms."""
        parts = [column.rpartition(".") for column in columns]
        if not parts or not all(table and name for table, _, name in parts):
            raise ValueError("name each driving column as table.column")
        driving = tuple(DrivingColumn(TableName.parse(table), name) for table, _, name in parts)
        object.__setattr__(self, "driving", driving)


@takes_text("definition")
@dataclass(frozen=True)
class ReadModel:
    """A table or materialized view kept equal to its definition.

    Attributes:
        name: the table's name, in the system's schema.
        definition: the one SELECT that says what every row must be: a `SqlFile`, or its text.
        key: the columns that identify a row.
        backfill: whose ID ranges partition the backfill; without, the read model is loaded as a whole, and the first
            column of its key says which rows a change can have altered.
        refresh: how it is kept fresh.
        indexes: secondary indexes, built after the load.
        partition_by: the column that tells driving sources apart; the table then has a partition for each of them.
        references: columns that refer to other tables; checked always, enforced where the declaration opts in.
        description: a sentence for people, shown in Dagster.

    Example:
        ReadModel(
            "order_totals",
            "SELECT order_id, count(*) AS lines FROM order_lines GROUP BY order_id",
            key=("order_id",),
            backfill=IdRanges("order_lines.order_id"),
            indexes=(Index("lines DESC"),),
        )
    """

    name: str
    definition: SqlField
    key: tuple[str, ...]
    backfill: IdRanges | None = None
    refresh: Refresh = field(default_factory=Auto)
    indexes: tuple[Index, ...] = ()
    references: tuple[Reference, ...] = ()
    partition_by: str | None = None
    description: str = ""
    location: Location = field(default_factory=declaring_location, compare=False)

    @property
    def is_view(self) -> bool:
        """Whether it is a materialized view, refreshed as a whole; a table otherwise, kept by key.

        False for `Auto`, for which the database says that: see `sql/automatic.py`.
        """
        return isinstance(self.refresh, Full)

    @property
    def every(self) -> float | None:
        """Seconds after which time alone refreshes it; None where only changes do."""
        return self.refresh.every if isinstance(self.refresh, Full) else None

    @property
    def driving(self) -> tuple[DrivingColumn, ...]:
        """The columns whose ranges partition it; none where it is loaded as a whole."""
        return () if self.backfill is None or self.is_view else self.backfill.driving
