"""Writers at a steady rate, and a prober that sees when each of their writes appears in the read models."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

POLL_SECONDS = 0.02
"""Between two looks of the prober; what it sees is late by that at most."""

FEED_SCHEMA = """
CREATE SCHEMA feed;
CREATE TABLE feed.users (id bigint PRIMARY KEY, name text NOT NULL, revision bigint NOT NULL DEFAULT 0);
INSERT INTO feed.users SELECT n, 'user ' || n FROM generate_series(1, 5000) AS n;
CREATE TABLE feed.projects
    (id bigint PRIMARY KEY, user_id bigint NOT NULL, title text NOT NULL, revision bigint NOT NULL DEFAULT 0);
INSERT INTO feed.projects SELECT n, n % 5000 + 1, 'project ' || n FROM generate_series(1, 20000) AS n;
CREATE INDEX ON feed.projects (user_id);
CREATE TABLE feed.votes (id bigint PRIMARY KEY, project_id bigint NOT NULL, user_id bigint NOT NULL);
INSERT INTO feed.votes SELECT n, n * 7919 % 20000 + 1, n % 5000 + 1 FROM generate_series(1, 200000) AS n;
CREATE INDEX ON feed.votes (project_id);
ANALYZE feed.users, feed.projects, feed.votes;
"""


@dataclass(eq=False)
class Kind:
    """A kind of write that can be recognised: it gives the row `id` the number `number`, larger than any before.

    Attributes:
        write: the statement, with %(id)s and %(number)s.
        seen: queries of (id, number) for the rows %(ids)s, one per read model that shows the write.
        ids: the rows to write to, one after the other, each again only when all others were.
    """

    name: str
    write: LiteralString
    seen: tuple[LiteralString, ...]
    ids: Iterator[int]


@dataclass(eq=False)
class _Watch:
    """What one query still has to show: row -> (number, when it was committed)."""

    query: LiteralString
    awaited: dict[int, tuple[int, float]] = field(default_factory=dict[int, tuple[int, float]])


@dataclass(eq=False)
class Sampled:
    """What came of a stretch of writing.

    Attributes:
        writes: writes committed; `seconds` is how long that took.
        waits: commit to visible in seconds, a sample per write and read model that shows it.
        never: samples that did not become visible in time.
    """

    writes: int = 0
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list[float])
    never: int = 0

    @property
    def rate(self) -> float:
        """Writes a second."""
        return self.writes / self.seconds


def kinds_of_write(url: str) -> list[Kind]:
    """One kind per source of the feed, and the entries of `topics`, as often as all others together."""
    with psycopg.connect(url) as connection:
        linked = [
            int(row[0])
            for row in connection.execute(
                "SELECT entry_id FROM topics.entry_topics INTERSECT SELECT entry_id FROM topics.entry_title_topics"
            )
        ]
    entries = Kind(
        "entries",
        "UPDATE topics.entries SET published_at = timestamptz '2030-01-01 UTC' + %(number)s * interval '1 second'"
        " WHERE id = %(id)s",
        (
            "SELECT entry_id, extract(epoch FROM min(published_at) - timestamptz '2030-01-01 UTC')::bigint"
            " FROM topics.entry_topics WHERE entry_id = ANY (%(ids)s) GROUP BY entry_id",
            "SELECT entry_id, extract(epoch FROM min(published_at) - timestamptz '2030-01-01 UTC')::bigint"
            " FROM topics.entry_title_topics WHERE entry_id = ANY (%(ids)s) GROUP BY entry_id",
        ),
        itertools.cycle(linked),
    )
    votes = Kind(
        "votes",
        "INSERT INTO feed.votes (id, project_id, user_id) VALUES (1000000 + %(number)s, %(id)s, 1)",
        ("SELECT id, last_vote - 1000000 FROM feed.feed_projects WHERE id = ANY (%(ids)s)",),
        itertools.cycle(range(1, 20_001)),
    )
    titles = Kind(
        "titles",
        "UPDATE feed.projects SET title = title || '.', revision = %(number)s WHERE id = %(id)s",
        ("SELECT id, revision FROM feed.feed_projects WHERE id = ANY (%(ids)s)",),
        itertools.cycle(range(20_000, 0, -1)),
    )
    users = Kind(
        "users",
        "UPDATE feed.users SET name = name || '.', revision = %(number)s WHERE id = %(id)s",
        ("SELECT user_id, min(user_revision) FROM feed.feed_projects WHERE user_id = ANY (%(ids)s) GROUP BY user_id",),
        itertools.cycle(range(1, 5_001)),
    )
    return [entries, votes, entries, titles, entries, users]


class Load:
    """Writes from several sessions at a rate, probed from another one."""

    def __init__(self, url: str, kinds: list[Kind], numbers: Iterator[int], sessions: int) -> None:
        self._url = url
        self._sessions = sessions
        self._kinds = itertools.cycle(kinds)
        self._watches = {kind: [_Watch(query) for query in kind.seen] for kind in kinds}
        self._numbers = numbers
        self._lock = threading.Lock()
        self._sampled = Sampled()

    def run(self, rate: float, seconds: float, patience: float) -> Sampled:
        """Write for `seconds`, then wait up to `patience` for all of it to become visible."""
        self._sampled = Sampled()
        stop = threading.Event()
        with ThreadPoolExecutor(self._sessions + 1) as pool:
            prober = pool.submit(self._probe, stop)
            began = time.monotonic()
            with _stopping(stop):
                writers = [pool.submit(self._write, rate / self._sessions, seconds) for _ in range(self._sessions)]
                _finish(writers)
                self._sampled.seconds = time.monotonic() - began
                deadline = time.monotonic() + patience
                while self._awaited() and time.monotonic() < deadline and not prober.done():
                    time.sleep(POLL_SECONDS)
            _finish([prober])
        self._sampled.never = self._awaited()
        for watches in self._watches.values():
            for watch in watches:
                watch.awaited.clear()
        return self._sampled

    def _write(self, rate: float, seconds: float) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            end = time.monotonic() + seconds
            due = time.monotonic()
            while due < end:
                time.sleep(max(0, due - time.monotonic()))
                due += 1 / rate
                with self._lock:
                    kind, number = next(self._kinds), next(self._numbers)
                    row = next(kind.ids)
                connection.execute(kind.write, {"id": row, "number": number})
                committed = time.monotonic()
                with self._lock:
                    self._sampled.writes += 1
                    for watch in self._watches[kind]:
                        watch.awaited[row] = (number, committed)

    def _probe(self, stop: threading.Event) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not stop.wait(POLL_SECONDS):
                for watch in itertools.chain.from_iterable(self._watches.values()):
                    self._look(connection, watch)

    def _look(self, connection: psycopg.Connection[tuple[Any, ...]], watch: _Watch) -> None:
        with self._lock:
            awaited = dict(watch.awaited)
        if not awaited:
            return
        found = dict(connection.execute(watch.query, {"ids": list(awaited)}).fetchall())
        seen = time.monotonic()
        for row, (number, committed) in awaited.items():
            if (found.get(row) or -1) < number:
                continue
            with self._lock:
                if watch.awaited.get(row) == (number, committed):
                    del watch.awaited[row]
                self._sampled.waits.append(seen - committed)

    def _awaited(self) -> int:
        with self._lock:
            return sum(len(watch.awaited) for watches in self._watches.values() for watch in watches)


@contextmanager
def _stopping(stop: threading.Event) -> Generator[None]:
    try:
        yield
    finally:
        stop.set()


def _finish(futures: list[Future[None]]) -> None:
    """Wait for all; raises what any of them raises."""
    for future in futures:
        future.result()
