"""Keeping caches: what changed is deleted from Redis, and then a heartbeat says as of when that holds."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors as pg

from denorm_assets.db.cache.admin.register import heal_cache
from denorm_assets.db.cache.client.circuit_breaker import CLUSTER
from denorm_assets.db.cache.client.effects import Command
from denorm_assets.db.cache.client.reads import milliseconds_of
from denorm_assets.db.cache.protocol.encoding import FORMAT, TAG_BYTES, base_of_count, has_counted, number_value
from denorm_assets.db.cache.protocol.keys import Keyspace, database_of
from denorm_assets.db.cache.protocol.lua_scripts import RENEW
from denorm_assets.db.capture.redefinitions import RedefinitionWatch
from denorm_assets.db.changes.causes import Causes
from denorm_assets.db.changes.dispatch import dispatch_changes, waits_in_log
from denorm_assets.db.control.pending_work import OpenSession
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import CacheUnavailable, DiskFull, MissingPrivilege, RowsHidden
from denorm_assets.model.cached_set import CachedCount
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.caches import load
from denorm_assets.sql.versions import cache_version

if TYPE_CHECKING:
    from denorm_assets.db.cache.client.sync_redis import Redis

TRUST_SECONDS = 0.8
"""How long a worker's heartbeat is trusted; with answers that are on their way, below one second."""
SENSOR_TRUST_SECONDS = 15.0
"""The same for a sensor, which looks every five seconds."""
ASK_SECONDS = 0.25
_MOST_OWNERS = 50_000
"""Where more are stale, a new generation costs less than deleting them one by one."""
_KEYS_AT_ONCE = 1_000
_RENEWED_AT_ONCE = 50
_RENEWED_WITHIN_SECONDS = 0.3
"""What a look spends on counting anew, all caches together: a heartbeat has to come in time."""
_ENOUGH_MILLISECONDS = 200
_NOT_RENEWED_SECONDS = 30.0
"""For so long counts that had enough time, and took longer or failed, are only forgotten: to try again would cost."""


@dataclass(frozen=True)
class Forgotten:
    """What was deleted of one cache.

    Attributes:
        owners: how many owners, those counted anew included; None where a new generation began, which holds nothing.
    """

    system: str
    cache: str
    owners: int | None


@dataclass(frozen=True)
class RedisServer:
    """A database of a Redis server, and the server's clock in milliseconds since 1970 as it said so.

    Attributes:
        run: another one after a restart, after a promotion, and for each of the server's databases.
    """

    run: str
    milliseconds: int


def tag_of(run: str, history: str, model_id: int, code_version: str, generation: int) -> bytes:
    """What values and heartbeats carry: of both servers' runs, a registration, a definition's version, a generation."""
    return sha256(f"{FORMAT!r}/{run}/{history}/{model_id}/{code_version}/{generation}".encode()).digest()[:TAG_BYTES]


