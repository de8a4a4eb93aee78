"""What the checks of a system's health have in common."""

from __future__ import annotations

from denorm_assets.model.system import System

ROWS_SHOWN = 50


def subject(system: System) -> str:
    """What these checks are about."""
    return f"{system.name}/monitoring"


def rounded(value: float | None) -> float | None:
    """`value` with one decimal."""
    return None if value is None else round(float(value), 1)
