"""Reading a cache: what is held, loaded where nobody has; PostgreSQL alone wherever Redis cannot be trusted."""

from __future__ import annotations

import random
from asyncio import CancelledError
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from denorm_assets.db.cache.client.effects import Ask, Effects, Pause, Query
from denorm_assets.db.cache.client.hit_counter import Tally
from denorm_assets.db.cache.protocol.encoding import (
    TAG_BYTES,
    Members,
    Number,
    Slot,
    Value,
    lease,
    members_value,
    number_value,
    read_slot,
)
from denorm_assets.db.cache.protocol.keys import Keyspace, database_of
from denorm_assets.db.cache.protocol.lua_scripts import GIVE_BACK, PUT, TAKE
from denorm_assets.db.postgres.compose import compose
from denorm_assets.errors import CacheUnavailable, UnknownCacheValue
from denorm_assets.model.cached_set import Cache, CachedSet
from denorm_assets.model.ids import Id
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.caches import load
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.versions import cache_version

LEASE_SECONDS = 2.0
_WAITS = (0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256)
"""How long to wait for another loader, look by look, before PostgreSQL is asked after all."""
_JITTER = 0.1

Held = Mapping[Id, Value]


@dataclass(frozen=True)
class Leased:
    """What was loaded under a lease, and the snapshot in which counts hold."""

    token: bytes
    values: Held
    snapshot: str


def text_of(statement: Statement) -> str:
    """`statement` as a client passes it on, parameters as `%(name)s`."""
    return compose(statement).as_string(None)


