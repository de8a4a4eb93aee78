"""`audit`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import click

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.targets import chosen_models, common_options, open_database
from denorm_assets.db.control.audit_log import audited_rows


@click.command()
@click.argument("target", required=False, metavar="[SYSTEM[/MODEL]]")
@click.option("--days", type=click.IntRange(min=1), default=7, show_default=True, help="How far to look back.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Rows per read model at most.")
@common_options
def audit(target: str | None, days: int, limit: int, systems: str | None, as_json: bool) -> None:
    """Show which rows were repaired.

    When and why, newest first, as they were before and after.
    """
    rows: list[dict[str, object]] = []
    with open_database() as database:
        for system, model in chosen_models(systems, target):
            with database.session(system.schema) as session:
                rows += audited_rows(session, system, model, at_most=limit, days=days)
    if as_json or not rows:
        print_rows(rows, as_json=as_json, empty=f"nothing was repaired within {days} days")
        return
    for (model, cause), repaired in groupby(rows, key=lambda row: (row["model"], row["cause"])):
        print_rows([_audit_row(row) for row in repaired], as_json=False, title=f"{model}. Likely cause: {cause}")


def _audit_row(row: Mapping[str, Any]) -> dict[str, object]:
    """A repaired row for people: the key by itself, and of an altered row only the columns that were altered."""
    key: dict[str, Any] = row["key"] or {}
    before: dict[str, Any] = row["before"] or {}
    after: dict[str, Any] = row["after"] or {}
    altered = [name for name in {**before, **after} if name not in key and before.get(name) != after.get(name)]
    return {
        "repaired_at": f"{row['repaired_at']:%Y-%m-%d %H:%M:%S}",
        "key": _image(key),
        "before": _image({name: before[name] for name in altered if name in before}) or ("there" if before else ""),
        "after": _image({name: after[name] for name in altered if name in after}) or ("there" if after else ""),
    }


def _image(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
