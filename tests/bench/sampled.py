"""What writers wait for, by looking at `pg_stat_activity` every few milliseconds."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

LOOK_SECONDS = 0.01
_LOOK = """
SELECT pid, query_start, coalesce(wait_event_type || ' ' || wait_event, 'running'), left(query, 80),
    application_name = %s
FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
"""


@dataclass
class Waits:
    """Statement (process, its beginning) -> what it did -> for how many milliseconds, as far as was seen."""

    of: dict[tuple[int, datetime], dict[str, float]] = field(default_factory=lambda: defaultdict(_none))
    texts: dict[tuple[int, datetime], str] = field(default_factory=dict[tuple[int, datetime], str])
    beside: dict[tuple[int, datetime], set[str]] = field(default_factory=lambda: defaultdict(set))
    """What others, which are not looked at, did meanwhile."""

    def longest_lock_ms(self) -> float:
        """The longest that one statement waited for locks altogether."""
        return max((_locked(done) for done in self.of.values()), default=0.0)

    def slowest(self, count: int = 5) -> list[dict[str, object]]:
        """The statements that took longest, with what they did meanwhile."""
        ordered = sorted(self.of, key=lambda key: -sum(self.of[key].values()))[:count]
        return [
            {
                "statement": self.texts[key],
                "at": key[1].isoformat(),
                **{what: round(ms) for what, ms in self.of[key].items()},
                "beside": sorted(self.beside[key]),
            }
            for key in ordered
        ]


def _none() -> dict[str, float]:
    return defaultdict(float)


def _locked(done: Mapping[str, float]) -> float:
    return sum(ms for what, ms in done.items() if what.startswith("Lock "))


@contextmanager
def sampled(url: str, application_name: str) -> Generator[Waits]:
    """Look at the statements of `application_name` for as long as the block takes."""
    waits, stop = Waits(), threading.Event()
    with psycopg.connect(url, autocommit=True) as connection:
        looking = threading.Thread(target=_look, args=(connection, application_name, waits, stop))
        looking.start()
        try:
            yield waits
        finally:
            stop.set()
            looking.join()


def _look(
    connection: psycopg.Connection[tuple[int, datetime, str, str, bool]],
    application_name: str,
    waits: Waits,
    stop: threading.Event,
) -> None:
    last = time.perf_counter()
    while not stop.wait(LOOK_SECONDS):
        rows = connection.execute(_LOOK, (application_name,)).fetchall()
        now = time.perf_counter()
        others = {f"{text} ({what})" for _, _, what, text, looked_at in rows if not looked_at}
        for pid, began, what, text, looked_at in rows:
            if looked_at:
                # What is seen now counts for the time since the last look, of which it may be a part only.
                waits.of[pid, began][what] += 1000 * (now - last)
                waits.texts[pid, began] = text
                waits.beside[pid, began] |= others
        last = now
