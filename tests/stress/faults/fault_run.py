"""One fault run: launch a backfill through Dagster, kill, wait until it is complete, compare."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

import psycopg

from denorm_assets.errors import DenormError
from denorm_assets.systems.topics.declaration import ENTRY_TOPICS
from tests.stress.faults.kills import Kill, strike
from tests.stress.faults.lane import DAGSTER, Lane

BACKFILL, ONE_RUN = "backfill", "one run"
_ASSET = ("topics", "entry_topics")
_COMPLETION_SECONDS = 400.0
_QUIET_SECONDS = 200.0
_ATTEMPT = "audit: attempt at a batch"

_ORACLE: LiteralString = """
    WITH defined AS ({definition}), held AS (SELECT entry_id, topic_id, published_at FROM topics.entry_topics)
    SELECT
        (SELECT count(*) FROM (SELECT * FROM defined EXCEPT ALL SELECT * FROM held) AS missing),
        (SELECT count(*) FROM (SELECT * FROM held EXCEPT ALL SELECT * FROM defined) AS wrong),
        (SELECT count(*) - count(DISTINCT (entry_id, topic_id)) FROM held)
"""
_IN_PROGRESS: LiteralString = """
    SELECT run_id, status FROM runs WHERE status NOT IN ('SUCCESS', 'FAILURE', 'CANCELED')
"""


@dataclass
class Outcome:
    """What came of a fault run; everything but the first group has to be zero, or what `judge` says."""

    number: int
    launch: str
    kills: list[str]
    seconds: float = 0.0
    completed: bool = False
    dagster_runs: int = 0

    missing: int = 0
    wrong: int = 0
    doubled: int = 0
    ranges: int = 0
    ranges_run_again: int = 0
    batches_redone: int = 0
    held_leases: int = 0
    stuck: list[str] = field(default_factory=list[str])

    def faults(self) -> list[str]:
        """What is not as it should be, in words."""
        expected_zero = {
            "rows missing": self.missing,
            "rows wrong": self.wrong,
            "rows doubled": self.doubled,
            "ranges run again": self.ranges_run_again,
            "leases held": self.held_leases,
            "batches redone beyond one per kill": max(0, self.batches_redone - len(self.kills)),
        }
        found = [f"{count} {what}" for what, count in expected_zero.items() if count]
        return found + ([] if self.completed else ["not completed"]) + self.stuck


def fault_run(
    lane: Lane,
    number: int,
    launch: str,
    kills: Sequence[Kill],
    say: Callable[[str], None],
    *,
    batch_size: int = 500,
) -> Outcome:
    """Run it on fresh databases; whatever happens is in the outcome."""
    outcome = Outcome(number, launch, [str(kill) for kill in kills])
    log_begin = lane.postgres.log.stat().st_size
    lane.begin()
    try:
        began = time.monotonic()
        keys = [str(row[0]) for row in lane.rows("SELECT key FROM denorm.id_range ORDER BY position = 0, position")]
        config = {"ops": {"topics__entry_topics": {"config": {"batch_size": batch_size, "pause": 0.0}}}}
        if launch == BACKFILL:
            lane.tree.launch_backfill(_ASSET, keys, config)
        else:
            lane.tree.launch_range(_ASSET, keys[0], keys[-1], config)
        for kill in kills:
            _await_moment(lane, kill, len(keys))
            say(f"{number}: {time.monotonic() - began:5.1f} s  kill {kill}")
            strike(kill, lane.tree, lane.postgres)
        outcome.completed = _await(lambda: _is_complete(lane, launch), _COMPLETION_SECONDS)
        outcome.seconds = time.monotonic() - began
        if not _await(lambda: not lane.rows(_IN_PROGRESS, DAGSTER), _QUIET_SECONDS if outcome.completed else 0):
            outcome.stuck += [f"run {row[0]} is {row[1]}" for row in lane.rows(_IN_PROGRESS, DAGSTER)]
        _examine(lane, outcome, log_begin)
    except (AssertionError, DenormError, OSError, psycopg.Error) as error:
        outcome.stuck.append(f"{type(error).__name__}: {error}")
    finally:
        lane.end()
    return outcome


def _await_moment(lane: Lane, kill: Kill, ranges: int) -> None:
    if kill.progress < 0:
        condition = _has_run
    else:

        def condition(lane: Lane) -> bool:
            return _ranges_done(lane) >= kill.progress * ranges

    # Where the work is complete before that, the kill comes too late to hurt, and is made all the same.
    _await(lambda: condition(lane) or _ranges_done(lane) >= ranges, _COMPLETION_SECONDS, interval=0.05)


def _await(condition: Callable[[], bool], seconds: float, interval: float = 0.25) -> bool:
    """Whether `condition` came to hold in time; a PostgreSQL that does not answer just now only means to wait."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return True
        except psycopg.OperationalError:
            pass
        if time.monotonic() >= deadline:
            return False
        time.sleep(interval)


def _has_run(lane: Lane) -> bool:
    return bool(lane.rows("SELECT FROM runs LIMIT 1", DAGSTER))


def _ranges_done(lane: Lane) -> int:
    return _count(lane, "SELECT count(*) FROM denorm.range_progress WHERE done_version IS NOT NULL")


def _is_complete(lane: Lane, launch: str) -> bool:
    if launch == BACKFILL:
        return lane.rows("SELECT status FROM bulk_actions", DAGSTER) == [("COMPLETED_SUCCESS",)]
    # A chain of retries is complete with its first success.
    return bool(lane.rows("SELECT FROM runs WHERE status = 'SUCCESS' AND pipeline_name = '__ASSET_JOB'", DAGSTER))


def _examine(lane: Lane, outcome: Outcome, log_begin: int) -> None:
    definition = ENTRY_TOPICS.definition.text
    with lane.connect() as connection:
        connection.execute("SET search_path = topics")
        row = connection.execute(_ORACLE.replace("{definition}", definition).encode()).fetchone()
    assert row is not None
    outcome.missing, outcome.wrong, outcome.doubled = row
    outcome.ranges = _count(lane, "SELECT count(*) FROM denorm.range_progress WHERE done_version IS NOT NULL")
    outcome.ranges_run_again = _count(
        lane,
        "SELECT count(DISTINCT later.key) FROM audit.step AS later JOIN audit.step AS first USING (key)"
        " WHERE first.what = 'done' AND later.id > first.id",
    )
    committed = _count(lane, "SELECT count(*) FROM audit.step WHERE what = 'batch'")
    outcome.batches_redone = _attempts(lane.postgres.log, log_begin) - committed
    outcome.held_leases = _count(
        lane, "SELECT count(*) FROM denorm.range_progress WHERE lease_expires_at > clock_timestamp()"
    )
    outcome.dagster_runs = _count(lane, "SELECT count(*) FROM runs", DAGSTER)
    outcome.stuck += [
        f"backfill is {row[0]}"
        for row in lane.rows("SELECT status FROM bulk_actions WHERE status <> 'COMPLETED_SUCCESS'", DAGSTER)
    ]


def _count(lane: Lane, query: LiteralString, database: str | None = None) -> int:
    value = lane.rows(query, database or "denorm")[0][0]
    assert isinstance(value, int)
    return value


def _attempts(log: Path, begin: int) -> int:
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace").count(_ATTEMPT)
