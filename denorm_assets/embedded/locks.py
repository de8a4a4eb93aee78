"""File locks between processes. The kernel releases them when the holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from denorm_assets.embedded.processes import wait_until
from denorm_assets.errors import EmbeddedError


@contextmanager
def exclusive(lock: Path, patience: float, doing: str) -> Generator[None]:
    """Hold `lock` (created if absent, never removed); wait `patience` seconds for it at most.

    `doing` completes "another process is already ..." in the EmbeddedError raised when time is up.
    """
    descriptor = open_lock(lock)
    try:
        if not wait_until(lambda: try_lock(descriptor), patience, interval=0.02):
            raise EmbeddedError(
                f"another process is already {doing} and has held {lock} for over {patience:.0f} s. "
                "Wait for it, or end it and run the same command again"
            )
        yield
    finally:
        os.close(descriptor)


def open_lock(lock: Path) -> int:
    """Open the lock file, mode 0600; the descriptor is not inherited by programs we start."""
    return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)


def try_lock(descriptor: int) -> bool:
    """Take the lock if nobody holds it; closing the descriptor gives it back."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
