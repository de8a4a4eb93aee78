"""`make races`: mixed writers, three drivers, kill -9 now and then; not one wrong row, no deadlock, no failure."""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import threading
import time

import psycopg

from tests.bench.temporary_server import temporary_server
from tests.stress.races import systems
from tests.stress.races.drivers import LOOKER, WORKER, DagsterDriver, Driver, ProcessDriver, process_environment
from tests.stress.races.race import Outcome, Track
from tests.support.dagster_tree import DagsterTree, environment
from tests.support.reports import REPORTS, Figure, report

_BASELINE_SHARE = 0.25
_print_lock = threading.Lock()


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    arguments = _parser().parse_args()
    _say(f"seed {arguments.seed}; repeat with: make races ARGS='--seed {arguments.seed}'")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = ["RACE_KEYS"] if arguments.foreign_keys else ["RACE", "RACE_NOW"]
    kept = [getattr(systems, name) for name in chosen]
    references = [f"{systems.__name__}:{name}" for name in chosen]
    with temporary_server("denorm-races-") as (home, postgres):
        for name in ("baseline", "denorm", "dagster"):
            postgres.ensure_database(name)
        try:
            # The same writers without us: what fails here is the application's own doing.
            baseline = Track(postgres.url("baseline"), postgres.log, kept).run(
                [], arguments.sessions, arguments.seconds * _BASELINE_SHARE, str(arguments.seed), _say
            )
            url = postgres.url("denorm")
            track = Track(url, postgres.log, kept)
            track.go_live()
            environ = process_environment(home, url, references)
            drivers: list[Driver] = [
                ProcessDriver("worker", WORKER, home, environ),
                ProcessDriver("looker", LOOKER, home, environ),
            ]
            if not arguments.light:
                dagster = {**environment(home, url, postgres.url("dagster")), **environ}
                drivers.append(DagsterDriver(DagsterTree(home, dagster)))
            began = time.monotonic()
            outcome = track.run(drivers, arguments.sessions, arguments.seconds, str(arguments.seed), _say)
            _say(f"{time.monotonic() - began:.0f} s with the start of all drivers and the last drain")
            by_sensor = 0 if arguments.light else _materializations(postgres.url("dagster"))
        finally:
            logs = REPORTS / "races"
            logs.mkdir(parents=True, exist_ok=True)
            for log in home.glob("*.log"):
                shutil.copyfile(log, logs / log.name)
    name = "races-foreign-keys" if arguments.foreign_keys else "races"
    figures = _figures(baseline, outcome, arguments.foreign_keys)
    if not arguments.light:
        # No other driver tells Dagster.
        figures.append(Figure("refreshes by the sensor", by_sensor, at_least=1))
    met = report(name, figures, [baseline.details(), outcome.details()])
    return 0 if met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.races", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--light", action="store_true", help="No Dagster: the worker and one that looks in a loop.")
    parser.add_argument(
        "--foreign-keys",
        action="store_true",
        help="Race read models with foreign keys opted in instead; deadlocks and failures are then only reported.",
    )
    return parser


def _figures(baseline: Outcome, outcome: Outcome, foreign_keys: bool) -> list[Figure]:
    figures = [
        Figure("without us: statements committed", sum(w.committed.total() for w in baseline.written.values())),
        Figure("without us: statements failed", sum(w.failed.total() for w in baseline.written.values()), at_most=0),
        Figure("without us: deadlocks", baseline.deadlocks_logged, at_most=0),
    ]
    for schema, written in outcome.written.items():
        judged = None if foreign_keys or schema == "race_now" else 0
        figures += [
            Figure(f"{schema}: statements committed", written.committed.total()),
            Figure(f"{schema}: transactions rolled back on purpose", written.rolled_back),
            Figure(f"{schema}: transactions that lost a race at REPEATABLE READ", written.lost),
            Figure(f"{schema}: statements failed", written.failed.total(), at_most=judged),
            Figure(f"{schema}: slowest statement", written.slowest, "s"),
        ]
    deadlocks = None if foreign_keys else 0
    return [
        *figures,
        *(Figure(f"kill -9 of {name}", count) for name, count in sorted(outcome.kills.items())),
        *(Figure(f"refreshes {status}", count) for status, count in sorted(outcome.refreshes.items())),
        Figure("deadlocks in the server's log", outcome.deadlocks_logged, at_most=deadlocks),
        Figure("deadlocks that it counted", outcome.deadlocks_counted, at_most=deadlocks),
        Figure("drained after", outcome.drain_seconds, "s"),
        Figure("changes never drained", outcome.pending, at_most=0),
        Figure("anchors in quarantine", outcome.quarantined, at_most=0),
        *(Figure(f"wrong rows in {name}", count, at_most=0) for name, count in outcome.wrong.items()),
    ]


def _materializations(dagster_url: str) -> int:
    with psycopg.connect(dagster_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'"
        ).fetchone()
    assert row is not None, "an aggregate yields one row"
    return int(row[0])


def _say(line: str) -> None:
    with _print_lock:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
