"""A worker's heartbeat while it is busy, and what an idle worker asks PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.control import heartbeat
from denorm_assets.db.control.heartbeat import Heartbeat, beating_workers
from denorm_assets.db.control.pending_work import IdleWatch, OpenSession
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.db.refresh.worker import Worker
from denorm_assets.model.refresh import Debounce, Debounced, Full
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for

NOW = Debounce(quiet=0, max_wait=0)
TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, seconds float NOT NULL);
INSERT INTO items SELECT n, 0 FROM generate_series(1, 50) AS n;
CREATE FUNCTION slowly(seconds float) RETURNS float LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN PERFORM pg_catalog.pg_sleep(seconds); RETURN seconds; END $$;
"""
RUNNING = "SELECT FROM denorm.refresh WHERE status = 'running'"


@pytest.fixture
def case(make_case: MakeCase) -> Case:
    case = make_case(TABLES, "SELECT id, slowly(seconds) AS took FROM items", refresh=Debounced(NOW))
    case.load()
    case.finish()
    case.refresh()
    return case


@contextmanager
def working(case: Case) -> Generator[Worker]:
    worker = Worker(case.database, [case.system], lambda _done: None)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


@contextmanager
def watching(case: Case) -> Generator[IdleWatch]:
    opened = OpenSession(case.database)
    try:
        yield IdleWatch(opened, [case.system.name])
    finally:
        opened.close()


def test_worker_heartbeat_continues_during_long_statement(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.1)
    beats = set[object]()
    with working(case):
        # In a look of the worker itself: only what takes longer gets a lane of its own.
        case.write("UPDATE items SET seconds = 3 WHERE id = 7")
        wait_for(lambda: bool(case.rows(RUNNING)), "the refresh to begin")
        while case.rows(RUNNING):
            beats.update(case.rows("SELECT beat_at FROM denorm.worker"))
    assert len(beats) > 5
    case.assert_right()


def test_worker_heartbeat_ends_when_worker_hangs(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(heartbeat, "FRESH_SECONDS", 0.5)
    monkeypatch.setattr(heartbeat, "_STUCK_SECONDS", 1.0)
    beating = Heartbeat(case.database)
    beating.start()
    with case.database.session() as session:
        beating.beat(session, [case.system.name])
        with beating.meanwhile():
            assert list(beating_workers(session)) == [case.system.name]
            wait_for(lambda: beating_workers(session) == {}, "the heartbeat to end")
    beating.stop()


def test_worker_idle_watch_finds_work_only_after_change(case: Case) -> None:
    with watching(case) as watch:
        assert watch.finds() is False
        case.write("UPDATE items SET seconds = 0.001 WHERE id = 7")
        assert watch.finds() is True, "it is in the log"
        case.refresh_if_due()
        assert watch.finds() is False
        case.run(
            "INSERT INTO denorm.pending (model_id, anchor, changed_at) SELECT id, '7', now() FROM denorm.read_model"
        )
        assert watch.finds() is True, "it is pending"
        case.run("UPDATE denorm.read_model SET state = 'needs_rebuild'")
        assert watch.finds() is False, "a rebuild is not the worker's work"


def test_worker_idle_watch_notices_uninstall_and_apply(case: Case) -> None:
    with watching(case) as watch:
        assert watch.finds() is False
        uninstall(case.database, case.system)
        assert watch.finds() is None
        case.apply()
        assert watch.finds() is False


def test_worker_idle_connection_ended_still_refreshes_next_change(case: Case) -> None:
    with working(case):
        wait_for(lambda: bool(case.rows("SELECT FROM denorm.worker")), "the first heartbeat")
        case.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        case.write("UPDATE items SET seconds = 0.001 WHERE id = 7")
        wait_for(lambda: case.value("SELECT took FROM links WHERE id = 7") == 0.001, "the change to show")


def test_worker_idle_full_every_refreshes_by_time_alone(make_case: MakeCase) -> None:
    case = make_case(TABLES, "SELECT id, now() AS at FROM items WHERE id = 1", driving=(), refresh=Full(NOW, every=1))
    case.refresh()
    before = case.value("SELECT at FROM links")
    with working(case):
        wait_for(lambda: case.value("SELECT at FROM links") > before, "a refresh")
        again = case.value("SELECT at FROM links")
        wait_for(lambda: case.value("SELECT at FROM links") > again, "another one")


def test_refresher_dispatch_by_other_process_reports_changes_in_log(case: Case) -> None:
    case.run("INSERT INTO denorm.lock (name) VALUES ('dispatch') ON CONFLICT DO NOTHING")
    refresher = Refresher(case.database, [case.system])
    with case.connect() as other, other.transaction():
        other.execute("SELECT FROM denorm.lock WHERE name = 'dispatch' FOR UPDATE")
        case.write("UPDATE items SET seconds = 0.001 WHERE id = 7")
        [found] = refresher.look()
        assert found.decision.reason.startswith("its changes are in the log")
        assert (found.drained, found.error) == (None, None)
    [found] = refresher.look()
    assert found.drained is not None
    assert refresher.look() == []


@pytest.mark.parametrize(("state", "said"), [("needs_rebuild", "needs a rebuild"), ("loading", "once it is loaded")])
def test_refresher_changes_waiting_for_rebuild_or_load_are_reported(case: Case, state: str, said: str) -> None:
    refresher = Refresher(case.database, [case.system])
    # Of the present version, it would be found whole, and be live again.
    case.run(f"UPDATE denorm.read_model SET state = '{state}', code_version = 'another'")
    assert refresher.look() == []
    case.write("UPDATE items SET seconds = 0.001 WHERE id = 7")
    [found] = refresher.look()
    assert said in found.decision.reason
    assert (found.drained, found.error, found.left) == (None, None, False)


def test_refresher_due_after_time_limit_is_left_for_later_run(case: Case) -> None:
    case.write("UPDATE items SET seconds = 0.001 WHERE id = 7")
    [found] = Refresher(case.database, [case.system]).look(only_short=True, seconds=-1)
    assert found.left
