"""A check of each index of a phase, all of them answered together."""

import re
from collections.abc import Iterator

import dagster as dg

from denorm_assets.db.phase_indexes import each_phase_index
from denorm_assets.definitions.checks import asset_check_result
from denorm_assets.definitions.database import TargetDatabase
from denorm_assets.definitions.failures import shown_as_failure
from denorm_assets.definitions.names import phase_key
from denorm_assets.model.system import Phase, System

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_]")


def index_checks(system: System, phase: Phase) -> dg.AssetChecksDefinition:
    """A check called after each index, for a phase that has some."""
    key = phase_key(system, phase.name)
    names = {found.name: _NOT_ALLOWED.sub("_", found.name) for found in phase.indexes}

    @dg.multi_asset_check(
        name=f"{system.name}_{phase.name}_each_index",
        specs=[
            dg.AssetCheckSpec(
                names[found.name],
                asset=key,
                description=f"The index on {found.table} for the query {found.query} exists, is valid and as declared.",
            )
            for found in phase.indexes
        ],
    )
    def check_each(context: dg.AssetCheckExecutionContext, database: TargetDatabase) -> Iterator[dg.AssetCheckResult]:
        with shown_as_failure(context), database.open() as target, target.session(system.schema) as session:
            results = each_phase_index(session, system, phase)
        for result in results:
            yield asset_check_result(result)._replace(asset_key=key, check_name=names[result.name])

    return check_each
