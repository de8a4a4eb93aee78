"""`make hostile`: every scenario on a live system with writers; nobody gets in, nothing is lost or silently wrong."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from denorm_assets.cli.shared.output import print_rows
from tests.stress.hostile import themes
from tests.stress.hostile.outcome import Outcome, figures
from tests.stress.hostile.realm import missing_reason, open_realm
from tests.stress.hostile.scenario import SCENARIOS, Runner, Scenario, broken
from tests.support.reports import report


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    arguments = _parser().parse_args()
    themes.load()
    chosen = [found for found in SCENARIOS.values() if _is_chosen(found, arguments.only)]
    if not chosen:
        print(f"no scenario is called {arguments.only}; see --list", file=sys.stderr)
        return 2
    if arguments.list:
        print_rows(
            [{"item": found.item, "scenario": found.name, "what it does": found.description} for found in chosen],
            as_json=False,
        )
        return 0
    # Dropped connections are what many scenarios are about.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    for version in sorted({version for found in chosen for version in found.versions}, reverse=True):
        if arguments.postgres in (None, version):
            outcomes += _run_all([found for found in chosen if version in found.versions], version)
    print_rows([outcome.row() for outcome in outcomes], as_json=False, title="hostile scenarios")
    name = "hostile" if not arguments.only else f"hostile-{arguments.only}"
    met = report(name, figures(outcomes, time.monotonic() - began), [outcome.details() for outcome in outcomes])
    return 0 if met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.hostile", description=__doc__)
    parser.add_argument("only", nargs="?", help="Name of one scenario, or an item such as S1. Default: all.")
    parser.add_argument("--postgres", type=int, help="Run on this major version only.")
    parser.add_argument("--list", action="store_true", help="List the scenarios, and run none.")
    return parser


def _is_chosen(found: Scenario, only: str | None) -> bool:
    return only is None or only in (found.name, found.item) or only == found.item[0]


def _run_all(chosen: list[Scenario], version: int) -> list[Outcome]:
    reason = missing_reason(version)
    if reason:
        return [Outcome(found.name, found.item, version, skipped=reason) for found in chosen]
    outcomes: list[Outcome] = []
    with open_realm(version) as realm:
        runner = Runner(realm)
        for found in chosen:
            try:
                outcome = runner.run(found)
            except Exception as error:
                outcome = broken(found, version, error)
            outcomes.append(outcome)
            print(f"{found.item:4} {found.name} on PostgreSQL {version}: {_told(outcome)}", flush=True)
    return outcomes


def _told(outcome: Outcome) -> str:
    counts = [f"{count} {name}" for name, count in outcome.counts().items() if count]
    reasons = [outcome.skipped, *(each[:160] for each in (outcome.refused or outcome.told)[:1] if not counts)]
    return "; ".join([f"{outcome.verdict} ({outcome.seconds:.1f} s)", *counts, *(each for each in reasons if each)])


if __name__ == "__main__":
    sys.exit(main())
