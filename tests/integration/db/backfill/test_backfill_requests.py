"""Pause, resume and cancel reach a backfill that runs in another process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.control.backfill_requests import request
from denorm_assets.errors import BackfillCancelled, NotApplied
from tests.support.case import QUICK, Case, wait_for
from tests.support.case_process import Worker
from tests.support.log_lines import each_line


def batches(case: Case) -> int:
    return case.value("SELECT coalesce(sum(batches), 0)::int FROM denorm.range_progress")


def ask(case: Case, what: str) -> None:
    request(case.database, case.system, case.model, what)


def test_pause_running_backfill_waits_until_resume(items: Callable[..., Case]) -> None:
    case = items(1_000)
    case.loader()
    worker = Worker(case, "load", batch_size=50, pause=0.02)
    wait_for(lambda: batches(case) >= 2, "two batches")
    ask(case, "pause")
    # The batch in flight may still commit; then nothing moves, and the lease is kept.
    time.sleep(0.3)
    reached = batches(case)
    time.sleep(0.3)
    assert batches(case) == reached < 20
    assert f"process {worker.pid}" in (case.progress()[0].holder or "")
    ask(case, "resume")
    status, output = worker.wait()
    assert status == 0, output
    assert "paused; `denorm-assets resume shop/links` goes on, `denorm-assets cancel shop/links` stops" in output
    case.assert_right()


def test_cancel_running_backfill_keeps_committed_batches(items: Callable[..., Case]) -> None:
    case = items(1_000)
    case.loader()
    worker = Worker(case, "load", batch_size=50, pause=0.02)
    wait_for(lambda: batches(case) >= 2, "two batches")
    ask(case, "cancel")
    status, output = worker.wait()
    assert (status, "BackfillCancelled: shop/links items:min-000001000: cancelled" in output) == (1, True), output
    committed = batches(case)
    assert 2 <= committed < 20
    assert case.value("SELECT count(*) FROM links") == committed * 50
    assert case.progress()[0].holder is None
    # A backfill that begins afterwards is not meant by it.
    assert case.load(batch_size=50)[0].batches == 20
    case.assert_right()


def test_cancel_paused_backfill_ends_it(items: Callable[..., Case]) -> None:
    case = items(100)
    case.loader()
    ask(case, "pause")
    worker = Worker(case, "load")
    wait_for(lambda: case.progress()[0].holder is not None, "the worker to begin")
    ask(case, "cancel")
    status, output = worker.wait()
    assert (status, "BackfillCancelled" in output) == (1, True), output
    assert case.registered().paused_at is None
    assert case.value("SELECT count(*) FROM links") == 0


def test_cancel_between_ranges_stops_next_range(items: Callable[..., Case]) -> None:
    """A range of one batch has hardly a moment in which a cancellation could find it at work."""
    case = items(3_000)
    results = case.loader().load_ids(None, None)
    assert next(results).outcome == "done"
    ask(case, "cancel")
    with pytest.raises(BackfillCancelled, match="items:000001001-000002000: cancelled"):
        next(results)
    assert [item.done for item in case.progress()] == [True, False, False, False]


def test_cancel_paused_repeated_backfill_stops_it(items: Callable[..., Case]) -> None:
    case = items(2_000)
    case.load()
    ask(case, "pause")

    def cancel_when_paused(line: str) -> None:
        assert "paused" in line
        ask(case, "cancel")

    loader = ModelLoader(case.database, case.system, case.model, QUICK)
    with each_line(cancel_when_paused), pytest.raises(BackfillCancelled):
        list(loader.load_keys(["items:min-000001000"]))


def test_cancel_process_waiting_for_lease_stops_it_too(items: Callable[..., Case]) -> None:
    case = items(1_000)
    case.loader()
    worker = Worker(case, "load", batch_size=20, pause=0.05)
    wait_for(lambda: batches(case) >= 1, "a batch")
    errors: list[BackfillCancelled] = []

    def stand_back() -> None:
        try:
            case.load()
        except BackfillCancelled as error:
            errors.append(error)

    waiting = threading.Thread(target=stand_back)
    waiting.start()
    wait_for(lambda: any("standing back" in line for line in case.lines), "the other to stand back")
    ask(case, "cancel")
    status, output = worker.wait()
    waiting.join()
    assert (status, "BackfillCancelled" in output) == (1, True), output
    assert len(errors) == 1


def test_pause_unapplied_read_model_is_refused(items: Callable[..., Case]) -> None:
    case = items(10, apply=False)
    with pytest.raises(NotApplied, match="shop/links has not been created"):
        ask(case, "pause")
