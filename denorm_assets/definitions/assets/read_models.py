"""Read models as partitioned assets: one partition per ID range, green once it is committed and compared."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
from pydantic import Field

from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.definitions.checks.phase_reports import report_made_true
from denorm_assets.definitions.checks.standing import report_standing
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.advice import CODE_VERSION_ADVICE
from denorm_assets.definitions.events.freshness import freshness_policy
from denorm_assets.definitions.events.metadata import declared_metadata
from denorm_assets.definitions.events.range_events import (
    EVENTS_LOGGED_ALREADY,
    RangeEvents,
    as_recorded,
    model_inputs,
)
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import PARTITION_TAGS, Names, models_by_range_set
from denorm_assets.errors import ConfigurationError, DenormError
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.versions import code_version, range_set_name

_SHORTEST_TIMEOUT = 0.001
"""Seconds; PostgreSQL counts milliseconds, and 0 would mean no timeout at all."""


class LoadConfig(dg.Config):
    """How to load; the defaults suit a busy server."""

    batch_size: int | None = Field(
        default=None, description="Source rows per batch at most. Empty: batches adapt to about one second each."
    )
    pause: float = Field(default=0.05, description="Seconds of rest between batches; 0 for a quiet server.")
    statement_timeout: float = Field(
        default=60.0, description="Seconds after which a batch is given up and tried again at half its size."
    )

    def options(self, launch: str) -> BackfillOptions:
        """The same as the database layer takes it. Raises ConfigurationError."""
        # Not in the fields: what pydantic refuses, Dagster tries again and again.
        faults = [
            fault
            for wrong, fault in (
                (self.batch_size is not None and self.batch_size < 1, "batch_size is below 1; leave it empty to adapt"),
                (self.pause < 0, "pause is negative; 0 is the shortest"),
                (self.statement_timeout < _SHORTEST_TIMEOUT, f"statement_timeout is below {_SHORTEST_TIMEOUT:g} s"),
            )
            if wrong
        ]
        if faults:
            raise ConfigurationError(f"{'; '.join(faults)}. Correct the run's config and launch it again")
        return BackfillOptions(self.batch_size, self.pause, statement_timeout=self.statement_timeout, launch=launch)


def launch_of(run: dg.DagsterRun) -> str:
    """Identity of what a person launched: the backfill, or the first of a chain of retried runs."""
    return run.tags.get("dagster/backfill") or run.root_run_id or run.run_id


def _launched(context: dg.AssetExecutionContext, loader: ModelLoader) -> Sequence[str]:
    """The partitions of the run; those that are no ranges, if the sensor has deleted such a partition since."""
    try:
        return context.partition_keys
    except dg.DagsterInvalidInvocationError:
        known = {id_range.key for id_range in loader.ranges}
        stray = [key for tag in PARTITION_TAGS if (key := context.run.tags.get(tag)) not in {None, *known}]
        if not stray:
            raise
        return [key for key in stray if key is not None]


@contextmanager
def _green_stays_green(context: dg.AssetExecutionContext) -> Generator[None]:
    """Say again of what the run was to load that it is loaded: where nothing was begun, nothing became wrong.

    Dagster shows a partition as failed if a failed run was to materialize it and did not.
    """
    try:
        yield
    except DenormError:
        green = context.instance.get_materialized_partitions(context.asset_key)
        for partition in (key for key in context.partition_keys if key in green):
            found = dg.AssetRecordsFilter(asset_key=context.asset_key, asset_partitions=[partition])
            for record in context.instance.fetch_materializations(found, limit=1).records:
                if record.asset_materialization is not None:
                    context.log_event(record.asset_materialization)
        raise


def _deps(names: Names, system: System, model: ReadModel) -> list[dg.AssetKey | dg.AssetDep]:
    """Its inputs. A range may need all partitions of what is partitioned otherwise, such as an asset of the caller's.

    Dagster takes partitions of two assets for the same by default: it then refuses days beside ranges, and finds no
    partition of a read model with other ranges.
    """
    range_set = range_set_name(system, model)
    alike = {names.model_key(system, each) for each in models_by_range_set(system)[range_set]}
    every = dg.AllPartitionMapping()
    return [
        key if key in alike else dg.AssetDep(key, partition_mapping=every)
        for key in dict.fromkeys(model_inputs(names, system, model))
    ]


def read_model_asset(names: Names, system: System, model: ReadModel) -> dg.AssetsDefinition:
    """The asset of one read model."""

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.model_key(system, model),
        group_name=system.name,
        description=model.description + CODE_VERSION_ADVICE,
        deps=_deps(names, system, model),
        partitions_def=names.partitions_of(system, range_set_name(system, model)),
        # Launching a run costs about 2.4 s, a range within one about 20 ms; `--partition-range` needs this policy too.
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=code_version(system, model),
        kinds={"postgres", "table"},
        owners=system.owners,
        metadata=declared_metadata(names, system, model),
        freshness_policy=freshness_policy(model),
        pool=names.pool,
    )
    def load_ranges(context: dg.AssetExecutionContext, config: LoadConfig) -> Iterator[dg.MaterializeResult[Any]]:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            with _green_stays_green(context):
                loader = ModelLoader(target, system, model, config.options(launch_of(context.run)))
            events = RangeEvents.of_run(names, context.instance, system, loader.described)
            green = context.instance.get_materialized_partitions(context.asset_key)
            new, batches = False, 0
            for result in loader.load_keys(_launched(context, loader)):
                context.log_event(events.finished(as_recorded(target, system, model, result)))
                new |= result.key not in green
                batches += result.batches
            if not batches:
                context.log.info("nothing had to be written, so that batch_size and pause had nothing to do")
            if new:
                report_standing(names, context.instance, target, system, model)
            report_made_true(names, context.instance, target, system, [model])
        yield dg.MaterializeResult(metadata=EVENTS_LOGGED_ALREADY)

    return load_ranges