def milliseconds_of(cache: Cache) -> int:
    """How long a value of this cache is held, a little more or less, so that not all of them end at once."""
    return int(cache.ttl * 1000 * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311


class Reader:
    """Effects that read one cache. Holds no connection; any number of threads and tasks may share it."""

    def __init__(self, system: System, cache: Cache, environment: str, definition: str | None = None) -> None:
        """`definition` is the cache's with all names resolved; None is the text that people wrote."""
        self.system = system
        self.cache = cache
        self.tally = Tally()
        self.strange: UnknownCacheValue | None = None
        self._environment = environment
        self._version = cache_version(system, cache).encode()
        self.load_text = text_of(load(cache, definition))
        self._keys: Keyspace | None = None

    @property
    def name(self) -> str:
        """`system/cache`, as people write it."""
        return f"{self.system.name}/{self.cache.name}"

    def keys(self) -> Effects[Keyspace]:
        """The cache's keys. PostgreSQL is asked once which database this is."""
        if self._keys is None:
            rows = yield Query(text_of(query("caches", "identity")), {})
            self._keys = Keyspace(self._environment, self.system.name, database_of(rows[0][0]), self.cache.name)
        return self._keys

    def held(self, owners: Sequence[Id]) -> Effects[Held]:
        """What is held for these owners, or becomes so; PostgreSQL has to be asked for an owner that is not in it."""
        keys = yield from self.keys()
        found: dict[Id, Value] = {}
        with suppress(CacheUnavailable):
            try:
                yield from self._gather(keys, owners, found)
                self.strange = None
            except UnknownCacheValue as error:
                self.strange = error
        return found

    def loaded(self, owners: Sequence[Id]) -> Effects[tuple[dict[Id, Value], str]]:
        """What PostgreSQL says of these owners, and the snapshot in which a count holds."""
        rows = yield Query(self.load_text, {"owners": list(owners)})
        return self._values(owners, rows)

    def trusted_tag(self, heartbeat: bytes | None) -> bytes | None:
        """The tag of a heartbeat for the present version of the definition; None where nothing may be trusted."""
        return heartbeat[:TAG_BYTES] if heartbeat is not None and heartbeat[TAG_BYTES:] == self._version else None

    def _gather(self, keys: Keyspace, owners: Sequence[Id], found: dict[Id, Value]) -> Effects[None]:
        wanted = list(dict.fromkeys(owners))
        hits_counted = False
        for wait in (None, *_WAITS):
            if wait is not None:
                yield Pause(wait)
            tag, slots = yield from self._look(keys, wanted)
            values = {owner: slot for owner, slot in slots.items() if isinstance(slot, Members | Number)}
            found.update(values)
            if not hits_counted:
                self.tally.count(len(values), len(wanted) - len(values))
                hits_counted = True
            if tag is None:
                return
            absent = [owner for owner, slot in slots.items() if slot is None]
            if absent:
                found.update((yield from self._take_and_load(keys, tag, absent)))
            wanted = [owner for owner in wanted if owner not in found]
            if not wanted:
                return

    def _look(self, keys: Keyspace, owners: Sequence[Id]) -> Effects[tuple[bytes | None, dict[Id, Slot]]]:
        """The heartbeat's tag and the slots under it, as of one instant; no slots where there is none to trust."""
        told = self.tally.due(keys)
        slots = [keys.slot(owner) for owner in owners]
        replies = yield Ask((("MGET", keys.heartbeat, *slots), *told))
        heartbeat, *held = replies[0]
        tag = self.trusted_tag(heartbeat)
        if tag is None:
            return None, {}
        read = [read_slot(key, content, tag) for key, content in zip(slots, held, strict=True)]
        return tag, dict(zip(owners, read, strict=True))

    def _take_and_load(self, keys: Keyspace, tag: bytes, owners: Sequence[Id]) -> Effects[Held]:
        leased = yield from self.lease_and_load(keys, tag, owners, LEASE_SECONDS)
        # Where that fails the answer is right all the same.
        with suppress(CacheUnavailable):
            yield from self.put(keys, tag, leased)
        return leased.values

    def lease_and_load(self, keys: Keyspace, tag: bytes, owners: Sequence[Id], lease_seconds: float) -> Effects[Leased]:
        """Load the owners whose slots hold nothing under this tag, as far as we get their leases.

        First the lease, then PostgreSQL: the package's docstring says why.
        """
        token, slots = lease(tag), [keys.slot(owner) for owner in owners]
        [taken] = yield Ask((("EVAL", TAKE, len(slots), *slots, token, tag, int(lease_seconds * 1000)),))
        mine = [owner for owner, got in zip(owners, taken, strict=True) if got]
        if not mine:
            return Leased(token, {}, "")
        try:
            values, snapshot = yield from self.loaded(mine)
        except (Exception, CancelledError):
            # Nobody waits for what is not going to be loaded.
            with suppress(CacheUnavailable):
                yield Ask((("EVAL", GIVE_BACK, len(mine), *map(keys.slot, mine), token),))
            raise
        return Leased(token, values, snapshot)

    def put(self, keys: Keyspace, tag: bytes, leased: Leased) -> Effects[int]:
        """Put what was loaded in the place of its leases; returns for how many owners they held still."""
        if not leased.values:
            return 0
        parts: list[str | bytes | int] = []
        for value in leased.values.values():
            parts += [self._encoded(tag, value, leased.snapshot), milliseconds_of(self.cache)]
        slots = [keys.slot(owner) for owner in leased.values]
        [put] = yield Ask((("EVAL", PUT, len(slots), *slots, leased.token, *parts),))
        return put

    def _values(self, owners: Sequence[Id], rows: Sequence[tuple[Any, ...]]) -> tuple[dict[Id, Value], str]:
        if isinstance(self.cache, CachedSet):
            values: dict[Id, Value] = {owner: Members(frozenset()) for owner in owners}
            for owner, members in rows:
                values[owner] = Members(frozenset(members) if len(members) <= self.cache.largest else None)
            return values, ""
        values = {owner: Number(0) for owner in owners}
        values.update({owner: Number(number or 0) for owner, number, _ in rows if owner is not None})
        return values, rows[0][2]

    def _encoded(self, tag: bytes, value: Value, snapshot: str) -> bytes:
        if isinstance(value, Number):
            return number_value(tag, value.count, snapshot)
        return members_value(tag, None if value.ids is None else sorted(value.ids))
