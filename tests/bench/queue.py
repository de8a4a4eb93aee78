"""The job queue of `notebooks`: what a claim costs beside a thousand and a million finished jobs, and without index.

The claims of a pair are made in turns, in databases of their own. What is timed is the claim, not its commit: a disk's
fsync is the same for every table. Then the large queue works for a while as in an application: claimed jobs leave dead
entries at the front of the index, where the next claim begins to look, until autovacuum comes. As it is, that is when
a fifth of the table is dead, so once more with a number in place of a share.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, LiteralString

from sqlalchemy import Connection, create_engine, make_url, text

from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.systems.notebooks.queue import CLAIM, claim, finish
from tests.bench.servers import bench_server
from tests.support.reports import Figure, report

FEW = 1_000
MANY = {"small": 50_000, "full": 1_000_000}
PAIRS = {"small": 60, "full": 300}
UNINDEXED_PAIRS = {"small": 20, "full": 40}
WORKED = {"small": 5_000, "full": 100_000}
_WAITING = 1_000
_PARTS = 10

# As it is after all phases, but for the indexes and references that no claim uses.
_JOBS: LiteralString = """
DROP SCHEMA IF EXISTS notebooks CASCADE;
CREATE SCHEMA notebooks;
CREATE TABLE notebooks.jobs (
    uid uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_uid uuid NOT NULL DEFAULT gen_random_uuid(),
    notebook_uid uuid,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    status text NOT NULL,
    priority int NOT NULL DEFAULT 0,
    attempts int NOT NULL DEFAULT 0,
    worker text,
    error text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    deleted_at timestamptz
);
"""
_INDEX: LiteralString = (
    "CREATE INDEX idx_jobs_status_created ON notebooks.jobs (status, created_at) WHERE deleted_at IS NULL"
)
_VACUUM_OFTEN: LiteralString = (
    "ALTER TABLE notebooks.jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)"
)
_ADD: LiteralString = """
INSERT INTO notebooks.jobs (kind, payload, status, created_at)
SELECT 'import', jsonb_build_object('uri', 'https://example.org/papers/' || n, 'pages', mod(n, 40)), %(status)s,
    clock_timestamp()
