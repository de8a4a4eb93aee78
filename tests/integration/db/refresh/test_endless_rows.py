"""Rows that never end, or take too long: they are put aside, told, and delay nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from denorm_assets.db.changes import drain as drain_module
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.health.status import model_status
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.db.refresh.worker import Worker
from denorm_assets.errors import BatchFailed, RefreshFailed
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Full
from tests.integration.db.conftest import MakeCase
from tests.integration.db.refresh.test_long_anchors import beside
from tests.support.case import Case, wait_for

NOW = Debounce(quiet=0, max_wait=0)
TABLES = """
CREATE TABLE spans (
    id bigint PRIMARY KEY, f timestamp NOT NULL, t timestamp NOT NULL, seconds float NOT NULL DEFAULT 0);
CREATE TABLE days (day timestamp PRIMARY KEY, name text NOT NULL);
INSERT INTO spans SELECT n, '2026-01-01', '2026-01-01'::timestamp + n % 3 * '1 day'::interval
FROM generate_series(1, 60) AS n;
INSERT INTO days SELECT d, to_char(d, 'FMDay')
FROM generate_series('2026-01-01'::timestamp, '2026-01-10', '1 day') AS d;
CREATE FUNCTION slowly(seconds float) RETURNS int LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN PERFORM pg_catalog.pg_sleep(seconds / 1000); RETURN 1; END $$;
"""
DAYS = "SELECT s.id, d.day FROM spans AS s CROSS JOIN LATERAL generate_series(s.f, s.t, '1 day') AS d(day)"
BAD: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "endless series": (DAYS, {"key": ("id", "day")}, "UPDATE spans SET t = 'infinity' WHERE id IN (7, 31)"),
    "expensive function": (
        "SELECT s.id, slowly(s.seconds) AS one FROM spans AS s",
        {},
        "UPDATE spans SET seconds = 3600000 WHERE id IN (7, 31)",
    ),
    "cross join": (
        "SELECT s.id, count(*) AS n FROM spans AS s CROSS JOIN LATERAL generate_series(1, s.seconds::int) AS a"
        " CROSS JOIN LATERAL generate_series(1, s.seconds::int) AS b GROUP BY s.id",
        {},
        "UPDATE spans SET seconds = 1000000 WHERE id IN (7, 31)",
    ),
}
ALL_STALE = (
    "INSERT INTO denorm.pending (model_id, everything, changed_at) SELECT id, true, now() FROM denorm.read_model"
)
MEND = "UPDATE spans SET t = f, seconds = 1 WHERE id IN (7, 31)"


def bound(case: Case, drain_seconds: float = 60, whole_seconds: float = 60) -> None:
    """Connect anew with these bounds."""
    case.database.close()
    case.database = Database(case.url, pool_size=20, drain_seconds=drain_seconds, whole_seconds=whole_seconds)


@pytest.fixture
def live(make_case: MakeCase) -> Callable[..., Case]:
    """Makes a live read model in a database whose drains may take a second."""

    def make(definition: str = DAYS, **declaration: Any) -> Case:
        declared = {"key": ("id", "day"), "driving": (), "refresh": Debounced(NOW), **declaration}
        case = make_case(TABLES, definition, **declared)
        bound(case, drain_seconds=1, whole_seconds=2)
        if case.model.driving:
            case.load()
            case.finish()
        case.refresh()
        return case

    return make


@contextmanager
def working(case: Case, *others: Case) -> Generator[list[Refreshed]]:
    """A worker at work; yields what it has done."""
    done: list[Refreshed] = []
    worker = Worker(case.database, [each.system for each in (case, *others)], done.extend)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield done
    finally:
        worker.stop()
        thread.join()


@pytest.mark.parametrize("kind", BAD)
def test_drain_anchors_over_time_limit_are_quarantined_and_others_refreshed(
    live: Callable[..., Case], kind: str
) -> None:
    definition, declared, poison = BAD[kind]
    case = live(definition, **{"key": ("id",), **declared})
    case.write(poison)
    case.write("INSERT INTO spans VALUES (100, '2026-01-01', '2026-01-02', 1)")
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None, refreshed.error
    assert refreshed.drained.quarantined == 2
    assert case.rows("SELECT anchor, slow FROM denorm.quarantine ORDER BY 1") == [("31", True), ("7", True)]
    assert case.rows("SELECT FROM links WHERE id = 100") != []
    check = case.checks()["kept_fresh"]
    assert not check.passed
    assert "raise DENORM_DRAIN_SECONDS" in str(check.rows[0]["detail"])
    assert "fix the source rows of 31, 7" in check.summary
    assert "denorm-assets refresh shop/links" in check.summary
    assert model_status(case.database, case.system, case.model).quarantined == 2
    with case.database.session("app") as session:
        assert "rows of links cannot be computed" in monitor(session, case.system)[0].summary
    case.write(MEND)
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is None
    case.assert_right()
    assert case.checks()["kept_fresh"].passed


def test_drain_all_stale_endless_row_is_quarantined_only_with_driving_source(live: Callable[..., Case]) -> None:
    case = live()
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7; UPDATE spans SET t = '2026-01-05' WHERE id = 8")
    case.run("DELETE FROM denorm.change_log")
    case.run(ALL_STALE)
    [refreshed] = case.refresh_if_due()
    # Without ranges, the definition names the anchors, and does not end either.
    assert refreshed.error is not None
    assert "took longer than" in refreshed.error
    case = live(driving=("spans.id",))
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7; UPDATE spans SET t = '2026-01-05' WHERE id = 8")
    case.run("DELETE FROM denorm.change_log")
    case.run(ALL_STALE)
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is None
    assert case.rows("SELECT anchor FROM denorm.quarantine") == [("7",)]
    assert case.value("SELECT count(*) FROM links WHERE id = 8") == 5


def test_refresh_by_hand_retries_quarantined_anchors(live: Callable[..., Case]) -> None:
    case = live(driving=("spans.id",))
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    case.refresh_if_due()
    assert case.rows("SELECT anchor FROM denorm.quarantine") == [("7",)]
    case.run("UPDATE spans SET t = f WHERE id = 7")
    assert case.refresh_if_due() == []
    case.refresh()
    case.assert_right()
    assert case.rows("SELECT FROM denorm.quarantine") == []


def test_drain_too_many_slow_anchors_fails_and_keeps_those_quarantined(
    live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "MOST_TOO_LONG", 1)
    case = live()
    case.write("UPDATE spans SET t = 'infinity' WHERE id IN (7, 8, 9)")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is not None
    assert "took longer than 1 s" in refreshed.error
    assert case.value("SELECT count(*) FROM denorm.quarantine") == 1
    for _ in range(2):
        case.run("UPDATE denorm.refresh SET started_at = started_at - interval '1 hour'")
        case.refresh_if_due()
    assert case.value("SELECT count(*) FROM denorm.quarantine") == 3
    assert case.rows("SELECT FROM denorm.pending") == []


def test_compare_quarantined_endless_row_is_left_out(live: Callable[..., Case]) -> None:
    case = live()
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    case.refresh_if_due()
    assert case.checks()["matches_definition"].passed
    done = reconcile_model(case.database, case.system, case.model, ReconcileOptions(repair=True))
    assert done.passed


def test_compare_over_time_limit_fails_naming_setting(live: Callable[..., Case]) -> None:
    case = live()
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    case.run("DELETE FROM denorm.change_log")
    check = case.checks()["matches_definition"]
    assert not check.passed
    assert "raise DENORM_WHOLE_SECONDS" in str(check.rows[0]["missing"])
    done = reconcile_model(case.database, case.system, case.model, ReconcileOptions(repair=True))
    assert not done.passed
    assert "took longer than 2 s" in str(done.failed)


def test_refresh_full_endless_row_fails_at_time_limit_naming_setting(live: Callable[..., Case]) -> None:
    case = live(refresh=Full(NOW))
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is not None
    assert "raise DENORM_WHOLE_SECONDS" in refreshed.error
    with pytest.raises(RefreshFailed, match="DENORM_WHOLE_SECONDS"):
        case.refresh()
    case.write(MEND)
    case.refresh()
    case.assert_right()


def test_backfill_endless_row_fails_saying_one_row_is_too_slow(live: Callable[..., Case]) -> None:
    case = live(driving=("spans.id",))
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    with pytest.raises(BatchFailed, match="one row took longer than 1 s"):
        case.load(again=True, statement_timeout=1)


def test_dispatch_endless_expansion_makes_only_its_read_model_stale(live: Callable[..., Case]) -> None:
    case = live(
        "SELECT s.id, count(d.day) AS days FROM spans AS s"
        " LEFT JOIN LATERAL generate_series(s.f, s.t, '1 day') AS g(day) ON true LEFT JOIN days AS d ON d.day = g.day"
        " GROUP BY s.id",
        key=("id",),
        driving=("spans.id",),
    )
    other = beside(case, "SELECT day, name FROM days", key=("day",), backfill=None, refresh=Debounced(NOW))
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    case.refresh_if_due()
    case.write("UPDATE days SET name = upper(name)")
    assert {found.error for found in other.refresh_if_due()} == {None}
    other.assert_right()
    assert case.rows("SELECT FROM denorm.change_log") == []
    check = case.checks()["kept_fresh"]
    assert "its changes cannot be traced in time" in check.summary
    assert other.checks()["kept_fresh"].passed
    # A refresh of all rows that took a second is followed by a rest.
    wait_for(lambda: [found.error for found in case.refresh_if_due()] == [None], "the refresh of all rows")
    assert case.checks()["matches_definition"].passed
    case.write(MEND)
    case.write("UPDATE days SET name = lower(name)")
    wait_for(lambda: bool(case.refresh_if_due()), "the refresh of all rows after its rest")
    case.assert_right()
    case.run("UPDATE denorm.dependency SET slow_at = slow_at - interval '1 hour'")
    assert case.checks()["kept_fresh"].passed


def test_worker_long_refresh_does_not_delay_other_read_models(live: Callable[..., Case]) -> None:
    case = live(refresh=Full(NOW))
    other = beside(case, "SELECT day, name FROM days", key=("day",), refresh=Debounced(NOW))
    bound(case)
    with working(case, other) as done:
        case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
        wait_for(
            lambda: case.rows("SELECT FROM pg_stat_activity WHERE query LIKE 'REFRESH%' AND state = 'active'") != [],
            "the long refresh to begin",
        )
        case.write("UPDATE days SET name = 'x'")
        wait_for(lambda: case.value("SELECT bool_and(name = 'x') FROM others"), "the other one's refresh")
        wait_for(lambda: bool(done), "its report")
        assert [each.model.name for each in done] == ["others"], "the long one is under way still"
        case.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REFRESH%'")
        case.write(MEND)
        wait_for(lambda: case.differences() == [], "the long one's next try")


def test_refresher_slow_read_model_is_left_to_own_lane(
    live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "SHORT_SECONDS", 0.5)
    case = live()
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    refresher = Refresher(case.database, [case.system])
    [looked] = refresher.look(only_short=True)
    assert looked.drained is not None
    assert looked.drained.anchors == 0
    assert case.value("SELECT count(*) FROM denorm.pending") > 0
    case.run("UPDATE denorm.refresh SET duration_ms = 5000 WHERE id = (SELECT max(id) FROM denorm.refresh)")
    [looked] = refresher.look(only_short=True)
    assert looked.left
    [looked] = refresher.look(only="shop/links")
    assert looked.drained is not None
    assert looked.drained.quarantined == 1
    case.run("UPDATE denorm.refresh SET duration_ms = 5")
    case.write("UPDATE spans SET f = f - interval '1 day' WHERE id IN (7, 8)")
    [looked] = refresher.look(only_short=True)
    assert looked.left, "what is in quarantine would take as long again"


def test_drain_cancelled_by_person_quarantines_nothing(live: Callable[..., Case]) -> None:
    case = live()
    bound(case)
    case.write("UPDATE spans SET t = 'infinity' WHERE id = 7")
    results: list[Refreshed] = []
    thread = threading.Thread(target=lambda: results.extend(case.refresh_if_due()))
    thread.start()
    running = (
        "SELECT pid FROM pg_stat_activity WHERE query LIKE '%denorm_stage%' AND state = 'active'"
        " AND pid <> pg_backend_pid()"
    )
    wait_for(lambda: case.rows(running) != [], "the drain")
    time.sleep(0.1)
    case.run(f"SELECT pg_cancel_backend(pid) FROM ({running}) AS r")
    thread.join()
    assert results[0].error is not None
    assert case.rows("SELECT FROM denorm.quarantine") == []
