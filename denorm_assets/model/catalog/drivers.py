"""How a driving source's ID ranges select rows of a read model and of its definition."""

from __future__ import annotations

from dataclasses import dataclass

from denorm_assets.model.table_name import TableName


@dataclass(frozen=True)
class Driver:
    """One driving source of a read model.

    Attributes:
        table: the driving table; `id_column` its ID column.
        output_column: the read model's column that holds that ID.
        discriminators: (column, constant as SQL) pairs that single out this source's rows where a read model has
            several driving sources.
    """

    table: TableName
    id_column: str
    output_column: str
    discriminators: tuple[tuple[str, str], ...] = ()

    @property
    def source(self) -> str:
        """The source's name in range keys."""
        return self.table.name
