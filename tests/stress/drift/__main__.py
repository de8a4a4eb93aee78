"""`make drift`: random writes on all source tables of each shipped system under both drivers; then nothing differs."""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from denorm_assets.db.control.registry import registration
from denorm_assets.db.health.checks import run_checks
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.model.system import System
from denorm_assets.systems.selection import load_systems
from tests.bench.temporary_server import temporary_server
from tests.stress.drift.random_writes import Written, write
from tests.stress.drift.staleness import Staleness
from tests.stress.races.drivers import WORKER, ProcessDriver, process_environment
from tests.support.dagster_tree import DagsterTree, environment
from tests.support.live import bring_up, pending_of_models, wrong_rows
from tests.support.reports import Figure, report
from tests.support.shipped import SHIPPED_SYSTEMS

_DRAIN_SECONDS = 120.0


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    arguments = _parser().parse_args()
    print(f"seed {arguments.seed}; repeat with: make drift ARGS='--seed {arguments.seed}'", flush=True)
    systems = load_systems(SHIPPED_SYSTEMS)
    with temporary_server("denorm-drift-") as (home, postgres):
        for name in ("denorm", "dagster"):
            postgres.ensure_database(name)
        url = postgres.url("denorm")
        database = Database(url)
        for system in systems:
            load_sample(database, system, arguments.scale)
            bring_up(database, system)
        environ = {
            **environment(home, url, postgres.url("dagster")),
            **process_environment(home, url, SHIPPED_SYSTEMS),
        }
        figures = _run(url, systems, home, environ, arguments)
        figures += [*_differences(url, database, systems)]
        database.close()
    return 0 if report("drift", figures) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.drift", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=10.0, help="Statements a second, for each system.")
    parser.add_argument("--scale", type=int, help="Rows of each system's main table. Default: what `make dev` loads.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    return parser


def _run(
    url: str, systems: Sequence[System], home: Path, environ: dict[str, str], arguments: argparse.Namespace
) -> list[Figure]:
    worker, dagster = ProcessDriver("worker", WORKER, home, environ), DagsterTree(home, environ)
    stop, staleness = threading.Event(), Staleness(url, systems)
    dagster.start()
    worker.start()
    try:
        with ThreadPoolExecutor() as pool:
            writing = {
                system.name: pool.submit(write, url, system, f"{arguments.seed} {system.name}", arguments.rate, stop)
                for system in systems
            }
            watching = pool.submit(staleness.watch, stop)
            time.sleep(arguments.seconds)
            stop.set()
            written = {name: future.result() for name, future in writing.items()}
            watching.result()
        last = max(each.last for each in written.values())
        while (left := pending_of_models(url)) and time.monotonic() - last < _DRAIN_SECONDS:
            time.sleep(0.1)
        drained = time.monotonic() - last
    finally:
        worker.kill()
        dagster.stop()
    return [
        *(figure for name, each in written.items() for figure in _written_figures(name, each)),
        *staleness.figures(),
        Figure("all read models show the last write after", drained, "s", at_most=5),
        Figure("changes never drained", left, at_most=0),
    ]


def _written_figures(name: str, written: Written) -> list[Figure]:
    return [
        Figure(f"{name}: transactions committed", written.committed.total(), at_least=1),
        Figure(f"{name}: refused by the application's constraints", written.refused.total()),
        Figure(f"{name}: lost to a deadlock", written.deadlocked.total()),
    ]


def _differences(url: str, database: Database, systems: Sequence[System]) -> list[Figure]:
    figures: list[Figure] = []
    for system in systems:
        # What depends on the time is judged by its check, which knows of what time it is.
        figures += [
            Figure(f"wrong rows in {name}", count, at_most=0) for name, count in wrong_rows(url, system).items()
        ]
        with database.session(system.schema) as session:
            results = [
                result
                for model in system.read_models
                for result in run_checks(
                    session, describe(session, system, model), registration(session, system, model)
                )
                # The tables have grown, and whether people have loaded new ranges again says nothing about drift.
                if result.name != "backfill_complete"
            ]
        for result in results:
            if not result.passed:
                print(f"{result.model} {result.name}: {result.summary}", flush=True)
        figures.append(Figure(f"{system.name}: checks failed", sum(not r.passed for r in results), at_most=0))
    return figures


if __name__ == "__main__":
    sys.exit(main())
