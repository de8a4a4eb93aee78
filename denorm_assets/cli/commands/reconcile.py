"""`reconcile`, and `audit` of what it repaired."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from itertools import groupby
from typing import Any

import click

from denorm_assets.cli.shared.caches import chosen_caches, reconcile_caches
from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.targets import chosen_models, common_options, open_database
from denorm_assets.db.control.audit_log import audited_rows
from denorm_assets.db.reconcile.reconcile import longest_ago_first, reconcile_model
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions


@click.command()
@click.argument("target", required=False, metavar="[SYSTEM[/MODEL]]")
@click.option("--detect/--repair", default=True, help="Only report what differs (the default), or make it right too.")
@click.option("--from-id", help="First ID of the driving table to compare. Default: the first one.")
@click.option("--to-id", help="Last ID to compare, inclusive. Default: the last one.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Time limit; the next run resumes. Default: none.",
)
@click.option(
    "--max-active",
    type=click.IntRange(min=1),
    help="Wait while more sessions than this are active in the database. Default: do not wait.",
)
@click.option(
    "--max-rows",
    type=click.IntRange(min=0),
    default=ReconcileOptions.most_rows,
    show_default=True,
    help="Stop repairing after this many differing rows.",
)
@click.option(
    "--max-share",
    type=click.FloatRange(min=0, max=1),
    default=ReconcileOptions.most_share,
    show_default=True,
    help="Stop repairing once a larger share of the rows differs, 0 to 1 (up to 100 rows are always repaired).",
)
@common_options
@click.pass_context
def reconcile(
    context: click.Context,
    target: str | None,
    detect: bool,
    from_id: str | None,
    to_id: str | None,
    minutes: float | None,
    max_active: int | None,
    max_rows: int,
    max_share: float,
    systems: str | None,
    as_json: bool,
) -> None:
    """Find what drifted, and repair it.

    Compares read models with their definitions. Rows that pending changes explain count as right, and every repaired
    row is written down: see `audit`. Caches are compared whole, whatever the options say, and what they hold wrong is
    deleted. Exits with 1 if something is still wrong afterwards.
    """
    options = ReconcileOptions(not detect, from_id, to_id, minutes, max_rows, max_share, max_active)
    deadline = None if minutes is None else time.monotonic() + minutes * 60
    results: list[Reconciled] = []
    with open_database() as database:
        caches = chosen_caches(systems, target)
        models = [] if "/" in (target or "") and caches else chosen_models(systems, target)
        one_by_one = OneByOne(len(models))
        for system, model in longest_ago_first(database, models):
            with one_by_one.each():
                results.append(reconcile_model(database, system, model, options, deadline))
        one_by_one.raise_shared()
        held = list(reconcile_caches(database, caches, repair=options.repair))
    if as_json:
        found_models = [{**asdict(r), "passed": r.passed, "summary": r.summary} for r in results]
        print_json([*found_models, *(asdict(result) for result in held)])
    else:
        if results or not held:
            print_rows([_row(result) for result in results], as_json=False)
        for result in results:
            if result.rows:
                print_rows(result.rows, as_json=False, title=result.model)
        for result in held:
            click.echo(f"{result.model}: {result.summary}")
            if result.rows:
                print_rows(result.rows, as_json=False, title=result.model)
    one_by_one.tell()
    if not all(result.passed or result.warning_only for result in held) or not all(
        result.passed or result.nothing_known for result in results
    ):
        context.exit(1)


def _row(result: Reconciled) -> dict[str, object]:
    return {
        "model": result.model,
        "outcome": "undetermined" if result.nothing_known else "passed" if result.passed else "FAILED",
        "segments": f"{result.segments:,} of {result.all_segments:,}",
        "pending": result.left_out,
        "differing": result.differing,
        "repaired": result.repaired,
        "result": result.summary,
    }


@click.command()
@click.argument("target", required=False, metavar="[SYSTEM[/MODEL]]")
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="How far to look back.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Rows per read model at most.")
@common_options
def audit(target: str | None, days: int, limit: int, systems: str | None, as_json: bool) -> None:
    """Show which rows were repaired.

    When and why, newest first, as they were before and after.
    """
    rows: list[dict[str, object]] = []
    with open_database() as database:
        for system, model in chosen_models(systems, target):
            with database.session(system.schema) as session:
                rows += audited_rows(session, system, model, at_most=limit, days=days)
    if as_json or not rows:
        print_rows(rows, as_json=as_json, empty=f"nothing was repaired within {days} days")
        return
    for (model, cause), repaired in groupby(rows, key=lambda row: (row["model"], row["cause"])):
        print_rows([_audit_row(row) for row in repaired], as_json=False, title=f"{model}. Likely cause: {cause}")


def _audit_row(row: Mapping[str, Any]) -> dict[str, object]:
    """A repaired row for people: the key by itself, and of an altered row only the columns that were altered."""
    key: dict[str, Any] = row["key"] or {}
    before: dict[str, Any] = row["before"] or {}
    after: dict[str, Any] = row["after"] or {}
    altered = [name for name in {**before, **after} if name not in key and before.get(name) != after.get(name)]
    return {
        "repaired_at": f"{row['repaired_at']:%Y-%m-%d %H:%M:%S}",
        "key": _image(key),
        "before": _image({name: before[name] for name in altered if name in before}) or ("there" if before else ""),
        "after": _image({name: after[name] for name in altered if name in after}) or ("there" if after else ""),
    }


def _image(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
