"""`roles`."""

from __future__ import annotations

import textwrap

import click

from denorm_assets.cli.shared.output import print_json
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.introspection.privileges import least_privilege
from denorm_assets.db.postgres.compose import show


@click.command()
@click.argument("system", required=False)
@click.option("--owner", default="denorm_owner", show_default=True, help="Role that makes and keeps the read models.")
@click.option("--reader", default="denorm_reader", show_default=True, help="Role that reads them.")
@common_options
def roles(system: str | None, owner: str, reader: str, systems: str | None, as_json: bool) -> None:
    """Print the SQL of a least-privilege set-up.

    For a superuser to read and run, or for the owner of the database and its tables who may create roles, as whom
    DENORM_DATABASE_URL logs in for this command. Changes nothing. Partitions that are added later need the same grants
    as the others.
    """
    with open_database() as database, database.session() as session:
        grants = least_privilege(session, chosen_systems(systems, system), owner, reader)
    if as_json:
        print_json([{"why": each.why, "sql": show(each.statement) if each.statement else None} for each in grants])
        return
    for each in grants:
        click.echo(textwrap.fill(each.why, 110, initial_indent="-- ", subsequent_indent="-- "))
        click.echo(f"{show(each.statement)};\n" if each.statement else "")
