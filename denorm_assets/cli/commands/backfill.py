"""`backfill`."""

from __future__ import annotations

import time
from dataclasses import asdict

import click

from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_json
from denorm_assets.cli.shared.progress import show_ranges
from denorm_assets.cli.shared.targets import chosen_models, common_options, open_database
from denorm_assets.db.backfill.go_live import finish_model, is_loaded
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.health.status import model_status
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.refresh_order import in_refresh_order
from denorm_assets.model.batches import BackfillOptions


@click.command()
@click.argument("target", metavar="SYSTEM[/MODEL]")
@click.option("--from-id", help="First ID to load. Default: the first one.")
@click.option("--to-id", help="Last ID to load, inclusive. Default: the last one.")
@click.option(
    "--batch-size", type=click.IntRange(min=1), help="Source rows per batch at most. Default: about 1 s each."
)
@click.option("--pause", type=click.FloatRange(min=0), default=0.05, show_default=True, help="Seconds between batches.")
@click.option(
    "--statement-timeout",
    type=click.FloatRange(min=0.001),
    default=60.0,
    show_default=True,
    help="Seconds after which a batch is rolled back and tried at half its size.",
)
@click.option("--again", is_flag=True, help="Compare and correct ranges that are done already, too.")
@common_options
def backfill(
    target: str,
    from_id: str | None,
    to_id: str | None,
    batch_size: int | None,
    pause: float,
    statement_timeout: float,
    again: bool,
    systems: str | None,
    as_json: bool,
) -> None:
    """Load read models by ID range.

    What was interrupted goes on where it stopped. Once every range is done, indexes and foreign keys are built and the
    read model is live.
    """
    options = BackfillOptions(batch_size, pause, statement_timeout=statement_timeout)
    results: dict[str, list[RangeResult]] = {}
    with open_database() as database:
        chosen = in_refresh_order(database, chosen_models(systems, target))
        one_by_one = OneByOne(len(chosen))
        for system, model in chosen:
            with one_by_one.each():
                began = time.monotonic()
                name = f"{system.name}/{model.name}"
                if not model.driving:
                    refresh_now(database, system, model)
                    if not as_json:
                        rows = model_status(database, system, model).rows
                        click.echo(f"{name}: {rows:,} rows (no ranges), {time.monotonic() - began:.1f} s")
                    continue
                loader = ModelLoader(database, system, model, options)
                total = len(loader.ranges_to_load(from_id, to_id, again=again))
                loading = loader.load_ids(from_id, to_id, again=again)
                results[name] = list(loading if as_json else show_ranges(name, loading, total))
                if is_loaded(database, system, model):
                    finish_model(database, system, model)
                if not as_json:
                    _say_total(name, results[name], time.monotonic() - began)
    one_by_one.raise_shared()
    if as_json:
        print_json([{"model": name, **asdict(result)} for name, loaded in results.items() for result in loaded])
    one_by_one.tell()


def _say_total(name: str, results: list[RangeResult], seconds: float) -> None:
    outcomes = {
        "done": "done and compared",
        "partly": "covered partly, not marked done",
        "left": "left to another worker",
    }
    parts = [
        f"{sum(result.outcome == outcome for result in results)} {words}"
        for outcome, words in outcomes.items()
        if any(result.outcome == outcome for result in results)
    ]
    written = sum(result.rows_written for result in results)
    removed = sum(result.rows_removed for result in results)
    click.echo(
        f"{name}: {', '.join(parts) or 'every range was done already'}; "
        f"{written:,} rows written, {removed:,} removed, {seconds:.1f} s"
    )
