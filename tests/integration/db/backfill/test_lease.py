"""One worker per range: others stand back, take over from the dead, and refuse the late commits of the stalled."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine

from denorm_assets.db.control import leases
from denorm_assets.db.control.backfill_requests import request
from denorm_assets.db.control.leases import hold_lease
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import BatchFailed, ServerUnreachable
from denorm_assets.model.ids import IdKind
from tests.support.case import Case, wait_for
from tests.support.case_process import Worker
from tests.support.log_lines import LogLines

BLOCKED = "Lock"
NAME = "shop/links"


def first_key(case: Case) -> str:
    return case.loader().ranges[0].key


def wait_until_it_asked_for_a_lease(case: Case, worker: Worker) -> None:
    asked = "SELECT p.lease_holder AS holder"
    wait_for(lambda: any(asked in query for *_, query in case.backends(worker.pid)), "a worker to ask for a lease")


def test_lease_two_processes_same_ranges_one_waits_naming_other(items: Callable[..., Case]) -> None:
    case = items(2_500)
    case.loader()
    request(case.database, case.system, case.model, "pause")
    workers = [Worker(case, "load", batch_size=100, pause=0.01) for _ in range(2)]
    for worker in workers:
        wait_until_it_asked_for_a_lease(case, worker)
    request(case.database, case.system, case.model, "resume")
    (status, output), (other_status, other_output) = [worker.wait() for worker in workers]

    assert (status, other_status) == (0, 0), output + other_output
    case.assert_right()
    lines = (output + other_output).splitlines()
    pids = [worker.pid for worker in workers]
    standing_back = [line for line in lines if "standing back" in line]
    assert standing_back
    assert all(any(f"process {pid} is working on this range" in line for pid in pids) for line in standing_back)
    for item in case.progress():
        # Whoever stood back did nothing: no batch was applied twice.
        assert sorted(line for line in lines if line.startswith(f"{item.key} ")) in (
            [f"{item.key} done", f"{item.key} left"],
            [f"{item.key} done", f"{item.key} done"],
        )
        counters = case.counters(item.key)
        expected = {"items:rest": 0, "items:000002001-000002500": 500}.get(item.key, 1_000)
        assert (counters["rows_written"], counters["rows_removed"]) in ((expected, 0), (0, 0))


def test_lease_holder_killed_is_taken_over_by_waiting_process(items: Callable[..., Case]) -> None:
    case = items(1_000)
    key = first_key(case)
    holder = Worker(case, "load", batch_size=100, pause=0.2)
    wait_for(lambda: case.counters(key).get("batches", 0) >= 2, "two batches")
    waiting = Worker(case, "load", batch_size=100)
    wait_until_it_asked_for_a_lease(case, waiting)
    holder.kill()
    status, output = waiting.wait()

    assert status == 0, output
    assert f"process {holder.pid} is working on this range" in output
    assert case.counters(key)["batches"] == 10
    assert case.counters(key)["lease_token"] == 2
    case.assert_right()


def test_lease_holder_stalled_between_batches_cannot_commit(items: Callable[..., Case]) -> None:
    case = items(1_000)
    key = first_key(case)
    stale = Worker(case, "load", batch_size=100, pause=0.3)
    wait_for(lambda: case.counters(key).get("batches", 0) >= 2, "two batches")
    stale.freeze()
    committed = case.counters(key)["batches"]
    assert case.load(batch_size=100)[0].outcome == "done"
    counters, rows = case.counters(key), case.snapshot()
    stale.thaw()
    status, output = stale.wait()

    assert (status, "LeaseLost" in output) == (1, True), output
    assert "another worker took this range over" in output
    assert committed < 10
    assert counters["batches"] == 10
    assert case.counters(key) == counters
    assert case.snapshot() == rows
    case.assert_right()


def test_lease_holder_stalled_in_transaction_does_not_block_takeover(items: Callable[..., Case]) -> None:
    """Its rows are written but not committed: whoever takes over would wait for them for ever."""
    case = items(1_000)
    key = first_key(case)
    with case.connect() as gate:
        with gate.transaction():
            gate.execute("LOCK TABLE links IN SHARE ROW EXCLUSIVE MODE")
            stale = Worker(case, "load", batch_size=100)
            wait_for(
                lambda: any(
                    event == BLOCKED and query.startswith("INSERT INTO") for _, event, query in case.backends(stale.pid)
                ),
                "the worker to wait for the table",
            )
            stale.freeze()
        wait_for(
            lambda: any(state == "idle in transaction" for state, _, _ in case.backends(stale.pid)),
            "its rows to be written, uncommitted",
        )
    result = case.load(batch_size=100)[0]
    stale.thaw()
    status, output = stale.wait()

    assert (result.outcome, result.batches) == ("done", 10)
    assert (status, "LeaseLost" in output) == (1, True), output
    assert case.counters(key)["lease_token"] == 2
    case.assert_right()


def test_lease_working_holder_keeps_it_beyond_its_length(
    items: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.6)
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.1)
    case = items(10)
    key = first_key(case)
    model_id = case.registered().model_id
    said = LogLines()
    second_token: list[int] = []

    def stand_back() -> None:
        with hold_lease(case.database, NAME, model_id, key, IdKind.INTEGER) as lease:
            assert lease is not None
            second_token.append(lease.token)

    with hold_lease(case.database, NAME, model_id, key, IdKind.INTEGER) as lease:
        assert lease is not None
        thread = threading.Thread(target=stand_back)
        thread.start()
        thread.join(1.5)
        assert second_token == []
    thread.join()
    assert second_token == [lease.token + 1]
    [line] = said
    assert "standing back" in line


def test_lease_given_up_on_range_done_before_is_loaded_by_next(
    items: Callable[..., Case],
) -> None:
    case = items(10)
    key = first_key(case)
    case.load()
    case.run("DELETE FROM links WHERE id = 5")
    model_id = case.registered().model_id
    outcomes: list[str] = []
    with hold_lease(case.database, NAME, model_id, key, IdKind.INTEGER):
        thread = threading.Thread(target=lambda: outcomes.append(case.load_key(key).outcome))
        thread.start()
        wait_for(lambda: any("standing back" in line for line in case.lines), "the other to stand back")
        # This holder gives up without having finished anything.
    thread.join()
    assert outcomes == ["done"]
    case.assert_right()


def test_lease_batch_failed_is_released_at_once(items: Callable[..., Case]) -> None:
    case = items(10)
    key = first_key(case)
    case.redefine("SELECT id, (1 / (id - 5))::text AS body FROM items")
    case.apply()
    with pytest.raises(BatchFailed):
        case.load()
    assert case.counters(key)["lease_holder"] is None
    assert case.progress()[0].holder is None


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_lease_error_in_block_releases_it_and_stops_heartbeat(items: Callable[..., Case], error: BaseException) -> None:
    case = items(10)
    key = first_key(case)
    holders: list[str | None] = []

    def fail() -> None:
        with hold_lease(case.database, NAME, case.registered().model_id, key, IdKind.INTEGER):
            holders.append(case.progress()[0].holder)
            raise error

    with pytest.raises(type(error)):
        fail()
    assert holders != [None]
    assert case.progress()[0].holder is None
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("heartbeat")]


def test_lease_without_heartbeat_connection_is_not_taken(items: Callable[..., Case]) -> None:
    case = items(10)
    key = first_key(case)
    model_id = case.registered().model_id
    narrow = Database(case.url)
    narrow.engine = create_engine(narrow.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.2)
    with (
        pytest.raises(ServerUnreachable, match="QueuePool limit"),
        hold_lease(narrow, NAME, model_id, key, IdKind.INTEGER),
    ):
        raise AssertionError
    narrow.close()
    assert case.counters(key) == {}
