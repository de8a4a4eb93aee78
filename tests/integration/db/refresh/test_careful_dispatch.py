"""Dispatch and drain where something is in the way: whoever is not concerned goes on, and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.changes import drain as drain_module
from denorm_assets.db.changes.drain import drain
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.errors import RefreshFailed
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.sql.control import query
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

AT_ONCE = Debounced(Debounce(quiet=0, max_wait=0))
TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, n int NOT NULL, note text NOT NULL DEFAULT '');
CREATE TABLE parts (id bigint PRIMARY KEY, item_id bigint NOT NULL, code text NOT NULL);
CREATE TABLE tags (id bigint PRIMARY KEY, part_id bigint NOT NULL);
INSERT INTO items SELECT n, n % 9 + 1, 'note ' || n FROM generate_series(1, 500) AS n;
INSERT INTO parts SELECT n, n % 500 + 1, n FROM generate_series(1, 1000) AS n;
INSERT INTO tags SELECT n, n % 1000 + 1 FROM generate_series(1, 1000) AS n;
"""
CHAIN = """
SELECT i.id, count(p.id) AS parts, count(t.id) AS tags
FROM items AS i LEFT JOIN parts AS p ON p.item_id = i.id LEFT JOIN tags AS t ON t.part_id = p.id
GROUP BY i.id
"""


@pytest.fixture
def live(make_case: MakeCase) -> Callable[..., Case]:
    """A function that makes a live read model over the tables above, driven by items."""

    def make(definition: str = CHAIN, ddl: str = TABLES, **declaration: object) -> Case:
        case = make_case(ddl, definition, refresh=AT_ONCE, **declaration)
        case.load()
        case.finish()
        case.refresh()
        return case

    return make


def dispatch(case: Case) -> float:
    """Dispatch; returns how long it took, in seconds."""
    with case.database.session() as session:
        began = time.monotonic()
        session.one(query("drains", "dispatch"))
        return time.monotonic() - began


def everything(case: Case) -> bool:
    return case.value("SELECT coalesce(bool_or(everything), false) FROM denorm.pending")


def again(case: Case) -> None:
    """Forget the wait after a failure, and refresh."""
    case.run("UPDATE denorm.refresh SET started_at = started_at - interval '1 hour'")
    case.refresh_if_due()


def test_dispatch_locked_tables_without_changes_does_not_wait(live: Callable[..., Case]) -> None:
    case = live()
    with case.connect() as blocker, blocker.transaction():
        blocker.execute("LOCK TABLE items, parts, tags IN ACCESS EXCLUSIVE MODE")
        assert dispatch(case) < 0.09


def test_dispatch_many_sources_needing_locked_table_wait_as_long_as_one(live: Callable[..., Case]) -> None:
    names = [f"side_{number}" for number in range(6)]
    counts = ", ".join(f"(SELECT count(*) FROM {name} AS s WHERE s.n = i.n) AS {name}" for name in names)
    tables = "".join(f"CREATE TABLE {name} (id bigint PRIMARY KEY, n int);" for name in names)
    case = live(f"SELECT i.id, {counts} FROM items AS i", TABLES + tables)
    case.write("".join(f"INSERT INTO {name} VALUES (1, 1), (2, 2);" for name in names))
    case.write("UPDATE items SET n = 1 WHERE id = 1")
    with case.connect() as blocker, blocker.transaction():
        blocker.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        assert dispatch(case) < 0.5
        assert case.rows("SELECT anchor FROM denorm.pending") == [("1",)], "its own images need no table"
        assert case.value("SELECT count(*) FROM denorm.change_log") == 12
        assert dispatch(case) < 0.5
    case.refresh_if_due()
    case.assert_right()


RAISING = """
CREATE FUNCTION strictly(code text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF code = 'none' THEN RAISE EXCEPTION 'no code'; END IF;
    RETURN code::bigint;
END $$;
"""
BY_CODE = "SELECT i.id, count(p.id) AS parts FROM items AS i LEFT JOIN parts AS p ON {}(p.code) = i.n GROUP BY i.id"


