"""Staleness, commit to visible, under 200 writes a second on `topics` and a feed at once.

With writers that never pause, the changes of a read model are never quiet, and `max_wait` decides. So the worker is
held to its goal under a declaration that promises `quiet` at the latest (`EAGER`), and to `max_wait` under the default
one (`PATIENT`). The sensor alone is measured under the default one. The worker and Dagster's process tree are the real
ones, as `denorm-assets dev` starts them.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import psycopg

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.model.system import System
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.bench import keyed_systems
from tests.bench.keyed_systems import EAGER, EAGER_FEED, EAGER_TOPICS, PATIENT, PATIENT_FEED, PATIENT_TOPICS
from tests.bench.staleness_load import FEED_SCHEMA, POLL_SECONDS, Load, Sampled, kinds_of_write
from tests.bench.temporary_server import temporary_server
from tests.support.dagster_tree import ROOT, DagsterTree, environment
from tests.support.live import AGREED, bring_up
from tests.support.reports import Figure, report

RATE = 200.0
SECONDS = {"small": 15.0, "full": 60.0}
SENSOR_SECONDS = {"small": 45.0, "full": 150.0}
WARM_UP = 10.0
_SESSIONS = 4
_PATIENCE = 60.0
_AT_ONCE = 0.1
_STOP_SECONDS = 20.0


def run(size: str) -> bool:
    """Measure; returns whether all goals are met."""
    with temporary_server("denorm-staleness-") as (home, postgres):
        place = _Place(home, postgres)
        eager = place.with_worker("EAGER", EAGER_TOPICS, EAGER_FEED, seconds=SECONDS[size])
        patient = place.with_worker("PATIENT", PATIENT_TOPICS, PATIENT_FEED, seconds=SECONDS[size])
        sensor = place.with_sensor("PATIENT", PATIENT_TOPICS, PATIENT_FEED, seconds=SENSOR_SECONDS[size])
        runs = place.count("runs", "SELECT count(*) FROM runs WHERE pipeline_name LIKE '%_refresh'")
        shipped = place.with_worker("SHIPPED", TOPICS, PATIENT_FEED, seconds=SECONDS[size], only="entries")
    measured = {"worker, eager": eager, "worker, default": patient, "sensor": sensor, "worker, Realtime": shipped}
    figures = [
        *_figures(f"worker, quiet {EAGER.quiet:g} s = max_wait", eager, EAGER.quiet + 0.5),
        *_figures(
            f"worker, quiet {PATIENT.quiet:g} s, max_wait {PATIENT.max_wait:g} s", patient, PATIENT.max_wait + 0.5
        ),
        *_figures(f"sensor alone, quiet {PATIENT.quiet:g} s, max_wait {PATIENT.max_wait:g} s", sensor, 10),
        Figure("sensor alone: runs that it asked for", runs),
        *_figures("topics as shipped (Realtime)", shipped, None),
        Figure(
            f"topics as shipped: visible within {_AT_ONCE:g} s",
            sum(wait <= _AT_ONCE for wait in shipped.waits) / len(shipped.waits) * 100,
            "%",
        ),
    ]
    return report(f"bench-staleness-{size}", figures, {name: _details(found) for name, found in measured.items()})


def _figures(name: str, found: Sampled, goal: float | None) -> list[Figure]:
    return [
        Figure(f"{name}: writes a second", found.rate, at_least=0.95 * RATE),
        Figure(f"{name}: median", _percentile(found, 50), "s"),
        Figure(f"{name}: p95", _percentile(found, 95), "s", at_most=goal),
        Figure(f"{name}: longest", max(found.waits), "s"),
        Figure(f"{name}: never visible", found.never, at_most=0),
    ]


def _details(found: Sampled) -> dict[str, object]:
    percentiles = {f"p{percent}": round(_percentile(found, percent), 3) for percent in (5, 25, 50, 75, 90, 95, 99)}
    return {"writes": found.writes, "samples": len(found.waits), "probed every": POLL_SECONDS, **percentiles}


def _percentile(found: Sampled, percent: int) -> float:
    return quantiles(found.waits, n=100)[percent - 1]


class _Place:
    """A server with both applications' tables, and an empty database for Dagster."""

    def __init__(self, home: Path, postgres: EmbeddedPostgres) -> None:
        for name in ("denorm", "dagster"):
            postgres.ensure_database(name)
        self._home = home
        self._postgres = postgres
        self._url = postgres.url("denorm")
        database = Database(self._url)
        load_sample(database, TOPICS, None)
        with database.session() as session:
            session.script(FEED_SCHEMA)
        for system in (TOPICS, PATIENT_FEED):
            bring_up(database, system)
        database.close()
        self._kinds = kinds_of_write(self._url)
        self._numbers = itertools.count(1)

    def with_worker(self, name: str, *systems: System, seconds: float, only: str = "") -> Sampled:
        """Staleness while the worker process keeps `systems`, which `keyed_systems` knows by this prefix."""
        environ = self._environment(name, systems)
        with (self._home / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "denorm_assets", "worker"], cwd=self._home, env=environ, stdout=log, stderr=log
            )
        try:
            found = self._sample(seconds, only)
        finally:
            worker.send_signal(signal.SIGTERM)
            try:
                status = worker.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                raise
        assert status == 0, f"the worker ended with {status}"
        return found

    def with_sensor(self, name: str, *systems: System, seconds: float) -> Sampled:
        """The same while Dagster's daemon alone does it."""
        tree = DagsterTree(self._home, self._environment(name, systems))
        with _running(tree):
            return self._sample(seconds, "")

    def count(self, what: str, query: str) -> int:
        """The number that `query` yields in Dagster's database."""
        with psycopg.connect(self._postgres.url("dagster")) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None, f"{what}: an aggregate yields one row"
        return int(row[0])

    def _environment(self, name: str, systems: tuple[System, ...]) -> dict[str, str]:
        # A declaration that is kept otherwise needs other triggers; doing it twice does nothing.
        database = Database(self._url)
        for system in systems:
            apply_system(database, system, AGREED)
        database.close()
        references = [f"{keyed_systems.__name__}:{name}_{system.name.upper()}" for system in systems]
        return {
            **environment(self._home, self._url, self._postgres.url("dagster")),
            "DENORM_SYSTEMS": ",".join(references),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }

    def _sample(self, seconds: float, only: str) -> Sampled:
        load = Load(self._url, [kind for kind in self._kinds if only in ("", kind.name)], self._numbers, _SESSIONS)
        # Processes start and fill their caches meanwhile; nothing is judged yet.
        load.run(RATE, WARM_UP, _PATIENCE)
        return load.run(RATE, seconds, _PATIENCE)


@contextmanager
def _running(tree: DagsterTree) -> Generator[None]:
    tree.start()
    try:
        yield
    finally:
        tree.stop()
