"""`plan` and `apply`."""

from __future__ import annotations

import click

from denorm_assets.cli.output import print_json, print_rows
from denorm_assets.cli.selection import chosen_models, chosen_settings, chosen_system, common_options, open_database
from denorm_assets.db.plan_text import backfill_text
from denorm_assets.db.planning import Stage
from denorm_assets.db.render import show
from denorm_assets.db.schema_work import apply_system, plan_system
from denorm_assets.systems.selection import load_systems


@click.command()
@click.argument("system", required=False)
@click.option("--sql", is_flag=True, help="Print every statement, those of backfill and comparison included.")
@common_options
def plan(system: str | None, sql: bool, systems: str | None, as_json: bool) -> None:
    """Show what would be created or changed, and with which locks. Changes nothing."""
    rows: list[dict[str, object]] = []
    texts: list[str] = []
    loaded = load_systems(chosen_settings(systems).systems)
    with open_database() as database:
        for chosen in [chosen_system(loaded, system)] if system else loaded:
            for step in plan_system(database, chosen):
                rows.append(
                    {
                        "system": chosen.name,
                        "kind": step.kind,
                        "name": step.name,
                        "action": step.action,
                        "when": step.stage.value,
                        "locks": step.lock,
                        **({"sql": [show(statement) for statement in step.statements]} if sql and as_json else {}),
                    }
                )
                if step.action != "keep":
                    texts += [f"-- {step.action} {step.kind} {step.name}, {step.stage.value}"]
                    texts += [f"{show(statement)};" for statement in step.statements]
            if sql:
                texts += [backfill_text(database, chosen, model) for model in chosen.read_models]
    if as_json:
        print_json(rows)
    elif sql:
        click.echo("\n".join(texts))
    else:
        print_rows(rows, as_json=False)
        todo = [row for row in rows if row["action"] != "keep"]
        later = sum(row["when"] == Stage.AFTER_LOAD.value for row in todo)
        click.echo(
            f"{len(todo) - later} steps for `denorm-assets apply`, {later} after the backfill."
            if todo
            else "Nothing to do."
        )


@click.command()
@click.argument("target", required=False, metavar="[SYSTEM]")
@common_options
def apply(target: str | None, systems: str | None, as_json: bool) -> None:
    """Do what `plan` shows: tables now; indexes and foreign keys where everything is loaded."""
    rows: list[dict[str, object]] = []
    with open_database() as database:
        for system in dict.fromkeys(system for system, _ in chosen_models(systems, target)):
            for step in apply_system(database, system, lambda line: click.echo(line, err=True)):
                rows.append({"system": system.name, "kind": step.kind, "name": step.name, "action": step.action})
    print_rows(rows, as_json=as_json)
