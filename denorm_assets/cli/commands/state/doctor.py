"""`doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_as
from denorm_assets.db.doctor.examine import Examination, examine
from denorm_assets.db.doctor.finding import Fix
from denorm_assets.db.doctor.patient import BoundedDatabase


@click.command()
@click.argument("system", required=False)
@common_options
@click.pass_context
def doctor(context: click.Context, system: str | None, systems: str | None, as_json: bool) -> None:
    """Find what is wrong, and what fixes it.

    Looks at the server, its settings, poolers, privileges, replication, transactions, disk, the worker and the read
    models. Exits with 1 if something needs doing. Changes nothing, and says what our role could not see.
    """
    with open_as(BoundedDatabase) as database:
        found = examine(database, chosen_systems(systems, system))
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)
    if not found.healthy:
        context.exit(1)


def _as_json(found: Examination) -> dict[str, object]:
    return {
        "healthy": found.healthy,
        "troubles": [
            {
                "name": each.name,
                "trouble": each.what,
                "where": each.where,
                "fix": _steps(each.fix),
                "needs_doing": each.needs_doing,
            }
            for each in found.troubles
        ],
        "unseen": [{"what": each.what, "why": each.why, "fix": _steps(each.fix)} for each in found.unseen],
    }


def _steps(fix: Fix) -> list[dict[str, str]]:
    return [asdict(step) for step in fix.steps]


def _print(found: Examination) -> None:
    if found.troubles:
        rows = [
            {
                "trouble": each.what + ("" if each.needs_doing else " (for information)"),
                "where": each.where,
                "fix": str(each.fix),
            }
            for each in found.troubles
        ]
        print_rows(rows, as_json=False)
    needing = sum(each.needs_doing for each in found.troubles)
    click.echo(f"{needing} {'trouble' if needing == 1 else 'troubles'} to fix." if needing else "No trouble found.")
    if found.unseen:
        unseen = [
            {"not looked at": each.what, "why": each.why, "to look at it": str(each.fix)} for each in found.unseen
        ]
        print_rows(unseen, as_json=False)
