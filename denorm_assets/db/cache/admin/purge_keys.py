"""Taking all keys of a system out of Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from denorm_assets.db.cache.admin.warm_up import PATIENCE_SECONDS
from denorm_assets.db.cache.protocol.keys import Keyspace, database_of
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

if TYPE_CHECKING:
    from denorm_assets.db.cache.client.sync_redis import Redis

_KEYS_AT_ONCE = 1_000


def cached_keys(database: Database, redis: Redis, environment: str, system: System, *, remove: bool = False) -> int:
    """How many keys Redis holds of `system` for this database and environment; with `remove` they are deleted.

    Raises CacheUnavailable.
    """
    with database.session() as session:
        identity = database_of(session.one(query("caches", "identity"))["identity"])
    # All caches of the system, and those that are no longer declared.
    pattern = Keyspace(environment, system.name, identity, "*").prefix + "*"
    count, cursor = 0, 0
    while True:
        scan = ("SCAN", cursor, "MATCH", pattern, "COUNT", _KEYS_AT_ONCE)
        [(following, keys)] = redis.ask((scan,), PATIENCE_SECONDS)
        count += len(keys)
        if keys and remove:
            redis.ask((("UNLINK", *keys),), PATIENCE_SECONDS)
        cursor = int(following)
        if cursor == 0:
            return count
