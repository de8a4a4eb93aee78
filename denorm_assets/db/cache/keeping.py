"""Keeping caches: what changed is deleted from Redis, and then a beat says as of when that holds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.cache.blocking import Redis
from denorm_assets.db.cache.keys import Keyspace, database_of
from denorm_assets.db.cache.scripts import RENEW
from denorm_assets.db.cache.steps import Command
from denorm_assets.db.cache.values import TAG_BYTES, is_number, number_value
from denorm_assets.db.session import Database, Session
from denorm_assets.model.cached_set import CachedCount
from denorm_assets.model.system import System
from denorm_assets.sql.caches import load
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import cache_version

TRUST_SECONDS = 0.8
"""How long a worker's beat is trusted; with answers that are on their way, below one second."""
SENSOR_TRUST_SECONDS = 15.0
"""The same for a sensor, which looks every five seconds."""
ASK_SECONDS = 0.25
_SHAPES_SECONDS = 1.0
_MOST_OWNERS = 50_000
"""Where more are stale, a new era costs less than deleting them one by one."""
_KEYS_AT_ONCE = 1_000
_RENEWED_AT_ONCE = 50
_RENEWED_WITHIN = "300ms"


@dataclass(frozen=True)
class Forgotten:
    """What was deleted of one cache.

    Attributes:
        owners: how many owners, those counted anew included; None where a new era began, in which nothing is held.
    """

    system: str
    cache: str
    owners: int | None


def tag_of(run: str, code_version: str, era: int) -> bytes:
    """What values carry, and beats: of a run of the Redis server, a version of the definition, an era."""
    return sha256(f"{run}/{code_version}/{era}".encode()).digest()[:TAG_BYTES]


def run_of(redis: Redis) -> str:
    """The id of this run of the Redis server. Raises CacheUnavailable."""
    [info] = redis.ask((("INFO", "server"),), ASK_SECONDS)
    return next(line.partition(b":")[2].decode() for line in info.splitlines() if line.startswith(b"run_id:"))


class CacheKeeper:
    """Keeps the caches of some systems; any number of keepers may do so at once."""

    def __init__(
        self, database: Database, systems: Sequence[System], redis: Redis, environment: str, trust: float
    ) -> None:
        """`trust` is for how many seconds a beat says that the cache can be trusted."""
        self._database = database
        self._systems = [system.name for system in systems if system.caches]
        self._caches = {(system.name, cache.name): (system, cache) for system in systems for cache in system.caches}
        self._redis = redis
        self._environment = environment
        self._trust = trust
        self._identity = ""
        self._shapes_at = 0.0

    def look(self) -> list[Forgotten]:
        """Delete what changed, then beat; returns what was deleted.

        The beat counts from before the look: all that was committed by then is dealt with, or there is no beat;
        somebody else may be moving it at this moment, or hold a table that has to be read for that.
        Raises CacheUnavailable or ServerUnreachable; what was pending then stays so.
        """
        if not self._systems:
            return []
        began = time.monotonic()
        with self._database.session() as session:
            session.set_session(lock_timeout=session.yielding_lock_timeout)
            self._identity = self._identity or database_of(session.one(query("caches", "identity"))["identity"])
            seen = session.one(query("caches", "snapshot"))["seen"]
            with suppress(pg.LockNotAvailable):
                session.one(query("drains", "dispatch"))
            self._distrust_changed_shapes(session)
            run = run_of(self._redis)
            with session.transaction():
                rows = session.rows(query("caches", "take", systems=self._systems, seen=seen))
                eras = session.rows(query("caches", "eras", systems=self._systems))
                rows = [{**row, **now} for row in rows for now in eras if now["model_id"] == row["model_id"]]
                done = [found for row in rows for found in self._forget(session, row, run)]
        self._beat(run, rows, began)
        return done

    def _distrust_changed_shapes(self, session: Session) -> None:
        """What was logged may lack something: until `apply` ran, there is no beat for it."""
        if time.monotonic() - self._shapes_at < _SHAPES_SECONDS:
            return
        for row in session.rows(query("caches", "changed_shapes", systems=self._systems)):
            session.execute(query("caches", "needs_rebuild", model_id=row["model_id"]))
        self._shapes_at = time.monotonic()

    def _forget(self, session: Session, row: dict[str, Any], run: str) -> Iterator[Forgotten]:
        """Delete the slots of one cache's stale owners, within the transaction that takes these from the queue."""
        owners: list[str] = row["owners"]
        if row["everything"] or len(owners) > _MOST_OWNERS:
            row["era"] = session.one(query("caches", "begin_era", model_id=row["model_id"]))["era"]
            yield Forgotten(row["system"], row["name"], None)
        elif owners:
            keys = self._keys(row)
            renewed = self._renew(session, row, keys, owners, run)
            left = [keys.slot(owner) for owner in owners if owner not in renewed]
            for first in range(0, len(left), _KEYS_AT_ONCE):
                self._redis.ask((("DEL", *left[first : first + _KEYS_AT_ONCE]),), ASK_SECONDS)
            yield Forgotten(row["system"], row["name"], len(owners))

    def _renew(
        self, session: Session, row: Mapping[str, Any], keys: Keyspace, owners: Sequence[str], run: str
    ) -> set[str]:
        """Count anew for a few owners whose counts are held; returns them.

        A count may cost far more than it is worth to whoever asks next, so the page goes on with the old one until the
        new one is there. If that takes long, it is forgotten instead, like everything else.
        """
        system, cache = self._caches.get((row["system"], row["name"]), (None, None))
        if system is None or not isinstance(cache, CachedCount) or cache_version(system, cache) != row["code_version"]:
            return set()
        tag = tag_of(run, row["code_version"], row["era"])
        some = [cache.owner_ids.parse(owner) for owner in owners[:_RENEWED_AT_ONCE]]
        [contents] = self._redis.ask((("MGET", *(keys.slot(owner) for owner in some)),), ASK_SECONDS)
        held = {owner: content for owner, content in zip(some, contents, strict=True) if is_number(content, tag)}
        if not held:
            return set()
        try:
            with session.transaction():
                session.set_local(statement_timeout=_RENEWED_WITHIN, search_path=system.schema)
                rows = session.rows(load(cache).binding(owners=list(held)))
        except pg.QueryCanceled:
            return set()
        numbers = {found[cache.owner]: found[cache.count] for found in rows}
        snapshot = rows[0]["snapshot"]
        values = [(content, number_value(tag, numbers.get(owner, 0), snapshot)) for owner, content in held.items()]
        slots = [keys.slot(owner) for owner in held]
        pairs = [part for pair in values for part in pair]
        self._redis.ask((("EVAL", RENEW, len(slots), *slots, *pairs),), ASK_SECONDS)
        return {str(owner) for owner in held}

    def _beat(self, run: str, rows: Sequence[Mapping[str, Any]], began: float) -> None:
        left = int((self._trust - (time.monotonic() - began)) * 1000)
        beats: list[Command] = []
        for row in rows:
            if not row["behind"] and left > 0:
                beat = tag_of(run, row["code_version"], row["era"]) + row["code_version"].encode()
                beats.append(("SET", self._keys(row).beat, beat, "PX", left))
        if beats:
            self._redis.ask(beats, ASK_SECONDS)

    def _keys(self, row: Mapping[str, Any]) -> Keyspace:
        return Keyspace(self._environment, row["system"], self._identity, row["name"])
