"""The partitions of a read model's table: one for each driving source."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from denorm_assets.model.table_name import TableName


@dataclass(frozen=True)
class Partition:
    """One partition.

    Attributes:
        table: its own table.
        value: what its rows hold in the column that tells driving sources apart; `constant` the same as SQL.
    """

    table: TableName
    value: str
    constant: str


def partition_of(table: TableName, constant: str) -> Partition:
    """The partition of `table` for rows with `constant` (as SQL): `<table>_<constant>`."""
    tree = sqlglot.parse_one(constant, dialect="postgres")
    literal = tree.find(exp.Literal)
    value = literal.name if literal else tree.sql("postgres").lower()
    return Partition(TableName(f"{table.name}_{value}", table.schema), value, constant)
