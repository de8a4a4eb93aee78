"""`make faults`: backfills through Dagster, or schema work, killed at random moments, have to come out right."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median
from typing import NoReturn

from tests.stress.faults import identifiers, schema
from tests.stress.faults.fault_run import BACKFILL, ONE_RUN, Outcome, fault_run
from tests.stress.faults.kills import KINDS, Kill, draw_kills
from tests.stress.faults.lane import Lane, open_lane
from tests.support.reports import REPORTS, Figure, report

OF_SCHEMA = {"schema": schema.run, "identifiers": identifiers.run}
_print_lock = threading.Lock()


def main() -> int:
    """Do what the command line says; 1 where a goal is missed."""
    arguments = _parser().parse_args()
    began = time.monotonic()
    chosen = "" if arguments.what == "backfill" else f" ONLY={arguments.what}"
    _say(f"seed {arguments.seed}; repeat with: make faults{chosen} ARGS='--seed {arguments.seed}'")
    if arguments.what != "backfill":
        return 0 if OF_SCHEMA[arguments.what](arguments.size, arguments.seed, _say) else 1
    todo: SimpleQueue[tuple[int, str, list[Kill]]] = SimpleQueue()
    for number in arguments.only or range(arguments.runs):
        dice = random.Random(f"{arguments.seed} {number}")
        todo.put((number, BACKFILL if number % 4 == 3 else ONE_RUN, draw_kills(dice, number, arguments.kills)))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    opened: list[Lane] = []
    with ThreadPoolExecutor(arguments.lanes) as pool:
        lanes = [pool.submit(_work, number, todo, arguments.entries, opened) for number in range(arguments.lanes)]
        try:
            outcomes = sorted((outcome for lane in lanes for outcome in lane.result()), key=lambda o: o.number)
        except KeyboardInterrupt:
            _abandon(opened)
    met = report("faults", _figures(outcomes, time.monotonic() - began), [asdict(outcome) for outcome in outcomes])
    return 0 if met and outcomes else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.faults", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("backfill", *OF_SCHEMA), default="backfill")
    parser.add_argument("--size", choices=tuple(schema.SIZES), default="full", help="Of the faults of schema work.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=2, help="Kills per run at most; at least one.")
    parser.add_argument("--lanes", type=int, default=4, help="Runs at a time, each on servers of its own.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--only", type=int, nargs="*", help="Numbers of the runs to do, of those that the seed gives.")
    return parser


def _work(
    lane_number: int, todo: SimpleQueue[tuple[int, str, list[Kill]]], entries: int, opened: list[Lane]
) -> list[Outcome]:
    outcomes: list[Outcome] = []

    def keep_logs(home: Path) -> None:
        kept = REPORTS / f"faults-lane-{lane_number}"
        kept.mkdir(parents=True, exist_ok=True)
        for log in home.glob("*.log"):
            shutil.copyfile(log, kept / log.name)

    with open_lane(entries, keep_logs) as lane:
        opened.append(lane)
        while True:
            try:
                number, launch, kills = todo.get_nowait()
            except Empty:
                return outcomes
            outcome = fault_run(lane, number, launch, kills, _say)
            outcomes.append(outcome)
            verdict = "; ".join(outcome.faults()) or "right"
            _say(f"{number}: {outcome.seconds:5.1f} s  {launch}, {outcome.dagster_runs} Dagster runs: {verdict}")


def _abandon(lanes: list[Lane]) -> NoReturn:
    """Take everything away and end, though the lanes' threads are in the midst of something."""
    for lane in lanes:
        lane.tree.kill()
        lane.postgres.stop()
        shutil.rmtree(lane.tree.home, ignore_errors=True)
    os._exit(130)


def _figures(outcomes: list[Outcome], seconds: float) -> list[Figure]:
    kills = [kill for outcome in outcomes for kill in outcome.kills]
    return [
        Figure("fault runs", len(outcomes)),
        *(Figure(f"kills of {kind}", sum(kill.startswith(kind) for kill in kills)) for kind in KINDS),
        Figure("rows missing", sum(o.missing for o in outcomes), at_most=0),
        Figure("rows wrong", sum(o.wrong for o in outcomes), at_most=0),
        Figure("rows doubled", sum(o.doubled for o in outcomes), at_most=0),
        Figure("ranges finished", sum(o.ranges for o in outcomes)),
        Figure("finished ranges run again", sum(o.ranges_run_again for o in outcomes), at_most=0),
        Figure("batches redone", sum(o.batches_redone for o in outcomes), at_most=len(kills)),
        Figure("batches redone per kill, worst run (average)", max(_per_kill(o) for o in outcomes), at_most=1),
        Figure("backfills not completed", sum(not o.completed for o in outcomes), at_most=0),
        Figure("runs and backfills in progress for ever", sum(len(o.stuck) for o in outcomes), at_most=0),
        Figure("leases held for ever", sum(o.held_leases for o in outcomes), at_most=0),
        Figure("launch to complete, median", median(o.seconds for o in outcomes), "s"),
        Figure("launch to complete, longest", max(o.seconds for o in outcomes), "s"),
        Figure("all together", seconds, "s"),
    ]


def _per_kill(outcome: Outcome) -> float:
    return outcome.batches_redone / len(outcome.kills)


def _say(line: str) -> None:
    with _print_lock:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
