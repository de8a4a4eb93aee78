"""Filling a cache ahead of its readers, by stretches of owner IDs; what people ask for meanwhile is left alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from denorm_assets.db.cache.admin.register import cache_registration
from denorm_assets.db.cache.client.circuit_breaker import Breaker
from denorm_assets.db.cache.client.effects import Effects
from denorm_assets.db.cache.client.reads import Reader
from denorm_assets.db.cache.client.sync_runner import Postgres, Runner
from denorm_assets.db.cache.invalidation.keeper import server_of, tag_of
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.cached_set import Cache
from denorm_assets.model.ids import Id
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.caches import owners_between

if TYPE_CHECKING:
    from denorm_assets.db.cache.client.sync_redis import Redis

_LOG = logging.getLogger(__name__)
PATIENCE_SECONDS = 10.0
"""What one portion may spend on Redis, and how long its leases last: nobody waits for it."""
_OWNERS_AT_ONCE = 1_000
_PORTIONS_AHEAD = 4
_LANES = 2
"""So many portions are under way at once: one is read from PostgreSQL while another is put into Redis."""


class CacheAccess:
    """One cache through both servers, for work that takes its time: warm-ups, comparisons."""

    def __init__(self, database: Database, url: str, redis: Redis, environment: str, system: System, cache: Cache):
        """Raises NotApplied or CacheUnavailable."""
        self.system, self.cache, self.redis = system, cache, redis
        with database.session(system.schema) as session:
            self.registered = cache_registration(session, system, cache)
            history = session.one(query("caches", "moment"))["history"]
        found = self.registered
        self.reader = Reader(system, cache, environment, found.definition)
        self.tag = tag_of(server_of(redis).run, history, found.model_id, found.code_version, found.generation)
        breaker = Breaker(redis.address, quiet=True)
        self._runner = Runner(Postgres(url, system.schema, _LANES), redis, breaker, PATIENCE_SECONDS)
        self.keys = self._runner.run(self.reader.keys())
        self.run = self._runner.run

    def close(self) -> None:
        """Close the connections that are its own."""
        self._runner.close()


@dataclass(frozen=True)
class Warmed:
    """What a warm-up did.

    Attributes:
        owners: how many were looked at.
        loaded: how many of them are held because of it; the others were held, or being loaded, already.
    """

    owners: int = 0
    loaded: int = 0

    def plus(self, other: Warmed) -> Warmed:
        """Both together."""
        return Warmed(self.owners + other.owners, self.loaded + other.loaded)


def warm_up(database: Database, access: CacheAccess, from_id: str | None, to_id: str | None) -> Warmed:
    """Load the owners between two IDs, both inclusive, that are not held; None is infinity.

    No keeper need run: what changes meanwhile waits in the change log, and the first heartbeat comes after its
    deletion.
    Raises BadRange or CacheUnavailable.
    """
    done = Warmed()
    with ThreadPoolExecutor(_LANES) as lanes:
        waiting: list[Future[Warmed]] = []
        for owners in _portions(database, access, from_id, to_id):
            waiting.append(lanes.submit(access.run, _load_missing(access, owners)))
            if len(waiting) > _PORTIONS_AHEAD:
                done = done.plus(waiting.pop(0).result())
        for portion in waiting:
            done = done.plus(portion.result())
    _LOG.info(f"{access.reader.name}: {done.owners:,} owners, of which {done.loaded:,} were loaded")
    return done


def _portions(
    database: Database, access: CacheAccess, from_id: str | None, to_id: str | None
) -> Iterator[Sequence[Id]]:
    kind = access.cache.owner_ids
    up_to = None if to_id is None else kind.parse(to_id)
    after: Id | None = None
    first = None if from_id is None else kind.parse(from_id)
    with database.session(access.system.schema) as session:
        while True:
            bounds = {"first": first, "after": after, "up_to": up_to, "at_most": _OWNERS_AT_ONCE}
            listing = owners_between(access.cache, access.system.schema, access.registered.definition).binding(**bounds)
            owners = [row["owner"] for row in session.rows(listing)]
            if not owners:
                return
            yield owners
            after = owners[-1]


def _load_missing(access: CacheAccess, owners: Sequence[Id]) -> Effects[Warmed]:
    """As a reader does, but many at once."""
    leased = yield from access.reader.lease_and_load(access.keys, access.tag, owners, PATIENCE_SECONDS)
    return Warmed(len(owners), (yield from access.reader.put(access.keys, access.tag, leased)))
