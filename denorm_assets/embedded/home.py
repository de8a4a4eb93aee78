"""The home folder: one `denorm-assets dev` at a time, and the file that tells others where its servers are."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from denorm_assets.embedded.locks import open_lock, try_lock
from denorm_assets.embedded.private_files import explained_refusals, write_private
from denorm_assets.errors import AlreadyRunning
from denorm_assets.settings import SERVERS_FILE

DEV_LOCK = "dev.lock"


@contextmanager
def claim_home(home: Path, purpose: str) -> Generator[None]:
    """Be the only process to serve `home` (created if absent) for `purpose`, for example "dev".

    Raises AlreadyRunning, which says who does, while another live process holds it; EmbeddedError if `home` is
    not usable. A holder that was killed holds nothing.
    """
    with explained_refusals(home):
        home.mkdir(parents=True, exist_ok=True)
        descriptor = open_lock(home / DEV_LOCK)
    try:
        if not try_lock(descriptor):
            raise AlreadyRunning(home, os.pread(descriptor, 500, 0).decode() or "by a process that is just starting")
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        _replace_content(descriptor, f"process {os.getpid()} ({purpose}), since {since}")
        yield
        _replace_content(descriptor, "")
    finally:
        os.close(descriptor)


def write_servers_file(home: Path, variables: Mapping[str, str]) -> None:
    """Write `variables` to the servers' file of `home` (settings.py reads it), atomically and with mode 0600."""
    with explained_refusals(home):
        write_private(home / SERVERS_FILE, "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items()))


def remove_servers_file(home: Path) -> None:
    """Remove the servers' file of `home`, if there is one."""
    with explained_refusals(home):
        (home / SERVERS_FILE).unlink(missing_ok=True)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _replace_content(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
