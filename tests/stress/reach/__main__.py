"""`make reach`: every definition of the corpus, accepted or refused, kept fresh, and judged."""

from __future__ import annotations

import argparse
import sys

from denorm_assets.cli.shared.output import print_rows
from tests.conftest import temporary_server
from tests.stress.reach.corpus import applications
from tests.stress.reach.outcome import Outcome, figures, refusals
from tests.stress.reach.run import prepare, run
from tests.support.reports import report


def main() -> int:
    """Run, report, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.reach", description=__doc__)
    parser.add_argument("--only", default="", metavar="APP[/NAME]", help="one application, or one of its definitions")
    parser.add_argument("--goal-accepted", type=float, default=100, help="%% of the deterministic ones")
    parser.add_argument("--goal-by-key", type=float, default=85, help="%% with every large source by key")
    options = parser.parse_args()
    chosen = applications(options.only)
    if not chosen:
        parser.error(f"no definition is called {options.only}")
    outcomes: list[Outcome] = []
    with temporary_server() as server:
        for application in chosen:
            template = prepare(server, application)
            for defined in application.definitions:
                outcomes.append(run(server, template, application, defined))
                print(f"{application.name}/{defined.name}: {outcomes[-1].why or 'kept'}", file=sys.stderr)
            server.drop(template)
    print_rows([outcome.row() for outcome in outcomes], as_json=False, title="definitions")
    for reason, count in refusals(outcomes).most_common():
        print(f"refused {count} x: {reason}")
    details = {"definitions": [vars(outcome) for outcome in outcomes], "refused": dict(refusals(outcomes))}
    return 0 if report("reach", figures(outcomes, options.goal_accepted, options.goal_by_key), details) else 1


if __name__ == "__main__":
    sys.exit(main())
