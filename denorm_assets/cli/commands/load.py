"""`load`: many users at once."""

from __future__ import annotations

from dataclasses import asdict, replace

import click

from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.targets import chosen_systems, common_options
from denorm_assets.load_test.run import load_of, run_load
from denorm_assets.settings import load_settings


@click.command()
@click.argument("system")
@click.option("--users", type=click.IntRange(min=1), help="Virtual users. Default: as declared.")
@click.option("--ramp", type=click.FloatRange(min=0), help="Seconds in which they come. Default: as declared.")
@click.option("--steady", type=click.FloatRange(min=1), help="Seconds in which all read. Default: as declared.")
@click.option("--ramp-down", type=click.FloatRange(min=0), help="Seconds in which they leave. Default: as declared.")
@click.option("--before", is_flag=True, help="Read the pages as they were before.")
@common_options
@click.pass_context
def load(
    context: click.Context,
    system: str,
    users: int | None,
    ramp: float | None,
    steady: float | None,
    ramp_down: float | None,
    before: bool,
    systems: str | None,
    as_json: bool,
) -> None:
    """Let virtual users read pages.

    Exits with 1 if they wait too long or get too many errors.
    """
    [chosen] = chosen_systems(systems, system)
    given = {"ramp": ramp, "steady": steady, "ramp_down": ramp_down}
    stages = replace(load_of(chosen).stages, **{name: value for name, value in given.items() if value is not None})
    found = run_load(load_settings().database_url, chosen, users, stages, "before" if before else "after")
    result = found.within_limits()
    if as_json:
        print_json(
            {
                "users": found.users,
                "total": asdict(found.total),
                "pages": result.rows,
                "timeline": [asdict(moment) for moment in found.timeline],
                "passed": result.passed,
            }
        )
    else:
        print_rows(result.rows, as_json=False, title=f"load of {system}")
        click.echo(result.summary)
    if not result.passed:
        context.exit(1)
