"""`make races ONLY=shapes`: 16 sessions at each isolation level, over the shapes as `Debounced` and as `Realtime`.

Beside them, the same sessions without read models, whose aborts are the application's own; and one shape as `Realtime`,
by row triggers, and not kept at all.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Mapping, Sequence
from math import sqrt

from tests.bench.temporary_server import temporary_server
from tests.stress.races.shapes.runs import LEVELS, ByHand, Effort, Maintained, Outcome, Place
from tests.stress.races.shapes.systems import BESIDE, BESIDE_NOW, DEBOUNCED, GROUPS, ONE_IN_REALTIME, REALTIME
from tests.support.reports import REPORTS, Figure, report

BESIDE_TABLES = ("items", "archived")
PG_IVM = {
    "address": "https://github.com/sraoss/pg_ivm/blob/main/README.md#concurrent-transactions",
    "READ COMMITTED": "`ExclusiveLock` is held on an IMMV immediately after a base table is modified: others that"
    " change one of its tables wait until the transaction ends",
    "REPEATABLE READ, SERIALIZABLE": "an error is raised immediately if lock acquisition fails",
    "exception": "INSERT into the one table of a view without DISTINCT and GROUP BY takes `RowExclusiveLock`",
    "definitions": "inner joins, GROUP BY and DISTINCT of tables; no outer joins, set operations, windows, DISTINCT ON,"
    " VALUES, subqueries in WHERE, or views",
}
"""What pg_ivm publishes of itself."""


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    options = _parser().parse_args()
    effort = Effort(options.sessions, options.transactions, str(options.seed))
    print(f"seed {options.seed}; repeat with: make races ONLY=shapes ARGS='--seed {options.seed}'", flush=True)
    with temporary_server("denorm-shapes-") as (home, postgres):

        def place(name: str) -> str:
            postgres.ensure_database(name)
            return postgres.url(name)

        log = postgres.log
        alone = Place(place("alone"), log, GROUPS)
        debounced = Maintained(place("debounced"), log, home, DEBOUNCED)
        realtime = Maintained(place("realtime"), log, home, REALTIME)
        beside: dict[str, Place] = {
            "not kept": Place(place("beside"), log, [BESIDE_NOW.schema], BESIDE_TABLES),
            "Realtime": Maintained(place("beside_now"), log, home, ONE_IN_REALTIME, BESIDE_TABLES),
            "row triggers": ByHand(place("by_hand"), log, BESIDE_NOW.schema, BESIDE_TABLES),
        }
        try:
            shapes: dict[str, Place] = {"alone": alone, "Debounced": debounced, "Realtime": realtime}
            raced = _raced(shapes, effort)
            side_by_side = _raced(beside, effort)
        finally:
            for each in (debounced, realtime, beside["Realtime"]):
                if isinstance(each, Maintained):
                    each.close()
            logs = REPORTS / "races-shapes"
            logs.mkdir(parents=True, exist_ok=True)
            for path in home.glob("*.log"):
                shutil.copyfile(path, logs / path.name)
    figures = [*figures_of_shapes(raced), *figures_beside(side_by_side)]
    details = {"shapes": _details(raced), BESIDE: _details(side_by_side), "pg_ivm": PG_IVM}
    met = report("races-shapes", figures, details)
    print(f"pg_ivm, by its README ({PG_IVM['address']}):")
    for what, said in list(PG_IVM.items())[1:]:
        print(f"  {what}: {said}")
    return 0 if met else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.races.shapes", description=__doc__)
    parser.add_argument("--sessions", type=int, default=16)
    parser.add_argument("--transactions", type=int, default=2_000, help="by each session, in each run")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    return parser


def _raced(places: Mapping[str, Place], effort: Effort) -> dict[str, dict[str, Outcome]]:
    """Level -> place -> outcome; the places in turns, so that what the machine does besides meets all alike."""
    found: dict[str, dict[str, Outcome]] = {}
    for level in LEVELS:
        found[level] = {}
        for name, place in places.items():
            outcome = found[level][name] = place.run(level, effort)
            written = outcome.written
            print(
                f"{level}, {name}: {written.committed} transactions in {written.seconds:.0f} s,"
                f" {written.aborts} aborts, {outcome.counted} deadlocks, {sum(outcome.wrong.values())} wrong rows",
                flush=True,
            )
    return found


def figures_of_shapes(raced: Mapping[str, Mapping[str, Outcome]]) -> list[Figure]:
    """The figures of the shapes beside their goals."""
    figures: list[Figure] = []
    for level, outcomes in raced.items():
        alone = outcomes["alone"].written
        figures += [
            Figure(f"{level}, without us: transactions a second", alone.per_second),
            Figure(f"{level}, without us: aborts", alone.aborts),
            *_never(f"{level}, without us", outcomes["alone"]),
        ]
        for kind in ("Debounced", "Realtime"):
            outcome, judged = outcomes[kind], 0 if kind == "Debounced" else None
            name, written = f"{level}, {kind}", outcome.written
            figures += [
                Figure(f"{name}: transactions a second", written.per_second),
                Figure(f"{name}: aborts", written.aborts),
                Figure(f"{name}: aborts more than without us", written.aborts - alone.aborts),
                Figure(
                    f"{name}: of these, more than chance explains",
                    beyond_chance(alone.aborts, written.aborts),
                    at_most=judged,
                ),
                Figure(f"{name}: aborts in our triggers", written.ours, at_most=judged),
                *_never(name, outcome),
                Figure(f"{name}: changes never shown", outcome.pending, at_most=0),
                Figure(f"{name}: anchors in quarantine", outcome.quarantined, at_most=0),
                Figure(f"{name}: read models compared", len(outcome.wrong)),
                Figure(f"{name}: wrong rows", sum(outcome.wrong.values()), at_most=0),
            ]
            figures += [Figure(f"{name}: wrong rows in {of}", count) for of, count in outcome.wrong.items() if count]
    return figures


def figures_beside(raced: Mapping[str, Mapping[str, Outcome]]) -> list[Figure]:
    """The figures of the one shape that row triggers keep, too; of theirs, nothing is demanded."""
    figures: list[Figure] = []
    for level, outcomes in raced.items():
        for kind, outcome in outcomes.items():
            name, written = f"{level}, one shape, {kind}", outcome.written
            judged = 0 if kind == "Realtime" else None
            figures += [
                Figure(f"{name}: transactions a second", written.per_second),
                Figure(f"{name}: aborts", written.aborts),
                Figure(f"{name}: deadlocks", outcome.counted, at_most=judged),
                Figure(f"{name}: wrong rows", sum(outcome.wrong.values()), at_most=judged),
            ]
    return figures


def _never(name: str, outcome: Outcome) -> Sequence[Figure]:
    return (
        Figure(f"{name}: deadlocks in the server's log", outcome.logged, at_most=0),
        Figure(f"{name}: deadlocks that it counted", outcome.counted, at_most=0),
        Figure(f"{name}: transactions failed", sum(outcome.written.failed.values()), at_most=0),
    )


def beyond_chance(before: int, after: int) -> float:
    """How many of `after` events are more than `before` and three standard deviations of the difference."""
    return max(0.0, after - before - 3 * sqrt(after + before))


def _details(raced: Mapping[str, Mapping[str, Outcome]]) -> dict[str, object]:
    return {level: {name: outcome.details() for name, outcome in found.items()} for level, found in raced.items()}


if __name__ == "__main__":
    sys.exit(main())
