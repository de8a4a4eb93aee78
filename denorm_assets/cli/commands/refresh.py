"""`refresh`."""

from __future__ import annotations

import click

from denorm_assets.cli.shared.one_at_a_time import OneByOne
from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.targets import chosen_models, common_options, open_database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.refresh_order import in_refresh_order


@click.command()
@click.argument("target", required=False, metavar="[SYSTEM[/MODEL]]")
@common_options
def refresh(target: str | None, systems: str | None, as_json: bool) -> None:
    """Refresh read models now.

    Does not wait for changes to become quiet. What has no ID ranges is refreshed as a whole.
    """
    rows: list[dict[str, object]] = []
    with open_database() as database:
        chosen = in_refresh_order(database, chosen_models(systems, target))
        one_by_one = OneByOne(len(chosen))
        for system, model in chosen:
            with one_by_one.each():
                done = refresh_now(database, system, model)
                rows.append(
                    {
                        "model": f"{system.name}/{model.name}",
                        "anchors": "everything" if done.anchors is None else done.anchors,
                        "rows_written": done.rows_written,
                        "rows_removed": done.rows_removed,
                        "quarantined": done.quarantined,
                    }
                )
    one_by_one.raise_shared()
    print_rows(rows, as_json=as_json)
    one_by_one.tell()
