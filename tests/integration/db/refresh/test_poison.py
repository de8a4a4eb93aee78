"""Rows that cannot be computed, shapes that change, locks that are held: nothing is lost, and few wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.model.refresh import Debounce, Debounced, Full
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

AT_ONCE = Debounced(Debounce(quiet=0, max_wait=0))
SALES = """
CREATE TABLE shops (id bigint PRIMARY KEY, name text NOT NULL, code text NOT NULL);
CREATE TABLE sales (id bigint PRIMARY KEY, shop_id bigint NOT NULL, pieces int NOT NULL);
CREATE INDEX ON sales (shop_id);
INSERT INTO shops SELECT n, 'shop ' || n, n FROM generate_series(1, 50) AS n;
INSERT INTO sales SELECT n, n % 50 + 1, 1 + n % 5 FROM generate_series(1, 1000) AS n;
"""
SHARES = """
SELECT s.id, s.name, sum(60 / l.pieces) AS share
FROM shops AS s JOIN sales AS l ON l.shop_id = s.id
GROUP BY s.id, s.name
"""


@pytest.fixture
def shares(make_case: MakeCase) -> Callable[..., Case]:
    def make(definition: str = SHARES, **declaration: object) -> Case:
        case = make_case(SALES, definition, driving=(), refresh=AT_ONCE, **declaration)
        case.refresh()
        return case

    return make


def test_drain_all_stale_failing_row_is_quarantined(shares: Callable[..., Case]) -> None:
    case = shares()
    case.write("UPDATE sales SET pieces = 0 WHERE id = 7")
    case.run(
        "INSERT INTO denorm.pending (model_id, everything, changed_at) SELECT id, true, now() FROM denorm.read_model"
    )
    case.write("UPDATE shops SET name = 'renamed' WHERE id = 20; DELETE FROM shops WHERE id = 21")
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None, refreshed.error
    assert refreshed.drained.quarantined == 1
    assert case.rows("SELECT anchor, error FROM denorm.quarantine") == [("8", "division by zero")]
    assert case.value("SELECT name FROM links WHERE id = 20") == "renamed"
    assert case.rows("SELECT FROM links WHERE id = 21") == []
    assert case.refresh_if_due() == []
    check = case.checks()["kept_fresh"]
    assert not check.passed
    assert check.rows[0]["detail"] == "division by zero"
    case.write("UPDATE sales SET pieces = 1 WHERE id = 7")
    case.refresh_if_due()
    case.assert_right()
    assert case.checks()["kept_fresh"].passed


def test_drain_repeated_key_is_quarantined_and_named(shares: Callable[..., Case]) -> None:
    for definition, key in (
        ("SELECT s.id, l.pieces FROM shops AS s JOIN sales AS l ON l.shop_id = s.id AND l.id <= 50", ("id",)),
        ("SELECT s.id FROM shops AS s JOIN sales AS l ON l.shop_id = s.id AND l.id <= 50", ("id",)),
    ):
        case = shares(definition, key=key)
        case.write("UPDATE sales SET shop_id = 3 WHERE id = 7; UPDATE shops SET name = 'x' WHERE id = 5")
        [refreshed] = case.refresh_if_due()
        assert refreshed.drained is not None, refreshed.error
        assert refreshed.drained.quarantined == 1
        [(anchor, error)] = case.rows("SELECT anchor, error FROM denorm.quarantine")
        assert anchor == "3"
        assert error.startswith("its definition yields several rows for one key (id=3). Make ")


def test_dispatch_value_no_longer_casts_makes_stale_but_not_broken(make_case: MakeCase) -> None:
    definition = "SELECT l.id, s.name FROM sales AS l JOIN shops AS s ON s.code::int = l.shop_id"
    case = make_case(SALES, definition, driving=(), refresh=AT_ONCE)
    case.refresh()
    case.write("UPDATE shops SET code = 'none' WHERE id = 9")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is not None or (refreshed.drained is not None and refreshed.drained.quarantined)
    assert case.rows("SELECT broken FROM denorm.dependency WHERE broken IS NOT NULL") == []
    case.write("UPDATE shops SET code = '9', name = 'back' WHERE id = 9")
    case.run("UPDATE denorm.refresh SET started_at = started_at - interval '1 hour'")
    case.refresh_if_due()
    case.assert_right()
    assert case.value("SELECT count(*) FROM links WHERE name = 'back'") == 20


def test_kept_fresh_source_column_renamed_fails_until_apply(shares: Callable[..., Case]) -> None:
    case = shares()
    case.write("ALTER TABLE sales RENAME COLUMN shop_id TO store_id")
    case.write("UPDATE shops SET name = 'renamed' WHERE id = 20")
    assert case.value("SELECT name FROM shops WHERE id = 20") == "renamed"
    case.refresh_if_due()
    assert case.registered().state == "needs_rebuild"
    with case.database.session("app") as session:
        check = kept_fresh(session, "shop/links", case.registered(), model_capture(session, case.system, case.model))
    assert {row["fault"] for row in check.rows} == {
        "columns changed since capture was installed",
        "its definition does not fit the database",
        "needs rebuild",
        "the last refresh failed",
        "the column shop_id of app.sales is now called store_id",
    }
    case.write("ALTER TABLE sales RENAME COLUMN store_id TO shop_id")
    case.apply()
    assert case.registered().state == "live"
    case.run("UPDATE denorm.refresh SET started_at = started_at - interval '1 hour'")
    case.refresh_if_due()
    case.assert_right()


def test_dispatch_open_truncate_delays_only_read_models_of_its_table(make_case: MakeCase) -> None:
    named = "SELECT l.id, s.name FROM sales AS l JOIN shops AS s ON s.id = l.shop_id"
    case = make_case(SALES, named, driving=(), refresh=AT_ONCE)
    case.refresh()
    other = make_case("CREATE TABLE items (id bigint PRIMARY KEY)", "SELECT id FROM items", driving=(), apply=False)
    other.database, other.url = case.database, case.url
    case.run("CREATE TABLE app.items (id bigint PRIMARY KEY)")
    other.redeclare(name="others", refresh=AT_ONCE)
    other.apply()
    other.refresh()
    with case.connect() as blocker, blocker.transaction():
        case.write("UPDATE shops SET name = 'renamed' WHERE id = 20; INSERT INTO items VALUES (1)")
        blocker.execute("TRUNCATE sales")
        [refreshed] = other.refresh_if_due()
        assert refreshed.error is None
        assert case.value("SELECT count(*) FROM others") == 1
        assert case.value("SELECT count(*) FROM denorm.change_log") > 0, "what cannot be expanded stays in the log"
    case.refresh_if_due()
    case.assert_right()
    assert case.rows("SELECT FROM links") == []


def test_kept_fresh_trigger_of_partition_disabled_fails_until_apply(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY) PARTITION BY RANGE (id);"
        "CREATE TABLE items_1 PARTITION OF items FOR VALUES FROM (0) TO (100);"
        "CREATE TABLE items_2 PARTITION OF items FOR VALUES FROM (100) TO (200)",
        "SELECT id FROM items",
        driving=(),
        refresh=AT_ONCE,
    )
    case.refresh()
    assert case.checks()["kept_fresh"].passed
    case.run("ALTER TABLE items_2 DISABLE TRIGGER trg_denorm_update")
    faults = case.checks()["kept_fresh"].rows
    assert "app.items_2, update" in [fault["detail"] for fault in faults]
    case.apply()
    assert case.checks()["kept_fresh"].passed
    assert case.value("SELECT bool_or(everything) FROM denorm.pending"), "what happened meanwhile is known to nobody"


def test_refresh_history_interrupted_is_failed_and_old_rows_pruned(shares: Callable[..., Case]) -> None:
    case = shares()
    model_id = case.registered().model_id
    case.run(
        "INSERT INTO denorm.refresh (model_id, status, requested_at, started_at)"
        f" VALUES ({model_id}, 'running', now(), now()), ({model_id}, 'completed', now(), now() - interval '8 days')"
    )
    case.write("UPDATE shops SET name = 'renamed' WHERE id = 20")
    case.refresh()
    found = case.rows("SELECT status, error FROM denorm.refresh ORDER BY id")
    assert ("failed", "interrupted: its process or its connection ended") in found
    assert case.value("SELECT count(*) FROM denorm.refresh WHERE started_at < now() - interval '7 days'") == 0


def test_refresh_queue_and_log_views_show_pending_then_completed(shares: Callable[..., Case]) -> None:
    case = shares()
    case.write("UPDATE shops SET name = 'renamed' WHERE id = 20")
    queue = "SELECT view_name, status FROM denorm.mv_refresh_queue"
    assert case.rows(queue) == [("shop/links", "pending")]
    case.refresh_if_due()
    assert case.rows(queue) == [("shop/links", "completed")]
    [(name, duration, count)] = case.rows(
        "SELECT view_name, avg(duration_ms), count(*) FROM denorm.mv_refresh_log WHERE status = 'completed'"
        " AND refresh_started_at > now() - interval '24 hours' GROUP BY view_name"
    )
    assert (name, count) == ("shop/links", 3)
    assert duration > 0


def test_refresh_full_source_truncated_empties_view(make_case: MakeCase) -> None:
    case = make_case(SALES, SHARES, driving=(), refresh=Full(Debounce(quiet=0, max_wait=0)))
    case.refresh()
    case.write("TRUNCATE sales")
    case.refresh_if_due()
    assert case.rows("SELECT FROM links") == []
    case.assert_right()
