"""`abort`."""

from __future__ import annotations

import click

from denorm_assets.cli.output import print_rows
from denorm_assets.cli.selection import chosen_systems, common_options, open_database
from denorm_assets.db.aborting import abort as undo


@click.command()
@click.argument("system", required=False)
@common_options
def abort(system: str | None, systems: str | None, as_json: bool) -> None:
    """Undo what a failed `apply` left half-way.

    Drops what was built beside read models, columns that were added for a version that never came, and invalid
    indexes. Nothing of the application's is touched, and what people read stays as it is.
    """
    rows: list[dict[str, object]] = []
    with open_database() as database:
        for chosen in chosen_systems(systems, system):
            for step in undo(database, chosen, lambda line: click.echo(line, err=True)):
                rows.append({"system": chosen.name, "kind": step.kind, "name": step.name, "action": "dropped"})
    print_rows(rows, as_json=as_json)
    click.echo(
        "To keep the version that is served, put its definition back and run `denorm-assets apply`, which builds the "
        "indexes that are missing; to go on with the new one, correct what failed and run it as well.",
        err=True,
    )
