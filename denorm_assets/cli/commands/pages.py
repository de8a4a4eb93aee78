"""`bench` and `load`: the pages of a system, read by one after the other or by many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import click

from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.targets import (
    OWN_OPTIONS,
    chosen_systems,
    common_options,
    open_database,
    split_words,
)
from denorm_assets.db.cutover.query_timing import PairTiming, time_pair
from denorm_assets.errors import ConfigurationError
from denorm_assets.load_test.run import load_of, run_load
from denorm_assets.settings import load_settings


@click.command(context_settings=OWN_OPTIONS)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="SYSTEM[/QUERY] [--PARAMETER VALUE]...")
@common_options
@click.pass_context
def bench(context: click.Context, words: Sequence[str], systems: str | None, as_json: bool) -> None:
    """Time pages before and after.

    Exits with 1 if their rows differ. An option named like a parameter sets it: `bench topics --topic 1`.
    """
    target, values = split_words(words)
    if target is None:
        raise click.UsageError("name a system, or one of its queries: bench SYSTEM[/QUERY]", context)
    name, _, query = target.partition("/")
    [system] = chosen_systems(systems, name)
    pairs = [system.query(query)] if query else system.queries
    if not pairs:
        raise ConfigurationError(f"the system {name} declares no queries, so there is nothing to time")
    with open_database() as database:
        timings = [time_pair(database, system, pair, values) for pair in pairs]
    print_rows([_timing_row(timing) for timing in timings], as_json=as_json)
    if not all(timing.equal for timing in timings):
        context.exit(1)


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


def _timing_row(timing: PairTiming) -> dict[str, object]:
    return {
        "query": timing.query,
        "before_ms": round(timing.before_ms, 3),
        "after_ms": round(timing.after_ms, 3),
        "speed_up": round(timing.speed_up, 2),
        "rows": timing.rows,
        "same_rows": timing.equal,
    }
