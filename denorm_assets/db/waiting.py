"""Waiting for what others hold: in short tries, so that nobody waits long behind us."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from denorm_assets.db.failures import TRANSIENT

Answer = TypeVar("Answer")

SHORT_LOCK_TIMEOUT = "100ms"
"""At most half of what an application's statement may wait for us."""
_ATTEMPTS = 50
_POLL_SECONDS = 0.25


def trying_again() -> Retrying:
    """Tries again after a deadlock or a lock timeout, after random waits that grow to two seconds."""
    return Retrying(
        retry=retry_if_exception_type(TRANSIENT),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    )


def ask_until(ask: Callable[[], Answer | None], log: Callable[[str], None], why: str) -> Answer:
    """The first answer that is not None; while there is none, `log` is told once `why` we wait.

    For what a statement must not wait for itself: one that does so holds a snapshot, which others wait for in turn.
    """
    answer = ask()
    if answer is None:
        log(f"{why}, waiting")
    while answer is None:
        time.sleep(_POLL_SECONDS)
        answer = ask()
    return answer
