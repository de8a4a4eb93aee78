"""What is killed, when, and for how long it is away: drawn from a seed, so that a run can be repeated."""

from __future__ import annotations

import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

from denorm_assets.embedded.postgres import EmbeddedPostgres
from tests.support.dagster_tree import DagsterTree, wait_for

RUN_WORKER, DAGSTER, POSTGRES = "run worker", "dagster", "postgres"
KINDS = (RUN_WORKER, DAGSTER, POSTGRES)
_LONGEST_OUTAGE = {RUN_WORKER: 0.0, DAGSTER: 4.0, POSTGRES: 12.0}
_WORKER_SECONDS = 240.0


@dataclass(frozen=True)
class Kill:
    """One kill.

    Attributes:
        what: one of KINDS.
        progress: share of the ranges that are done when it happens; below 0: while the run is being launched.
        delay: further seconds until then, so that it hits any moment within a batch.
        outage: seconds until what was killed is started again.
    """

    what: str
    progress: float
    delay: float
    outage: float

    def __str__(self) -> str:
        moment = "at launch" if self.progress < 0 else f"at {self.progress:.0%}"
        away = f", away for {self.outage:.1f} s" if self.outage else ""
        return f"{self.what} {moment}{away}"


def draw_kills(dice: random.Random, number: int, at_most: int) -> list[Kill]:
    """The kills of fault run `number`, in order; the first one's kind takes turns over the runs."""
    kinds = [KINDS[number % len(KINDS)]] + [dice.choice(KINDS) for _ in range(dice.randint(0, at_most - 1))]
    moments = sorted(dice.uniform(-0.1, 1.0) for _ in kinds)
    return [
        Kill(what, moment, dice.uniform(0, 3.0 if moment < 0 else 0.3), dice.uniform(0, _LONGEST_OUTAGE[what]))
        for what, moment in zip(kinds, moments, strict=True)
    ]


def strike(kill: Kill, tree: DagsterTree, postgres: EmbeddedPostgres) -> None:
    """Kill with SIGKILL, and start again what does not come back by itself."""
    time.sleep(kill.delay)
    if kill.what == RUN_WORKER:
        wait_for(lambda: bool(tree.run_workers()), _WORKER_SECONDS, "a run worker appears, to be killed", interval=0.05)
        for worker in tree.run_workers():
            _kill(worker)
    elif kill.what == DAGSTER:
        tree.kill()
        time.sleep(kill.outage)
        tree.start()
    else:
        kill_postgres(postgres)
        time.sleep(kill.outage)
        postgres.start()


def kill_postgres(postgres: EmbeddedPostgres) -> None:
    """SIGKILL the postmaster and all its backends."""
    assert postgres.pid is not None, "PostgreSQL runs"
    postmaster = psutil.Process(postgres.pid)
    for process in [postmaster, *postmaster.children(recursive=True)]:
        _kill(process)


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)
