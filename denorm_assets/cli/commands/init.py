"""`init`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from denorm_assets.cli.scaffold.package import Package, package_files
from denorm_assets.cli.scaffold.package_name import package_name
from denorm_assets.cli.scaffold.write_files import require_absent, write_files
from denorm_assets.cli.shared.explanations import explanation_row, print_explanations
from denorm_assets.cli.shared.output import print_json, show_bytes
from denorm_assets.cli.shared.targets import open_database
from denorm_assets.db.scaffold.propose import Scaffold, propose
from denorm_assets.db.scaffold.survey import Survey
from denorm_assets.settings import load_settings


@click.command()
@click.option("--name", metavar="PACKAGE", help="Name of the package. Default: from that of the present folder.")
@click.option(
    "--from-view",
    "from_views",
    metavar="VIEW",
    multiple=True,
    help="Propose only a read model in place of this view or materialized view. Can be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def init(name: str | None, from_views: tuple[str, ...], as_json: bool) -> None:
    """Write read models for a database.

    Looks at the database named by DENORM_DATABASE_URL, and changes nothing there; any role that may read the tables and
    create temporary objects will do. Proposes a read model in place of each materialized view, and comments out those
    in place of counts that triggers keep and for the heaviest statements of pg_stat_statements. Where there is none, it
    proposes counts for a few foreign keys. All that it writes passes `plan`. No file is overwritten.
    """
    folder = Path.cwd()
    package = package_name(name, folder)
    # What is there already is told before the database is looked at.
    require_absent(folder, [f"{package}/__init__.py"])
    with open_database() as database:
        found = propose(database, package, from_views)
    files = package_files(package, found.systems, found.proposals)
    kept = [each for each in files.project if os.path.lexists(folder / each)]
    written = {**files.own, **{each: text for each, text in files.project.items() if each not in kept}}
    write_files(folder, written)
    if as_json:
        print_json(_as_json(found, files, list(written), kept))
    else:
        _print(found, files, list(written), kept)


def _print(found: Scaffold, files: Package, written: Sequence[str], kept: Sequence[str]) -> None:
    click.echo(f"{_sentence(found.survey)}\n")
    print_explanations(found.explanations)
    for proposal in found.proposals:
        if not proposal.active:
            click.echo(f"{proposal.model.name} is declared, and commented out. {proposal.origin[0]}")
    for what, why in found.rejected:
        click.echo(f"No read model for {what}: {why}.")
    if not found.proposals:
        click.echo("No read model is proposed. The declaration says where to write the first one.")
    click.echo("\nWritten:")
    for name in written:
        click.echo(f"  {name}")
    for name in kept:
        wanted = files.wanted.get(name)
        click.echo(f"{name} is there already and was left as it is{'. Add to it:' if wanted else ''}")
        if wanted:
            click.echo(wanted)
    click.echo("\nNext:")
    # What is chosen already stays chosen.
    systems = ",".join(dict.fromkeys([*load_settings().systems, *files.references.split(",")]))
    for command in [f"export DENORM_SYSTEMS={systems}", *_next(found)]:
        click.echo(f"  {command}")
    click.echo("To use a role with few rights, run what `denorm-assets roles` prints before `denorm-assets apply`.")


def _next(found: Scaffold) -> list[str]:
    backfills = [f"denorm-assets backfill {system.name}" for system in found.systems.values()]
    return ["denorm-assets plan", "denorm-assets apply", *backfills]


def _sentence(survey: Survey) -> str:
    views = sum(view.materialized for view in survey.views)
    counted = [
        _several(len(survey.tables), "table"),
        _several(len(survey.foreign_keys), "foreign key"),
        _several(views, "materialized view"),
        _several(len(survey.triggers), "trigger"),
    ]
    said = f"Found {', '.join(counted)}."
    if survey.tables:
        largest = survey.tables[0]
        said += f" The largest table is {largest.name}: about {largest.rows:,} rows, {show_bytes(largest.bytes)}."
    return f"{said}\nStatements: {survey.statements_missing}." if survey.statements_missing else said


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _as_json(found: Scaffold, files: Package, written: Sequence[str], kept: Sequence[str]) -> dict[str, object]:
    return {
        "systems": files.references,
        "read_models": [
            {
                "name": each.model.name,
                "schema": each.schema,
                "key": each.model.key,
                "active": each.active,
                "origin": each.origin,
            }
            for each in found.proposals
        ],
        "explanations": [explanation_row(each) for each in found.explanations],
        "rejected": [{"what": what, "why": why} for what, why in found.rejected],
        "written": written,
        "kept": kept,
        "next": _next(found),
    }