FROM generate_series(1, %(jobs)s) AS n
"""
_AUTOVACUUMS = "SELECT autovacuum_count FROM pg_stat_user_tables WHERE relid = 'notebooks.jobs'::regclass"


@dataclass
class _Queue:
    """A queue in a database of its own, and the connection of its only worker."""

    connection: Connection

    def claim(self) -> float:
        """Claim a job and finish it; milliseconds of the claim."""
        began = time.perf_counter()
        job = claim(self.connection, "worker")
        milliseconds = (time.perf_counter() - began) * 1000
        assert job is not None, "enough jobs wait"
        self.connection.commit()
        assert finish(self.connection, job)
        self.connection.commit()
        return milliseconds

    def add(self, jobs: int, status: str = "queued") -> None:
        """Add so many jobs."""
        self.connection.exec_driver_sql(_ADD, {"jobs": jobs, "status": status})
        self.connection.commit()

    def blocks(self) -> int:
        """Blocks that a claim touches, those of its index and of the jobs that it passes over."""
        explained = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {CLAIM.text}")
        [found] = self.connection.execute(explained, {"worker": "worker"}).scalar_one()
        self.connection.rollback()
        [looking, *_] = [part for part in _nodes(found["Plan"]) if part.get("Subplan Name") == "CTE oldest"]
        return int(looking["Shared Hit Blocks"] + looking["Shared Read Blocks"])

    def vacuum(self) -> None:
        """VACUUM, and known statistics."""
        with self.connection.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.exec_driver_sql("VACUUM (ANALYZE) notebooks.jobs")

    def autovacuums(self) -> int:
        """How often autovacuum was here."""
        return int(self.connection.exec_driver_sql(_AUTOVACUUMS).scalar_one())


@dataclass(frozen=True)
class _Worked:
    """What claims cost while a queue worked.

    Attributes:
        tenths: medians in milliseconds.
        blocks: what one looked at in the end.
    """

    tenths: list[float]
    blocks: int
    autovacuums: int


def run(size: str) -> bool:
    """Measure; returns whether every goal is met."""
    many, pairs = MANY[size], PAIRS[size]
    with (
        bench_server() as postgres,
        _queue(postgres, "queue_few", FEW) as few,
        _queue(postgres, "queue_many", many) as large,
        _queue(postgres, "queue_unindexed", many, indexed=False) as unindexed,
    ):
        flat = _pairs(few, large, pairs)
        against = _pairs(unindexed, large, UNINDEXED_PAIRS[size])
        for queue in (few, large):
            queue.vacuum()
        blocks = {"few": few.blocks(), "many": large.blocks()}
        worked = {"autovacuum as it is": _work(large, WORKED[size])}
        large.vacuum()
        large.connection.exec_driver_sql(_VACUUM_OFTEN)
        worked["autovacuum from 10,000 dead rows on"] = _work(large, WORKED[size])
    figures = [
        Figure(f"claim, {FEW:,} finished jobs", median(few for few, _ in flat), "ms"),
        Figure(f"claim, {many:,} finished jobs", median(many for _, many in flat), "ms"),
        Figure("ratio of medians", median(many for _, many in flat) / median(few for few, _ in flat), "x", at_most=1.5),
        Figure(f"blocks looked at, {FEW:,} finished jobs", blocks["few"]),
        Figure(f"blocks looked at, {many:,} finished jobs", blocks["many"]),
        Figure(f"claim without the index, {many:,} finished jobs", median(slow for slow, _ in against), "ms"),
        Figure(
            "times slower without the index",
            median(slow for slow, _ in against) / median(fast for _, fast in against),
            "x",
            at_least=10 if size == "full" else None,
        ),
        Figure("jobs then claimed and finished", WORKED[size]),
    ]
    for vacuumed, found in worked.items():
        figures += [
            Figure(f"{vacuumed}: claim, first tenth", found.tenths[0], "ms"),
            Figure(f"{vacuumed}: claim, slowest tenth", max(found.tenths), "ms"),
            Figure(f"{vacuumed}: claim, last tenth", found.tenths[-1], "ms"),
            Figure(f"{vacuumed}: blocks looked at in the end", found.blocks),
            Figure(f"{vacuumed}: how often it came", found.autovacuums),
        ]
    details = {"flat": flat, "against": against, **{vacuumed: asdict(found) for vacuumed, found in worked.items()}}
    return report(f"bench-queue-{size}", figures, details)


def _pairs(one: _Queue, other: _Queue, pairs: int) -> list[tuple[float, float]]:
    """Milliseconds of claims made in turns, after enough to have plans settled."""
    for queue in (one, other):
        queue.add(pairs + 20)
        queue.vacuum()
        for _ in range(20):
            queue.claim()
    return [(one.claim(), other.claim()) for _ in range(pairs)]


def _work(queue: _Queue, jobs: int) -> _Worked:
    """Claim and finish `jobs` while as many are added."""
    before = queue.autovacuums()
    queue.connection.exec_driver_sql("SET synchronous_commit = off")
    queue.connection.commit()
    queue.add(_WAITING)
    claims: list[list[float]] = [[] for _ in range(_PARTS)]
    for number in range(jobs):
        if number % _WAITING == 0:
            queue.add(_WAITING)
        claims[number * _PARTS // jobs].append(queue.claim())
    return _Worked([median(part) for part in claims], queue.blocks(), queue.autovacuums() - before)


@contextmanager
def _queue(postgres: EmbeddedPostgres, name: str, finished: int, *, indexed: bool = True) -> Generator[_Queue]:
    postgres.ensure_database(name)
    engine = create_engine(make_url(postgres.url(name)).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        connection.exec_driver_sql(_JOBS)
        queue = _Queue(connection)
        queue.add(finished, "finished")
        if indexed:
            connection.exec_driver_sql(_INDEX)
            connection.commit()
        yield queue
    engine.dispose()


def _nodes(plan: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", ()) for node in _nodes(part))]
