"""`verify`."""

from __future__ import annotations

from dataclasses import asdict

import click

from denorm_assets.cli.shared.output import print_json, print_rows
from denorm_assets.cli.shared.targets import chosen_systems, common_options, open_database
from denorm_assets.db.table_changes.verify import changes_schema
from denorm_assets.db.table_changes.verify import verify as verify_schema
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.check_result import CheckResult


@click.command()
@click.argument("system")
@common_options
@click.pass_context
def verify(context: click.Context, system: str, systems: str | None, as_json: bool) -> None:
    """Verify a schema that phases changed.

    Five verifications: types of identifiers, soft deletes, indexes, foreign keys, and rows that refer to nothing. Exits
    with 1 if one fails.
    """
    [chosen] = chosen_systems(systems, system)
    if not changes_schema(chosen):
        raise ConfigurationError(f"the system {system} changes no table of the application; see `denorm-assets check`")
    with open_database() as database, database.session(chosen.schema) as session:
        results: list[CheckResult] = verify_schema(session, chosen)
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        print_rows(
            [{"verified": r.name, "outcome": "passed" if r.passed else "FAILED", "result": r.summary} for r in results],
            as_json=False,
        )
        for result in results:
            if result.rows:
                print_rows(result.rows, as_json=False, title=result.name)
    if not all(result.passed for result in results):
        context.exit(1)
