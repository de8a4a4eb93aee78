"""The job queue of `notebooks`: each job once, oldest first, again where its worker died, and through its index."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from denorm_assets.systems.notebooks.queue import CLAIM, MOST_ATTEMPTS, Job, claim, fail, finish, requeue_stale

AT_ONCE = timedelta(0)
# Made in another order than their identifiers', and than they lie in the table.
SOME_JOBS = """
INSERT INTO notebooks.jobs (uid, user_uid, kind, payload, created_at)
SELECT gen_random_uuid(), (SELECT uid FROM notebooks.users LIMIT 1), 'import', jsonb_build_object('number', n),
    timestamptz '2030-01-01' + n * interval '1 second'
FROM generate_series(1, :jobs) AS n ORDER BY hashint4(n)
"""
WORKER = """
import os, sys, time
from sqlalchemy import create_engine
from denorm_assets.systems.notebooks.queue import claim
with create_engine(os.environ["QUEUE"]).connect() as connection:
    job = claim(connection, "doomed")
    if sys.argv[1] == "commit":
        connection.commit()
    print(job.uid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def address(new_database: Callable[[str], str], notebooks_template: str) -> str:
    """URL of the live system, as SQLAlchemy takes it."""
    return (
        make_url(new_database(notebooks_template))
        .set(drivername="postgresql+psycopg")
        .render_as_string(hide_password=False)
    )


@pytest.fixture
def engine(address: str) -> Generator[Engine]:
    """The application's, with an empty queue."""
    made = create_engine(address, pool_size=10)
    with made.begin() as connection:
        connection.exec_driver_sql("TRUNCATE notebooks.jobs")
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Generator[Connection]:
    with engine.connect() as made:
        yield made


def add(connection: Connection, jobs: int) -> None:
    connection.execute(text(SOME_JOBS), {"jobs": jobs})
    connection.commit()


def claimed(database: Connection | Session) -> Job:
    job = claim(database, "worker")
    assert job is not None
    database.commit()
    return job


def state(connection: Connection, job: Job) -> tuple[str, int, str | None, bool]:
    """(status, attempts, error, whether it has ended)."""
    row = connection.execute(
        text("SELECT status, attempts, error, finished_at IS NOT NULL FROM notebooks.jobs WHERE uid = :uid"),
        {"uid": job.uid},
    ).one()
    return row[0], row[1], row[2], row[3]


def test_job_claim_takes_oldest_first(connection: Connection) -> None:
    add(connection, 20)
    assert [claimed(connection).payload["number"] for _ in range(20)] == list(range(1, 21))
    assert claim(connection, "worker") is None


def test_job_claim_by_orm_session_works(engine: Engine, connection: Connection) -> None:
    add(connection, 1)
    with Session(engine) as session:
        job = claimed(session)
        assert finish(session, job)
        session.commit()
    assert state(connection, job) == ("finished", 1, None, True)


def test_job_claim_many_workers_get_each_job_once(engine: Engine, connection: Connection) -> None:
    add(connection, 400)

    def work(worker: int) -> list[UUID]:
        done: list[UUID] = []
        with engine.connect() as own:
            while (job := claim(own, f"worker {worker}")) is not None:
                own.commit()
                assert finish(own, job)
                own.commit()
                done.append(job.uid)
        return done

    with ThreadPoolExecutor(8) as workers:
        done = Counter(uid for uids in workers.map(work, range(8)) for uid in uids)
    assert len(done) == 400
    assert set(done.values()) == {1}
    assert connection.scalar(text("SELECT count(*) FROM notebooks.jobs WHERE attempts = 1")) == 400


def test_job_claim_uncommitted_blocks_nobody(engine: Engine, connection: Connection) -> None:
    add(connection, 2)
    with engine.connect() as slow:
        first = claim(slow, "slow")
        assert first is not None
        assert (first.payload["number"], claimed(connection).payload["number"]) == (1, 2)
        assert claim(connection, "worker") is None
        slow.rollback()
    assert claimed(connection).uid == first.uid


def test_job_claim_skips_deleted_jobs(connection: Connection) -> None:
    add(connection, 2)
    connection.exec_driver_sql("UPDATE notebooks.jobs SET deleted_at = now() WHERE payload ->> 'number' = '1'")
    assert claimed(connection).payload["number"] == 2
    assert claim(connection, "worker") is None


def test_job_fail_retries_in_place_up_to_most_attempts(connection: Connection) -> None:
    add(connection, 2)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        job = claimed(connection)
        assert (job.payload["number"], job.attempts) == (1, attempt)
        assert fail(connection, job, "no such file")
        connection.commit()
        last = attempt == MOST_ATTEMPTS
        assert state(connection, job) == ("failed" if last else "queued", attempt, "no such file", last)
    assert claimed(connection).payload["number"] == 2


@pytest.mark.parametrize("committed", ["commit", "hold"])
def test_job_requeue_killed_worker_returns_its_job(
    connection: Connection, address: str, monkeypatch: pytest.MonkeyPatch, committed: str
) -> None:
    add(connection, 1)
    monkeypatch.setenv("QUEUE", address)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, committed], stdout=subprocess.PIPE, text=True)
    with worker:
        assert worker.stdout is not None
        uid = UUID(worker.stdout.readline().strip())
        assert claim(connection, "worker") is None
        connection.rollback()
        assert requeue_stale(connection, timedelta(hours=1)) == 0
        worker.send_signal(signal.SIGKILL)
    # What was not committed comes back as soon as PostgreSQL notices; the rest when its time is up.
    requeued, job = 0, None
    while job is None:
        connection.rollback()
        requeued += requeue_stale(connection, AT_ONCE)
        job = claim(connection, "worker")
    assert (job.uid, requeued, job.attempts) == ((uid, 1, 2) if committed == "commit" else (uid, 0, 1))


