"""The five verifications of a changed schema as one check of the last phase that Dagster starts by itself."""

import dagster as dg

from denorm_assets.db.table_changes.verify import VERIFICATIONS, changes_schema, verify
from denorm_assets.definitions.checks.combined import combined_result
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import Names
from denorm_assets.model.system import System

SCHEMA = "schema"


def verification_checks(names: Names, system: System) -> list[dg.AssetChecksDefinition]:
    """The check of the schema; none where no phase changes tables of the application."""
    phases = [phase for phase in system.phases if not phase.by_hand]
    if not changes_schema(system) or not phases:
        return []
    verifications = "\n".join(f"- `{each.name}`: {each.description}" for each in VERIFICATIONS)

    @dg.asset_check(
        required_resource_keys=names.resource_keys,
        asset=names.phase_key(system, phases[-1]),
        name=SCHEMA,
        description=f"The five verifications of `denorm-assets verify {system.name}`:\n\n{verifications}",
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            return combined_result(names, SCHEMA, verify(session, system))

    return [run_check]
