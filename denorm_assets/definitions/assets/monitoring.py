"""A system's health as an asset: what its queue, refreshes, tables and indexes are like, every hour, with checks."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from typing import Any

import dagster as dg

from denorm_assets.db.apply.catalog_drift import catalog_check as check_catalog
from denorm_assets.db.health.monitoring import CHANGES_ARRIVE, STORAGE, monitor
from denorm_assets.definitions.checks.checks import asset_check_result
from denorm_assets.definitions.checks.combined import combined_result
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.scheduling import AssetJob, asset_job, running_schedule
from denorm_assets.model.system import Phase, System

MONITORING_CHECKS = {"changes_arrive": CHANGES_ARRIVE, "storage": STORAGE}
"""Check -> what it combines, each with its description."""


def monitoring_asset(names: Names, system: System) -> dg.AssetsDefinition:
    """The asset that looks at the health of the system; it follows the last phase alone, so that the graph is clear."""
    key = names.monitoring_key(system)

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=key,
        group_name=system.name,
        description=(
            "How the read models fare: changes that wait, refreshes, memory, indexes, dead rows, the change log. "
            "Materializing it looks and changes nothing; its figures are plotted over time."
        ),
        deps=[names.phase_key(system, [phase for phase in system.phases if not phase.by_hand][-1])],
        check_specs=names.included(
            *(
                dg.AssetCheckSpec(
                    name, asset=key, description="\n".join(f"- `{each}`: {said}" for each, said in parts.items())
                )
                for name, parts in MONITORING_CHECKS.items()
            )
        ),
        kinds={"postgres", "monitoring"},
        owners=system.owners,
    )
    def look(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            found = monitor(session, system)
        yield dg.MaterializeResult(
            metadata={f"{result.name}: {name}": value for result in found for name, value in result.figures.items()},
            check_results=names.included_results(
                key,
                *(
                    combined_result(names, name, [result for result in found if result.name in parts])
                    for name, parts in MONITORING_CHECKS.items()
                ),
            ),
        )

    return look


def catalog_check(names: Names, system: System, phase: Phase) -> dg.AssetChecksDefinition:
    """The check of a phase that finds what of ours is missing, disabled, edited or outdated."""

    @dg.asset_check(
        required_resource_keys=names.resource_keys,
        asset=names.phase_key(system, phase),
        name="catalog",
        description=(
            "Control schema, capture functions and triggers, tables, keys, indexes and foreign keys are there as they "
            "were made. An error where rows may be wrong otherwise."
        ),
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            return asset_check_result(names, check_catalog(session, system, phase))

    return run_check


def monitoring_job(names: Names, system: System) -> AssetJob:
    """The job `<system>_monitoring`."""
    return asset_job(
        f"{system.name}_monitoring",
        dg.AssetSelection.assets(names.monitoring_key(system)),
        description="Looks at the health of the system; changes nothing.",
    )


def monitoring_schedule(system: System, job: AssetJob) -> dg.ScheduleDefinition:
    """The look every hour, at a minute at which little else begins."""
    return running_schedule(f"{system.name}_hourly_monitoring", job, "17 * * * *", "Looks every hour; changes nothing.")
