"""Hits and misses: counted here, and added to those of all clients once a second, along with another command."""

from __future__ import annotations

import time

from denorm_assets.db.cache.client.effects import Command
from denorm_assets.db.cache.protocol.keys import Keyspace

_EVERY_SECONDS = 1.0


class Tally:
    """Answers from Redis, and others. Threads may lose a count now and then; it is for people."""

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0
        self._told = (0, 0)
        self._told_at = time.monotonic()

    def count(self, hits: int, misses: int) -> None:
        """Take note of answers."""
        self.hits += hits
        self.misses += misses

    def due(self, keys: Keyspace) -> tuple[Command, ...]:
        """Commands that tell what is new; none where that was done within a second."""
        now = time.monotonic()
        if now - self._told_at < _EVERY_SECONDS:
            return ()
        new = (("hits", self.hits - self._told[0]), ("misses", self.misses - self._told[1]))
        self._told, self._told_at = (self.hits, self.misses), now
        return tuple(("HINCRBY", keys.tally, name, count) for name, count in new if count)
