"""Phases as assets: each creates the tables of its read models, empty; doing it twice does nothing."""

from collections.abc import Callable
from typing import Any

import dagster as dg

from denorm_assets.db.phase_indexes import phase_indexes_used, phase_indexes_valid
from denorm_assets.db.schema_work import create_phase as create_phase_objects
from denorm_assets.db.session import Session
from denorm_assets.definitions.checks import asset_check_result
from denorm_assets.definitions.database import TargetDatabase
from denorm_assets.definitions.failures import shown_as_failure
from denorm_assets.definitions.metadata import steps_table
from denorm_assets.definitions.names import phase_key, source_key
from denorm_assets.definitions.sources import source_tables
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.versions import phase_version


def phase_asset(system: System, phase: Phase, previous: Phase | None) -> dg.AssetsDefinition:
    """The asset of one phase; it follows the phase before it."""
    tables = dict.fromkeys(table for model in phase.read_models for table in source_tables(model))
    deps = [source_key(system, table) for table in tables]
    if previous is not None:
        deps.append(phase_key(system, previous.name))

    # As data version, too: doing it again puts nothing downstream out of date unless a definition changed.
    versions = phase_version(system, phase)

    @dg.asset(
        key=phase_key(system, phase.name),
        group_name=system.name,
        description=phase.description,
        deps=deps,
        code_version=versions,
        kinds={"postgres", "schema"},
        owners=system.owners,
    )
    def create_phase(context: dg.AssetExecutionContext, database: TargetDatabase) -> dg.MaterializeResult[Any]:
        with shown_as_failure(context), database.open() as target:
            steps = create_phase_objects(target, system, phase, context.log.info)
        return dg.MaterializeResult(metadata={"steps": steps_table(steps)}, data_version=dg.DataVersion(versions))

    return create_phase


def phase_checks(system: System, phase: Phase) -> list[dg.AssetChecksDefinition]:
    """The checks of a phase's indexes; none where it has no indexes."""
    if not phase.indexes:
        return []
    return [
        _check(system, phase, "indexes_valid", "Every index of the phase exists and is valid.", phase_indexes_valid),
        _check(
            system, phase, "indexes_used", "EXPLAIN shows each index in the query it was made for.", phase_indexes_used
        ),
    ]


def _check(
    system: System,
    phase: Phase,
    name: str,
    description: str,
    evaluate: Callable[[Session, System, Phase], CheckResult],
) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=phase_key(system, phase.name), name=name, description=description)
    def run_check(context: dg.AssetCheckExecutionContext, database: TargetDatabase) -> dg.AssetCheckResult:
        with shown_as_failure(context), database.open() as target, target.session(system.schema) as session:
            return asset_check_result(evaluate(session, system, phase))

    return run_check
