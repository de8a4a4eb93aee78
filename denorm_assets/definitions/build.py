"""Systems -> one Dagster `Definitions`. Needs no database."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import dagster as dg

from denorm_assets.definitions.assets.caches import cache_asset, cache_checks, cache_checks_schedule, caches_jobs
from denorm_assets.definitions.assets.cutover import benchmark_asset, cutover_asset, load_asset
from denorm_assets.definitions.assets.indexes import indexes_asset
from denorm_assets.definitions.assets.monitoring import (
    catalog_check,
    monitoring_asset,
    monitoring_job,
    monitoring_schedule,
)
from denorm_assets.definitions.assets.phases import phase_asset, phase_checks
from denorm_assets.definitions.assets.ranges import ranges_asset
from denorm_assets.definitions.assets.read_models import read_model_asset
from denorm_assets.definitions.assets.whole_models import whole_model_asset
from denorm_assets.definitions.checks.checks import model_checks
from denorm_assets.definitions.checks.verification import verification_checks
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.jobs.event_retention import prune_job, prune_schedule
from denorm_assets.definitions.jobs.jobs import (
    backfill_job,
    checks_job,
    cutover_job,
    finish_job,
    load_job,
    nightly_checks_job,
    setup_job,
)
from denorm_assets.definitions.jobs.purge import purge_job, purge_schedule
from denorm_assets.definitions.jobs.reconcile import reconcile_job, reconcile_schedule, reconciled_check
from denorm_assets.definitions.names import models_by_range_set
from denorm_assets.definitions.scheduling import AssetJob, checks_schedule
from denorm_assets.definitions.sensors.alerts import alert_sensors
from denorm_assets.definitions.sensors.refresh import refresh_job, refresh_sensor
from denorm_assets.definitions.sensors.sensors import ranges_sensor
from denorm_assets.definitions.source_tables import source_specs
from denorm_assets.model.system import System
from denorm_assets.settings import load_settings
from denorm_assets.sql.analysis.reading_order import in_reading_order


def build_definitions(systems: Sequence[System]) -> dg.Definitions:
    """The asset graph, checks, jobs, sensors and schedules of `systems`. Raises DefinitionError or DeclarationError."""
    # Dagster would name no remedy.
    in_reading_order((system, model) for system in systems for model in system.read_models)
    with warnings.catch_warnings():
        # Backfill policies and code references are Dagster betas; we hold its minor version.
        warnings.simplefilter("ignore", dg.BetaWarning)
        of_systems = [_system_definitions(system, systems) for system in systems]
        keys = {key for found in of_systems for asset in found.assets or () for key in _keys(asset)}
        prune = prune_job(keys)
        return dg.Definitions.merge(
            # Once for all: two objects under one name would keep two systems from being loaded together.
            dg.Definitions(
                resources={"database": DatabaseResource()},
                # The work is PostgreSQL's; a process per step would add two seconds to each.
                executor=dg.in_process_executor,
                jobs=[prune],
                schedules=[prune_schedule(prune)],
                sensors=[ranges_sensor(systems), refresh_sensor(systems), *alert_sensors(load_settings())],
            ),
            *of_systems,
        )


def _keys(asset: object) -> Iterable[dg.AssetKey]:
    """The keys of what one of our systems defines; of the application's tables there are no events."""
    return asset.keys if isinstance(asset, dg.AssetsDefinition) else ()


def _system_definitions(system: System, systems: Sequence[System]) -> dg.Definitions:
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = [*source_specs(system, systems), monitoring_asset(system)]
    for previous, phase in zip([None, *system.phases], system.phases, strict=False):
        assets.append(phase_asset(system, phase, previous, systems))
    jobs: list[dg.JobDefinition | AssetJob] = [setup_job(system), finish_job(system)]
    for range_set, models in models_by_range_set(system).items():
        assets.append(ranges_asset(system, range_set, models))
        jobs.append(backfill_job(system, range_set, models, systems))
    whole = [model for model in system.read_models if not model.driving]
    if whole:
        jobs.append(load_job(system, whole))
    for model in system.read_models:
        make_asset = read_model_asset if model.driving else whole_model_asset
        assets += [make_asset(system, model, systems), indexes_asset(system, model)]
    assets += [cache_asset(system, cache, systems) for cache in system.caches]
    caches = caches_jobs(system)
    if system.cutover is not None:
        assets += [benchmark_asset(system, system.cutover), cutover_asset(system, system.cutover)]
        jobs.append(cutover_job(system))
        if system.load is not None:
            assets.append(load_asset(system, system.load))
    nightly, refresh, hourly = nightly_checks_job(system), refresh_job(system, systems), monitoring_job(system)
    reconcile = reconcile_job(system, systems)
    schedules = [
        checks_schedule(system, nightly),
        monitoring_schedule(system, hourly),
        reconcile_schedule(system, reconcile),
    ]
    if system.soft_deletes:
        purge = purge_job(system)
        jobs.append(purge)
        schedules.append(purge_schedule(system, purge))
    return dg.Definitions(
        assets=assets,
        asset_checks=[
            *(catalog_check(system, phase) for phase in system.phases),
            *(check for phase in system.phases for check in phase_checks(system, phase)),
            *verification_checks(system),
            *(check for model in system.read_models for check in model_checks(system, model)),
            *(reconciled_check(system, model) for model in system.read_models),
            *(check for cache in system.caches for check in cache_checks(system, cache)),
        ],
        jobs=[*jobs, *caches, checks_job(system), nightly, refresh, hourly, reconcile],
        schedules=[*schedules, *(cache_checks_schedule(system, job) for job in caches[1:])],
    )
