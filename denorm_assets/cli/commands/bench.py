"""`bench`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.targets import (
    OWN_OPTIONS,
    chosen_systems,
    common_options,
    open_database,
    split_words,
)
from denorm_assets.db.cutover.query_timing import PairTiming, time_pair
from denorm_assets.errors import ConfigurationError


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


def _timing_row(timing: PairTiming) -> dict[str, object]:
    return {
        "query": timing.query,
        "before_ms": round(timing.before_ms, 3),
        "after_ms": round(timing.after_ms, 3),
        "speed_up": round(timing.speed_up, 2),
        "rows": timing.rows,
        "same_rows": timing.equal,
    }
