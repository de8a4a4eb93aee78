"""`denorm-assets worker` where there is nothing to work on: it says so, and ends in order."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.cli.test_process import COMMAND, TOPICS
from tests.db.support import wait_for


@pytest.mark.parametrize("read_only", [False, True])
def test_a_worker_without_anything_to_work_on_says_so_and_ends_in_order(
    topics_url: str, tmp_path: Path, read_only: bool
) -> None:
    ended, output = _stopped(topics_url, tmp_path, read_only=read_only)
    assert ended == 0, output
    assert "Traceback" not in output
    assert output.count("Nothing is created yet") == 1


def test_a_worker_on_a_read_only_server_says_why_and_ends_in_order(topics_url: str, tmp_path: Path) -> None:
    applied = subprocess.run(
        [str(COMMAND), "apply", "--yes"], env=_environment(topics_url, tmp_path), capture_output=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    ended, output = _stopped(topics_url, tmp_path, read_only=True)
    assert ended == 0, output
    assert "Traceback" not in output


def _stopped(url: str, folder: Path, *, read_only: bool) -> tuple[int, str]:
    """Start a worker, and stop it with SIGTERM once it said something; its exit status, and all that it said."""
    if read_only:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                f"ALTER DATABASE {connection.info.dbname} SET default_transaction_read_only = on".encode()
            )
    log = folder / "worker.log"
    with log.open("w") as output:
        worker = subprocess.Popen(
            [str(COMMAND), "worker"], env=_environment(url, folder), stdout=output, stderr=subprocess.STDOUT
        )
        wait_for(lambda: bool(log.read_text()) or _beats(url), "the worker to say something, or to beat")
        worker.send_signal(signal.SIGTERM)
        ended = worker.wait(timeout=30)
    return ended, log.read_text()


def _beats(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT to_regclass('denorm.worker') IS NOT NULL").fetchone()
        return found == (True,) and connection.execute("SELECT FROM denorm.worker").fetchone() is not None


def _environment(url: str, folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_"))}
    return {**kept, **TOPICS, "DENORM_HOME": str(folder / "home"), "DENORM_DATABASE_URL": url}
