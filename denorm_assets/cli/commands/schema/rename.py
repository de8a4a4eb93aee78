"""`rename`."""

from __future__ import annotations

import click

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.step_text import print_steps, sql_of
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.apply.renaming.rename import plan_rename
from denorm_assets.db.apply.renaming.rename import rename as give_names
from denorm_assets.errors import ConfigurationError


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="OLD NEW [OLD NEW]...")
@click.option("--dry-run", is_flag=True, help="Show what would be renamed; change nothing.")
@click.option("--sql", is_flag=True, help="Print every statement that would run; change nothing.")
@common_options
def rename(names: tuple[str, ...], dry_run: bool, sql: bool, systems: str | None, as_json: bool) -> None:
    """Rename read models, or move them elsewhere.

    Edit the declaration first: NEW is declared, OLD no longer is. Both are SYSTEM/MODEL, or both a system, which moves
    all of its read models. No row is loaded again: tables, indexes, ranges, pending changes and history are kept, and
    readers of these read models follow. One transaction, with short locks.
    """
    if len(names) % 2:
        raise ConfigurationError(f"expected OLD NEW, got {len(names)} names: {' '.join(names)}")
    pairs = list(zip(names[::2], names[1::2], strict=True))
    declared = chosen_systems(systems, None)
    with open_database() as database:
        shown = dry_run or sql
        steps = plan_rename(database, declared, pairs) if shown else give_names(database, declared, pairs)
    if sql and steps and not as_json:
        print_steps(steps)
        return
    rows = [
        {"kind": step.kind, "name": step.name, "action": step.action}
        | ({"locks": step.lock} if shown else {})
        | ({"sql": sql_of(step)} if sql else {})
        for step in steps
    ]
    print_rows(rows, as_json=as_json, empty="nothing to rename")
