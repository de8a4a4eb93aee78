"""What applications ask of a cache, checked and answered; `client` and `async_client` carry the effects out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from denorm_assets.db.cache.client.circuit_breaker import READ_PROBE, Breaker
from denorm_assets.db.cache.client.effects import Ask, Effects, Query
from denorm_assets.db.cache.client.reads import Reader, text_of
from denorm_assets.db.cache.client.writes import Change, Writer
from denorm_assets.db.cache.protocol.encoding import Members, Number
from denorm_assets.errors import CacheUnavailable, TooManyIds, UnknownName
from denorm_assets.model.cached_set import CachedCount, CachedSet, checked_id, checked_ids
from denorm_assets.model.ids import Id, IdKind
from denorm_assets.model.system import System
from denorm_assets.sql.rows.caches import matching

MOST_IDS = 1_000
"""A call is asked about so many IDs at most: more belong on several pages."""


@dataclass(frozen=True)
class Health:
    """The health of a cache, as one process sees it.

    Attributes:
        answering: whether Redis answers for it now; PostgreSQL does otherwise.
        why: the reason in words.
        hits: answers from Redis since the process began, `misses` all others.
    """

    answering: bool
    why: str
    hits: int
    misses: int


class Questions:
    """What every cache is asked."""

    def __init__(self, reader: Reader, breaker: Breaker | None) -> None:
        self.reader = reader
        self._breaker = breaker

    def health(self) -> Effects[Health]:
        """The health of the cache."""
        why = yield from self._trouble()
        tally = self.reader.tally
        return Health(why is None, why or "a worker keeps it, and Redis answers", tally.hits, tally.misses)

    def _trouble(self) -> Effects[str | None]:
        if self._breaker is None:
            return "DENORM_REDIS_URL is not set: PostgreSQL answers alone"
        keys = yield from self.reader.keys()
        try:
            [heartbeat, _] = yield Ask((("GET", keys.heartbeat), READ_PROBE))
        except CacheUnavailable as error:
            return str(error)
        if heartbeat is None:
            return (
                "no active worker heartbeat; check that `denorm-assets worker` runs, with this DENORM_REDIS_URL, "
                "DENORM_ENVIRONMENT and database, and that `denorm-assets plan` finds nothing to apply"
            )
        if self.reader.trusted_tag(heartbeat) is None:
            return (
                "it is kept for another version of its definition: upgrade this process, or run `denorm-assets apply`"
            )
        return None if self.reader.strange is None else str(self.reader.strange)


class SetQuestions(Questions):
    """What a cached set is asked, and told."""

    def __init__(self, cached: CachedSet, reader: Reader, counts: Sequence[Reader], breaker: Breaker | None) -> None:
        super().__init__(reader, breaker)
        self._cached = cached
        self._matching = text_of(matching(cached))
        self._writer = Writer(reader, cached, counts)

    def contains(self, owner: Id, members: Iterable[Id]) -> Effects[set[Id]]:
        """Which of `members` the owner's set has. Raises BadId or TooManyIds."""
        asked = checked_ids(self._cached.member_ids, [*members], "a member")
        if len(asked) > MOST_IDS:
            raise TooManyIds(self.reader.name, len(asked), MOST_IDS)
        self._owner(owner)
        if not asked:
            return set()
        value = (yield from self.reader.held([owner])).get(owner)
        if isinstance(value, Members) and value.ids is not None:
            return set(value.ids.intersection(asked))
        rows = yield Query(self._matching, {"owner": owner, "members": asked})
        return {row[0] for row in rows}

    def members(self, owner: Id) -> Effects[set[Id]]:
        """The whole set. Raises BadId."""
        self._owner(owner)
        value = (yield from self.reader.held([owner])).get(owner)
        if not isinstance(value, Members) or value.ids is None:
            return (yield from self._all_members(owner))
        return set(value.ids)

    def count(self, owner: Id) -> Effects[int]:
        """How many members the set has. Raises BadId."""
        return len((yield from self.members(owner)))

    def add(self, owner: Id, member: Id) -> Effects[Change]:
        """Add a member, in whatever transaction the effects run. Raises BadId or NotWritable."""
        return (yield from self._writer.add(*self._pair(owner, member)))

    def remove(self, owner: Id, member: Id) -> Effects[Change]:
        """Remove a member likewise. Raises BadId or NotWritable."""
        return (yield from self._writer.remove(*self._pair(owner, member)))

    def toggle(self, owner: Id, member: Id) -> Effects[Change]:
        """Remove or add a member likewise. Raises BadId or NotWritable."""
        return (yield from self._writer.toggle(*self._pair(owner, member)))

    def follow(self, changes: Sequence[Change]) -> Effects[None]:
        """Have the cache follow committed changes."""
        yield from self._writer.follow(changes)

    def following(self, change: Effects[Change]) -> Effects[Change]:
        """A change that is committed by itself, and what follows."""
        done = yield from change
        yield from self._writer.follow([done])
        return done

    def _all_members(self, owner: Id) -> Effects[set[Id]]:
        rows = yield Query(self.reader.load_text, {"owners": [owner]})
        return {member for _, members in rows for member in members}

    def _owner(self, owner: Id) -> Id:
        return checked_id(self._cached.owner_ids, owner, "the owner")

    def _pair(self, owner: Id, member: Id) -> tuple[Id, Id]:
        return self._owner(owner), checked_id(self._cached.member_ids, member, "the member")


class CountQuestions(Questions):
    """What a cached count is asked."""

    def __init__(self, cached: CachedCount, reader: Reader, breaker: Breaker | None) -> None:
        super().__init__(reader, breaker)
        self._kind: IdKind = cached.owner_ids

    def counts(self, owners: Iterable[Id]) -> Effects[dict[Id, int]]:
        """The number of each owner. Raises BadId or TooManyIds."""
        asked = checked_ids(self._kind, [*owners], "the owner")
        if len(asked) > MOST_IDS:
            raise TooManyIds(self.reader.name, len(asked), MOST_IDS)
        found = dict((yield from self.reader.held(asked))) if asked else {}
        missing = [owner for owner in asked if owner not in found]
        if missing:
            values, _ = yield from self.reader.loaded(missing)
            found.update(values)
        return {owner: value.count for owner, value in found.items() if isinstance(value, Number)}

    def count(self, owner: Id) -> Effects[int]:
        """The owner's number. Raises BadId."""
        return (yield from self.counts([owner]))[owner]


def questions(
    system: System, environment: str, breaker: Breaker | None
) -> tuple[Callable[[str], SetQuestions], Callable[[str], CountQuestions]]:
    """What finds the questions of a system's cached sets, and of its counts, by name; both raise UnknownName."""
    readers = {cache.name: Reader(system, cache, environment) for cache in system.caches}
    sets: dict[str, SetQuestions] = {}
    counts: dict[str, CountQuestions] = {}
    for cache in system.caches:
        reader = readers[cache.name]
        if isinstance(cache, CachedSet):
            of = [readers[count.name] for count in system.counts_of(cache.name)]
            sets[cache.name] = SetQuestions(cache, reader, of, breaker)
        else:
            counts[cache.name] = CountQuestions(cache, reader, breaker)

    def set_called(name: str) -> SetQuestions:
        if name not in sets:
            raise UnknownName("cached set", f"{system.name}/{name}", [f"{system.name}/{each}" for each in sets])
        return sets[name]

    def count_called(name: str) -> CountQuestions:
        if name not in counts:
            raise UnknownName("cached count", f"{system.name}/{name}", [f"{system.name}/{each}" for each in counts])
        return counts[name]

    return set_called, count_called
