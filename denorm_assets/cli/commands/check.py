"""`check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.targets import (
    OWN_OPTIONS,
    chosen_models,
    common_options,
    key_columns,
    open_database,
    split_words,
)
from denorm_assets.db.capture.declared import UNREADABLE, model_capture
from denorm_assets.db.control.feature_flags import turn_off_if_wrong
from denorm_assets.db.control.registry import registration
from denorm_assets.db.control.told import record_checks
from denorm_assets.db.health.checks import OF_ROWS, run_checks
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.introspection.describe import describe
from denorm_assets.errors import DefinitionError, RowsHidden
from denorm_assets.model.check_result import CheckResult


@click.command(context_settings=OWN_OPTIONS)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[SYSTEM[/MODEL]] [--COLUMN VALUE]...")
@common_options
@click.pass_context
def check(context: click.Context, words: Sequence[str], systems: str | None, as_json: bool) -> None:
    """Run the checks.

    Exits with 1 if one fails. An option named like a key column narrows them: `check topics/entry_topics --topic 1`.
    What was found in all rows of a read model is recorded, and Dagster shows it.
    """
    target, values = split_words(words)
    chosen = [(system, model, key_columns(model, values)) for system, model in chosen_models(systems, target)]
    results: list[CheckResult] = []
    one_by_one = OneByOne(len(chosen))
    with open_database() as database:
        for system, model, narrow in chosen:
            with one_by_one.each(), database.session(system.schema) as session:
                registered = registration(session, system, model)
                try:
                    found = run_checks(session, describe(session, system, model), registered, narrow)
                    if not narrow:
                        record_checks(session, registered.model_id, [each for each in found if each.name in OF_ROWS])
                except (DefinitionError, RowsHidden):
                    # It fitted once: this check tells what became of the sources since.
                    capture = model_capture(session, system, model)
                    found = [kept_fresh(session, f"{system.name}/{model.name}", registered, capture)]
                    if all(row["fault"] == UNREADABLE for row in found[0].rows):
                        raise
                results += [turn_off_if_wrong(session, system, result) for result in found]
    one_by_one.raise_shared()
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        print_rows(
            [
                {"model": r.model, "check": r.name, "passed": "passed" if r.passed else "FAILED", "result": r.summary}
                for r in results
            ],
            as_json=False,
        )
        for result in results:
            if not result.passed and result.rows:
                print_rows(result.rows, as_json=False, title=f"{result.model} {result.name}")
    one_by_one.tell()
    if not all(result.passed for result in results):
        context.exit(1)
