"""The files of scenarios, one per theme."""

from __future__ import annotations

from importlib import import_module

THEMES = (
    "capture_rights",
    "realtime_shadows",
    "schema_shadows",
    "taking_over",
    "without_capture",
    "row_security",
    "no_room",
    "large_values",
    "held_locks",
    "odd_names",
    "odd_redis",
    "open_files",
    "replication",
    "moving_rows",
    "values_changed",
    "chains",
    "row_order",
    "hidden_clocks",
    "equal_not_same",
    "whole_rows",
    "time_zone",
    "printed_otherwise",
    "one_fault",
    "application_first",
    "one_broken",
    "infrastructure",
    "four_logins",
    "at_once",
    "clocks_and_dumps",
    "odd_definitions",
)


def load() -> None:
    """Import every theme, which enters its scenarios."""
    for theme in THEMES:
        import_module(f"{__package__}.{theme}")
