"""Figures and rows of checks that name ranges to load again."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.model.check_result import Row

RANGES_SHOWN = 50
_PARTITIONS_SHOWN = 500
RANGES_TO_LOAD, RANGE_SET = "partitions to materialize", "range set"
"""Figures of a check that names ranges to load again."""


def partitions(ranges: Sequence[Row]) -> str:
    """Their keys as Dagster's launch dialog takes them, to be copied."""
    return ", ".join(str(row["range"]) for row in ranges[:_PARTITIONS_SHOWN])
