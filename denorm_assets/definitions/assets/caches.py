"""Caches as assets: materializing one fills it by owner IDs; the worker and the sensor keep it right afterwards."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from pydantic import Field

from denorm_assets.db.cache.admin.compare import SAMPLE, compare, hit_ratio, matches_source, memory, not_reached
from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.cache.admin.warm_up import CacheAccess, warm_up
from denorm_assets.db.cache.client.open_redis import open_redis
from denorm_assets.db.cache.invalidation.keeper import ASK_SECONDS
from denorm_assets.db.cache.invalidation.thread import keeper_of
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.checks.checks import asset_check_evaluation, asset_check_result, report_check
from denorm_assets.definitions.checks.combined import combined_result
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.ids_config import IdsConfig
from denorm_assets.definitions.instance.target_database import database_resource, open_database
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.scheduling import AssetJob, asset_job, running_schedule
from denorm_assets.errors import CacheUnavailable
from denorm_assets.model.cached_set import Cache, CachedSet
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import System
from denorm_assets.settings import Settings
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.versions import cache_version

MATCHES_SOURCE = "matches_source"
HITS_AND_MEMORY = "hits_and_memory"
_NO_REDIS = "DENORM_REDIS_URL is not set: applications ask PostgreSQL, and nothing is held"


class WarmUpConfig(IdsConfig):
    """Whom to fill the cache for."""

    from_id: Any = Field(default=None, description="First owner to load. Empty: from the first one on.")
    to_id: Any = Field(default=None, description="Last owner, inclusive. Empty: up to the last one.")


def cache_asset(names: Names, system: System, cache: Cache) -> dg.AssetsDefinition:
    """The asset of one cache."""
    tables = [names.source_key(system, table) for table in analyse(cache.definition).tables]
    phases = [names.phase_key(system, phase) for phase in system.phases[-1:]]
    what = f"the members of each {cache.owner}" if isinstance(cache, CachedSet) else f"a number for each {cache.owner}"

    @dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.cache_key(system, cache),
        group_name=system.name,
        description=(
            f"{cache.description} Redis holds {what}. Materializing it loads what is not held yet, by `from_id` and "
            "`to_id` in the launchpad if they are given; changes reach it by the worker, or by the refresh sensor."
        ),
        deps=[*tables, *phases],
        code_version=cache_version(system, cache),
        kinds={"redis", "cache"},
        owners=system.owners,
        metadata={
            "owner": cache.owner,
            "definition": dg.MetadataValue.md(f"```sql\n{cache.definition.text}\n```"),
            "dagster/code_references": dg.CodeReferencesMetadataValue(
                code_references=[
                    dg.LocalFileCodeReference(
                        file_path=str(cache.location.path), line_number=cache.location.line, label="declaration"
                    ),
                    dg.LocalFileCodeReference(file_path=str(cache.definition.path), line_number=1, label="definition"),
                ]
            ),
        },
        pool=names.pool,
    )
    def fill(context: dg.AssetExecutionContext, config: WarmUpConfig) -> dg.MaterializeResult[Any]:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            install_caches(target, system)
            settings = database_resource(context, names).settings()
            keeper = keeper_of(target, [system], settings)
            if keeper is None:
                return dg.MaterializeResult(metadata={"redis": _NO_REDIS})
            # What is new begins a new generation, in which what was loaded before is void.
            keeper.look()
            with opened_cache(target, settings, system, cache) as access:
                assert access is not None, "there is a keeper, and so a Redis"
                warmed = warm_up(target, access, config.from_id, config.to_id)
        return dg.MaterializeResult(
            metadata={
                "owners": warmed.owners,
                "loaded": warmed.loaded,
                "held already": warmed.owners - warmed.loaded,
                "generation": access.registered.generation,
            }
        )

    return fill


def cache_checks(names: Names, system: System, cache: Cache) -> list[dg.AssetChecksDefinition]:
    """The checks of one cache."""
    return [
        _check(
            names,
            system,
            cache,
            MATCHES_SOURCE,
            f"About {SAMPLE:,} held values, from a random place on, are what the definition says now. The nightly "
            f"reconciliation compares all of them.",
            lambda target, access: matches_source(
                compare(target, access, at_most=SAMPLE, repair=False), access.reader.name
            ),
        ),
        _usage_check(names, system, cache),
    ]


def caches_jobs(names: Names, system: System) -> list[AssetJob]:
    """The job that fills the caches, and the one that checks them; none without caches."""
    if not system.caches:
        return []
    keys = [names.cache_key(system, cache) for cache in system.caches]
    return [
        asset_job(
            f"{system.name}_caches",
            dg.AssetSelection.assets(*keys),
            description="Fills Redis with what is not held yet; PostgreSQL answers for the rest meanwhile.",
        ),
        asset_job(
            f"{system.name}_cache_checks",
            dg.AssetSelection.checks_for_assets(*keys),
            description="Compares a sample of what Redis holds with PostgreSQL, and looks at hits and memory.",
        ),
    ]


def cache_checks_schedule(system: System, job: AssetJob) -> dg.ScheduleDefinition:
    """A sample every ten minutes."""
    what = "Compares a sample of what Redis holds with PostgreSQL, every ten minutes."
    return running_schedule(f"{system.name}_cache_checks", job, "*/10 * * * *", what)


def reconcile_cache(
    names: Names, context: dg.OpExecutionContext, database: Database, system: System, cache: Cache, *, repair: bool
) -> CheckResult:
    """Compare all values held, with `repair` delete those that are wrong, and report it. Raises CacheUnavailable."""
    result = _judge(
        database,
        database_resource(context, names).settings(),
        system,
        cache,
        MATCHES_SOURCE,
        lambda target, access: matches_source(compare(target, access, at_most=None, repair=repair), access.reader.name),
    )
    context.log.info(f"{result.model}: {result.summary}")
    context.log_event(dg.AssetObservation(names.cache_key(system, cache), description=result.summary))
    report_check(names, context.instance, asset_check_evaluation(names, names.cache_key(system, cache), result))
    return result


@contextmanager
def opened_cache(database: Database, settings: Settings, system: System, cache: Cache) -> Generator[CacheAccess | None]:
    """Both servers as the settings name them; None without Redis.

    Raises BadRedisUrl, MissingExtra, NotApplied or CacheUnavailable.
    """
    if settings.optional_redis_url is None:
        yield None
        return
    redis = open_redis(settings.optional_redis_url, ASK_SECONDS)
    access = CacheAccess(database, settings.database_url, redis, settings.environment, system, cache)
    try:
        yield access
    finally:
        access.close()


Judge = Callable[[Database, CacheAccess], CheckResult]


def _check(
    names: Names, system: System, cache: Cache, name: str, description: str, judge: Judge
) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=names.cache_key(system, cache),
        name=name,
        description=description,
        required_resource_keys=names.resource_keys,
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with as_dagster_failure(context), open_database(context, names) as target:
            settings = database_resource(context, names).settings()
            return asset_check_result(names, _judge(target, settings, system, cache, name, judge))

    return run_check


def _usage_check(names: Names, system: System, cache: Cache) -> dg.AssetChecksDefinition:
    looks: dict[str, Judge] = {
        "hit_ratio": lambda _, access: hit_ratio(access),
        "memory": lambda _, access: memory(access),
    }

    @dg.asset_check(
        required_resource_keys=names.resource_keys,
        asset=names.cache_key(system, cache),
        name=HITS_AND_MEMORY,
        description="Most reads are answered by Redis, and Redis has memory left.",
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with as_dagster_failure(context), open_database(context, names) as target:
            settings = database_resource(context, names).settings()
            found = [_judge(target, settings, system, cache, name, judge) for name, judge in looks.items()]
            return combined_result(names, HITS_AND_MEMORY, found)

    return run_check


def _judge(
    database: Database, settings: Settings, system: System, cache: Cache, name: str, judge: Judge
) -> CheckResult:
    full_name = f"{system.name}/{cache.name}"
    try:
        with opened_cache(database, settings, system, cache) as access:
            return CheckResult(name, full_name, True, _NO_REDIS) if access is None else judge(database, access)
    except CacheUnavailable as error:
        return not_reached(name, full_name, error)
