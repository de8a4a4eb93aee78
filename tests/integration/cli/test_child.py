"""Children of `dev`: the worker is started again when it dies, and nothing of it is left at the end."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil
import pytest

from denorm_assets.cli.dev_servers import child_process
from denorm_assets.cli.dev_servers.child_process import kept_running
from tests.support.log_lines import LogLines

NOTES = """
import os, sys, time
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
print("hello", flush=True)
if sys.argv[2] == "dies":
    os.kill(os.getpid(), 9)
time.sleep(600)
"""


def pids(notes: Path, at_least: int) -> list[int]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = notes.read_text().split() if notes.exists() else []
        if len(found) >= at_least:
            return [int(pid) for pid in found]
        time.sleep(0.05)
    raise AssertionError("it was not started so often")


@pytest.mark.long
def test_kept_running_killed_worker_is_restarted_and_logged(tmp_path: Path) -> None:
    notes, log, lines = tmp_path / "pids", tmp_path / "worker.log", LogLines()
    with kept_running([sys.executable, "-c", NOTES, str(notes), "lives"], log):
        [first] = pids(notes, 1)
        psutil.Process(first).kill()
        _, second = pids(notes, 2)
        assert lines
        assert psutil.pid_exists(second)
    assert not psutil.pid_exists(second)
    [line] = lines
    assert line.endswith(f"ended with status -9 (see {log}); starting it again")
    assert log.read_text().count("hello") == 2


def test_kept_running_worker_that_always_dies_is_restarted_until_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "_FIRST_PAUSE", 0.01)
    notes, lines = tmp_path / "pids", LogLines()
    with kept_running([sys.executable, "-c", NOTES, str(notes), "dies"], tmp_path / "worker.log"):
        started = pids(notes, 3)
    assert len(lines) >= 2
    assert not any(psutil.pid_exists(pid) for pid in started)
