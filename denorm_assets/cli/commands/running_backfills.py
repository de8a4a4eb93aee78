"""`pause`, `resume` and `cancel`, for backfills wherever they run."""

from __future__ import annotations

import click

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.targets import chosen_models, common_options, open_database
from denorm_assets.db.control.backfill_requests import request


def _request_command(what: str, description: str) -> click.Command:
    @click.command(what, help=description)
    @click.argument("target", metavar="SYSTEM[/MODEL]")
    @common_options
    def command(target: str, systems: str | None, as_json: bool) -> None:
        with open_database() as database:
            chosen = chosen_models(systems, target)
            for system, model in chosen:
                request(database, system, model, what)
        print_rows(
            [{"model": f"{system.name}/{model.name}", "asked to": what} for system, model in chosen], as_json=as_json
        )

    return command


pause = _request_command(
    "pause", "Make running backfills wait.\n\nThey stop after their present batch, wherever they run."
)
resume = _request_command("resume", "Let paused backfills go on.")
cancel = _request_command(
    "cancel", "Stop running backfills.\n\nThey end after their present batch; committed batches stay."
)
