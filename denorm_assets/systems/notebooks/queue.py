"""The job queue of the application: workers claim jobs in the order in which they were made, each job one at a time.

A worker commits right after `claim`: the row is then `running`, and no lock is held while the job runs. All functions
leave the commit to the caller and expect READ COMMITTED, PostgreSQL's default.

Claimed jobs leave dead entries at the front of the index, which the next claim passes over until autovacuum comes. As
it is, that is when a fifth of the table is dead; where many finished jobs are kept, let a number of rows decide:
`ALTER TABLE notebooks.jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, TextClause, text
from sqlalchemy.orm import Session

from denorm_assets import SqlFile

MOST_ATTEMPTS = 3
"""A job that failed or lost its worker as often as that is not tried again."""

_SQL = Path(__file__).parent / "sql"
CLAIM, FINISH, FAIL = (SqlFile(_SQL / f"{name}_job.sql") for name in ("claim", "finish", "fail"))
REQUEUE_STALE = SqlFile(_SQL / "requeue_stale_jobs.sql")


@dataclass(frozen=True)
class Job:
    """A claimed job.

    Attributes:
        attempts: how often it was claimed, this time included; tells this claim from later ones.
    """

    uid: UUID
    kind: str
    payload: Mapping[str, Any]
    user_uid: UUID
    notebook_uid: UUID | None
    attempts: int


def claim(database: Connection | Session, worker: str) -> Job | None:
    """Take the oldest job that waits; None where none does. What other workers claim at this moment is passed over."""
    row = database.execute(_statement(CLAIM), {"worker": worker}).mappings().one_or_none()
    return Job(**row) if row is not None else None


def finish(database: Connection | Session, job: Job) -> bool:
    """Note that `job` is done; False where it was requeued meanwhile, so that its work has to be rolled back."""
    return _changed(database, FINISH, uid=job.uid, attempts=job.attempts) == 1


def fail(database: Connection | Session, job: Job, error: str) -> bool:
    """Put `job` back in its old place, or give it up after `MOST_ATTEMPTS`; False where it was requeued meanwhile."""
    params = {"uid": job.uid, "attempts": job.attempts, "error": error, "most_attempts": MOST_ATTEMPTS}
    return _changed(database, FAIL, **params) == 1


def requeue_stale(database: Connection | Session, after: timedelta) -> int:
    """Put back jobs that have been running for longer than `after`, whose workers died; returns how many.

    Like a failure, that counts as an attempt. A worker that lives after all is told so when it finishes.
    """
    return _changed(database, REQUEUE_STALE, seconds=after.total_seconds(), most_attempts=MOST_ATTEMPTS)


def _changed(database: Connection | Session, file: SqlFile, **params: object) -> int:
    result = database.execute(_statement(file), params)
    assert isinstance(result, CursorResult), "an UPDATE without RETURNING"
    return result.rowcount


@cache
def _statement(file: SqlFile) -> TextClause:
    return text(file.text)
