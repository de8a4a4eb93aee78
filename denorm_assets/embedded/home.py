"""The home folder: closed to others, one `denorm-assets dev` at a time, and the file that names its servers."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from denorm_assets.embedded.locks import open_lock, try_lock
from denorm_assets.embedded.private_files import explained_refusals, make_private_folder, tighten, write_private
from denorm_assets.errors import AlreadyRunning
from denorm_assets.settings import SERVERS_FILE

DEV_LOCK = "dev.lock"
_SERVERS = ("postgres", "valkey")
_FILES = frozenset(
    [DEV_LOCK, SERVERS_FILE, "ui.port", "dagster.log", "worker.log"]
    + [f"{server}.{kind}" for server in _SERVERS for kind in ("lock", "log", "password", "port")]
)
_FOLDERS = frozenset(["valkey", "dagster", "reports"])
_CLOSED_ALREADY = frozenset(["postgres"])
"""By PostgreSQL; it may be a link."""


def open_home(home: Path) -> None:
    """Have the folder `home`, closed to other users; what an earlier release left open to them is closed now.

    Root's is 0711, not 0700: its PostgreSQL runs as another user, who has to pass through. A folder that holds anything
    else than ours (`DENORM_HOME=/tmp`) keeps its mode; the files that we made in it do not. Raises OSError.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    make_private_folder(home, mode)
    entries = {entry.name: entry for entry in home.iterdir()}
    for name in _FILES & entries.keys():
        tighten(entries[name], 0o600)
    if entries and entries.keys() <= _FILES | _FOLDERS | _CLOSED_ALREADY:
        for name in _FOLDERS & entries.keys():
            tighten(entries[name], 0o700)
        tighten(home.resolve(), mode)


@contextmanager
def claim_home(home: Path, purpose: str) -> Generator[None]:
    """Be the only process to serve `home` (created if absent) for `purpose`, for example "dev".

    Raises AlreadyRunning, which says who does, while another live process holds it; EmbeddedError if `home` is
    not usable. A holder that was killed holds nothing.
    """
    with explained_refusals(home):
        open_home(home)
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
