"""Reconciliation finds what drifted and nothing else, makes it right, and writes down every row."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from denorm_assets.db.compare import bisect
from denorm_assets.db.control.audit_log import audited_rows
from denorm_assets.db.control.locks import held_at_once, reconcile_lock
from denorm_assets.db.reconcile.reconcile import longest_ago_first, reconcile_model
from denorm_assets.errors import BadRange, ReconcileUnderWay
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.refresh import Debounce, Full, Realtime
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for

ITEMS = """
CREATE TABLE items (id bigint PRIMARY KEY, owner int, body text, price numeric(10, 2), tags text[]);
INSERT INTO items SELECT n, nullif(n % 10, 3), 'item ' || n, n / 4.0, ARRAY['a', 'b']
FROM generate_series(1, 3000) AS n;
"""
DEFINITION = "SELECT id, owner, body, price, tags, to_tsvector('simple', body) AS words FROM items"
REPAIR, DETECT = ReconcileOptions(repair=True), ReconcileOptions()


def reconcile(case: Case, options: ReconcileOptions = REPAIR, deadline: float | None = None) -> Reconciled:
    return reconcile_model(case.database, case.system, case.model, options, deadline)


def audited(case: Case) -> list[dict[str, Any]]:
    with case.database.session(case.system.schema) as session:
        return audited_rows(session, case.system, case.model, at_most=1_000)


@pytest.fixture
def live(make_case: MakeCase) -> Case:
    case = make_case(ITEMS, DEFINITION)
    case.load()
    case.finish()
    return case


def drift(case: Case) -> None:
    """One row missing, one too many, and two altered, one of them in a column whose type has no hash."""
    case.run("DELETE FROM links WHERE id = 1500")
    case.run("INSERT INTO links SELECT 900000, owner, body, price, tags, words FROM links WHERE id = 7")
    case.run("UPDATE links SET owner = 0 WHERE id = 3")
    case.run("UPDATE links SET words = 'something:1 else:2' WHERE id = 2999")


def test_reconcile_without_drift_finds_nothing(live: Case) -> None:
    done = reconcile(live)
    assert done.passed
    assert done.summary == "3,000 rows equal the definition"
    assert (done.segments, done.all_segments, done.held, done.differing) == (4, 4, 3_000, 0)
    assert audited(live) == []


def test_reconcile_every_kind_of_drift_is_repaired_and_audited(live: Case) -> None:
    drift(live)
    done = reconcile(live)
    assert done.passed
    assert (done.missing, done.extra, done.altered, done.repaired) == (1, 1, 2, 4)
    live.assert_right()
    rows = {row["key"]["id"]: row for row in audited(live)}
    assert sorted(rows) == [3, 1500, 2999, 900000]
    assert rows[1500]["before"] is None
    assert rows[1500]["after"]["body"] == "item 1500"
    assert rows[900000]["after"] is None
    assert rows[900000]["before"]["body"] == "item 7"
    assert (rows[3]["before"]["owner"], rows[3]["after"]["owner"]) == (0, None)
    assert "edited by hand" in rows[3]["cause"]
    assert "1 missing, 1 too many, 2 altered" in done.summary
    assert "denorm-assets audit shop/links" in done.summary
    assert reconcile(live).differing == 0


def test_reconcile_detect_only_lists_rows_and_changes_nothing(live: Case) -> None:
    drift(live)
    done = reconcile(live, DETECT)
    assert not done.passed
    assert (done.differing, done.repaired) == (4, 0)
    assert {row["key"] for row in done.rows} == {'{"id": 3}', '{"id": 1500}', '{"id": 2999}', '{"id": 900000}'}
    assert "denorm-assets reconcile shop/links --repair" in done.summary
    assert len(live.differences()) == 6
    assert audited(live) == []


def test_reconcile_drift_above_cap_is_reported_and_not_repaired(live: Case) -> None:
    live.run("UPDATE links SET owner = -1 WHERE id <= 160")
    done = reconcile(live, ReconcileOptions(repair=True, most_share=0.05))
    assert done.capped
    assert not done.passed
    assert (done.altered, done.repaired) == (160, 0)
    assert "Look at the cause first" in done.summary
    assert reconcile(live, ReconcileOptions(repair=True, most_share=0.06)).repaired == 160
    live.assert_right()


def test_reconcile_options_cap_allows_few_rows_of_small_table() -> None:
    options = ReconcileOptions(repair=True, most_rows=150, most_share=0.01)
    assert options.may_repair(100, 120)
    assert not options.may_repair(101, 120)
    assert options.may_repair(150, 15_000)
    assert not options.may_repair(151, 1_000_000)


def test_reconcile_pending_changes_are_no_drift(live: Case) -> None:
    with live.connect() as application:
        application.execute("UPDATE items SET body = 'new' WHERE id BETWEEN 10 AND 20; DELETE FROM items WHERE id = 30")
    done = reconcile(live)
    assert done.passed
    assert (done.differing, done.left_out) == (0, 12)
    live.run("UPDATE links SET owner = 0 WHERE id IN (3, 15)")
    done = reconcile(live)
    assert (done.altered, done.repaired) == (1, 1), "15 is pending, and its refresh makes it right"
    live.refresh()
    live.assert_right()


def test_reconcile_row_changed_before_repair_is_left_to_drain(live: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    live.run("UPDATE links SET owner = 0 WHERE id IN (3, 13)")
    original = bisect.locate

    def locate_and_write(*args: Any) -> Any:
        for drifted in original(*args):
            with live.connect() as application:
                application.execute("UPDATE items SET body = 'changed meanwhile' WHERE id = 3")
            yield drifted

    monkeypatch.setattr("denorm_assets.db.reconcile.reconciliation.locate", locate_and_write)
    done = reconcile(live)
    assert [row["key"] for row in audited(live)] == [{"id": 13}]
    assert done.passed
    live.refresh()
    live.assert_right()


def test_reconcile_realtime_rows_written_meanwhile_are_kept(make_case: MakeCase) -> None:
    case = make_case(ITEMS, DEFINITION, refresh=Realtime())
    case.load()
    case.finish()
    drift(case)
    with case.connect() as application:
        application.execute("UPDATE items SET body = 'now' WHERE id = 3")
    assert reconcile(case).passed
    case.refresh()
    case.assert_right()


def test_reconcile_composite_key_with_nulls_is_repaired(make_case: MakeCase) -> None:
    case = make_case(
        ITEMS, "SELECT owner, price, count(*) AS n FROM items GROUP BY owner, price", key=("owner", "price"), driving=()
    )
    case.refresh()
    case.run("DELETE FROM links WHERE owner IS NULL AND price < 100")
    case.run("UPDATE links SET n = 5 WHERE owner = 1 AND price > 700")
    case.run("INSERT INTO links VALUES (NULL, NULL, 1)")
    done = reconcile(case)
    assert done.passed
    assert done.differing == done.repaired > 10
    case.assert_right()


def test_reconcile_uuid_key_is_repaired(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id uuid PRIMARY KEY, body text);"
        "INSERT INTO items SELECT md5(n::text)::uuid, 'item ' || n FROM generate_series(1, 2500) AS n",
        "SELECT id, body FROM items",
    )
    case.load()
    case.finish()
    case.run("UPDATE links SET body = 'x' WHERE id IN (SELECT id FROM links ORDER BY id OFFSET 1000 LIMIT 5)")
    assert reconcile(case).repaired == 5
    case.assert_right()


@pytest.mark.parametrize("key", [("owner", "id"), ("body",)])
def test_reconcile_table_without_ranges_is_bisected_to_rows(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...]
) -> None:
    monkeypatch.setattr(bisect, "ROWS_AT_ONCE", 50)
    case = make_case(ITEMS, "SELECT id, owner, body, price FROM items", key=key, driving=())
    case.refresh()
    case.run("UPDATE links SET price = 0 WHERE id IN (1, 700, 701, 2999, 3000)")
    case.run("DELETE FROM links WHERE id IN (3, 13, 2003)")
    done = reconcile(case)
    assert (done.altered, done.missing, done.repaired) == (5, 3, 8)
    case.assert_right()


def test_reconcile_large_range_is_bisected_and_empty_table_filled(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bisect, "ROWS_AT_ONCE", 50)
    case = make_case(ITEMS, DEFINITION)
    case.load()
    case.finish()
    drift(case)
    assert reconcile(case).repaired == 4
    case.assert_right()
    case.run("DELETE FROM links")
    done = reconcile(case, ReconcileOptions(repair=True, most_share=1))
    assert (done.missing, done.repaired) == (3_000, 3_000)
    case.assert_right()


def test_reconcile_from_and_to_id_repairs_only_those_ids(live: Case) -> None:
    drift(live)
    done = reconcile(live, ReconcileOptions(repair=True, from_id="1", to_id="10"))
    assert (done.repaired, done.segments) == (1, 1)
    assert live.value("SELECT count(*) FROM denorm.compared") == 0, "a segment of a range is not the range"
    with pytest.raises(BadRange, match="items has IDs from 1 to 3000"):
        reconcile(live, ReconcileOptions(from_id="5000000"))


def test_reconcile_out_of_time_next_run_resumes_with_rest(live: Case) -> None:
    began = iter([0.0, 0.0, 10.0])
    clock = time.monotonic
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("denorm_assets.db.reconcile.reconciliation.time.monotonic", lambda: next(began))
        done = reconcile(live, deadline=5.0)
    assert time.monotonic is clock
    assert (done.segments, done.all_segments) == (2, 4)
    assert "2 of 4 segments are left for the next run, which begins with them" in done.summary
    first = set(live.rows("SELECT segment FROM denorm.compared"))
    began = iter([0.0, 0.0, 10.0])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("denorm_assets.db.reconcile.reconciliation.time.monotonic", lambda: next(began))
        reconcile(live, deadline=5.0)
    assert len(set(live.rows("SELECT segment FROM denorm.compared")) - first) == 2


def test_reconcile_several_read_models_begins_with_longest_ago(live: Case) -> None:
    second = replace(live.model, name="later")
    both = [(live.system, live.model), (live.system, second)]
    assert longest_ago_first(live.database, both) == both, "none was reconciled yet"
    reconcile(live)
    assert longest_ago_first(live.database, both) == both[::-1]


def test_reconcile_needs_rebuild_fails_naming_apply(live: Case) -> None:
    live.run("UPDATE denorm.read_model SET state = 'needs_rebuild'")
    done = reconcile(live)
    assert not done.passed
    assert "run `denorm-assets apply` first" in done.summary


def test_reconcile_many_active_sessions_waits(live: Case) -> None:
    def be_busy() -> None:
        with psycopg.connect(live.url, autocommit=True) as busy:
            busy.execute("SELECT pg_sleep(1.5)")

    with ThreadPoolExecutor() as pool:
        for _ in range(2):
            pool.submit(be_busy)
        wait_for(lambda: _sleeping(live) == 2, "two sessions to sleep")
        began = time.monotonic()
        assert reconcile(live, ReconcileOptions(most_active=1)).passed
    assert time.monotonic() - began > 0.5
    assert any("sessions are active, more than 1; waiting" in line for line in live.lines)


def _sleeping(case: Case) -> int:
    return case.value("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(1.5)' AND state = 'active'")


def test_reconcile_second_run_at_once_is_refused(live: Case) -> None:
    lock = reconcile_lock(live.registered().model_id)
    refused = pytest.raises(ReconcileUnderWay, match=f"being reconciled by process {os.getpid()} on ")
    with live.database.session() as other, held_at_once(other, lock), refused:
        reconcile(live)


def test_reconcile_failing_range_does_not_stop_repair_of_others(make_case: MakeCase) -> None:
    case = make_case(ITEMS, "SELECT id, 100 / (price + 1) AS x FROM items")
    case.load()
    case.finish()
    case.run("UPDATE links SET x = 0 WHERE id = 2500; UPDATE items SET price = -1 WHERE id = 5")
    done = reconcile(case)
    assert not done.passed
    assert (done.repaired, done.altered) == (1, 1)
    assert "1 segments could not be compared or repaired (items:min-000001000: division by zero)" in done.summary


RANKED = "SELECT id, price, rank() OVER (ORDER BY price DESC) AS place FROM items"


@pytest.fixture
def view(make_case: MakeCase) -> Callable[[Full], Case]:
    def make(refresh: Full) -> Case:
        case = make_case(ITEMS, RANKED, driving=(), refresh=refresh)
        case.refresh()
        return case

    return make


def test_reconcile_view_with_unseen_source_changes_is_refreshed_and_audited(
    view: Callable[[Full], Case],
) -> None:
    case = view(Full(Debounce(quiet=0, max_wait=0)))
    assert reconcile(case).summary == "3,000 rows equal the definition"
    case.run("UPDATE items SET price = 9999 WHERE id = 1; DELETE FROM items WHERE id = 2")
    detected = reconcile(case, DETECT)
    assert not detected.passed
    assert (detected.missing, detected.altered) == (0, 2_999)
    assert not reconcile(case).passed, "that many are more than the cap"
    done = reconcile(case, ReconcileOptions(repair=True, most_share=1))
    assert done.passed
    assert done.repaired == 3_000
    case.assert_right()
    assert len(audited(case)) == 1_000


def test_reconcile_view_with_pending_changes_passes_as_unaltered(view: Callable[[Full], Case]) -> None:
    case = view(Full())
    with case.connect() as application:
        application.execute("UPDATE items SET price = 0 WHERE id = 5")
    done = reconcile(case)
    assert done.passed
    assert "unaltered since its refresh at" in done.summary


def test_reconcile_not_live_read_model_passes_as_nothing_to_do(make_case: MakeCase) -> None:
    done = reconcile(make_case(ITEMS, DEFINITION))
    assert done.passed
    assert "not live: there is nothing to reconcile yet" in done.summary


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minutes": 0}, "leave it out to compare everything"),
        ({"most_rows": -1}, "0 repairs nothing"),
        ({"most_share": 1.5}, "0.05 means 5 %"),
        ({"most_active": 0}, "leave it out for no limit"),
    ],
)
def test_reconcile_options_out_of_bounds_say_what_to_give(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ReconcileOptions(**wrong)


def test_reconcile_cause_found_in_catalog_else_from_rows(live: Case) -> None:
    live.run("UPDATE items SET body = 'unseen' WHERE id = 5")
    assert "without their triggers firing (session_replication_role = replica" in reconcile(live).summary
    live.run("UPDATE links SET owner = -1 WHERE id = 5")
    assert "edited by hand" in reconcile(live).summary
    live.run("ALTER TABLE items DISABLE TRIGGER trg_denorm_update")
    # That makes all rows doubtful once; what is written after it was noticed is not.
    live.refresh()
    with live.connect() as application:
        application.execute("UPDATE items SET body = 'unseen again' WHERE id = 5")
    found = reconcile(live).summary
    assert "on app.items, the capture trigger for update is disabled" in found


def test_reconcile_cause_unseen_write_to_other_source_names_both_causes(
    make_case: MakeCase,
) -> None:
    ddl = f"{ITEMS}; CREATE TABLE owners (id int PRIMARY KEY, name text); INSERT INTO owners VALUES (1, 'Ada')"
    case = make_case(ddl, "SELECT i.id, o.name FROM items AS i LEFT JOIN owners AS o ON o.id = i.id")
    case.load()
    case.finish()
    case.run("UPDATE owners SET name = 'Eve'")
    assert "by hand, or sources were written without their triggers" in reconcile(case).summary
