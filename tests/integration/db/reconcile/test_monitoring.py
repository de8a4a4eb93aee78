"""Monitoring: nothing is said of a healthy system, and each ailment by itself is named with its figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.db.health import table_costs
from denorm_assets.db.health.monitoring import MONITORED, monitor
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.index import Index
from denorm_assets.model.refresh import Debounce, Debounced
from tests.support.case import Case, wait_for


@pytest.fixture
def live(items: Callable[..., Case]) -> Case:
    # Statistics are not copied along with a database.
    case = items(2_000, refresh=Debounced(Debounce(quiet=0, max_wait=1)), indexes=[Index("body")], copied=False)
    case.load()
    case.finish()
    # A session that stays open keeps back what it counted.
    case.database.close()
    counted = "SELECT count(*) FROM pg_stat_all_tables WHERE relname = 'links' AND seq_scan > 0"
    wait_for(lambda: case.value(counted) == 1, "the statistics of sessions that ended")
    return case


def health(case: Case) -> dict[str, CheckResult]:
    # Statistics are kept back by each session for up to a second.
    case.run("SELECT pg_stat_force_next_flush()")
    with case.database.session("app") as session:
        session.script("SELECT pg_stat_force_next_flush()")
        session.script("SELECT pg_stat_clear_snapshot()")
        return {result.name: result for result in monitor(session, case.system)}


def test_monitor_before_apply_passes_all(items: Callable[..., Case]) -> None:
    found = health(items(10, apply=False))
    assert list(found) == list(MONITORED)
    assert {(result.passed, result.summary) for result in found.values()} == {(True, "nothing is created yet")}


def test_monitor_healthy_system_passes_with_figures(live: Case) -> None:
    live.write("UPDATE items SET body = 'other' WHERE id <= 10")
    live.refresh()
    found = health(live)
    assert [name for name, result in found.items() if not result.passed] == []
    assert {result.model for result in found.values()} == {"shop/monitoring"}
    assert found["refreshes"].figures["completed"] == 2
    [row] = found["refreshes"].rows
    assert all(isinstance(row[name], float) for name in ("average ms", "p95 ms", "max ms"))
    assert found["queue"].figures == {"pending": 0, "longest lag s": 0.0}
    assert found["change_log"].figures["rows"] == 0
    assert found["cache_hits"].summary.startswith("not judged")
    assert found["unused_indexes"].summary.startswith("not judged")
    assert int(found["dead_rows"].figures["bytes"]) > 100_000


@pytest.mark.parametrize(
    ("age", "passed", "warning_only"),
    [("20 seconds", True, True), ("2 minutes", False, True), ("1 hour", False, False)],
)
def test_monitor_queue_waiting_changes_warn_then_fail(live: Case, age: str, passed: bool, warning_only: bool) -> None:
    live.write("UPDATE items SET body = 'other' WHERE id <= 10")
    live.run(f"UPDATE denorm.change_log SET logged_at = now() - interval '{age}'")
    queue = health(live)["queue"]
    assert (queue.passed, queue.warning_only) == (passed, warning_only)
    assert queue.figures["pending"] == 10
    if not passed:
        assert "links wait for too long" in queue.summary
        assert "refresh sensor" in queue.summary


def test_monitor_change_log_old_changes_warn_naming_source(live: Case) -> None:
    live.write("UPDATE items SET body = 'other' WHERE id <= 10")
    live.run("UPDATE denorm.change_log SET logged_at = now() - interval '2 hours'")
    log = health(live)["change_log"]
    assert "the oldest change was logged 2.0 hours ago" in log.summary
    assert (log.passed, log.warning_only) == (False, True)
    assert [(row["source"], row["rows"]) for row in log.rows] == [("app.items", 10)]


@pytest.mark.parametrize(("failures", "warning_only"), [(1, True), (3, False)])
def test_monitor_refreshes_failed_warn_then_fail_when_repeated(live: Case, failures: int, warning_only: bool) -> None:
    live.run(
        "INSERT INTO denorm.refresh (model_id, status, requested_at, started_at, error)"
        f" SELECT 1, 'failed', now(), clock_timestamp(), 'no luck' FROM generate_series(1, {failures})"
    )
    refreshes = health(live)["refreshes"]
    assert (refreshes.passed, refreshes.warning_only) == (False, warning_only)
    [row] = refreshes.rows
    assert (row["failed"], row["last error"]) == (failures, "no luck")
    assert ("keep failing" in refreshes.summary) == (not warning_only)


def test_monitor_refreshes_failures_before_success_only_warn(live: Case) -> None:
    live.run(
        "INSERT INTO denorm.refresh (model_id, status, requested_at, started_at, error)"
        " SELECT 1, 'failed', now(), now() - interval '1 hour', 'no luck' FROM generate_series(1, 5)"
    )
    live.refresh()
    refreshes = health(live)["refreshes"]
    assert (refreshes.passed, refreshes.warning_only) == (False, True)


@pytest.fixture
def judged_early(live: Case, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Judged as if it had run for a month and been read a lot."""
    monkeypatch.setattr(table_costs, "_FEWEST_TABLE_READS", 1)
    live.run("UPDATE denorm.read_model SET live_at = now() - interval '30 days'")
    return live


