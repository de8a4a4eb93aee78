"""What a refresh costs: changes against the size of the read model, beside REFRESH of a view of the same definition.

Two copies of one schema, ten times apart in size. The read model joins links with their books and those with their
authors, so a changed link makes one row of it stale (one anchor), and a renamed author ten. Ours is timed by what the
worker calls: from the change log to committed rows, everything that is written down about the refresh included.
Then the same for definitions of many shapes: `cost_shapes`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import LiteralString

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.bench import cost_shapes
from tests.bench.servers import bench_server
from tests.support.live import bring_up
from tests.support.reports import Figure, report

ROWS = {"small": 100_000, "full": 1_000_000}
PAIRS = {"small": 5, "full": 7}
CHANGED = 100
_TIMES_SMALLER = 10
_GOAL_ROWS = 1_000_000
"""The size for which the goal against REFRESH is set; what REFRESH costs follows the size."""

_DEFINITION = """SELECT l.id, l.reader_id, l.note, b.title, a.name AS author
FROM links AS l
JOIN books AS b ON b.id = l.book_id
JOIN authors AS a ON a.id = b.author_id"""

_SCHEMA: LiteralString = """
DROP SCHEMA IF EXISTS {schema} CASCADE;
CREATE SCHEMA {schema};
SET search_path = {schema};
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
INSERT INTO authors SELECT n, 'author ' || n FROM generate_series(1, {rows} / 10) AS n;
CREATE TABLE books (id bigint PRIMARY KEY, author_id bigint NOT NULL, title text NOT NULL);
INSERT INTO books SELECT n, n % ({rows} / 10) + 1, 'title ' || n FROM generate_series(1, {rows} / 10 * 3) AS n;
CREATE INDEX ON books (author_id);
CREATE TABLE links (id bigint PRIMARY KEY, book_id bigint NOT NULL, reader_id bigint NOT NULL, note text NOT NULL);
INSERT INTO links SELECT n, n % ({rows} / 10 * 3) + 1, n % 1000, 'note ' || n FROM generate_series(1, {rows}) AS n;
CREATE INDEX ON links (book_id);
CREATE MATERIALIZED VIEW by_hand AS {definition};
CREATE UNIQUE INDEX ON by_hand (id);
ANALYZE;
"""
_ORACLE: LiteralString = """
SELECT (SELECT count(*) FROM (TABLE {schema}.by_hand EXCEPT ALL TABLE {schema}.kept) AS missing)
    + (SELECT count(*) FROM (TABLE {schema}.kept EXCEPT ALL TABLE {schema}.by_hand) AS extra)
"""


@dataclass(frozen=True)
class _Case:
    """A way to change 100 rows, spread over the whole table; `round` makes each time different."""

    name: str
    change: LiteralString


_CASES = (
    _Case("100 links changed", "UPDATE {schema}.links SET note = note || '.' WHERE id % {step} = {round}"),
    _Case("100 authors renamed", "UPDATE {schema}.authors SET name = name || '.' WHERE id % ({step} / 10) = {round}"),
)


@dataclass
class _Times:
    """Milliseconds of each pair, and how many anchors our part of it recomputed."""

    write: list[float] = field(default_factory=list[float])
    ours: list[float] = field(default_factory=list[float])
    ours_smaller: list[float] = field(default_factory=list[float])
    refresh: list[float] = field(default_factory=list[float])
    anchors: list[int] = field(default_factory=list[int])

    def ratio(self, numerator: Sequence[float], denominator: Sequence[float]) -> float:
        """Median of the pairs' ratios."""
        return median(one / other for one, other in zip(numerator, denominator, strict=True))


