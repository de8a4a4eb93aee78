"""`status`: read models at a glance, the objects behind them, and how they fare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from denorm_assets.cli.shared.caches import cache_rows, chosen_caches, print_caches
from denorm_assets.cli.shared.output import print_json, print_rows, show_bytes
from denorm_assets.cli.shared.targets import chosen_models, chosen_systems, common_options, open_database
from denorm_assets.db.apply.catalog_drift import system_objects
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.health.status import ModelStatus, model_status
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import System


@click.command()
@click.argument("target", required=False, metavar="[SYSTEM[/MODEL]]")
@click.option("--objects", is_flag=True, help="Show the objects that are not as we made them (with --json, all).")
@click.option("--health", is_flag=True, help="Show health: queue, refreshes, memory, indexes, dead rows.")
@common_options
def status(target: str | None, objects: bool, health: bool, systems: str | None, as_json: bool) -> None:
    """Show where read models and caches stand."""
    if objects and health:
        raise click.UsageError("--objects or --health, one at a time")
    if objects or health:
        chosen = chosen_systems(systems, (target or "").partition("/")[0] or None)
        (_show_objects if objects else _show_health)(chosen, as_json=as_json)
        return
    with open_database() as database:
        caches = cache_rows(database, chosen_caches(systems, target))
        models = [] if "/" in (target or "") and caches else chosen_models(systems, target)
        found = [model_status(database, system, model) for system, model in models]
    rows = [status_row(each, as_json=as_json) for each in found]
    if as_json:
        print_json([*rows, *caches])
        return
    print_rows(rows, as_json=False)
    for each in found:
        if each.refresh is not None:
            click.echo(f"{each.name}: {each.refresh}")
    print_caches(caches)


def status_row(found: ModelStatus, *, as_json: bool) -> dict[str, object]:
    """A read model's status: every figure by itself as JSON, what belongs together in one column otherwise."""
    if as_json:
        figures = asdict(found)
        return {"model": figures.pop("name"), **figures}
    return {
        "model": found.name,
        "state": found.state
        + (" (outdated)" if found.outdated else "")
        + (" (paused)" if found.paused else "")
        + (f" ({found.quarantined:,} in quarantine)" if found.quarantined else "")
        + (" (log full)" if found.unlogged else ""),
        "ranges done": f"{found.ranges_done:,} of {found.ranges:,}" if found.ranges else "",
        "rows": found.rows,
        "size": show_bytes(found.size),
        "pending": found.pending,
        "lag": f"{found.lag:.1f} s" if found.pending else "",
        "last refresh": "" if found.last_refresh_ms is None else f"{found.last_refresh_ms:,.0f} ms",
        "working": ", ".join(found.holders),
        "held up by": found.held_up_by or "",
    }


def _show_objects(systems: Sequence[System], *, as_json: bool) -> None:
    rows: list[dict[str, str]] = []
    with open_database() as database:
        for system in systems:
            with database.session(system.schema) as session:
                found = system_objects(session, system)
            for each in found:
                row = {"system": system.name, "object": each.kind, "name": each.name, "state": each.state}
                rows.append({**row, "what to do": "" if each.state == "installed" else each.remedy})
    if as_json:
        print_json(rows)
        return
    differing = [row for row in rows if row["state"] != "installed"]
    if differing:
        print_rows(differing, as_json=False)
    click.echo(f"{len(rows) - len(differing)} of {len(rows)} objects are installed as they were made.")


def _show_health(systems: Sequence[System], *, as_json: bool) -> None:
    results: list[CheckResult] = []
    with open_database() as database:
        for system in systems:
            with database.session(system.schema) as session:
                results += monitor(session, system)
    if as_json:
        print_json([asdict(result) for result in results])
        return
    words = {True: "passed", False: "FAILED"}
    print_rows(
        [
            {
                "system": result.model.partition("/")[0],
                "check": result.name,
                "passed": "WARNING" if result.warning_only and not result.passed else words[result.passed],
                "result": result.summary,
            }
            for result in results
        ],
        as_json=False,
    )
    for result in results:
        if not result.passed:
            print_rows(result.rows, as_json=False, title=f"{result.model} {result.name}")