@pytest.mark.parametrize("by", ["strictly", "int8"])
def test_dispatch_row_expression_raises_makes_only_its_read_model_stale(live: Callable[..., Case], by: str) -> None:
    case = live(BY_CODE.format(by), TABLES + RAISING)
    case.write("UPDATE parts SET code = 'none' WHERE id = 7")
    with case.database.session("app") as session:
        stale = session.one(query("drains", "stale", model_id=case.registered().model_id))
        assert stale["everything"], "what the log's images affect cannot be told"
        kept_fresh(session, "shop/links", case.registered(), model_capture(session, case.system, case.model))
    dispatch(case)
    assert everything(case)
    assert case.rows("SELECT FROM denorm.change_log") == []
    assert case.rows("SELECT FROM denorm.dependency WHERE broken IS NOT NULL") == []
    assert case.registered().state == "live"
    case.write("UPDATE parts SET code = '3' WHERE id = 7")
    case.run("DELETE FROM denorm.quarantine")
    again(case)
    again(case)
    case.assert_right()
    case.write("UPDATE parts SET code = '4' WHERE id = 7")
    dispatch(case)
    assert not everything(case), "from now on it is expanded again"


def test_drain_all_stale_failing_row_is_found_by_driving_source(live: Callable[..., Case]) -> None:
    case = live("SELECT i.id, i.n FROM items AS i WHERE 10 / i.n > 2")
    case.write(
        "UPDATE items SET n = 0 WHERE id = 7; UPDATE items SET n = 2 WHERE id = 8; DELETE FROM items WHERE id = 9"
    )
    case.run("UPDATE denorm.pending SET everything = true, anchor = NULL")
    case.run(
        "INSERT INTO denorm.pending (model_id, everything, changed_at) SELECT id, true, now() FROM denorm.read_model"
    )
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is None
    assert case.rows("SELECT anchor, error FROM denorm.quarantine") == [("7", "division by zero")]
    assert case.rows("SELECT id, n FROM links WHERE id IN (8, 9)") == [(8, 2)]
    case.write("UPDATE items SET n = 1 WHERE id = 7")
    case.refresh_if_due()
    assert case.rows("SELECT FROM denorm.quarantine") == []
    case.assert_right()


def test_drain_row_too_large_for_index_is_quarantined(live: Callable[..., Case]) -> None:
    case = live("SELECT i.id, i.note FROM items AS i", key=("id", "note"))
    case.write("UPDATE items SET note = 'changed' WHERE id IN (6, 8)")
    case.write(
        "UPDATE items SET note = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 999) AS n) WHERE id = 7",
    )
    [refreshed] = case.refresh_if_due()
    assert refreshed.drained is not None, refreshed.error
    assert refreshed.drained.quarantined == 1
    [(anchor, error)] = case.rows("SELECT anchor, error FROM denorm.quarantine")
    assert anchor == "7"
    assert "index row" in error
    assert case.value("SELECT count(*) FROM links WHERE note = 'changed'") == 2


def test_drain_definition_no_longer_runs_fails_without_quarantine(live: Callable[..., Case]) -> None:
    case = live("SELECT i.id, strictly(i.n::text) AS n FROM items AS i", TABLES + RAISING)
    described = case.described()
    case.write("UPDATE items SET n = n + 1 WHERE id < 100")
    dispatch(case)
    case.run("DROP FUNCTION strictly")
    with case.database.session("app") as session:
        model_id, now = case.registered().model_id, session.one(query("models", "now"))["now"]
        with pytest.raises(RefreshFailed, match="strictly"):
            drain(session, described, model_id, now)
    assert case.rows("SELECT FROM denorm.quarantine") == []
    assert case.value("SELECT count(*) FROM denorm.pending") == 99
    case.run(RAISING)
    again(case)
    case.assert_right()


