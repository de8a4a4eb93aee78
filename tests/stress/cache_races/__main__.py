"""`make cache-races`: an application's processes, its servers killed and hung; no answer stale for long, none wrong."""

from __future__ import annotations

import argparse
import random
import signal
import sys

from tests.stress.cache_races.race import Outcome, Race
from tests.stress.cache_races.servers import race_servers
from tests.support.reports import Figure, report


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.cache_races", description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="End after so long in any case.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}; repeat with: make cache-races ARGS='--seed {arguments.seed}'", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with race_servers() as (home, postgres, valkey):
        race = Race(home, postgres, valkey, str(arguments.seed))
        outcome = race.run(arguments.operations, arguments.processes, (2.0, 6.0), arguments.minutes * 60)
    return 0 if report("cache-races", figures(outcome, arguments.operations), dict(outcome.happened)) else 1


def figures(outcome: Outcome, wanted: int) -> list[Figure]:
    """What is judged, and what is only said; `wanted` is the number of operations that were asked for."""
    verdict = outcome.verdict
    return [
        Figure("operations", verdict.operations, at_least=wanted),
        Figure("of these failed while a server was away", verdict.failed),
        Figure("changes committed", outcome.changes),
        Figure("reads", verdict.reads),
        Figure("of these answered by Redis", verdict.held / max(1, verdict.reads), "share"),
        Figure("facts answered", verdict.trials),
        Figure("of these counts", verdict.counts),
        Figure("stale by more than 5 ms", verdict.stale),
        Figure("stale for more than 1 s, both servers reachable", verdict.late, at_most=0),
        Figure("stale for more than 1 s after an outage", verdict.late_recovering, at_most=0),
        Figure("never true", verdict.never, at_most=0),
        Figure("counts that were not true within 1 s", verdict.counts_out, at_most=0),
        Figure("greatest staleness, both servers reachable", verdict.worst, "s", at_most=1),
        Figure("greatest staleness in and after outages", verdict.worst_recovering, "s"),
        # By the rule of three: with none in n trials, 95 of 100 such races have a share below 3 / n.
        Figure("share that is late, at most (95 %)", 3e6 / max(1, verdict.trials), "per million"),
        *(Figure(f"trouble: {name}", count) for name, count in sorted(outcome.happened.items())),
        Figure("outages", outcome.outages),
        Figure("wrong answers once settled", outcome.wrong, at_most=0),
        *(Figure(f"{name}: values held", found.held) for name, found in outcome.settled.items()),
        *(Figure(f"{name}: values held wrong", found.wrong, at_most=0) for name, found in outcome.settled.items()),
        Figure("seconds", outcome.seconds, "s"),
    ]


if __name__ == "__main__":
    sys.exit(main())
