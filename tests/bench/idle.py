"""What two systems cost while nobody writes: commits a second and ticks an hour, of `denorm-assets dev` as it is.

Commits are counted in all databases of the server, the application's and Dagster's: each is a statement of a worker, a
sensor, Dagster's daemon or its UI. The goals are half of what issue 16 measured.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from dotenv import dotenv_values
from psycopg.rows import TupleRow

from tests.support.dagster_tree import ROOT, wait_for
from tests.support.reports import Figure, report

_SECONDS = {"small": 60.0, "full": 300.0}
_SYSTEMS = ("topics", "social")
_SCALE = 1_000
_START_SECONDS = 900.0
_SETTLE_SECONDS = 60.0
"""Sensors find what `dev` itself has just done; Dagster's daemon and UI fill their caches."""
_STOP_SECONDS = 60.0

_COMMITS = "SELECT datname, xact_commit FROM pg_stat_database WHERE datname IS NOT NULL"
_TICKS = """
SELECT i.instigator_body::json -> 'origin' ->> 'job_name' AS name, count(*) FROM job_ticks AS t
JOIN instigators AS i USING (selector_id) WHERE t.id > %s GROUP BY 1 ORDER BY 1"""


def run(size: str) -> bool:
    """Measure; returns whether both goals are met."""
    home = Path(tempfile.mkdtemp(prefix="denorm-idle-"))
    home.chmod(0o755)
    systems = ",".join(f"denorm_assets.systems.{name}:SYSTEM" for name in _SYSTEMS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_"))}
    environ = {**kept, "DENORM_HOME": str(home), "DENORM_SYSTEMS": systems}
    log = home / "dev.log"
    try:
        with log.open("wb") as output:
            command = [sys.executable, "-m", "denorm_assets", "dev", "--scale", str(_SCALE)]
            dev = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
        try:
            wait_for(lambda: _is_ready(dev, log), _START_SECONDS, f"`dev` is ready; see {log}", interval=1.0)
            time.sleep(_SETTLE_SECONDS)
            commits, ticks = _measure(home, _SECONDS[size])
        finally:
            dev.send_signal(signal.SIGINT)
            dev.wait(_STOP_SECONDS)
    finally:
        shutil.rmtree(home)
    figures = [
        Figure("commits a second, all databases", sum(commits.values()), at_most=28),
        *(Figure(f"of them in {name}", found) for name, found in commits.items() if found >= 1),
        Figure("ticks an hour", sum(ticks.values()), at_most=900),
        *(Figure(f"of them of {name}", found) for name, found in ticks.items()),
    ]
    return report(f"bench-idle-{size}", figures, {"systems": _SYSTEMS, "scale": _SCALE})


def _is_ready(dev: subprocess.Popen[bytes], log: Path) -> bool:
    said = log.read_text(errors="replace")
    assert dev.poll() is None, said[-3000:]
    return "\nREADY " in said


def _measure(home: Path, seconds: float) -> tuple[dict[str, float], dict[str, float]]:
    """Commits a second by database, and ticks an hour by sensor and schedule."""
    places = dotenv_values(home / "servers.env")
    dagster = places["DENORM_DAGSTER_URL"]
    before, last_tick = dict(_rows(dagster, _COMMITS)), _rows(dagster, "SELECT coalesce(max(id), 0) FROM job_ticks")
    began = time.monotonic()
    time.sleep(seconds)
    ticks, after = _rows(dagster, _TICKS, *last_tick[0]), dict(_rows(dagster, _COMMITS))
    passed = time.monotonic() - began
    commits = {name: (count - before.get(name, 0)) / passed for name, count in after.items()}
    return commits, {name: count * 3600 / passed for name, count in ticks}


def _rows(url: str | None, query: str, *params: object) -> list[TupleRow]:
    assert url is not None, "`dev` writes down where its servers are"
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode(), params or None).fetchall()
