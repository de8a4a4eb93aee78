"""Writing through a cache: to PostgreSQL first, and once that is committed, the cache follows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from denorm_assets.db.cache.client.effects import Ask, Command, Effects, Query
from denorm_assets.db.cache.client.reads import Reader, text_of
from denorm_assets.db.cache.protocol.lua_scripts import ADD
from denorm_assets.errors import CacheUnavailable, NotWritable
from denorm_assets.model.cached_set import CachedSet
from denorm_assets.model.ids import Id
from denorm_assets.sql.rows.caches import write


@dataclass(frozen=True)
class Change:
    """A member that was added (1) or removed (-1), or neither because it was so already (0).

    Attributes:
        transaction: the id of the transaction that did it; None where that does not tell whether it is committed.
    """

    owner: Id
    member: Id
    difference: int
    transaction: int | None


class Writer:
    """Effects that write to one cached set, and have it and the counts of its members follow."""

    def __init__(self, reader: Reader, cached: CachedSet, counts: Sequence[Reader]) -> None:
        self._reader = reader
        self._counts = tuple(counts)
        self._add = None if cached.add is None else text_of(write(cached.add))
        self._remove = None if cached.remove is None else text_of(write(cached.remove))

    def add(self, owner: Id, member: Id) -> Effects[Change]:
        """Add a member. Raises NotWritable."""
        return (yield from self._write(self._add, 1, owner, member))

    def remove(self, owner: Id, member: Id) -> Effects[Change]:
        """Remove a member. Raises NotWritable."""
        return (yield from self._write(self._remove, -1, owner, member))

    def toggle(self, owner: Id, member: Id) -> Effects[Change]:
        """Remove the member if it is there, else add it. Raises NotWritable.

        Each is one statement that says whether it changed anything, so that nothing has to be looked at before.
        """
        removed = yield from self.remove(owner, member)
        return removed if removed.difference else (yield from self.add(owner, member))

    def follow(self, changes: Sequence[Change]) -> Effects[None]:
        """Have the cache follow what is committed. Never fails: what cannot be done now, the keeper does."""
        done = [change for change in changes if change.difference]
        if done:
            with suppress(CacheUnavailable):
                yield Ask(tuple((yield from self._commands(done))))

    def _commands(self, done: Sequence[Change]) -> Effects[list[Command]]:
        keys = yield from self._reader.keys()
        commands: list[Command] = [("DEL", *dict.fromkeys(keys.slot(change.owner) for change in done))]
        for count in self._counts:
            keys = yield from count.keys()
            for change in done:
                slot = keys.slot(change.member)
                if change.transaction is None:
                    commands.append(("DEL", slot))
                else:
                    commands.append(("EVAL", ADD, 1, slot, change.transaction, change.difference))
        return commands

    def _write(self, text: str | None, difference: int, owner: Id, member: Id) -> Effects[Change]:
        if text is None:
            raise NotWritable(self._reader.name)
        # Asked for now: once it is committed, nothing that is asked of PostgreSQL may fail.
        for reader in (self._reader, *self._counts):
            yield from reader.keys()
        [(changed, transaction)] = yield Query(text, {"owner": owner, "member": member}, writes=True)
        # Where several rows went, nobody knows what that is to a count.
        return Change(owner, member, difference if changed else 0, transaction if changed == 1 else None)
