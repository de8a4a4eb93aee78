"""Phases as assets: each creates the tables of its read models, empty; doing it twice does nothing."""

from typing import Any

import dagster as dg

from denorm_assets.db.schema_work import create_tables
from denorm_assets.definitions.database import TargetDatabase
from denorm_assets.definitions.failures import shown_as_failure
from denorm_assets.definitions.metadata import steps_table
from denorm_assets.definitions.names import phase_key, source_key
from denorm_assets.definitions.sources import source_tables
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.versions import code_version


def phase_asset(system: System, phase: Phase, previous: Phase | None) -> dg.AssetsDefinition:
    """The asset of one phase; it follows the phase before it."""
    tables = dict.fromkeys(table for model in phase.read_models for table in source_tables(model))
    deps = [source_key(system, table) for table in tables]
    if previous is not None:
        deps.append(phase_key(system, previous.name))

    # As data version, too: doing it again puts nothing downstream out of date unless a definition changed.
    versions = "-".join(code_version(system, model) for model in phase.read_models)

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
            steps = create_tables(target, system, phase.read_models, context.log.info)
        return dg.MaterializeResult(metadata={"steps": steps_table(steps)}, data_version=dg.DataVersion(versions))

    return create_phase
