"""`plan` and `apply`."""

from __future__ import annotations

import click

from denorm_assets.cli.output import print_json, print_rows
from denorm_assets.cli.selection import chosen_systems, common_options, open_database
from denorm_assets.db.plan_text import backfill_text
from denorm_assets.db.planning import Stage
from denorm_assets.db.render import show
from denorm_assets.db.schema_work import apply_system, plan_system
from denorm_assets.model.system import System


@click.command()
@click.argument("system", required=False)
@click.option("--sql", is_flag=True, help="Print every statement, those of backfill and comparison included.")
@common_options
def plan(system: str | None, sql: bool, systems: str | None, as_json: bool) -> None:
    """Show what `apply` would do.

    Shows what would be created or changed, when, and with which locks. Changes nothing.
    """
    rows: list[dict[str, object]] = []
    statements: list[list[str]] = []
    with open_database() as database:
        for chosen in chosen_systems(systems, system):
            for step in plan_system(database, chosen):
                rows.append(_plan_row(chosen, step.kind, step.name, step.action, step.stage.value, step.lock))
                statements.append([f"{show(part)};" for part in step.statements] if step.action != "keep" else [])
            for model in chosen.read_models if sql else ():
                rows.append(_plan_row(chosen, "backfill", f"{chosen.name}/{model.name}", "run", "on demand", ""))
                statements.append([backfill_text(database, chosen, model)])
    if as_json:
        print_json([{**row, "sql": texts} for row, texts in zip(rows, statements, strict=True)] if sql else rows)
    elif sql:
        for row, texts in zip(rows, statements, strict=True):
            if texts:
                click.echo("\n".join((f"-- {row['action']} {row['kind']} {row['name']}, {row['when']}", *texts, "")))
    else:
        print_rows(rows, as_json=False)
        todo = [row for row in rows if row["action"] != "keep"]
        later = sum(row["when"] == Stage.AFTER_LOAD.value for row in todo)
        click.echo(
            f"{len(todo) - later} steps for `denorm-assets apply`, {later} after the backfill."
            if todo
            else "Nothing to do."
        )


def _plan_row(system: System, kind: str, name: str, action: str, when: str, locks: str) -> dict[str, object]:
    return {"system": system.name, "kind": kind, "name": name, "action": action, "when": when, "locks": locks}


@click.command()
@click.argument("system", required=False)
@common_options
def apply(system: str | None, systems: str | None, as_json: bool) -> None:
    """Do what `plan` shows.

    Creates tables now, indexes and foreign keys where everything is loaded. Done twice, it does nothing.
    """
    rows: list[dict[str, object]] = []
    with open_database() as database:
        for chosen in chosen_systems(systems, system):
            for step in apply_system(database, chosen, lambda line: click.echo(line, err=True)):
                rows.append({"system": chosen.name, "kind": step.kind, "name": step.name, "action": step.action})
    print_rows(rows, as_json=as_json)
