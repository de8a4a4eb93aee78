"""Child processes of `dev`: the Dagster UI and the worker."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from denorm_assets.embedded.private_files import write_private
from denorm_assets.embedded.processes import PRIVATE_UMASK

_STOP_SECONDS = 20


@contextmanager
def running_child(command: Sequence[str], log: Path) -> Generator[None]:
    """Run `command` for the length of the block, its output in `log`; asked to stop at the end, and then made to."""
    write_private(log, "")
    with log.open("ab") as output:
        # A session of its own: Ctrl-C reaches us alone, and we stop it in order.
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, umask=PRIVATE_UMASK
        )
    try:
        yield
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
