"""The short version of `make faults`: fewer entries, fewer kills, the same demands."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.stress.faults.fault_run import ONE_RUN, fault_run
from tests.stress.faults.kills import DAGSTER, POSTGRES, RUN_WORKER, Kill
from tests.stress.faults.lane import Lane, open_lane

pytestmark = pytest.mark.xdist_group("faults")


@pytest.fixture(scope="module")
def lane() -> Generator[Lane]:
    with open_lane(12_000) as opened:
        yield opened


@pytest.mark.long
def test_backfill_killed_run_worker_and_server_lose_no_row(lane: Lane) -> None:
    kills = [Kill(RUN_WORKER, 0.3, 0.1, 0), Kill(POSTGRES, 0.6, 0.1, 2)]
    outcome = fault_run(lane, 0, ONE_RUN, kills, print, batch_size=200)
    assert not outcome.faults()
    assert outcome.dagster_runs > 2


@pytest.mark.long
def test_backfill_killed_process_tree_run_resumes(lane: Lane) -> None:
    outcome = fault_run(lane, 1, ONE_RUN, [Kill(DAGSTER, 0.5, 0.1, 0)], print, batch_size=200)
    assert not outcome.faults()
    assert outcome.dagster_runs > 2
