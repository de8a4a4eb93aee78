"""Comparing what Redis holds with PostgreSQL, and the health of the cache; the same comparison repairs."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from denorm_assets.db.cache.admin.warm_up import PATIENCE_SECONDS, CacheAccess
from denorm_assets.db.cache.client.effects import Ask, Effects, Pause
from denorm_assets.db.cache.invalidation.keeper import ASK_SECONDS
from denorm_assets.db.cache.protocol.encoding import Members, Number, Value, read_slot
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import BadRange, CacheUnavailable
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.sql.statement import Statement

SAMPLE = 1_000
_KEYS_AT_ONCE = 1_000
_SETTLING_SECONDS = 1.0
_ROWS_SHOWN, _IDS_SHOWN = 20, 10
_ENOUGH_READS = 1_000
_LOW_RATIO = 0.8
_FULL_SHARE = 0.9


@dataclass(frozen=True)
class Compared:
    """What a comparison of held values with PostgreSQL found.

    Attributes:
        held: how many values were compared; `wrong` those that differ and that no pending change explains.
        repaired: how many of these were deleted; they are loaded anew when somebody asks.
    """

    held: int = 0
    wrong: int = 0
    repaired: int = 0
    rows: tuple[Row, ...] = ()


def compare(database: Database, access: CacheAccess, *, at_most: int | None, repair: bool) -> Compared:
    """Compare the values held, or about `at_most` of them, with what the definition says now.

    What differs is looked at again a second later: within that time it may rightly differ. With `repair`, what is still
    wrong is deleted. Raises CacheUnavailable.
    """
    found = Compared()
    for keys in _held_keys(access, at_most):
        held, wrong = access.run(_differing(access, keys))
        found = replace(found, held=found.held + held)
        if not wrong:
            continue
        access.run(_settle())
        _, still = access.run(_differing(access, list(wrong)))
        stale = _stale_owners(database, access)
        if stale is None:
            continue
        for key, (was, now) in still.items():
            owner = key.removeprefix(access.keys.prefix)
            if wrong.get(key) == (was, now) and owner not in stale:
                found = _with(access, found, key, owner, was, now, repair=repair)
    return found


def not_reached(check: str, name: str, error: CacheUnavailable) -> CheckResult:
    """What any check of a cache says where Redis does not answer: slower, and right, so that nobody has to be woken."""
    return CheckResult(check, name, False, str(error), warning_only=True)


def matches_source(found: Compared, name: str) -> CheckResult:
    """The comparison as a check."""
    left = found.wrong - found.repaired
    summary = f"{found.held:,} held values are what the definition says"
    if found.wrong:
        summary = (
            f"{found.wrong:,} of {found.held:,} held values are not what the definition says; {found.repaired:,} were "
            "deleted and are loaded anew"
            + ("" if not left else f". Run `denorm-assets reconcile {name} --repair`, and `denorm-assets status`")
        )
    figures = {"held": found.held, "wrong": found.wrong, "repaired": found.repaired}
    return CheckResult("matches_source", name, left == 0, summary, found.rows, figures)


def hit_ratio(access: CacheAccess) -> CheckResult:
    """How often Redis had the answer, over all clients since the figures were kept."""
    [counted] = access.redis.ask((("HMGET", access.keys.tally, "hits", "misses"),), ASK_SECONDS)
    with _numbers(access):
        hits, misses = (int(value or 0) for value in counted)
    asked = hits + misses
    ratio = hits / asked if asked else 1.0
    low = asked >= _ENOUGH_READS and ratio < _LOW_RATIO
    summary = f"{ratio:.1%} of {asked:,} reads were answered by Redis" if asked else "nobody has asked yet"
    if low:
        summary += (
            ". See that a worker runs (without its heartbeat PostgreSQL answers), and that `ttl` and memory are enough"
        )
    figures = {"hits": hits, "misses": misses, "ratio": round(ratio, 4)}
    return CheckResult("hit_ratio", access.reader.name, not low, summary, (), figures, warning_only=True)


def memory(access: CacheAccess) -> CheckResult:
    """How much memory the server has left; what does not fit is evicted, or not held at all."""
    [info] = access.redis.ask((("INFO", "memory"),), ASK_SECONDS)
    said = dict(line.split(b":", 1) for line in info.splitlines() if b":" in line)
    with _numbers(access):
        used, most = int(said[b"used_memory"]), int(said.get(b"maxmemory", 0))
        policy = said.get(b"maxmemory_policy", b"noeviction").decode()
    full = most > 0 and used > most * _FULL_SHARE
    limit = f"of {most / 2**20:,.0f} MiB, then {policy}" if most else "and has no limit of its own"
    summary = f"the server uses {used / 2**20:,.1f} MiB {limit}"
    if full:
        summary += ". Raise maxmemory or shorten `ttl`; PostgreSQL answers what does not fit"
    figures = {"used bytes": used, "most bytes": most}
    return CheckResult("memory", access.reader.name, not full, summary, (), figures, warning_only=True)


@contextmanager
def _numbers(access: CacheAccess) -> Generator[None]:
    """Raises CacheUnavailable where what the server says of itself is missing, or is no number."""
    try:
        yield
    except (KeyError, ValueError):
        raise CacheUnavailable(access.redis.address, "what it says of itself cannot be read") from None


def _held_keys(access: CacheAccess, at_most: int | None) -> Iterator[list[str]]:
    """Keys of slots, portion by portion: all of them, or so many from a random place on, each once."""
    cursor = first = 0 if at_most is None else random.getrandbits(48)
    seen: set[str] = set()
    while at_most is None or len(seen) < at_most:
        scan = ("SCAN", cursor, "MATCH", access.keys.prefix + "*", "COUNT", _KEYS_AT_ONCE)
        [(following, found)] = access.redis.ask((scan,), PATIENCE_SECONDS)
        # A key that is no text is not one of ours, nor is one that no owner has.
        names = [name.decode(errors="replace") for name in found]
        keys = [key for key in names if key not in seen and _is_slot(access, key)]
        if at_most is not None:
            keys = keys[: at_most - len(seen)]
            seen.update(keys)
        if keys:
            yield keys
        cursor = int(following)
        if cursor == 0:
            if first == 0:
                return
            # A sample that began near the end goes on from the beginning, once.
            first = 0


def _is_slot(access: CacheAccess, key: str) -> bool:
    with suppress(BadRange):
        return access.keys.owner(key, access.cache.owner_ids) is not None
    return False


Differing = Mapping[str, tuple[Value, Value | None]]


def _differing(access: CacheAccess, keys: Sequence[str]) -> Effects[tuple[int, Differing]]:
    """How many of the slots hold a value, and those whose value differs and is still there afterwards, with both."""
    [before] = yield Ask((("MGET", *keys),))
    values = _values(access, keys, before)
    if not values:
        return 0, {}
    owners = {key: access.cache.owner_ids.parse(key.removeprefix(access.keys.prefix)) for key in values}
    now, _ = yield from access.reader.loaded(list(owners.values()))
    differing = {key: (value, now.get(owners[key])) for key, value in values.items() if value != now.get(owners[key])}
    if not differing:
        return len(values), {}
    [after] = yield Ask((("MGET", *differing),))
    unchanged = _values(access, list(differing), after)
    return len(values), {key: both for key, both in differing.items() if unchanged.get(key) == both[0]}


def _values(access: CacheAccess, keys: Sequence[str], contents: Sequence[bytes | None]) -> dict[str, Value]:
    read = {key: read_slot(key, held, access.tag) for key, held in zip(keys, contents, strict=True)}
    return {key: slot for key, slot in read.items() if isinstance(slot, Members | Number)}


def _settle() -> Effects[None]:
    yield Pause(_SETTLING_SECONDS)


def _stale_owners(database: Database, access: CacheAccess) -> set[str] | None:
    """Owners that pending changes explain, as text; None where everything is."""
    with database.session() as session:
        rows = session.rows(
            Statement(
                "SELECT anchor, everything FROM denorm.stale_anchors(%(model_id)s)",
                params={"model_id": access.registered.model_id},
            )
        )
    return None if any(row["everything"] for row in rows) else {row["anchor"] for row in rows}


def _with(
    access: CacheAccess, found: Compared, key: str, owner: str, was: Value, now: Value | None, *, repair: bool
) -> Compared:
    if repair:
        access.redis.ask((("DEL", key),), PATIENCE_SECONDS)
    row: Row = {"owner": owner, "held": _words(was), "definition": _words(now)}
    rows = (*found.rows, row) if len(found.rows) < _ROWS_SHOWN else found.rows
    return replace(found, wrong=found.wrong + 1, repaired=found.repaired + int(repair), rows=rows)


def _words(value: Value | None) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Number):
        return str(value.count)
    if value.ids is None:
        return "too many to be held"
    shown = ", ".join(sorted(map(str, value.ids))[:_IDS_SHOWN])
    return f"{len(value.ids)} members ({shown}{', ...' if len(value.ids) > _IDS_SHOWN else ''})"
