"""Read models that are loaded as a whole, as assets without partitions: materializing one refreshes all of it."""

from typing import Any

import dagster as dg

from denorm_assets.db.refresh.full_refresh import load_whole
from denorm_assets.definitions.checks.phase_reports import report_made_true
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.advice import CODE_VERSION_ADVICE
from denorm_assets.definitions.events.columns import column_metadata
from denorm_assets.definitions.events.freshness import freshness_policy
from denorm_assets.definitions.events.metadata import declared_metadata
from denorm_assets.definitions.events.range_events import model_inputs
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.events.shown import refresh_tag
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import Names
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.automatic import kinds
from denorm_assets.sql.versions import code_version


def _relation(model: ReadModel) -> tuple[str, ...]:
    """What holds the rows; of `Auto`, only the database knows."""
    if len(kinds(model)) > 1:
        return ()
    return ("view",) if model.is_view else ("table",)


def whole_model_asset(names: Names, system: System, model: ReadModel) -> dg.AssetsDefinition:
    """The asset of one read model without ranges."""

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.model_key(system, model),
        group_name=system.name,
        description=model.description + CODE_VERSION_ADVICE,
        deps=model_inputs(names, system, model),
        code_version=code_version(system, model),
        kinds={"postgres", *_relation(model)},
        owners=system.owners,
        metadata=declared_metadata(names, system, model),
        freshness_policy=freshness_policy(model),
        pool=names.pool,
    )
    def load(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            loaded = load_whole(target, system, model)
            report_made_true(names, context.instance, target, system, [model])
            return dg.MaterializeResult(
                metadata={
                    "dagster/row_count": loaded.row_count,
                    "checksum": loaded.checksum,
                    "rows_written": loaded.drained.rows_written,
                    "rows_removed": loaded.drained.rows_removed,
                    **column_metadata(target, system, model),
                },
                # As that of a range.
                data_version=dg.DataVersion(code_version(system, model)),
                tags=refresh_tag(loaded.drained.refresh_id),
            )

    return load
