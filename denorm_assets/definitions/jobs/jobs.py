"""Jobs: a backfill per driving set with IDs in the launchpad, and one for all checks of a system."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.table_changes.phase_work import IDENTIFIERS_EQUAL
from denorm_assets.definitions.assets.ranges import unknown_partitions
from denorm_assets.definitions.assets.read_models import LoadConfig, launch_of
from denorm_assets.definitions.checks.checks import MATCHES_DEFINITION
from denorm_assets.definitions.checks.phase_reports import report_made_true
from denorm_assets.definitions.checks.standing import report_standing
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.range_events import RangeEvents, as_recorded
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.ids_config import IdsConfig
from denorm_assets.definitions.instance.target_database import DatabaseResource, open_database
from denorm_assets.definitions.job_names import backfill_job_name, finish_job_name, op_name, setup_job_name
from denorm_assets.definitions.names import Names, models_by_range_set
from denorm_assets.definitions.scheduling import AssetJob, asset_job
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.schema_change import Fill, Switch
from denorm_assets.model.system import System
from denorm_assets.sql.versions import range_set_name

_WHAT_TO_LOAD = "what_to_load"
"""The resource of a backfill job that holds its config: what is asked for once, for all of its read models."""


class WhatToLoad(LoadConfig, IdsConfig, dg.ConfigurableResource[None]):
    """Which IDs or partitions to load, and how."""

    partitions: str | None = Field(
        default=None,
        description="In place of IDs: keys of partitions, comma-separated, as a check lists those that differ.",
    )
    again: bool = Field(
        default=False, description="Without IDs: compare and correct ranges that are done already, too."
    )

    def load(self, loader: ModelLoader) -> Iterator[RangeResult]:
        """What is asked for, range by range. Raises ConfigurationError."""
        keys = [key.strip() for key in (self.partitions or "").split(",") if key.strip()]
        if not keys:
            return loader.load_ids(self.from_id, self.to_id, again=self.again)
        if self.from_id is not None or self.to_id is not None:
            raise ConfigurationError("both partitions and IDs are given. Leave one of them out and launch it again")
        return loader.load_keys(keys)


def backfill_job(
    names: Names, database: DatabaseResource, system: System, range_set: str, models: Sequence[ReadModel]
) -> dg.JobDefinition:
    """The job `<range set>_backfill`: loads by ID, and marks those partitions done that it covered wholly."""

    @dg.job(
        executor_def=dg.in_process_executor,
        name=backfill_job_name(range_set),
        description=(
            f"Backfills {', '.join(model.name for model in models)} by ID. Ranges covered wholly turn green one by "
            "one; a range covered only partly is loaded but not marked done. Terminate the run to cancel: what is "
            "committed stays, and the next run goes on from there."
        ),
        resource_defs={names.resource_key: database, _WHAT_TO_LOAD: WhatToLoad.configure_at_launch()},
        # Not dg.RunConfig, which leaves out what is None: the launchpad then would not show that there are IDs to give.
        config=backfill_config(WhatToLoad()),
    )
    def backfill() -> None:
        for model in models:
            _backfill_op(names, system, model).alias(_op_name(model))()

    return backfill


def backfill_config(what: WhatToLoad) -> dict[str, Any]:
    """The run config of a backfill job that loads `what`."""
    return {"resources": {_WHAT_TO_LOAD: {"config": what.model_dump()}}}


def setup_job(names: Names, system: System) -> AssetJob:
    """The job that creates tables and ranges."""
    keys = [names.phase_key(system, phase) for phase in system.phases if not phase.by_hand]
    keys += [names.ranges_key(system, range_set) for range_set in models_by_range_set(system)]
    blocking = [
        dg.AssetCheckKey(names.phase_key(system, phase), IDENTIFIERS_EQUAL)
        for phase in system.phases
        if isinstance(phase.work, Fill | Switch)
    ]
    blocking = [check for check in blocking if names.includes(check)]
    return asset_job(
        setup_job_name(system),
        # All other checks are those of a whole system; their job runs them once it is loaded.
        dg.AssetSelection.assets(*keys).without_checks() | dg.AssetSelection.checks(*blocking),
        description="Creates the control schema, the tables and the ID ranges. Doing it twice changes nothing.",
    )


def load_job(names: Names, system: System, models: Sequence[ReadModel]) -> AssetJob:
    """The job that loads the read models that have no ranges."""
    return asset_job(
        f"{system.name}_load",
        dg.AssetSelection.assets(*(names.model_key(system, model) for model in models)),
        description=f"Loads {', '.join(model.name for model in models)}, each as a whole; readers go on meanwhile.",
    )


def finish_job(names: Names, system: System) -> AssetJob:
    """The job that builds indexes and foreign keys of loaded read models."""
    return asset_job(
        finish_job_name(system),
        dg.AssetSelection.assets(*(names.indexes_key(system, model) for model in system.read_models)),
        description="Builds indexes and foreign keys of completely loaded read models and declares them live.",
    )


def cutover_job(names: Names, system: System) -> AssetJob:
    """The job that times the queries and turns the flag on."""
    return asset_job(
        f"{system.name}_cutover",
        dg.AssetSelection.assets(
            names.benchmark_key(system),
            names.cutover_key(system),
            *([names.load_key(system)] if system.load is not None else []),
        ),
        description="Times the queries before and after, and turns the flag on if everything is right.",
    )


def checks_job(names: Names, system: System) -> AssetJob:
    """The job that runs all checks of a system over everything."""
    return asset_job(
        f"{system.name}_checks",
        _all_checks(names, system),
        description="Compares every read model with its definition, and checks references, indexes and the catalog.",
    )


def nightly_checks_job(names: Names, system: System) -> AssetJob:
    """The same but for the comparison of all rows: reconciliation makes that, in the time that it is given."""
    compared = [dg.AssetCheckKey(names.model_key(system, model), MATCHES_DEFINITION) for model in system.read_models]
    compared = [check for check in compared if names.includes(check)]
    return asset_job(
        f"{system.name}_nightly_checks",
        _all_checks(names, system) - dg.AssetSelection.checks(*compared),
        description="Checks references, indexes, the catalog and what the last reconciliation found.",
    )


def _all_checks(names: Names, system: System) -> dg.AssetSelection:
    keys = [
        key
        for model in system.read_models
        for key in (names.model_key(system, model), names.indexes_key(system, model))
    ]
    keys += [names.phase_key(system, phase) for phase in system.phases]
    keys += [names.cache_key(system, cache) for cache in system.caches]
    return dg.AssetSelection.checks_for_assets(*keys)


def _op_name(model: ReadModel) -> str:
    return f"backfill_{model.name}"


def _backfill_op(names: Names, system: System, model: ReadModel) -> dg.OpDefinition:
    partition_set = names.partition_set(system, range_set_name(system, model))

    @dg.op(
        required_resource_keys={*names.resource_keys, _WHAT_TO_LOAD},
        name=op_name(system.name, _op_name(model)),
        description=f"Backfills {model.name} between two IDs.",
        pool=names.pool,
        out=dg.Out(dagster_type=dg.Nothing),
    )
    def backfill_ids(context: dg.OpExecutionContext) -> None:
        what_to_load: WhatToLoad = getattr(context.resources, _WHAT_TO_LOAD)
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            options = what_to_load.options(launch_of(context.run))
            loader = ModelLoader(target, system, model, options)
            new = unknown_partitions(context.instance, partition_set, [id_range.key for id_range in loader.ranges])
            if new:
                context.instance.add_dynamic_partitions(partition_set, new)
            events = RangeEvents.of_run(names, context.instance, system, loader.described)
            green, new = context.instance.get_materialized_partitions(names.model_key(system, model)), False
            for result in what_to_load.load(loader):
                if result.outcome == "partly":
                    context.log.info(f"{result.key}: covered partly, {result.rows_written} rows written")
                else:
                    context.log_event(events.finished(as_recorded(target, system, model, result)))
                    new |= result.key not in green
            if new:
                report_standing(names, context.instance, target, system, model)
            report_made_true(names, context.instance, target, system, [model])

    return backfill_ids
