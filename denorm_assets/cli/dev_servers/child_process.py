"""Child processes of `dev`: the Dagster UI and the worker."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from denorm_assets.embedded.private_files import write_private
from denorm_assets.embedded.processes import PRIVATE_UMASK

_LOG = logging.getLogger(__name__)
_STOP_SECONDS = 20
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


@contextmanager
def running_child(command: Sequence[str], log: Path) -> Generator[None]:
    """Run `command` for the length of the block, its output in `log`; asked to stop at the end, and then made to."""
    write_private(log, "")
    process = _start(command, log)
    try:
        yield
    finally:
        _stop(process)


@contextmanager
def kept_running(command: Sequence[str], log: Path) -> Generator[None]:
    """The same, and start it again when it ends before the block does: at once, then after ever longer waits."""
    write_private(log, "")
    process, lock, over = _start(command, log), threading.Lock(), threading.Event()

    def watch() -> None:
        nonlocal process
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            status = process.wait()
            if over.is_set():
                return
            # Nothing of it is left running beside the next one.
            _stop(process)
            pause = _FIRST_PAUSE if time.monotonic() - began > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            said = " ".join(command[-2:])
            _LOG.warning("`%s` ended with status %s (see %s); starting it again", said, status, log)
            over.wait(pause)
            with lock:
                if over.is_set():
                    return
                process = _start(command, log)

    watching = threading.Thread(target=watch, name="child", daemon=True)
    watching.start()
    try:
        yield
    finally:
        with lock:
            over.set()
        _stop(process)
        watching.join(_STOP_SECONDS)


def _start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        # A session of its own: Ctrl-C reaches us alone, and we stop it in order.
        return subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, umask=PRIVATE_UMASK
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
