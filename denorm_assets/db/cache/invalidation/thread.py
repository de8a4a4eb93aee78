"""The worker's other thread: it keeps the caches, whatever the refreshes of read models take."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

import psycopg

from denorm_assets.db.cache.client.open_redis import open_redis
from denorm_assets.db.cache.invalidation.keeper import ASK_SECONDS, TRUST_SECONDS, CacheKeeper, Forgotten
from denorm_assets.db.changes.causes import Causes
from denorm_assets.db.control.pending_work import OpenSession
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import DenormError
from denorm_assets.model.system import System
from denorm_assets.settings import Settings

_LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.1
_REST = 2.0
"""So many times as long as a look took nobody looks: pages need the machine, too."""
_LONGEST_WAIT = 0.3
"""With a look that takes as long as it may, the next heartbeat still comes before the last one ends. Also when idle."""
_BUSY_SECONDS = 5.0
"""After the last change it looks as often as under load."""


def keeper_of(
    database: Database,
    systems: Sequence[System],
    settings: Settings,
    trust: float = TRUST_SECONDS,
    causes: Causes | None = None,
) -> CacheKeeper | None:
    """The keeper of these systems' caches; None where there are none, or no Redis.

    Raises BadRedisUrl or MissingExtra.
    """
    if settings.optional_redis_url is None or not any(system.caches for system in systems):
        return None
    redis = open_redis(settings.optional_redis_url, ASK_SECONDS)
    return CacheKeeper(database, systems, redis, settings.environment, trust, causes)


def look(keeper: CacheKeeper, opened: OpenSession | None = None) -> tuple[Sequence[Forgotten], str]:
    """One look: what was deleted, and what kept it from being done, in words; empty where nothing did."""
    try:
        try:
            return keeper.look(None if opened is None else opened.get()), ""
        except Exception as error:
            if opened is not None:
                opened.close(error)
            raise
    except (DenormError, psycopg.Error) as error:
        return (), str(error)
    except Exception as error:
        # Whatever it is: a thread that ends would leave the caches without a keeper, and nobody would say so.
        return (), f"{type(error).__name__}: {error}"


class CacheMinder:
    """Looks at what changed ten times a second until it is stopped; survives the loss of either server."""

    def __init__(self, keeper: CacheKeeper, report: Callable[[Sequence[Forgotten]], None]) -> None:
        """`report` is given what each look deleted, if it did. Trouble, and its end, is logged."""
        self._opened = keeper.open_session()
        self._keeper = keeper
        self._report = report
        self._stop = threading.Event()
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="cache minder", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        wait, idle_at = POLL_SECONDS, time.monotonic() + _BUSY_SECONDS
        while not self._stop.wait(wait):
            began = time.monotonic()
            found, trouble = look(self._keeper, self._opened)
            ended = time.monotonic()
            if found or trouble:
                idle_at = ended + _BUSY_SECONDS
            # What takes long to count is counted less often. No longer waits after trouble: once both servers are back,
            # applications wait for the next heartbeat.
            wait = min(_LONGEST_WAIT, max(POLL_SECONDS if ended < idle_at else _LONGEST_WAIT, _REST * (ended - began)))
            self._say(trouble)
            if found:
                self._report(found)
        self._opened.close()

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            if trouble:
                _LOG.warning("caches are not kept: %s", trouble, extra={"event": "caches_not_kept"})
            else:
                _LOG.info("caches are kept again", extra={"event": "caches_kept"})
            self._trouble = trouble
