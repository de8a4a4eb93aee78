"""Running planned steps, each at most once a plan: what a deadlock or a lock timeout interrupted is planned anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext

import psycopg
from psycopg import errors as pg

from denorm_assets.db.control.index_builds import noted
from denorm_assets.db.plan.index_progress import progress_told
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import PATIENT_LOCK_TIMEOUT, retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ForeignKeyViolated, UniqueIndexViolated
from denorm_assets.sql.step import Step

_LOG = logging.getLogger(__name__)
_CONCURRENTLY = "INDEX CONCURRENTLY "


def run_steps(plan: Callable[[], list[Step]], database: Database, session: Session, owner: str) -> list[Step]:
    """Do the steps that `plan` yields in `session`; returns them. `owner` is what errors name.

    Plans anew after a deadlock or a lock timeout: CREATE INDEX CONCURRENTLY then leaves an invalid index behind.
    """
    first = plan()
    for attempt in retry_on_lock_timeout(session):
        with attempt:
            for step in plan() if attempt.retry_state.attempt_number > 1 else first:
                with progress_told(database, session, step):
                    _run(session, owner, step)
    return first


def _run(session: Session, owner: str, step: Step) -> None:
    try:
        with noted(session, owner.partition("/")[0], step), session.transaction() if step.atomic else nullcontext():
            for statement in step.statements:
                # Nobody queues behind what runs CONCURRENTLY, and what it has built is lost where it gives up.
                patient = _CONCURRENTLY in show(statement)
                session.set_session(lock_timeout=PATIENT_LOCK_TIMEOUT if patient else session.short_lock_timeout)
                # Terms of indexes are written by people: functions, operator classes of extensions.
                with session.resolving() if step.builds else nullcontext():
                    session.execute(statement)
    except pg.ForeignKeyViolation as error:
        raise ForeignKeyViolated(owner, step.name, _detail(error)) from error
    except pg.UniqueViolation as error:
        raise UniqueIndexViolated(owner, step.name, _detail(error)) from error
    log_step(step)


def log_step(step: Step) -> None:
    """Log what `step` did, unless there was nothing to do."""
    if step.action != "keep":
        _LOG.info("%s", step)


def _detail(error: psycopg.Error) -> str:
    return error.diag.message_detail or str(error)
