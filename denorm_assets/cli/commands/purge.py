"""`purge`."""

from __future__ import annotations

import click

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.table_changes.soft_deletes.purge import PurgeOptions
from denorm_assets.db.table_changes.soft_deletes.purge import purge as delete_marked


@click.command()
@click.argument("system")
@click.option(
    "--older-than-days",
    type=click.IntRange(min=0),
    help="Purge what was deleted so many days ago. Default: what the declaration keeps (`keep_days`).",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Time limit; the next purge resumes. Default: none.",
)
@click.option("--dry-run", is_flag=True, help="Count what would be purged at most; delete nothing.")
@common_options
def purge(
    system: str, older_than_days: int | None, minutes: float | None, dry_run: bool, systems: str | None, as_json: bool
) -> None:
    """Delete for good what was deleted long ago.

    Rows that are marked as deleted go, those that refer to others first. One that anything still refers to is kept, and
    counted: purge never cascades. Rows that somebody holds are left for the next purge.
    """
    [chosen] = chosen_systems(systems, system)
    options = PurgeOptions(older_than_days, minutes, dry_run)
    with open_database() as database:
        done = delete_marked(database, chosen, options)
    print_rows(
        [
            {
                "table": each.table,
                "would_purge" if dry_run else "purged": each.rows,
                "kept_for_living": each.kept_for_living,
                "kept_for_kept": each.kept_for_kept,
                "finished": each.finished,
            }
            for each in done
        ],
        as_json=as_json,
    )
