"""The outcome of a check, as the shell and Dagster both show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Row = Mapping[str, str | int | float | None]


@dataclass(frozen=True)
class CheckResult:
    """One check of one read model.

    Attributes:
        warning_only: a failure asks for attention but nothing downstream has to stop.
        proof: whether a failure shows that rows are wrong, and not only that they could not be compared.
        summary: one sentence.
        rows: details as a table, every row with the same columns.
        figures: single numbers worth showing beside the summary.
    """

    name: str
    model: str
    passed: bool
    summary: str
    rows: tuple[Row, ...] = ()
    figures: Mapping[str, int | float | str] = field(default_factory=dict[str, "int | float | str"])
    warning_only: bool = False
    proof: bool = True
