"""The outcome of comparing a read model with its definition."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Row counts and checksums of both sides, taken in one snapshot.

    Attributes:
        left_out: anchors that were left out of both sides because changes to them are still pending.
        undetermined: whether everything is pending, so that a difference means nothing.
    """

    defined_rows: int
    defined_checksum: str
    held_rows: int
    held_checksum: str
    left_out: int = 0
    undetermined: bool = False

    @property
    def wrong(self) -> bool:
        """Whether the sides differ, and no pending change can be why."""
        return not self.equal and not self.undetermined

    @property
    def equal(self) -> bool:
        """Whether both sides hold the same rows."""
        return (self.defined_rows, self.defined_checksum) == (self.held_rows, self.held_checksum)

    def __str__(self) -> str:
        if self.equal:
            return f"{self.held_rows:,} rows, equal"
        if self.held_rows == self.defined_rows:
            return f"{self.held_rows:,} rows on both sides, but not the same ones"
        return f"{self.held_rows:,} rows in the table, {self.defined_rows:,} by the definition"


@dataclass(frozen=True)
class DifferingRow:
    """A row that stands on one side only: `missing` from the table, or `extra` in it."""

    side: str
    key: str
    row: str
