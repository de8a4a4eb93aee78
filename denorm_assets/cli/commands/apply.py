"""`apply`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from denorm_assets.cli.shared.adoption import adopt_option, adopted_models
from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_json
from denorm_assets.cli.shared.step_rows import all_option, changing, print_steps
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.apply.apply import apply_system, create_phase
from denorm_assets.db.control.declarations import require_not_superseded
from denorm_assets.db.plan.consent import Consent
from denorm_assets.db.plan.objects import Step
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import WouldBeLost
from denorm_assets.model.system import System

_LOADED = frozenset({"table", "materialized view"})
_EMPTY = frozenset({"create", "recreate", "adopt"})


@click.command()
@click.argument("system", required=False)
@click.option("--phase", "phase_name", help="Do one phase only; one that cannot be undone is done in no other way.")
@adopt_option
@click.option(
    "--yes",
    "--drop-undeclared",
    "agreed",
    is_flag=True,
    help="Do not ask before dropping what is no longer declared: read models, their rows, columns and indexes.",
)
@click.option("--back", is_flag=True, help="Go back to an earlier declaration, after a later one was applied.")
@all_option
@common_options
def apply(
    system: str | None,
    phase_name: str | None,
    adopt: tuple[str, ...],
    agreed: bool,
    back: bool,
    everything: bool,
    systems: str | None,
    as_json: bool,
) -> None:
    """Do what `plan` shows.

    Creates tables now, indexes and foreign keys where everything is loaded. What people read is rebuilt while they go
    on reading it. What is no longer declared is dropped; where people read it or it holds rows, `apply` asks first, and
    fails without a terminal. Killed, it resumes when you run it again; done twice, it does nothing. `abort` rolls back
    a failed apply.
    """
    rows: list[dict[str, object]] = []
    consent = Consent(adopted_models(systems, adopt), loss=agreed)
    with open_database() as database:
        every = chosen_systems(systems, system)
        one_by_one = OneByOne(len(every))
        for chosen in every:
            with one_by_one.each():
                if not back:
                    with database.session() as session:
                        require_not_superseded(session, chosen)
                for step in _asking(database, chosen, phase_name, consent):
                    rows.append({"system": chosen.name, "kind": step.kind, "name": step.name, "action": step.action})
    one_by_one.raise_shared()
    if as_json:
        print_json(rows)
        one_by_one.tell()
        return
    print_steps(rows, everything=everything)
    backfills = _backfills(changing(rows))
    if backfills:
        click.echo(f"Load the rows next: {', '.join(backfills)}.")
    one_by_one.tell()


def _backfills(rows: Sequence[dict[str, object]]) -> list[str]:
    """The commands that load what these steps created."""
    created = [row for row in rows if row["action"] in _EMPTY and row["kind"] in _LOADED]
    return [f"`denorm-assets backfill {system}`" for system in dict.fromkeys(row["system"] for row in created)]


def _asking(database: Database, system: System, phase_name: str | None, consent: Consent) -> list[Step]:
    """Apply; where something would be lost, ask the person at the terminal, if there is one."""
    try:
        return _apply(database, system, phase_name, consent)
    except WouldBeLost as error:
        if not sys.stdin.isatty():
            raise
        lost = "\n".join(f"  {loss}" for loss in error.losses)
        click.confirm(f"{error.name}: this would be lost:\n{lost}\nDrop it?", abort=True, err=True)
    return _apply(database, system, phase_name, replace(consent, loss=True))


def _apply(database: Database, system: System, phase_name: str | None, consent: Consent) -> list[Step]:
    if phase_name is None:
        return apply_system(database, system, consent)
    return create_phase(database, system, system.phase(phase_name), consent)
