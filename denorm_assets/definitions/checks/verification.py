"""The five verifications of a changed schema as checks of the last phase that Dagster starts by itself."""

import dagster as dg

from denorm_assets.db.table_changes.verify import VERIFICATIONS, Verification, changes_schema
from denorm_assets.definitions.checks.checks import asset_check_result
from denorm_assets.definitions.dagster_failure import shown_as_failure
from denorm_assets.definitions.instance.target_database import TargetDatabase
from denorm_assets.definitions.names import phase_key
from denorm_assets.model.system import System


def verification_checks(system: System) -> list[dg.AssetChecksDefinition]:
    """The five checks; none where no phase changes tables of the application."""
    phases = [phase for phase in system.phases if not phase.by_hand]
    if not changes_schema(system) or not phases:
        return []
    return [_check(system, phase_key(system, phases[-1].name), verification) for verification in VERIFICATIONS]


def _check(system: System, key: dg.AssetKey, verification: Verification) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=key, name=verification.name, description=verification.description)
    def run_check(context: dg.AssetCheckExecutionContext, database: TargetDatabase) -> dg.AssetCheckResult:
        with shown_as_failure(context), database.open() as target, target.session(system.schema) as session:
            return asset_check_result(verification.verify(session, system))

    return run_check
