"""The circuit breaker: after one failure Redis is not asked again until a probe in the background finds it well."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass

from denorm_assets.db.cache.client.effects import Command
from denorm_assets.errors import CacheUnavailable

_LOG = logging.getLogger(__name__)
BUDGET_SECONDS = 0.04
"""What one call may spend on Redis altogether; with what the machine adds, a hung one costs less than 50 ms.

redis-py's defaults blocked for 58.8 s.
"""
PROBE_SECONDS = 0.1
_LONGEST_PROBE_WAIT = 1.0

CLUSTER = "it is a node of a Redis Cluster, which is unsupported: name a single server, which may have replicas"

READ_PROBE: Command = ("MGET", "denorm:1:probe", "denorm:1:probe of another slot")
"""No node of a cluster answers for keys of two slots."""
PROBE: tuple[Command, ...] = (("DEL", "denorm:1:probe"), READ_PROBE)
"""It has to take writes, too."""


class Unusable(CacheUnavailable):
    """The next command would fail, too."""


@dataclass
class Budget:
    """What a call may still spend on Redis, in seconds."""

    left: float


def probe_waits() -> Generator[float]:
    """Seconds before each probe: the first one at once, because a connection may only have been idle for too long."""
    yield 0.0
    wait = PROBE_SECONDS
    while True:
        yield wait
        wait = min(_LONGEST_PROBE_WAIT, wait * 2)


@dataclass(frozen=True)
class Outage:
    """Since when Redis is not used (by time.monotonic()), and why."""

    since: float
    reason: str


class Breaker:
    """Whether Redis is used; shared by the threads or tasks of a client. Logs when that changes, unless `quiet`."""

    def __init__(self, address: str, *, quiet: bool = False) -> None:
        self.address = address
        self._quiet = quiet
        self._lock = threading.Lock()
        self._outage: Outage | None = None

    @property
    def outage(self) -> Outage | None:
        """Why Redis is not used; None while it is."""
        return self._outage

    def open(self, reason: str) -> bool:
        """Stop using Redis; returns whether it was used until now, so that the caller has to probe it."""
        with self._lock:
            if self._outage is not None:
                return False
            self._outage = Outage(time.monotonic(), reason)
        if not self._quiet:
            _LOG.warning("Redis at %s is not used for now (%s); PostgreSQL answers", self.address, reason)
        return True

    def close(self) -> None:
        """Use Redis again."""
        with self._lock:
            outage, self._outage = self._outage, None
        if outage is not None and not self._quiet:
            away = time.monotonic() - outage.since
            # As the outage: who is told of one is told of its end, too.
            _LOG.warning("Redis at %s is used again, after %.1f s (%s)", self.address, away, outage.reason)
