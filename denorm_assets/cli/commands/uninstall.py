"""`uninstall`."""

from __future__ import annotations

import sys

import click

from denorm_assets.cli.shared.caches import cached_key_count
from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.step_text import print_steps, sql_of
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.apply.uninstall import plan_uninstall
from denorm_assets.db.apply.uninstall import uninstall as remove
from denorm_assets.model.system import System
from denorm_assets.sql.step import Step


@click.command()
@click.argument("system", required=False)
@click.option(
    "--dry-run", is_flag=True, help="Show what would be dropped (with --json, every statement); drop nothing."
)
@click.option("--sql", is_flag=True, help="Print every statement that would run; drop nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def uninstall(system: str | None, dry_run: bool, sql: bool, yes: bool, systems: str | None, as_json: bool) -> None:
    """Drop all that was made, and nothing else.

    Triggers first, then read models, indexes on the application's tables, and what is written down about them. The
    application's own tables and rows are not touched, and its statements never wait long.
    """
    rows: list[dict[str, object]] = []
    with open_database() as database:
        # What reads another system's read models goes first.
        chosen = chosen_systems(systems, system)[::-1]
        planned: dict[str, list[Step]] = {}
        # What may not go yet is an error before anything goes; to show the rest does no harm.
        one_by_one = OneByOne(len(chosen) if dry_run or sql else 1)
        for number, each in enumerate(chosen):
            with one_by_one.each():
                planned[each.name] = plan_uninstall(database, each, chosen[:number])
        one_by_one.raise_shared()
        if sql and not as_json:
            print_steps([step for steps in planned.values() for step in steps])
            one_by_one.tell()
            return
        if dry_run or sql:
            for name, steps in planned.items():
                for step in steps:
                    row: dict[str, object] = {"system": name, "kind": step.kind, "name": step.name, "locks": step.lock}
                    if as_json:
                        row["sql"] = sql_of(step)
                    rows.append(row)
            for each in (each for each in chosen if each.caches and each.name in planned):
                rows.append({**_keys_row(each, cached_key_count(database, each, remove=False)), "locks": ""})
            print_rows(rows, as_json=as_json)
            one_by_one.tell()
            return
        count = sum(len(steps) for steps in planned.values())
        if count and not yes:
            if not sys.stdin.isatty():
                click.echo("There is no terminal to ask at: --yes goes without the question.", err=True)
            click.confirm(f"Drop {count} objects created for {', '.join(planned)}?", abort=True, err=True)
        for each in chosen:
            if planned[each.name] and each.caches:
                # First, because without the control schema nobody would know whose they are.
                rows.append({**_keys_row(each, cached_key_count(database, each, remove=True)), "action": "dropped"})
            for step in remove(database, each):
                rows.append({"system": each.name, "kind": step.kind, "name": step.name, "action": "dropped"})
    print_rows(rows, as_json=as_json)


def _keys_row(system: System, count: int) -> dict[str, object]:
    return {"system": system.name, "kind": "keys in Redis", "name": f"{count:,} keys"}
