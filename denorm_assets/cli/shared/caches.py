"""What the commands say and do of caches."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.cli.shared.targets import chosen_systems
from denorm_assets.db.cache.admin.compare import compare, matches_source, not_reached
from denorm_assets.db.cache.admin.purge_keys import cached_keys
from denorm_assets.db.cache.admin.register import cache_registrations
from denorm_assets.db.cache.admin.warm_up import CacheAccess
from denorm_assets.db.cache.client.open_redis import open_redis
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.cache.invalidation.keeper import ASK_SECONDS
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import CacheUnavailable, DenormError
from denorm_assets.model.cached_set import Cache, CachedSet
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import System
from denorm_assets.settings import load_settings


def chosen_caches(systems: str | None, target: str | None) -> list[tuple[System, Cache]]:
    """The caches that `target` names: `system/cache`, `system`, or all where None. Raises UnknownName for a system."""
    name, _, wanted = (target or "").partition("/")
    chosen = chosen_systems(systems, name or None)
    return [(system, cache) for system in chosen for cache in system.caches if wanted in ("", cache.name)]


def cache_rows(database: Database, caches: list[tuple[System, Cache]]) -> list[dict[str, object]]:
    """Where each cache stands: registered or not, and who answers for it now."""
    settings = load_settings()
    rows: list[dict[str, object]] = []
    for system, cache in caches:
        with database.session(system.schema) as session:
            found = cache_registrations(session, system).get(cache.name)
        with CacheClient.from_settings(system, settings) as client:
            asked = client.set(cache.name) if isinstance(cache, CachedSet) else client.count(cache.name)
            health = asked.health()
        rows.append(
            {
                "cache": f"{system.name}/{cache.name}",
                "state": "absent" if found is None else found.state,
                "generation": 0 if found is None else found.generation,
                "answered_by": "Redis" if health.answering else "PostgreSQL",
                "why": health.why,
            }
        )
    return rows


def print_caches(rows: list[dict[str, object]]) -> None:
    """The same as a table of its own; nothing where there are none."""
    if rows:
        print_rows(rows, as_json=False, title="caches")


def reconcile_caches(database: Database, caches: list[tuple[System, Cache]], *, repair: bool) -> Iterator[CheckResult]:
    """Compare all that Redis holds with PostgreSQL, and with `repair` delete what is wrong. None without a Redis."""
    settings = load_settings()
    if settings.optional_redis_url is None:
        return
    for system, cache in caches:
        name = f"{system.name}/{cache.name}"
        try:
            redis = open_redis(settings.optional_redis_url, ASK_SECONDS)
            access = CacheAccess(database, settings.database_url, redis, settings.environment, system, cache)
        except CacheUnavailable as error:
            yield not_reached("matches_source", name, error)
            continue
        except DenormError as error:
            yield CheckResult("matches_source", name, False, str(error))
            continue
        try:
            yield matches_source(compare(database, access, at_most=None, repair=repair), name)
        except CacheUnavailable as error:
            yield not_reached("matches_source", name, error)
        finally:
            access.close()


def cached_key_count(database: Database, system: System, *, remove: bool) -> int:
    """How many keys Redis holds of a system; with `remove` they are deleted. 0 without a Redis.

    Raises CacheUnavailable.
    """
    settings = load_settings()
    if settings.optional_redis_url is None or not system.caches:
        return 0
    redis = open_redis(settings.optional_redis_url, ASK_SECONDS)
    return cached_keys(database, redis, settings.environment, system, remove=remove)
