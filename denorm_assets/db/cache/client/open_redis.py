"""Connections to Redis, for whoever has a URL of one: here, redis-py is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from denorm_assets.db.cache.client.circuit_breaker import BUDGET_SECONDS
from denorm_assets.extras import REDIS

if TYPE_CHECKING:
    from denorm_assets.db.cache.client.async_redis import AsyncRedis
    from denorm_assets.db.cache.client.sync_redis import Redis

_WHAT = "a cache in Redis (DENORM_REDIS_URL)"
_INSTEAD = "unset DENORM_REDIS_URL: PostgreSQL answers then"


def open_redis(url: str, connect_seconds: float = BUDGET_SECONDS) -> Redis:
    """The server at `url`, which is connected to on first use, within so many seconds.

    Raises BadRedisUrl, or MissingExtra without redis-py.
    """
    REDIS.require(_WHAT, _INSTEAD)
    from denorm_assets.db.cache.client.sync_redis import Redis

    return Redis(url, connect_seconds)


def open_async_redis(url: str) -> AsyncRedis:
    """The same for asyncio."""
    REDIS.require(_WHAT, _INSTEAD)
    from denorm_assets.db.cache.client.async_redis import AsyncRedis

    return AsyncRedis(url)
