"""The short form of `make cache-races`, and the judge himself judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stress.cache_races.race import Race
from tests.stress.cache_races.racer import COUNT, RECORD, VOTE
from tests.stress.cache_races.servers import race_servers
from tests.stress.cache_races.verdict import Outages, Verdict, judge
from tests.stress.cache_races.votes import History, Track

KNOWN = History({(1, 1): Track([10.0, 20.0], [1, 0])}, {1: Track([10.0, 20.0], [1, 0])}, 2)


def judged(tmp_path: Path, kind: int, answer: int, at: float, *outages: tuple[float, float]) -> Verdict:
    log = tmp_path / "racer0.log"
    log.write_bytes(RECORD.pack(kind, 1, 1, answer, at, at + 0.01))
    return judge([log], KNOWN, Outages(outages))


def test_race_judge_answer_true_within_second_passes(tmp_path: Path) -> None:
    for answer, at in ((0, 5.0), (1, 10.5), (1, 15.0), (1, 20.9), (0, 10.9), (0, 30.0)):
        verdict = judged(tmp_path, VOTE, answer, at)
        assert (verdict.late, verdict.never) == (0, 0)
    assert judged(tmp_path, COUNT, 1, 20.9).counts_out == 0


def test_race_judge_answer_outdated_over_second_is_late(tmp_path: Path) -> None:
    verdict = judged(tmp_path, VOTE, 1, 21.5)
    assert verdict.late == 1
    assert verdict.worst == pytest.approx(1.5)
    assert judged(tmp_path, COUNT, 1, 21.5).counts_out == 1


def test_race_judge_answer_never_true_is_wrong(tmp_path: Path) -> None:
    assert judged(tmp_path, VOTE, 1, 5.0).never == 1
    assert judged(tmp_path, COUNT, 2, 15.0).counts_out == 1


def test_race_judge_outage_excuses_lateness_for_one_second(tmp_path: Path) -> None:
    assert judged(tmp_path, VOTE, 1, 24.5, (19.5, 24.0)).late_recovering == 0
    assert judged(tmp_path, VOTE, 1, 26.0, (19.5, 24.0)).late == 1
    assert judged(tmp_path, VOTE, 1, 24.5, (22.0, 24.0)).late_recovering == 1, "it was late before that began"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_cache_race_short_run_has_no_wrong_or_late_answer() -> None:
    with race_servers() as (home, postgres, valkey):
        outcome = Race(home, postgres, valkey, "short").run(6_000, 4, (0.3, 1.0))
    assert outcome.verdict.trials > 10_000
    assert (outcome.verdict.late, outcome.verdict.never, outcome.verdict.counts_out) == (0, 0, 0)
    assert outcome.wrong == 0
    assert all(found.wrong == 0 for found in outcome.settled.values())
