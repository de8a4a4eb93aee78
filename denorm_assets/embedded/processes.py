"""Starting servers detached from us, and telling whether a process lives."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from denorm_assets.embedded.server_user import ServerUser

PRIVATE_UMASK = 0o077
"""Of the programs that we start: their files are their user's alone."""
LOG_TAIL_LINES = 15
LOG_TAIL_BYTES = 16 * 1024


def wait_until(condition: Callable[[], bool], timeout: float, interval: float = 0.01) -> bool:
    """Call `condition` every `interval` seconds until it holds (True), for at most `timeout` seconds (else False)."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(interval)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Whether `process` still runs. A zombie does not: where nothing reaps, it stays in the table for ever."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def arguments_of(process: psutil.Process) -> list[str]:
    """The command line of `process`; empty if it has ended or is not ours to see."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def stop_process(process: psutil.Process, polite: signal.Signals, forced: signal.Signals, patience: float) -> bool:
    """Send `polite`, after `patience` seconds `forced`; whether the process has ended 10 seconds after that."""
    for number, timeout in ((polite, patience), (forced, 10.0)):
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return True
        if wait_until(lambda: not is_alive(process), timeout):
            return True
    return False


def run_program(command: Sequence[str | Path], user: ServerUser, folder: Path, log: Path) -> int:
    """Run `command` to its end as `user` in `folder`, its output appended to `log`; its exit status."""
    child = _start(command, user, folder, log, own_session=False)
    try:
        return child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise


def start_detached(command: Sequence[str | Path], user: ServerUser | None, folder: Path, log: Path) -> psutil.Process:
    """Start a server as `user` (None: as ourselves) in `folder`, its output appended to `log`.

    It gets a session of its own, so that Ctrl-C at our terminal does not reach it before we stop it properly.
    """
    child = _start(command, user, folder, log, own_session=True)
    process = psutil.Process(child.pid)
    # Reaps the server should it end while we live; outliving us is what it is for.
    threading.Thread(target=child.wait, name=f"reap-{child.pid}", daemon=True).start()
    return process


def clean_environment() -> dict[str, str]:
    """The environment of all programs we run: no PG*, LANG or LD_LIBRARY_PATH of the caller's changes what they do."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def answer_of(program: Path, question: str) -> str:
    """What `program` prints when it is started with `question` (`--version`), or why it cannot be started."""
    try:
        done = subprocess.run(
            [program, question], env=clean_environment(), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout or done.stderr


def log_tail(log: Path) -> str:
    """The last lines of `log`, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return "(there is no log)"
    return "\n".join(text.splitlines()[-LOG_TAIL_LINES:])


def _start(
    command: Sequence[str | Path], user: ServerUser | None, folder: Path, log: Path, own_session: bool
) -> subprocess.Popen[bytes]:
    other = user if user is not None and user.is_another else None
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=own_session,
            umask=PRIVATE_UMASK,
            user=other.uid if other else None,
            group=other.gid if other else None,
            extra_groups=[] if other else None,
        )
    finally:
        os.close(descriptor)
