"""The files of scenarios, one per theme, in the order in which they are run."""

from __future__ import annotations

from importlib import import_module

THEMES = ("looking", "alerts", "wrong_rows", "cancelled", "growing", "renamed", "beginning", "deploying", "reasons")


def load() -> None:
    """Import every theme, which enters its scenarios."""
    for theme in THEMES:
        import_module(f"{__package__}.{theme}")
