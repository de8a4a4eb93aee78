"""The processes of the PostgreSQL server on a data directory: its postmaster, and orphans of a killed one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from denorm_assets.embedded.processes import arguments_of, is_alive, wait_until
from denorm_assets.errors import EmbeddedError

PID_FILE = "postmaster.pid"
ORPHAN_PATIENCE = 10.0
"""Seconds that backends of a killed postmaster get to notice and end; most take milliseconds."""


@dataclass(frozen=True)
class Postmaster:
    """A live postmaster; `port` is None until it has written it down."""

    process: psutil.Process
    port: int | None
    is_ready: bool


def find_postmaster(data: Path) -> Postmaster | None:
    """The live postmaster of the data directory `data`; None if there is no pid file or it is stale."""
    try:
        lines = (data / PID_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    # pid, data directory, start time, port, socket folder, address, shared memory, status
    fields = [line.strip() for line in lines] + [""] * 8
    process = _live_process(fields[0])
    if process is None or not _serves(process, data):
        return None
    return Postmaster(process, int(fields[3]) if fields[3].isdigit() else None, fields[7] == "ready")


def clear_stale_files(data: Path) -> None:
    """Make way for a new postmaster on `data`, which has no live one; the caller holds the home's lock.

    A stale pid file blocks the start where its number went to another process or a zombie keeps it. Waits for
    orphaned backends first, because two servers on the same files destroy them; EmbeddedError if they stay.
    """
    if not wait_until(lambda: not orphans(data), ORPHAN_PATIENCE, interval=0.05):
        pids = ", ".join(str(process.pid) for process in orphans(data))
        raise EmbeddedError(
            f"processes of a PostgreSQL that was killed are still at work on {data} (pid {pids}). Wait until they have "
            "ended, or end them (kill), then run the same command again"
        )
    (data / PID_FILE).unlink(missing_ok=True)


def orphans(data: Path) -> list[psutil.Process]:
    """Live server processes of `data` other than its postmaster, told by the title that they carry."""
    title = f"postgres: {cluster_title(data)}: "
    return [
        process
        for process in psutil.process_iter()
        if " ".join(arguments_of(process)).startswith(title) and is_alive(process)
    ]


def cluster_title(data: Path) -> str:
    """What the titles of all processes of the server on `data` contain; other folders have other titles."""
    return f"denorm-{hashlib.sha256(str(data).encode()).hexdigest()[:10]}"


def _live_process(pid: str) -> psutil.Process | None:
    try:
        process = psutil.Process(int(pid))
    except (ValueError, psutil.NoSuchProcess):
        return None
    return process if is_alive(process) else None


def _serves(process: psutil.Process, data: Path) -> bool:
    arguments = arguments_of(process)
    if not arguments or not Path(arguments[0]).name.startswith(("postgres", "postmaster")):
        return False
    folders = [after for option, after in pairwise(arguments) if option == "-D"]
    return any(Path(folder).resolve() == data for folder in folders)
