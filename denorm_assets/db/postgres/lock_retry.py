"""Lock acquisition with short timeouts and retries, so that nobody waits long behind us."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from psycopg.errors import LockNotAvailable
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import LockHeld
from denorm_assets.sql.control import query

_LOG = logging.getLogger(__name__)
Answer = TypeVar("Answer")

PATIENT_LOCK_TIMEOUT = "30s"
"""For what nobody queues behind."""
_ATTEMPTS = 50
_POLL_SECONDS = 0.25


def retry_on_lock_timeout(session: Session) -> Retrying:
    """Tries again after a deadlock or a lock timeout, after random waits that grow to two seconds.

    In the end it raises LockHeld with who may be in the way; other errors as they are.
    """

    def give_up(state: RetryCallState) -> None:
        assert state.outcome is not None, "it was tried"
        error = state.outcome.exception()
        if isinstance(error, LockNotAvailable) and (holder := session.row(query("catalog", "lock_holder"))) is not None:
            raise LockHeld(**holder) from error
        state.outcome.result()

    return Retrying(
        retry=retry_if_exception_type(TRANSIENT),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        retry_error_callback=give_up,
    )


def ask_until(ask: Callable[[], Answer | None], why: Callable[[], str]) -> Answer:
    """The first answer that is not None; while there is none, `why` we wait is logged once.

    For what a statement must not wait for itself: one that does so holds a snapshot, which others wait for in turn.
    """
    answer = ask()
    if answer is None:
        _LOG.info("%s, waiting", why())
    while answer is None:
        time.sleep(_POLL_SECONDS)
        answer = ask()
    return answer
