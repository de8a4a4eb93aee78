"""`load`: many users at once."""

from __future__ import annotations

from dataclasses import asdict

import click

from denorm_assets.cli.output import print_json, print_rows
from denorm_assets.cli.selection import chosen_systems, common_options
from denorm_assets.db.load_test import run_load
from denorm_assets.settings import load_settings


@click.command()
@click.argument("system")
@click.option("--users", type=click.IntRange(min=1), help="Virtual users. Default: as declared.")
@click.option("--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True, help="After a ramp of ten.")
@common_options
@click.pass_context
def load(
    context: click.Context, system: str, users: int | None, seconds: float, systems: str | None, as_json: bool
) -> None:
    """Let virtual users read pages.

    Exits with 1 if they wait too long or get too many errors.
    """
    [chosen] = chosen_systems(systems, system)
    found = run_load(load_settings().database_url, chosen, users, seconds)
    result = found.within_limits()
    if as_json:
        print_json({"users": found.users, "total": asdict(found.total), "pages": result.rows, "passed": result.passed})
    else:
        print_rows(result.rows, as_json=False, title=f"load of {system}")
        click.echo(result.summary)
    if not result.passed:
        context.exit(1)
