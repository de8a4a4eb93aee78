"""`make load`: 5,000 virtual users read `social` over a pool of 50 + 30 connections."""

from __future__ import annotations

import argparse
import sys

from denorm_assets.db.load_test import load_of, run_load
from denorm_assets.systems.social import SYSTEM
from tests.benchmarks.prepared import prepared
from tests.reports import Figure, report


def main() -> None:
    """Run what the command line asks for; exit status 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--users", type=int, default=load_of(SYSTEM).users)
    parser.add_argument("--seconds", type=float, default=60, help="after a ramp of ten")
    parser.add_argument("--scale", type=int, default=200_000, help="projects")
    options = parser.parse_args()
    limits = load_of(SYSTEM)
    with prepared(SYSTEM, options.scale) as (_, url):
        found = run_load(url, SYSTEM, options.users, options.seconds)
    met = report(
        "load",
        [
            Figure(f"p95 with {options.users:,} users", found.total.p95_ms, "ms", at_most=limits.p95_ms),
            Figure("errors", found.error_share * 100, "%", at_most=limits.error_share * 100),
            Figure("average", found.total.average_ms, "ms"),
            Figure("p99", found.total.p99_ms, "ms"),
            Figure("requests a second", found.total.per_second),
        ],
        details=found.within_limits().rows,
    )
    sys.exit(0 if met else 1)


main()
