"""`abort`."""

from __future__ import annotations

import click

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.step_text import print_steps, sql_of
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.apply.abort import abort as undo
from denorm_assets.db.apply.abort import plan_abort
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_work import plan_undo_work, undo_work
from denorm_assets.model.system import System
from denorm_assets.sql.step import Step


@click.command()
@click.argument("system", required=False)
@click.option(
    "--phase", "phase_name", help="Take back what this phase changed in the application's tables, done or not."
)
@click.option("--dry-run", is_flag=True, help="Show what would be undone; change nothing.")
@click.option("--sql", is_flag=True, help="Print every statement that would run; change nothing.")
@common_options
def abort(
    system: str | None, phase_name: str | None, dry_run: bool, sql: bool, systems: str | None, as_json: bool
) -> None:
    """Undo what a failed `apply` left half-way.

    Drops what was built beside read models, columns that were added for a version that never came, and invalid
    indexes. Nothing of the application's is touched, and what people read stays as it is.
    """
    rows: list[dict[str, object]] = []
    with open_database() as database:
        for chosen in chosen_systems(systems, system):
            if dry_run or sql:
                planned = _plan(database, chosen, phase_name)
                if sql and not as_json:
                    print_steps(planned)
                for step in planned:
                    row: dict[str, object] = {"system": chosen.name, "kind": step.kind, "name": step.name}
                    rows.append({**row, "action": step.action, **({"sql": sql_of(step)} if sql else {})})
                continue
            for step in _undo(database, chosen, phase_name):
                action = "dropped" if step.action == "drop" else step.action
                rows.append({"system": chosen.name, "kind": step.kind, "name": step.name, "action": action})
    if sql and rows and not as_json:
        return
    print_rows(rows, as_json=as_json, empty="nothing to undo")
    if rows and phase_name is None and not (dry_run or sql):
        click.echo(
            "To keep the version that is served, put its definition back and run `denorm-assets apply`, which builds "
            "the indexes that are missing; to go on with the new one, correct what failed and run it as well.",
            err=True,
        )


def _plan(database: Database, system: System, phase_name: str | None) -> list[Step]:
    if phase_name is None:
        return plan_abort(database, system)
    return plan_undo_work(database, system, system.phase(phase_name))


def _undo(database: Database, system: System, phase_name: str | None) -> list[Step]:
    if phase_name is None:
        return undo(database, system)
    return undo_work(database, system, system.phase(phase_name))
