"""`explain` and `try`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import click

from denorm_assets.cli.shared.explanations import explanation_row, print_trees
from denorm_assets.cli.shared.output import print_json
from denorm_assets.cli.shared.targets import chosen_models, common_options, open_database
from denorm_assets.db.apply.explain_models import ModelExplanation, explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.model.location import Location
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System


@click.command()
@click.argument("target", metavar="[SYSTEM[/MODEL]]", required=False)
@common_options
def explain(target: str | None, systems: str | None, as_json: bool) -> None:
    """Explain how read models are kept fresh.

    Shows for each source whether a change recomputes only the rows that it affects, and how these are found, or all
    rows, and why; and the indexes that this lacks. Of a read model that is refused, the reason and the remedy. Changes
    nothing.
    """
    chosen = [
        (system, [model for _, model in models])
        for system, models in groupby(chosen_models(systems, target), key=itemgetter(0))
    ]
    found: list[ModelExplanation] = []
    refused: list[str] = []
    with open_database() as database:
        for system, models in chosen:
            planned = plan_system(database, system)
            wanted = {f"{system.name}/{model.name}" for model in models}
            found += [each for each in explain_system(database, planned.readable(system)) if each.read_model in wanted]
            tables = {f"{system.schema}.{model.name}" for model in models}
            refused += [step.why for step in planned.steps if step.action == "refused" and step.name in tables]
    _show(found, as_json=as_json)
    for why in refused:
        click.echo(f"Error: {why}", err=True)
    if refused:
        sys.exit(1)


@click.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", required=True, metavar="COLUMN,...", help="The output columns that identify a row.")
@click.option("--schema", default="public", show_default=True, help="Where tables without a schema are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def try_definition(file: Path, key: str, schema: str, as_json: bool) -> None:
    """Explain how a SELECT would be kept fresh.

    FILE belongs to no system yet. The database is the one named by DENORM_DATABASE_URL; any role that may read the
    tables and create temporary objects will do. Says what `explain` says of a read model. Changes nothing.
    """
    columns = tuple(column.strip() for column in key.split(","))
    model = ReadModel(file.stem, SqlFile(file), columns, location=Location(file, 1))
    with open_database() as database:
        _show(explain_system(database, System("try", schema, (Phase("try", read_models=(model,)),))), as_json=as_json)


def _show(found: Sequence[ModelExplanation], *, as_json: bool) -> None:
    if as_json:
        print_json([explanation_row(each) for each in found])
    else:
        print_trees(found)
