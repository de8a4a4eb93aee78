"""What was answered against what was true: how stale the answers were, and how many were so for too long."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.stress.cache_races.racer import COUNT, FAILED, HELD, RECORD, VOTE
from tests.stress.cache_races.votes import History, Track

LIMIT = 1.0
_CLOCKS = 0.005
"""Seconds by which two processes' readings of one clock may seem to differ; a commit's time is read before it shows."""


@dataclass
class Verdict:
    """What the answers were like.

    Attributes:
        operations: reads and writes, failed ones among them.
        held: reads that Redis answered, of so many `reads`.
        trials: single facts that were answered: is this vote there, what is this count.
        late: facts that were stale for longer than the limit with both servers reachable; `late_recovering` for longer
            than the limit after the end of an outage.
        never: facts that were never true until then.
        worst: the greatest staleness with both servers reachable, in seconds; `worst_recovering` in and after outages.
        counts_out: counts outside of what was true within the limit.
    """

    operations: int = 0
    failed: int = 0
    reads: int = 0
    held: int = 0
    trials: int = 0
    stale: int = 0
    late: int = 0
    late_recovering: int = 0
    never: int = 0
    worst: float = 0.0
    worst_recovering: float = 0.0
    counts: int = 0
    counts_out: int = 0


class Outages:
    """When servers were not reachable."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        self._spans = sorted(spans)
        self._ends = [end for _, end in self._spans]

    def allowed_since(self, began: float) -> tuple[float, bool]:
        """From when on a state may have been shown at `began`, and whether an outage is the reason."""
        since = began - LIMIT
        # Of those that had not ended, or had a second ago only, the first one counts.
        position = bisect_left(self._ends, since)
        if position < len(self._spans) and self._spans[position][0] <= began:
            return min(since, self._spans[position][0] - LIMIT), True
        return since, False


def judge(logs: Sequence[Path], known: History, outages: Outages) -> Verdict:
    """Judge every answer that was written down."""
    verdict = Verdict()
    for log in logs:
        for is_first, (noted, user, project, answer, began, ended) in _noted(log, 0):
            kind = noted & ~HELD
            if is_first:
                verdict.operations += 1
                verdict.reads += kind in (VOTE, COUNT)
                verdict.held += noted != kind
            if kind == FAILED:
                verdict.failed += 1
            elif kind == VOTE:
                _judge_vote(verdict, known.votes.get((user, project), Track([], [])), answer, began, ended, outages)
            elif kind == COUNT:
                _judge_count(verdict, known.counts.get(project, Track([], [])), answer, began, ended, outages)
    return verdict


def operations_in(log: Path, after: int) -> int:
    """How many operations a racer wrote down after so many bytes."""
    return sum(is_first for is_first, _ in _noted(log, after))


def _noted(log: Path, after: int) -> Iterator[tuple[bool, tuple[int, int, int, int, float, float]]]:
    """Whether an operation begins with it, and what was written down."""
    # A racer that was killed at once has written nothing.
    content = log.read_bytes()[after:] if log.exists() else b""
    last: tuple[int, int, float] | None = None
    for noted, user, project, answer, began, ended in RECORD.iter_unpack(
        content[: len(content) // RECORD.size * RECORD.size]
    ):
        # The facts of one call have their beginning in common.
        operation = (noted & ~HELD, user, began)
        yield operation != last, (noted, user, project, answer, began, ended)
        last = operation


def _judge_vote(verdict: Verdict, track: Track, answer: int, began: float, ended: float, outages: Outages) -> None:
    verdict.trials += 1
    staleness = track.staleness(answer, began, ended)
    if staleness is None:
        verdict.never += 1
        return
    if staleness <= _CLOCKS:
        return
    verdict.stale += 1
    since, outage = outages.allowed_since(began)
    if outage:
        verdict.worst_recovering = max(verdict.worst_recovering, staleness)
        verdict.late_recovering += began - staleness < since
    else:
        verdict.worst = max(verdict.worst, staleness)
        verdict.late += began - staleness < since


def _judge_count(verdict: Verdict, track: Track, answer: int, began: float, ended: float, outages: Outages) -> None:
    verdict.trials += 1
    verdict.counts += 1
    since, _ = outages.allowed_since(began)
    least, greatest = track.extremes(since - _CLOCKS, ended + _CLOCKS)
    verdict.counts_out += not max(0, least) <= answer <= greatest
