"""`make load`: 5,000 virtual users read `social` over a pool of 50 + 30 connections."""

from __future__ import annotations

import sys

from denorm_assets.load_test.run import run_load
from denorm_assets.systems.social import SYSTEM
from tests.bench.prepared import prepared
from tests.stress.load.measured import details_of, draw, figures_of, load_options, stages_of
from tests.support.reports import report


def main() -> None:
    """Run what the command line asks for; exit status 1 where a limit is missed."""
    options = load_options("make load", __doc__, SYSTEM, 200_000).parse_args()
    with prepared(SYSTEM, options.scale) as (_, url):
        found = run_load(url, SYSTEM, options.users, stages_of(options))
    draw("load", {"social": found})
    sys.exit(0 if report("load", figures_of(found, "social", judged=True), details_of(found)) else 1)


main()
