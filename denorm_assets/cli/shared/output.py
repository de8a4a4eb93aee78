"""What commands print: a table for people, JSON with --json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_WIDTH_WITHOUT_TERMINAL = 160


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str = "", empty: str = "nothing") -> None:
    """Print rows of one shape."""
    if as_json:
        print_json(rows)
        return
    console = make_console()
    if not rows:
        console.print(empty)
        return
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for name, value in rows[0].items():
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        table.add_column(escape(name.replace("_", " ")), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(show_value(value)) for value in row.values()))
    console.print(table)


def make_console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; wide enough for whole lines where the output is none."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=_WIDTH_WITHOUT_TERMINAL)


def print_json(value: object) -> None:
    """Print `value` as JSON; what JSON has no form for becomes text."""
    print(json.dumps(value, indent=2, default=str, ensure_ascii=False))  # noqa: T201


def show_value(value: object) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def show_bytes(size: float) -> str:
    """A size in the unit that suits it."""
    for unit in ("B", "kB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"
