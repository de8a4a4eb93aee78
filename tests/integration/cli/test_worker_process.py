"""`denorm-assets worker`: what it logs, and that without anything to work on it says so and ends in order."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.integration.cli.test_process import COMMAND, TOPICS
from tests.support.case import wait_for
from tests.support.shell import Project, Shell


@pytest.mark.parametrize("read_only", [False, True])
def test_worker_before_apply_logs_it_once_and_exits_0(topics_url: str, tmp_path: Path, read_only: bool) -> None:
    ended, output = _stopped(topics_url, tmp_path, read_only=read_only)
    assert ended == 0, output
    assert "Traceback" not in output
    assert output.count("Nothing is created yet") == 1


def test_worker_read_only_server_exits_0(topics_url: str, tmp_path: Path) -> None:
    applied = subprocess.run(
        [str(COMMAND), "apply", "--yes"], env=_environment(topics_url, tmp_path), capture_output=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    ended, output = _stopped(topics_url, tmp_path, read_only=True)
    assert ended == 0, output
    assert "Traceback" not in output


def test_worker_logs_start_refreshes_failures_and_stop_as_fields(
    items_shell: Shell, project: Project, tmp_path: Path
) -> None:
    items_shell.fine("apply")
    items_shell.fine("backfill", "shop", "--pause", "0")
    log = tmp_path / "worker.log"
    environment = {
        **_environment(items_shell.url, tmp_path), "DENORM_SYSTEMS": project.reference, "PYTHONPATH": str(tmp_path)
    }  # fmt: skip
    with log.open("w") as output:
        worker = subprocess.Popen(
            [str(COMMAND), "worker", "--json"], env=environment, stdout=subprocess.PIPE, stderr=output
        )
        wait_for(lambda: _logged(log, "ready") != [], "the worker to be ready")
        items_shell.run("UPDATE app.items SET tag = 'new' WHERE id = 7")
        wait_for(lambda: _logged(log, "refreshed") != [], "a refresh")
        items_shell.run("ALTER TABLE app.items RENAME COLUMN tag TO label")
        items_shell.run("UPDATE app.items SET label = 'newer' WHERE id = 7")
        wait_for(lambda: _logged(log, "failed") != [], "a refresh that fails")
        worker.send_signal(signal.SIGTERM)
        out, _ = worker.communicate(timeout=30)
    assert (worker.returncode, out) == (0, b""), log.read_text()
    lines = [dict(_FIELD.findall(line)) for line in log.read_text().splitlines()]
    assert all([*line][:3] == ["time", "level", "event"] and [*line][-1] == "msg" for line in lines), lines
    [declared] = _logged(log, "declared")
    [started], [ready], [stopped] = (_logged(log, event) for event in ("started", "ready", "stopped"))
    assert started["systems"] == "shop"
    for line in (started, ready, stopped):
        assert (line["level"], line["duration_ms"].isdecimal()) == ("info", True)
    refreshed, failed = _logged(log, "refreshed")[0], _logged(log, "failed")[0]
    assert {line["read_model"] for line in (declared, refreshed, failed)} == {"shop/links"}
    assert refreshed["duration_ms"].isdecimal()
    assert failed["duration_ms"].isdecimal()
    assert (refreshed["level"], failed["level"]) == ("info", "error")
    assert refreshed["msg"] == '"shop/links: 1 anchors recomputed, 1 rows written, 0 removed"'
    assert (lines[0]["event"], lines[-1]["event"]) == ("declared", "stopped")
    password = urlsplit(items_shell.url).password
    assert password is not None
    assert password not in log.read_text()


_FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ ]*)')


def _logged(log: Path, event: str) -> list[dict[str, str]]:
    """The lines of that event, by field."""
    lines = [dict(_FIELD.findall(line)) for line in log.read_text().splitlines()]
    return [line for line in lines if line.get("event") == event]


def _stopped(url: str, folder: Path, *, read_only: bool) -> tuple[int, str]:
    """Start a worker, and stop it with SIGTERM once it said why it waits; its exit status, and all that it said."""
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
        wait_for(
            lambda: "level=warning" in log.read_text() or _beats(url), "the worker to say why it waits, or to beat"
        )
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
