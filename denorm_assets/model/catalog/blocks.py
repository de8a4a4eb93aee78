"""Blocks of IDs, by which aggregates over all rows are kept."""

from __future__ import annotations

from dataclasses import dataclass

from denorm_assets.model.table_name import TableName

BLOCK = "denorm_block"
"""The name of a block's number where it is an output column."""


@dataclass(frozen=True)
class IdBlocks:
    """Blocks of the IDs in one occurrence of a source: IDs that are alike but for their last bits.

    Attributes:
        alias: the occurrence.
        column: the ID, a whole number.
        bits: of the ID, which tell the rows of a block apart.
    """

    alias: str
    column: str
    bits: int

    @property
    def ids(self) -> int:
        """How many IDs a block has."""
        return 1 << self.bits


@dataclass(frozen=True)
class Part:
    """A SELECT in a definition that aggregates rows of its sources.

    Attributes:
        blocks: by whose IDs its rows are told apart; `table` is the source that has them.
        source: its FROM and WHERE.
        groups: by what it groups, as SQL; of all rows, nothing.
        states: its aggregates, as SQL.
    """

    blocks: IdBlocks
    table: TableName
    source: str
    groups: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True)
class PartialAggregates:
    """How the rows of a definition are made of the aggregates of blocks.

    Attributes:
        parts: the SELECTs that read its sources.
        rows: the definition over what is kept of them in `denorm.partial`, with `MODEL` for the read model's number.
    """

    parts: tuple[Part, ...]
    rows: str


MODEL = "denorm_model_id_"
