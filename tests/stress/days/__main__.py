"""`make days`: what people do in Dagster day by day, on one real instance with its daemon, code server and UI."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence

from denorm_assets.cli.shared.output import print_rows
from tests.integration.browser.chromium import NAMES, chromium_path
from tests.stress.days import themes
from tests.stress.days.day import open_day
from tests.stress.days.scenario import SCENARIOS, Outcome, Scenario, figures, run
from tests.support.reports import report


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    arguments = _parser().parse_args()
    themes.load()
    chosen = [found for found in SCENARIOS.values() if _is_chosen(found, arguments.only)]
    if not chosen:
        print(f"no scenario is called {' or '.join(arguments.only)}; see --list", file=sys.stderr)
        return 2
    if arguments.list:
        print_rows(
            [{"item": found.item, "scenario": found.name, "what it does": found.description} for found in chosen],
            as_json=False,
        )
        return 0
    chromium = chromium_path()
    if chromium is None:
        print(f"no Chromium: none of {', '.join(NAMES)} is on PATH", file=sys.stderr)
        return 2
    # The storage is away while the product is restarted.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    outcomes: list[Outcome] = []
    began = time.monotonic()
    with open_day(chromium) as day:
        print(f"up after {time.monotonic() - began:.0f} s: {day.product.url}", flush=True)
        for found in chosen:
            outcome = run(day, found)
            outcomes.append(outcome)
            told = f"; {outcome.fault}" if outcome.fault else ""
            print(f"{found.item:4} {found.name}: {outcome.verdict} ({outcome.seconds:.1f} s){told}", flush=True)
    name = "-".join(["days", *arguments.only])
    return 0 if report(name, figures(outcomes), outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.days", description=__doc__)
    parser.add_argument("only", nargs="*", help="Names of scenarios, or items such as D17. Default: all.")
    parser.add_argument("--list", action="store_true", help="List the scenarios, and run none.")
    return parser


def _is_chosen(found: Scenario, only: Sequence[str]) -> bool:
    return not only or found.name in only or found.item in only


if __name__ == "__main__":
    sys.exit(main())
