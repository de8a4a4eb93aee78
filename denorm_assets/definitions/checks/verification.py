"""The five verifications of a changed schema as one check of the last phase that Dagster starts by itself."""

import dagster as dg

from denorm_assets.db.table_changes.verify import VERIFICATIONS, changes_schema, verify
from denorm_assets.definitions.checks.combined import combined_result
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.names import phase_key
from denorm_assets.model.system import System

SCHEMA = "schema"


def verification_checks(system: System) -> list[dg.AssetChecksDefinition]:
    """The check of the schema; none where no phase changes tables of the application."""
    phases = [phase for phase in system.phases if not phase.by_hand]
    if not changes_schema(system) or not phases:
        return []
    verifications = "\n".join(f"- `{each.name}`: {each.description}" for each in VERIFICATIONS)

    @dg.asset_check(
        asset=phase_key(system, phases[-1].name),
        name=SCHEMA,
        description=f"The five verifications of `denorm-assets verify {system.name}`:\n\n{verifications}",
    )
    def run_check(context: dg.AssetCheckExecutionContext, database: DatabaseResource) -> dg.AssetCheckResult:
        with as_dagster_failure(context), database.open() as target, target.session(system.schema) as session:
            return combined_result(SCHEMA, verify(session, system))

    return [run_check]