def test_refresh_history_running_lookup_uses_index(live: Callable[..., Case]) -> None:
    case = live()
    case.run(
        "INSERT INTO denorm.refresh (model_id, status, requested_at, started_at)"
        " SELECT id, 'completed', now(), now() - n * interval '1 second'"
        " FROM denorm.read_model, generate_series(1, 20000) AS n; ANALYZE denorm.refresh"
    )
    plan = case.rows("EXPLAIN SELECT FROM denorm.refresh WHERE model_id = 1 AND status = 'running'")
    assert "refresh_running_idx" in str(plan)


def test_refresh_while_values_raise_and_tables_are_locked_loses_no_change(live: Callable[..., Case]) -> None:
    case = live(BY_CODE.format("int8"))
    stop = threading.Event()
    failures: list[BaseException] = []

    def working(work: Callable[[psycopg.Connection[tuple[object, ...]], int], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                with case.connect() as connection:
                    number = 0
                    while not stop.is_set():
                        number += 1
                        work(connection, number)
            except BaseException as error:
                failures.append(error)

        return run

    def writing(connection: psycopg.Connection[tuple[object, ...]], number: int) -> None:
        connection.execute("UPDATE parts SET code = %s WHERE id = %s", (str(number % 9), number % 1000))
        connection.execute("UPDATE items SET n = %s WHERE id = %s", (number % 9, number % 500))

    def spoiling(connection: psycopg.Connection[tuple[object, ...]], number: int) -> None:
        connection.execute("UPDATE parts SET code = 'none' WHERE id = %s", (number % 1000,))
        time.sleep(0.02)
        connection.execute("UPDATE parts SET code = '1' WHERE code = 'none'")
        time.sleep(0.03)

    def locking(connection: psycopg.Connection[tuple[object, ...]], _: int) -> None:
        with connection.transaction():
            connection.execute("LOCK TABLE parts IN ACCESS EXCLUSIVE MODE")
            time.sleep(0.15)
        time.sleep(0.1)

    threads = [threading.Thread(target=working(each)) for each in (writing, spoiling, locking)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 3
    while time.monotonic() < until:
        try:
            dispatch(case)
        except psycopg.errors.LockNotAvailable:
            continue
        case.refresh_if_due()
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    for _ in range(3):
        again(case)
    assert case.rows("SELECT FROM denorm.change_log UNION ALL SELECT FROM denorm.pending") == []
    case.run(
        "INSERT INTO denorm.pending (model_id, anchor, changed_at)"
        " SELECT model_id, anchor, now() FROM denorm.quarantine"
    )
    again(case)
    case.assert_right()


def test_drain_fault_shared_by_all_anchors_stops_searching_after_limit(
    live: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "MOST_FAILING", 5)
    case = live("SELECT i.id, count(10 / p.item_id) AS n FROM items AS i JOIN parts AS p ON p.id <> i.id GROUP BY i.id")
    case.write("UPDATE parts SET item_id = 0 WHERE id = 1000")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is not None
    assert "division by zero" in refreshed.error
    assert case.value("SELECT count(*) FROM denorm.quarantine") == 5
    assert case.value("SELECT count(DISTINCT anchor) FROM denorm.pending") == 495
    case.write("UPDATE parts SET item_id = 1 WHERE id = 1000")
    again(case)
    assert case.rows("SELECT FROM denorm.quarantine") == []
    case.assert_right()


def test_refresh_whole_table_with_repeated_key_fails_naming_key(make_case: MakeCase) -> None:
    case = make_case(TABLES, "SELECT p.item_id AS id FROM parts AS p", driving=(), refresh=AT_ONCE)
    with pytest.raises(RefreshFailed, match=r"several rows for one key \(id="):
        case.refresh()
    assert case.rows("SELECT status FROM denorm.refresh") == [("failed",)]
