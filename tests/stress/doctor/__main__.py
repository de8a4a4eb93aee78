"""`make doctor`: troubles that are planted on a real server one at a time; each is named, fixed and gone."""

from __future__ import annotations

import argparse
import logging
import sys

from denorm_assets.cli.shared.output import print_rows
from denorm_assets.db.doctor.finding import Trouble
from tests.stress.doctor import application_plants, own_plants, server_plants
from tests.stress.doctor.healthy import SHIPPED, alarms
from tests.stress.doctor.plant import FEWEST, PLANTS, Outcome, figures, run
from tests.stress.doctor.ward import open_ward
from tests.support.reports import report

THEMES = (server_plants, application_plants, own_plants)


_SHIPPED = "shipped"
"""What ONLY= takes for the shipped systems, in which nothing is planted."""


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress.doctor", description=__doc__)
    parser.add_argument("only", nargs="*", help=f"Names of plants, or {_SHIPPED}. Default: all.")
    parser.add_argument("--list", action="store_true", help="List the plants, and plant none.")
    arguments = parser.parse_args()
    only: list[str] = arguments.only or [_SHIPPED, *PLANTS]
    unknown = [name for name in only if name not in (_SHIPPED, *PLANTS)]
    if unknown:
        print(f"no plant is called {', '.join(unknown)}; see --list", file=sys.stderr)
        return 2
    chosen = [PLANTS[name] for name in only if name != _SHIPPED]
    if arguments.list:
        rows = [{"plant": each.name, "trouble": each.trouble, "what": each.act.__doc__} for each in chosen]
        print_rows(rows, as_json=False)
        return 0
    # Sessions that a fix ends are what some plants are about.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    outcomes: list[Outcome] = []
    false: list[Trouble] | None = None
    with open_ward() as ward:
        if _SHIPPED in only:
            false = alarms(ward.realm.postgres.url(ward.new_database()), SHIPPED)
            print(f"the shipped systems: {len(false)} false alarms {false or ''}", flush=True)
        for each in chosen:
            outcomes.append(run(ward, each))
            print(f"{each.name}: {outcomes[-1].told()}", flush=True)
    print_rows([outcome.row() for outcome in outcomes], as_json=False, title="planted troubles")
    details = [*(outcome.row() for outcome in outcomes), *({"alarm": str(alarm)} for alarm in false or ())]
    name = "doctor-some" if arguments.only else "doctor"
    fewest = FEWEST if not arguments.only else len(chosen)
    return 0 if report(name, figures(outcomes, fewest, None if false is None else len(false)), details) else 1


if __name__ == "__main__":
    sys.exit(main())
