"""Dagster's event log, kept from growing for ever: what no run reported goes after some days.

Dagster deletes events only with their run, and a refresh that the worker or the sensor made has none.
"""

# Dagster leaves these of its types partly open, and offers no function for this: its own tables are read and written.
# pyright: reportUnknownMemberType=false

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from pydantic import Field

from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.job_names import op_name
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.scheduling import running_schedule
from denorm_assets.errors import ConfigurationError

_BATCH = 10_000
NO_RUN = ""
"""The run of an event that no run reported."""
PLANNED = "PLANNED"
"""Status of a check that a run is to evaluate."""
_TYPES = [dg.DagsterEventType.ASSET_MATERIALIZATION.value, dg.DagsterEventType.ASSET_OBSERVATION.value]


class PruneConfig(dg.Config):
    """What to keep."""

    keep_days: float = Field(default=7.0, description="Delete what was reported without a run so many days ago.")


def prune_job(names: Names) -> dg.JobDefinition:
    """The job `denorm_prune_events`, for all systems."""
    # Of the application's tables there are no events of ours.
    ours = [key for key, asset in names.assets.items() if asset.kind != "source_table"]

    @dg.op(
        name=op_name(names.resource_key, "prune"),
        description="Deletes old events of refreshes that no run made. The last one of each kind stays.",
        out=dg.Out(dagster_type=dg.Nothing),
    )
    def prune(context: dg.OpExecutionContext, config: PruneConfig) -> None:
        with as_dagster_failure(context):
            if config.keep_days < 0:
                raise ConfigurationError("keep_days is negative. Correct the run's config and launch it again")
            deleted = prune_runless_events(context.instance, ours, timedelta(days=config.keep_days))
        context.log.info(f"{deleted:,} events deleted")

    @dg.job(
        executor_def=dg.in_process_executor,
        name=names.of_location("denorm_prune_events"),
        description=(
            "Deletes events of our assets that no run reported (refreshes and checks of the worker and the sensors) "
            "after `keep_days`. The last of each kind and partition stays."
        ),
        config={"ops": {"prune": {"config": PruneConfig().model_dump()}}},
    )
    def prune_events() -> None:
        prune.alias("prune")()

    return prune_events


def prune_schedule(names: Names, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """The job every night at 04:45."""
    name = names.of_location("denorm_nightly_prune_events")
    return running_schedule(name, job, "45 4 * * *", "Deletes old events that no run reported.")


def prune_runless_events(instance: dg.DagsterInstance, assets: Collection[dg.AssetKey], age: timedelta) -> int:
    """Delete events of `assets` that no run reported and that are older than `age`; returns how many there were.

    What Dagster shows now stays: the last event of each kind, and of each partition.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return 0
    keys = [key.to_string() for key in assets]
    before = datetime.now(UTC).replace(tzinfo=None) - age
    with storage.index_connection() as connection:
        return _prune_assets(connection, keys, before) + _prune_checks(connection, keys, before)


def _prune_assets(connection: sa.Connection, keys: Collection[str], before: datetime) -> int:
    events = SqlEventLogStorageTable.c
    ours = sa.and_(
        events.run_id == NO_RUN,
        events.dagster_event_type.in_(_TYPES),
        events.asset_key.in_(keys),
    )
    kinds = (events.asset_key, events.dagster_event_type, events.partition)
    last = sa.select(sa.func.max(events.id)).where(ours).group_by(*kinds)
    old = sa.select(events.id).where(ours, events.timestamp < before, events.id.not_in(last)).limit(_BATCH)
    deleted = 0
    while ids := connection.execute(old).scalars().all():
        connection.execute(AssetEventTagsTable.delete().where(AssetEventTagsTable.c.event_id.in_(ids)))
        connection.execute(SqlEventLogStorageTable.delete().where(events.id.in_(ids)))
        deleted += len(ids)
    return deleted


def _prune_checks(connection: sa.Connection, keys: Collection[str], before: datetime) -> int:
    checks = AssetCheckExecutionsTable.c
    ours = checks.asset_key.in_(keys)
    last = sa.select(sa.func.max(checks.id)).where(ours).group_by(checks.asset_key, checks.check_name)
    # What a planned one hides for now.
    evaluated = last.where(checks.execution_status != PLANNED)
    old = (
        sa.select(checks.id, checks.evaluation_event_storage_id)
        .where(
            ours,
            checks.run_id == NO_RUN,
            checks.create_timestamp < before,
            checks.id.not_in(last),
            checks.id.not_in(evaluated),
        )
        .limit(_BATCH)
    )
    events = SqlEventLogStorageTable.c
    deleted = 0
    while found := connection.execute(old).all():
        # The event itself does not say of which asset it is.
        connection.execute(SqlEventLogStorageTable.delete().where(events.id.in_([row[1] for row in found])))
        connection.execute(AssetCheckExecutionsTable.delete().where(checks.id.in_([row[0] for row in found])))
        deleted += len(found)
    return deleted
