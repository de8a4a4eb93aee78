"""Systems -> one Dagster `Definitions`. Needs no database."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence

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
from denorm_assets.definitions.names import RESOURCE_KEY, Names, models_by_range_set
from denorm_assets.definitions.scheduling import AssetJob, checks_schedule
from denorm_assets.definitions.sensors.alerts import alert_sensors
from denorm_assets.definitions.sensors.refresh import refresh_job, refresh_sensor
from denorm_assets.definitions.sensors.sensors import ranges_sensor
from denorm_assets.definitions.source_keys import SourceKeys
from denorm_assets.definitions.source_tables import source_specs
from denorm_assets.definitions.translator import DenormTranslator, translated_spec
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.system import System
from denorm_assets.model.validation import validate_systems
from denorm_assets.settings import load_settings
from denorm_assets.sql.analysis.reading_order import in_reading_order

_NAME = re.compile(r"\w+", re.ASCII)


def build_definitions(
    systems: Sequence[System],
    *,
    database: DatabaseResource | None = None,
    resource_key: str = RESOURCE_KEY,
    source_keys: SourceKeys | None = None,
    translator: DenormTranslator | None = None,
) -> dg.Definitions:
    """The asset graph, checks, jobs, sensors and schedules of `systems`, which live in one database.

    `Definitions.merge` joins them with any others: they set no executor, and one resource under a key of their own.
    Nothing connects to the database until something runs.

    Args:
        systems: all systems of the database that this code location shows.
        database: the resource that opens the database. Default: that of DENORM_DATABASE_URL.
        resource_key: the resource's key. Give each database of a code location one of its own: sensors, the pool
            and the pruning job carry it in their names, too.
        source_keys: keys of tables that are assets of yours, as `{"order_lines": "raw/order_lines"}`, by `table` or
            `schema.table`; or a function of `schema.table` that returns a key, or None. Other tables become external
            assets.
        translator: what else is to be called, grouped, tagged or checked differently.

    Raises:
        DeclarationError: a declaration is faulty; all faults are listed.
        DefinitionError: a definition cannot be read.
        ConfigurationError: `database` is no such resource, `resource_key` is no name, `source_keys` names a table that
            is not read or gives it a key of ours, Dagster refuses what the translator says, or two assets would have
            one key.

    Example:
        defs = dg.Definitions.merge(
            dg.Definitions(assets=[raw_order_lines, report]),
            build_definitions(
                [SHOP],
                database=DatabaseResource(url=dg.EnvVar("SHOP_DATABASE_URL")),
                source_keys={"order_lines": "raw/order_lines"},
            ),
        )
    """
    validate_systems(systems)
    # Dagster would name no remedy.
    in_reading_order((system, model) for system in systems for model in system.read_models)
    names = Names(systems, translator=translator, source_keys=source_keys, resource_key=resource_key)
    names.require_known_sources()
    names.require_foreign_sources()
    _require_name(resource_key)
    database = _checked(database) if database is not None else DatabaseResource()
    with warnings.catch_warnings():
        # Backfill policies and code references are Dagster betas; we hold its minor version.
        warnings.simplefilter("ignore", dg.BetaWarning)
        of_systems = [_system_definitions(names, database, system) for system in systems]
        prune = prune_job(names)
        jobs = [prune.name, *(job.name for found in of_systems for job in found.jobs or ())]
        translated = [_translated(names, found) for found in of_systems]
        ranges = ranges_sensor(names, [key for found in translated for key in _checks(found)])
        return dg.Definitions.merge(
            # Once for all: two objects under one name would keep two systems from being loaded together.
            dg.Definitions(
                resources={resource_key: database},
                jobs=[prune],
                schedules=[prune_schedule(names, prune)],
                sensors=[ranges, refresh_sensor(names), *alert_sensors(names, jobs, load_settings())],
            ),
            *translated,
        )


def _require_name(resource_key: str) -> None:
    # Sensors and jobs carry it in their names.
    if not _NAME.fullmatch(resource_key):
        raise ConfigurationError(
            f"resource_key is {resource_key!r}. Dagster allows letters, digits and underscores; write "
            "store_database, say"
        )


def _checked(database: object) -> DatabaseResource:
    if isinstance(database, DatabaseResource):
        return database
    raise ConfigurationError(
        f"build_definitions was given a {type(database).__name__} as its database. Give it a DatabaseResource, for "
        "example DatabaseResource(url=dagster.EnvVar('SHOP_DATABASE_URL'))"
    )


def _translated(names: Names, found: dg.Definitions) -> dg.Definitions:
    """With what the translator says of each asset, and without the checks that it leaves out."""

    def translate(spec: dg.AssetSpec) -> dg.AssetSpec:
        return translated_spec(names.translator, names.assets[spec.key], spec)

    assets = [
        asset.map_asset_specs(translate) if isinstance(asset, dg.AssetsDefinition) else translate(asset)
        for asset in found.assets or ()
        if isinstance(asset, dg.AssetsDefinition | dg.AssetSpec)
    ]
    checks = [check for check in found.asset_checks or () if all(map(names.includes, check.check_keys))]
    return dg.Definitions(assets=assets, asset_checks=checks, jobs=found.jobs, schedules=found.schedules)


def _checks(found: dg.Definitions) -> Iterator[dg.AssetCheckKey]:
    """All checks, those that assets make themselves among them."""
    for each in (*(found.assets or ()), *(found.asset_checks or ())):
        if isinstance(each, dg.AssetsDefinition):
            yield from each.check_keys


def _system_definitions(names: Names, database: DatabaseResource, system: System) -> dg.Definitions:
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = [*source_specs(names, system), monitoring_asset(names, system)]
    for previous, phase in zip([None, *system.phases], system.phases, strict=False):
        assets.append(phase_asset(names, system, phase, previous))
    jobs: list[dg.JobDefinition | AssetJob] = [setup_job(names, system), finish_job(names, system)]
    for range_set, models in models_by_range_set(system).items():
        assets.append(ranges_asset(names, system, range_set, models))
        jobs.append(backfill_job(names, database, system, range_set, models))
    whole = [model for model in system.read_models if not model.driving]
    if whole:
        jobs.append(load_job(names, system, whole))
    for model in system.read_models:
        make_asset = read_model_asset if model.driving else whole_model_asset
        assets += [make_asset(names, system, model), indexes_asset(names, system, model)]
    assets += [cache_asset(names, system, cache) for cache in system.caches]
    caches = caches_jobs(names, system)
    if system.cutover is not None:
        assets += [benchmark_asset(names, system, system.cutover), cutover_asset(names, system, system.cutover)]
        jobs.append(cutover_job(names, system))
        if system.load is not None:
            assets.append(load_asset(names, system, system.load))
    nightly, refresh, hourly = (
        nightly_checks_job(names, system),
        refresh_job(names, system),
        monitoring_job(names, system),
    )
    reconcile = reconcile_job(names, system)
    schedules = [
        checks_schedule(system, nightly),
        monitoring_schedule(system, hourly),
        reconcile_schedule(system, reconcile),
    ]
    if system.soft_deletes:
        purge = purge_job(names, system)
        jobs.append(purge)
        schedules.append(purge_schedule(system, purge))
    return dg.Definitions(
        assets=assets,
        asset_checks=[
            *(catalog_check(names, system, phase) for phase in system.phases),
            *(check for phase in system.phases for check in phase_checks(names, system, phase)),
            *verification_checks(names, system),
            *(check for model in system.read_models for check in model_checks(names, system, model)),
            *(reconciled_check(names, system, model) for model in system.read_models),
            *(check for cache in system.caches for check in cache_checks(names, system, cache)),
        ],
        jobs=[*jobs, *caches, checks_job(names, system), nightly, refresh, hourly, reconcile],
        schedules=[*schedules, *(cache_checks_schedule(system, job) for job in caches[1:])],
    )
