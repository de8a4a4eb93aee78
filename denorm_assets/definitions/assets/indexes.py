"""What follows the load, as an asset: secondary indexes and foreign keys, and then the read model is live."""

from typing import Any

import dagster as dg

from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.metadata import steps_table
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import Names
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.versions import finished_version


def indexes_asset(names: Names, system: System, model: ReadModel) -> dg.AssetsDefinition:
    """The asset that finishes one read model."""

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.indexes_key(system, model),
        group_name=system.name,
        description=(
            f"Secondary indexes and foreign keys of {model.name}, built once all of its ranges are done and compared; "
            "after that the read model is live. A sensor requests this when the last range is done."
        ),
        deps=[names.model_key(system, model)],
        kinds={"postgres", "index"},
        owners=system.owners,
    )
    def finish(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            steps = finish_model(target, system, model)
        # Doing it again puts nothing downstream out of date unless a declaration changed.
        version = dg.DataVersion(finished_version(system, model))
        return dg.MaterializeResult(metadata={"steps": steps_table(steps)}, data_version=version)

    return finish