def server_of(redis: Redis) -> RedisServer:
    """The Redis server that answers. Raises CacheUnavailable, also for a cluster, and where it tells too little."""
    replies = redis.ask((("INFO", "server"), ("INFO", "replication")), ASK_SECONDS)
    said = dict(line.split(b":", 1) for info in replies for line in info.splitlines() if b":" in line)
    # Valkey's own name of it, unless it is configured to use that of Redis.
    if b"cluster" in (said.get(b"redis_mode"), said.get(b"server_mode")):
        raise CacheUnavailable(redis.address, CLUSTER)
    try:
        run = f"{said[b'run_id'].decode()}/{said[b'master_replid'].decode()}/{redis.database}"
        return RedisServer(run, int(said[b"server_time_usec"]) // 1000)
    except KeyError as error:
        reason = f"its INFO has no {error.args[0].decode()}, without which it cannot be kept"
        raise CacheUnavailable(redis.address, reason) from None
    except ValueError:
        raise CacheUnavailable(redis.address, "its INFO cannot be read, without which it cannot be kept") from None


class CacheKeeper:
    """Keeps the caches of some systems; any number of keepers may do so at once."""

    def __init__(
        self,
        database: Database,
        systems: Sequence[System],
        redis: Redis,
        environment: str,
        trust: float,
        causes: Causes | None = None,
    ) -> None:
        """`trust` is for how many seconds a heartbeat says that the cache can be trusted.

        `causes` is told what it moves to the read models.
        """
        self._database = database
        self._declared = [(system, cache) for system in systems for cache in system.caches]
        self._systems = [system.name for system in systems if system.caches]
        self._counts = {
            (system.name, cache.name): (system, cache)
            for system in systems
            for cache in system.caches
            if isinstance(cache, CachedCount)
        }
        self._redis = redis
        self._environment = environment
        self._trust = trust
        self._causes = causes or Causes()
        self._identity = ""
        self._not_before: dict[tuple[str, str], float] = {}
        self._redefinitions = RedefinitionWatch()

    def open_session(self) -> OpenSession:
        """For who looks several times a second, a session to hand to `look`."""
        return OpenSession(self._database)

    def look(self, opened: Session | None = None) -> list[Forgotten]:
        """Delete what changed, then renew the heartbeat; returns what was deleted. `opened` is a session to use.

        The heartbeat counts from before the look: all that was committed by then is dealt with, or it is not
        renewed; somebody else may be moving it at this moment, or hold a table that has to be read for that.
        Raises CacheUnavailable or ServerUnreachable; what was pending then stays so.
        """
        if not self._systems:
            return []
        began = time.monotonic()
        redis = server_of(self._redis)
        with self._yielding() if opened is None else nullcontext(opened) as session:
            self._identity = self._identity or database_of(session.one(query("caches", "identity"))["identity"])
            if self._redefinitions.look(session):
                self._heal(session)
            taken = None
            # One transaction where nothing is in the log, as nearly always.
            with session.transaction():
                moment = session.one(query("caches", "moment"))
                if not waits_in_log(session):
                    taken = self._take(session, moment, redis, began)
            if taken is None:
                with suppress(pg.LockNotAvailable):
                    self._causes.note_changes(dispatch_changes(session))
                with session.transaction():
                    taken = self._take(session, moment, redis, began)
        rows, done = taken
        self._renew_heartbeat(redis, rows, began)
        return done

    @contextmanager
    def _yielding(self) -> Generator[Session]:
        with self._database.session() as session:
            session.set_session(lock_timeout=session.yielding_lock_timeout)
            yield session

    def _take(
        self, session: Session, moment: Mapping[str, Any], redis: RedisServer, began: float
    ) -> tuple[list[dict[str, Any]], list[Forgotten]]:
        """Take what is pending for each cache and delete it from Redis; returns the caches, and what was deleted."""
        self._distrust_changed_shapes(session)
        keeper = f"{self._environment}/{redis.run}"
        session.execute(query("caches", "keep", systems=self._systems, keeper=keeper))
        taken = session.rows(query("caches", "take", systems=self._systems, seen=moment["seen"]))
        generations = {
            now["model_id"]: now["generation"]
            for now in session.rows(query("caches", "generations", systems=self._systems))
        }
        rows = [
            {**row, "generation": generations[row["model_id"]], "history": moment["history"]}
            for row in taken
            if row["model_id"] in generations
        ]
        renew_until = began + _RENEWED_WITHIN_SECONDS
        return rows, [found for row in rows for found in self._forget(session, row, redis.run, renew_until)]

    def _distrust_changed_shapes(self, session: Session) -> None:
        """What was logged may lack something: until that is taken back or `apply` ran, there is no heartbeat for it."""
        for row in session.rows(query("caches", "changed_shapes", systems=self._systems)):
            session.execute(query("caches", "needs_rebuild", model_id=row["model_id"]))

    def _heal(self, looking: Session) -> None:
        for row in looking.rows(query("caches", "distrusted", systems=self._systems)):
            for system, cache in self._declared:
                if (system.name, cache.name) == (row["system"], row["name"]):
                    with self._database.session(system.schema) as session:
                        heal_cache(session, system, cache)

    def _forget(self, session: Session, row: dict[str, Any], run: str, renew_until: float) -> Iterator[Forgotten]:
        """Delete the slots of one cache's stale owners, within the transaction that takes these from the queue."""
        owners: list[str] = row["owners"]
        if row["everything"] or len(owners) > _MOST_OWNERS:
            row["generation"] = session.one(query("caches", "begin_generation", model_id=row["model_id"]))["generation"]
            yield Forgotten(row["system"], row["name"], None)
        elif owners:
            keys = self._keys(row)
            right = self._right_counts(session, row, keys, run, renew_until)
            left = [keys.slot(owner) for owner in owners if owner not in right]
            for first in range(0, len(left), _KEYS_AT_ONCE):
                self._redis.ask((("DEL", *left[first : first + _KEYS_AT_ONCE]),), ASK_SECONDS)
            yield Forgotten(row["system"], row["name"], len(owners))

    def _right_counts(
        self, session: Session, row: Mapping[str, Any], keys: Keyspace, run: str, renew_until: float
    ) -> set[str]:
        """The owners, of a portion of them, whose counts need not be forgotten: they have it, or were counted anew."""
        system, cache = self._counts.get((row["system"], row["name"]), (None, None))
        if system is None or cache is None or cache_version(system, cache) != row["code_version"]:
            return set()
        tag, owners = _tag(run, row), row["owners"][:_KEYS_AT_ONCE]
        [contents] = self._redis.ask((("MGET", *(keys.slot(owner) for owner in owners)),), ASK_SECONDS)
        right: set[str] = set()
        bases: dict[str, bytes] = {}
        for owner, content in zip(owners, contents, strict=True):
            transactions = row["transactions"].get(owner)
            if transactions is not None and has_counted(content, tag, transactions):
                right.add(owner)
            elif (base := base_of_count(content, tag)) is not None and len(bases) < _RENEWED_AT_ONCE:
                bases[owner] = base
        return right | self._renew(session, row, cache, keys, tag, bases, renew_until)

    def _renew(
        self,
        session: Session,
        row: Mapping[str, Any],
        cache: CachedCount,
        keys: Keyspace,
        tag: bytes,
        bases: Mapping[str, bytes],
        renew_until: float,
    ) -> set[str]:
        """Count anew for a few owners whose counts are held, or being loaded; returns them.

        A count may cost far more than it is worth to whoever asks next, so the page goes on with the old one until the
        new one is there, and what clients add meanwhile is not lost. If that takes long, or fails, it is forgotten
        instead, like everything else.
        """
        name = (row["system"], cache.name)
        left = int(1000 * (renew_until - time.monotonic()))
        if not bases or left <= 0 or time.monotonic() < self._not_before.get(name, 0.0):
            return set()
        held = {cache.owner_ids.parse(owner): base for owner, base in bases.items()}
        try:
            with session.transaction():
                session.set_local(statement_timeout=f"{left}ms")
                rows = session.rows(load(cache, row["definition"]).binding(owners=list(held)))
                session.set_local(statement_timeout="0")
        except (psycopg.Error, MissingPrivilege, RowsHidden, DiskFull):
            if session.connection.broken:
                raise
            if left > _ENOUGH_MILLISECONDS:
                self._not_before[name] = time.monotonic() + _NOT_RENEWED_SECONDS
            return set()
        numbers = {found[cache.owner]: found[cache.count] or 0 for found in rows}
        snapshot = rows[0]["snapshot"]
        parts: list[str | bytes | int] = []
        for owner, base in held.items():
            parts += [base, number_value(tag, numbers.get(owner, 0), snapshot), milliseconds_of(cache)]
        self._redis.ask((("EVAL", RENEW, len(held), *(keys.slot(owner) for owner in held), *parts),), ASK_SECONDS)
        return set(bases)

    def _renew_heartbeat(self, redis: RedisServer, rows: Sequence[Mapping[str, Any]], began: float) -> None:
        # By the server's own clock, as it was before the look: on its way to it, a heartbeat grows old too.
        until = redis.milliseconds + int(self._trust * 1000)
        heartbeats: list[Command] = []
        for row in rows:
            if not row["behind"] and time.monotonic() < began + self._trust:
                heartbeat = _tag(redis.run, row) + row["code_version"].encode()
                heartbeats.append(("SET", self._keys(row).heartbeat, heartbeat, "PXAT", until))
        if heartbeats:
            self._redis.ask(heartbeats, ASK_SECONDS)

    def _keys(self, row: Mapping[str, Any]) -> Keyspace:
        return Keyspace(self._environment, row["system"], self._identity, row["name"])


def _tag(run: str, row: Mapping[str, Any]) -> bytes:
    return tag_of(run, row["history"], row["model_id"], row["code_version"], row["generation"])