def test_monitor_unused_indexes_unread_index_is_named(judged_early: Case) -> None:
    unused = health(judged_early)["unused_indexes"]
    assert (unused.passed, unused.warning_only) == (False, True)
    assert [row["index"] for row in unused.rows] == ["app.links_body_idx"]
    with judged_early.connect() as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SELECT * FROM links WHERE body = 'item 7'")
        connection.execute("SELECT pg_stat_force_next_flush()")
    assert health(judged_early)["unused_indexes"].passed


def test_monitor_duplicate_indexes_same_index_by_hand_is_named(live: Case) -> None:
    live.run("CREATE INDEX by_hand ON links (body); CREATE INDEX other_way ON links (body DESC)")
    live.run("CREATE INDEX partial ON links (body) WHERE id > 5")
    duplicates = health(live)["duplicate_indexes"]
    assert (duplicates.passed, duplicates.warning_only) == (False, True)
    assert [(row["index"], row["same as"]) for row in duplicates.rows] == [("links_body_idx", "by_hand")]


def test_monitor_cache_hits_many_disk_reads_warn(live: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_costs, "_FEWEST_READS", 1)
    hits = health(live)["cache_hits"]
    assert float(hits.figures["hit ratio"]) > 0.9
    monkeypatch.setattr(table_costs, "_WANTED_HIT_RATIO", 1.1)
    hits = health(live)["cache_hits"]
    assert (hits.passed, hits.warning_only) == (False, True)
    assert "raise shared_buffers" in hits.summary


def test_monitor_dead_rows_and_bloat_warn_until_vacuum(live: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_costs, "_FEWEST_DEAD_ROWS", 100)
    monkeypatch.setattr(table_costs, "_SMALLEST_BLOATED", 1)
    live.run("ALTER TABLE links SET (autovacuum_enabled = off)")
    for _ in range(5):
        live.run("UPDATE links SET body = body || '.'")
    live.run("ANALYZE links")
    dead = health(live)["dead_rows"]
    assert (dead.passed, dead.warning_only) == (False, True)
    assert "app.links: over 40% dead rows" in dead.summary
    assert "app.links: over 3 times the size that the rows need" in dead.summary
    live.run("VACUUM FULL ANALYZE links")
    assert health(live)["dead_rows"].passed


def test_monitor_dead_rows_of_emptied_queue_are_no_fault(live: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_costs, "_FEWEST_DEAD_ROWS", 100)
    live.run("INSERT INTO denorm.change_log (source_id, image) SELECT 1, '{x}' FROM generate_series(1, 300)")
    live.run("DELETE FROM denorm.change_log")
    wait_for(lambda: int(health(live)["dead_rows"].figures["dead rows"]) >= 300, "the server to count dead rows")
    assert health(live)["dead_rows"].passed
