"""`flag`: for whom the application reads the read models."""

from __future__ import annotations

import click

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.control.feature_flags import read_flag, set_flag


@click.command()
@click.argument("system", required=False)
@click.option("--percentage", type=click.IntRange(0, 100), help="Share of users to turn it on for; 0 turns it off.")
@click.option("--reason", default="set by hand", show_default=True, help="Reason, stored with the flag.")
@common_options
def flag(system: str | None, percentage: int | None, reason: str, systems: str | None, as_json: bool) -> None:
    """Show or set a flag.

    Without --percentage it shows how the flags stand. The same users stay in as the percentage grows.
    """
    if percentage is not None and system is None:
        raise click.UsageError("name the system whose flag is to be set: flag SYSTEM --percentage N")
    rows: list[dict[str, object]] = []
    with open_database() as database:
        for chosen in chosen_systems(systems, system):
            if chosen.cutover is None and system is None:
                continue
            with database.session(chosen.schema) as session:
                found = read_flag(session, chosen)
                if percentage is not None:
                    found = set_flag(session, chosen, percentage, reason)
            since = "" if found.changed_at is None else f"{found.changed_at:%Y-%m-%d %H:%M:%S} UTC"
            rows.append(
                {
                    "flag": found.name,
                    "system": found.system,
                    "percentage": found.percentage,
                    "since": since,
                    "reason": found.reason,
                }
            )
    print_rows(rows, as_json=as_json)
