"""`make bench`: every benchmark, or the one named; figures beside goals, exit status 1 where a goal is missed."""

from __future__ import annotations

import argparse
import sys

from tests.bench import (
    backfill,
    cache,
    capture,
    cost,
    identifiers,
    idle,
    kinds,
    locks,
    queue,
    reconcile,
    staleness,
    systems,
)

BENCHMARKS = {
    "backfill": backfill.run,
    "cache": cache.run,
    "capture": capture.run,
    "cost": cost.run,
    "identifiers": identifiers.run,
    "idle": idle.run,
    "kinds": kinds.run,
    "locks": locks.run,
    "queue": queue.run,
    "reconcile": reconcile.run,
    "staleness": staleness.run,
    "systems": systems.run,
}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=sorted(BENCHMARKS), help="run one benchmark (make bench ONLY=name)")
    parser.add_argument("--size", choices=("small", "full"), default="full", help="make bench SIZE=small|full")
    options = parser.parse_args()
    chosen = [options.only] if options.only else sorted(BENCHMARKS)
    met = [BENCHMARKS[name](options.size) for name in chosen]
    sys.exit(0 if all(met) else 1)


main()