def run(size: str) -> bool:
    """Measure; returns whether all goals are met."""
    rows = ROWS[size]
    with bench_server() as postgres, tempfile.TemporaryDirectory() as folder:
        postgres.ensure_database("cost")
        url = postgres.url("cost")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS denorm CASCADE")
        database = Database(url)
        large = _Copy(url, database, Path(folder), "large", rows)
        smaller = _Copy(url, database, Path(folder), "smaller", rows // _TIMES_SMALLER)
        times = {case.name: _Times() for case in _CASES}
        # The first round fills caches: the server's, and what the refresher keeps of the definition.
        for number in range(PAIRS[size] + 1):
            for case in _CASES:
                _pair(case, number, large, smaller, times[case.name] if number else _Times())
        wrong = large.wrong_rows() + smaller.wrong_rows()
        database.close()
        postgres.ensure_database("cost_shapes")
        of_shapes, details = cost_shapes.measure(postgres.url("cost_shapes"), rows, PAIRS[size])
    goal = 100 * rows / _GOAL_ROWS
    figures = [Figure("rows of the read model", rows), Figure("rows of the smaller one", rows // _TIMES_SMALLER)]
    for case in _CASES:
        found = times[case.name]
        figures += [
            Figure(f"{case.name}: anchors to recompute", median(found.anchors)),
            Figure(f"{case.name}: the application's own statement", median(found.write), "ms"),
            Figure(f"{case.name}: ours, log to committed rows", median(found.ours), "ms"),
            Figure(f"{case.name}: REFRESH ... CONCURRENTLY", median(found.refresh), "ms"),
            Figure(f"{case.name}: ours, smaller read model", median(found.ours_smaller), "ms"),
            Figure(
                f"{case.name}: times faster than REFRESH", found.ratio(found.refresh, found.ours), "x", at_least=goal
            ),
            Figure(
                f"{case.name}: against the smaller read model",
                found.ratio(found.ours, found.ours_smaller),
                "x",
                at_most=1.5,
            ),
        ]
    figures.append(Figure("rows that differ from the view", wrong, at_most=0))
    figures += of_shapes
    return report(f"bench-cost-{size}", figures, {**{name: asdict(found) for name, found in times.items()}, **details})


def _pair(case: _Case, number: int, large: _Copy, smaller: _Copy, times: _Times) -> None:
    # In turns, because what comes right after a REFRESH finds the caches full of other things.
    for copy in (large, smaller) if number % 2 else (smaller, large):
        written = copy.change(case, number)
        milliseconds, anchors = copy.refresh_ours()
        if copy is large:
            times.write.append(written)
            times.ours.append(milliseconds)
            times.anchors.append(anchors)
        else:
            times.ours_smaller.append(milliseconds)
    times.refresh.append(large.refresh_view())
    smaller.refresh_view()


class _Copy:
    """One copy of the schema with its live read model `kept` and the view `by_hand`."""

    def __init__(self, url: str, database: Database, folder: Path, schema: str, rows: int) -> None:
        self._url = url
        self._names = {"schema": schema, "rows": str(rows), "step": str(rows // CHANGED), "definition": _DEFINITION}
        self._run(_SCHEMA)
        path = folder / f"{schema}.sql"
        path.write_text(_DEFINITION)
        model = ReadModel(
            name="kept",
            definition=SqlFile(path),
            key=("id",),
            backfill=IdRanges("links.id"),
            refresh=Debounced(Debounce(quiet=0, max_wait=0)),
        )
        system = System(f"cost_{schema}", schema, (Phase("phase_1", (model,)),))
        bring_up(database, system)
        self._refresher = Refresher(database, [system])

    def change(self, case: _Case, number: int) -> float:
        """Change 100 rows in one statement; its milliseconds, the logging of the changes included."""
        return self._run(case.change, round=str(number))

    def refresh_ours(self) -> tuple[float, int]:
        """Milliseconds and anchors of what the worker does about it."""
        began = time.perf_counter()
        [done] = self._refresher.look()
        milliseconds = (time.perf_counter() - began) * 1000
        assert done.drained is not None, done
        assert done.drained.anchors is not None, "the drain chose to recompute everything"
        return milliseconds, done.drained.anchors

    def refresh_view(self) -> float:
        """Milliseconds of REFRESH MATERIALIZED VIEW CONCURRENTLY."""
        return self._run("REFRESH MATERIALIZED VIEW CONCURRENTLY {schema}.by_hand")

    def wrong_rows(self) -> int:
        """Rows in which read model and view differ."""
        with psycopg.connect(self._url) as connection:
            row = connection.execute(_filled(_ORACLE, self._names)).fetchone()
        assert row is not None, "an aggregate yields one row"
        return int(row[0])

    def _run(self, script: LiteralString, **more: str) -> float:
        with psycopg.connect(self._url, autocommit=True) as connection:
            began = time.perf_counter()
            connection.execute(_filled(script, {**self._names, **more}))
            return (time.perf_counter() - began) * 1000


def _filled(script: LiteralString, names: dict[str, str]) -> bytes:
    return script.format(**names).encode()
