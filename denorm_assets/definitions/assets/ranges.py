"""The ID ranges of a driving set as an asset: whoever materializes it gets the partitions that read models need."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from denorm_assets.db.control.ranges import extend_ranges, range_keys
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import RANGES_SENSOR, Names
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System


def ranges_asset(names: Names, system: System, range_set: str, models: Sequence[ReadModel]) -> dg.AssetsDefinition:
    """The asset that cuts the driving sources of `models` into ranges and shows them to Dagster as partitions."""
    partition_set = names.partition_set(system, range_set)
    driving = ", ".join(f"{column.table}.{column.column}" for column in models[0].driving)

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.ranges_key(system, range_set),
        group_name=system.name,
        description=(
            f"Ranges of {driving}, the partitions of {', '.join(model.name for model in models)}. Boundaries are "
            "quantiles of the IDs; ranges are never changed once made, and growth adds further ones at the end. "
            "`rest` covers what lies beyond the last range, and everything while nothing is loaded: so *Materialize "
            "all* leads from nothing to a loaded graph. A partition that somebody adds by hand is left out, and taken "
            f"away by the sensor `{names.of_location(RANGES_SENSOR)}`."
        ),
        deps=[names.phase_key(system, phase) for phase in system.phases if set(models) & set(phase.read_models)],
        kinds={"postgres"},
        owners=system.owners,
    )
    def cut_ranges(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with as_dagster_failure(context), open_database(context, names) as target:
            keys = current_range_keys(target, system, range_set, models[0])
            missing = unknown_partitions(context.instance, partition_set, keys)
            if missing:
                context.instance.add_dynamic_partitions(partition_set, missing)
        # Ranges are never changed once made, so growth puts nothing out of date that was loaded by them.
        version = dg.DataVersion(range_set)
        return dg.MaterializeResult(metadata={"ranges": len(keys), "added": len(missing)}, data_version=version)

    return cut_ranges


def current_range_keys(database: Database, system: System, range_set: str, model: ReadModel) -> list[str]:
    """Keys of all ranges in the order of their creation, after adding those that growth calls for."""
    with database.session(system.schema) as session:
        extend_ranges(session, range_set, describe(session, system, model).drivers)
        return range_keys(session, range_set)


def unknown_partitions(instance: dg.DagsterInstance, partition_set: str, keys: Sequence[str]) -> list[str]:
    """Those of `keys` that Dagster does not list yet, in order."""
    known = set(instance.get_dynamic_partitions(partition_set))
    return [key for key in keys if key not in known]