def test_job_finish_after_requeue_is_refused(connection: Connection) -> None:
    add(connection, 1)
    first = claimed(connection)
    assert requeue_stale(connection, AT_ONCE) == 1
    connection.commit()
    assert not finish(connection, first)
    second = claimed(connection)
    assert (second.uid, second.attempts) == (first.uid, 2)
    assert not finish(connection, first)
    assert not fail(connection, first, "too late")
    assert state(connection, second) == ("running", 2, "the worker worker did not finish it in time", False)
    assert finish(connection, second)
    assert state(connection, second) == ("finished", 2, None, True)


def test_job_requeue_repeatedly_killed_worker_gives_up(connection: Connection) -> None:
    add(connection, 1)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        job = claimed(connection)
        assert requeue_stale(connection, AT_ONCE) == 1
        connection.commit()
        last = attempt == MOST_ATTEMPTS
        error = "the worker worker did not finish it in time"
        assert state(connection, job) == ("failed" if last else "queued", attempt, error, last)
    assert claim(connection, "worker") is None


def test_job_requeue_finishing_worker_keeps_job(engine: Engine, connection: Connection) -> None:
    add(connection, 1)
    job = claimed(connection)
    with engine.connect() as finishing:
        assert finish(finishing, job)
        assert requeue_stale(connection, AT_ONCE) == 0
        finishing.commit()
    connection.rollback()
    assert state(connection, job) == ("finished", 1, None, True)


def test_job_claim_plan_uses_its_index(connection: Connection) -> None:
    add(connection, 5_000)
    connection.exec_driver_sql("UPDATE notebooks.jobs SET status = 'finished' WHERE (payload ->> 'number')::int < 4000")
    connection.exec_driver_sql("ANALYZE notebooks.jobs")
    plan = "\n".join(connection.execute(text(f"EXPLAIN {CLAIM.text}"), {"worker": "worker"}).scalars())
    assert "Index Scan using idx_jobs_status_created" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
