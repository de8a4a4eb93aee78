"""Steps of schema work as a table."""

from __future__ import annotations

from collections.abc import Sequence

import click

from denorm_assets.cli.shared.output import print_rows

all_option = click.option("--all", "everything", is_flag=True, help="List what is up to date, too.")


def changing(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Those of the steps that have something to do."""
    return [row for row in rows if row["action"] != "keep"]


def print_steps(rows: Sequence[dict[str, object]], *, everything: bool) -> None:
    """What changes as a table, and how much does not; or both in the table."""
    shown = rows if everything else changing(rows)
    if shown:
        print_rows(shown, as_json=False)
    count = len(rows) - len(shown)
    if count:
        click.echo(f"{count} {'object is' if count == 1 else 'objects are'} up to date.\n")
