"""A change log with a limit: above it capture logs nothing more, and everything is made stale instead."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.changes.dispatch import dispatch_changes
from denorm_assets.db.compare.compare import compare_settled
from denorm_assets.db.control import control_schema
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.health.status import model_status
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.sql.rows.predicates import EVERY_ROW
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import bring_up

NOW = Debounce(quiet=0, max_wait=0)
KINDS = [Debounced(NOW), Realtime(NOW), Full(NOW)]
ITEMS = """
CREATE TABLE items (id bigint PRIMARY KEY, grp int NOT NULL, body text NOT NULL);
INSERT INTO items SELECT n, n % 10, 'item ' || n FROM generate_series(1, 200) AS n;
"""
COUNTED = "SELECT i.id, i.body, (SELECT count(*) FROM items AS o WHERE o.grp = i.grp) AS peers FROM items AS i"
LIMIT = 64 * 1024


@pytest.fixture
def limited(make_case: MakeCase) -> Callable[..., Case]:
    """A live read model whose log is limited to a few pages."""

    def make(refresh: Refresh = KINDS[0]) -> Case:
        driving = () if isinstance(refresh, Full) else ("items.id",)
        case = make_case(ITEMS, COUNTED, driving=driving, refresh=refresh)
        bring_up(case.database, case.system)
        limit(case, LIMIT)
        return case

    return make


def limit(case: Case, size: int | None) -> None:
    with case.connect() as connection:
        connection.execute("UPDATE denorm.log_limit SET bytes = %s", (size,))
        connection.execute("SELECT setval('denorm.log_room', rows) FROM denorm.log_limit")


def logs(case: Case) -> bool:
    return case.value("SELECT last_value > 0 FROM denorm.log_room")


def log_rows(case: Case) -> int:
    return case.value("SELECT count(*) FROM denorm.change_log")


def fill(case: Case) -> None:
    """Write until logging stops."""
    with case.connect() as connection:
        for number in range(3_000):
            connection.execute("UPDATE items SET body = body || %s WHERE id <= 30", ("!",))
            if not logs(case):
                return
            assert number < 2_000, "logging never stopped"


def move(case: Case) -> None:
    with case.database.session("app") as session:
        dispatch_changes(session)


def settle(case: Case) -> None:
    for _ in range(3):
        case.refresh_if_due()
    case.assert_right()


@pytest.mark.parametrize("kind", KINDS, ids=["debounced", "realtime", "full"])
def test_log_limit_exceeded_logs_nothing_and_refresh_corrects_all_rows(
    limited: Callable[..., Case], kind: Refresh
) -> None:
    case = limited(kind)
    fill(case)
    before = case.value("SELECT pg_total_relation_size('denorm.change_log')"), log_rows(case)
    case.write("DELETE FROM items WHERE id > 150")
    case.write("UPDATE items SET body = 'x' WHERE id < 20; INSERT INTO items VALUES (1000, 1, 'new')")
    assert (case.value("SELECT pg_total_relation_size('denorm.change_log')"), log_rows(case)) == before
    settle(case)
    assert logs(case)
    assert log_rows(case) == 0
    case.write("UPDATE items SET body = 'y' WHERE id = 7")
    assert log_rows(case) > 0
    settle(case)


def test_log_limit_exceeded_truncate_is_refreshed(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    case.write("TRUNCATE items")
    settle(case)
    assert case.value("SELECT count(*) FROM links") == 0


def test_log_limit_exceeded_statement_without_rows_marks_nothing(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    before = case.value("SELECT last_value FROM denorm.unlogged_change")
    case.write("UPDATE items SET body = 'x' WHERE false")
    case.write("DELETE FROM items WHERE false")
    case.write("INSERT INTO items SELECT * FROM items WHERE false")
    assert case.value("SELECT last_value FROM denorm.unlogged_change") == before
    case.write("UPDATE items SET body = 'x' WHERE id = 1")
    assert case.value("SELECT last_value FROM denorm.unlogged_change") != before


def test_log_limit_statement_larger_than_room_makes_all_rows_stale(
    limited: Callable[..., Case],
) -> None:
    case = limited()
    room = case.value("SELECT rows FROM denorm.log_limit")
    case.write(f"INSERT INTO items SELECT n, n, 'many' FROM generate_series(1000, {1100 + 2 * room}) AS n")
    assert log_rows(case) < 2 * room
    settle(case)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_log_limit_exceeded_open_transaction_is_covered_after_commit(limited: Callable[..., Case], level: str) -> None:
    case = limited()
    fill(case)
    with case.connect() as writer:
        writer.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
        writer.execute("UPDATE items SET body = 'late' WHERE id = 150")
        for _ in range(2):
            case.refresh_if_due()
        writer.execute("DELETE FROM items WHERE id = 151")
        case.refresh_if_due()
        writer.execute("COMMIT")
    settle(case)


def test_log_limit_resumed_old_snapshot_is_still_covered(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    case.write("UPDATE items SET body = 'unlogged' WHERE id = 190")
    with case.connect() as writer:
        writer.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        writer.execute("SELECT * FROM denorm.log_limit, denorm.log_room")
        move(case)
        limit(case, None)
        move(case)
        assert logs(case)
        writer.execute("UPDATE items SET body = 'late' WHERE id = 191")
        settle_open = case.refresh_if_due()
        writer.execute("COMMIT")
    assert settle_open is not None
    settle(case)


def test_log_limit_exceeded_rolled_back_transaction_harms_no_other(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    with case.connect() as first, case.connect() as second:
        first.execute("BEGIN")
        first.execute("UPDATE items SET body = 'gone' WHERE id = 100")
        second.execute("UPDATE items SET body = 'kept' WHERE id = 101")
        first.execute("ROLLBACK")
    settle(case)
    assert case.value("SELECT body FROM links WHERE id = 101") == "kept"


def test_log_limit_exceeded_savepoint_rolled_back_keeps_rows_right(limited: Callable[..., Case], server: Any) -> None:
    case = limited()
    fill(case)
    with case.connect() as writer:
        writer.execute("BEGIN")
        writer.execute("SAVEPOINT a")
        writer.execute("UPDATE items SET body = 'rolled back' WHERE id = 60")
        writer.execute("ROLLBACK TO a")
        writer.execute("UPDATE items SET body = 'kept' WHERE id = 61")
        case.refresh_if_due()
        writer.execute("COMMIT")
        settle(case)


def test_compare_log_limit_exceeded_is_undetermined_not_drift(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    case.write("UPDATE items SET body = 'unlogged'")
    with case.database.session("app") as session:
        found = compare_settled(session, case.described(), EVERY_ROW, case.registered().model_id)
    assert not found.wrong
    assert found.undetermined


def test_checks_and_status_log_limit_exceeded_say_so_until_refresh(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    case.write("UPDATE items SET body = 'unlogged'")
    with case.database.session("app") as session:
        fresh = kept_fresh(session, "shop/links", case.registered(), model_capture(session, case.system, case.model))
        log = next(found for found in monitor(session, case.system) if found.name == "change_log")
    assert not fresh.passed
    assert "the change log was full" in fresh.summary
    assert "the next refresh computes all rows" in fresh.summary
    assert not log.passed
    assert "changes are not logged, and the next refresh computes all rows" in log.summary
    assert model_status(case.database, case.system, case.model).unlogged
    assert case.value("SELECT status FROM denorm.mv_refresh_queue") == "pending"
    settle(case)
    with case.database.session("app") as session:
        assert kept_fresh(
            session, "shop/links", case.registered(), model_capture(session, case.system, case.model)
        ).passed
        log = next(found for found in monitor(session, case.system) if found.name == "change_log")
    assert log.passed
    assert "last full" in log.figures
    assert case.value("SELECT resumed_at >= stopped_at FROM denorm.log_limit")


def test_log_limit_exceeded_lastval_and_random_are_unchanged(limited: Callable[..., Case]) -> None:
    case = limited()
    case.run("CREATE SEQUENCE numbers")
    fill(case)
    with case.connect() as connection:
        connection.execute("SELECT nextval('numbers'), setseed(0.5)")
        connection.execute("UPDATE items SET body = 'x'")
        assert connection.execute("SELECT lastval(), random()").fetchone() == (
            1,
            case.value("SELECT random() FROM (SELECT setseed(0.5) OFFSET 0) AS s"),
        )


def test_refresh_by_hand_log_limit_exceeded_waits_for_no_transaction(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    with case.connect() as other:
        other.execute("BEGIN")
        other.execute("CREATE TABLE elsewhere ()")
        case.write("UPDATE items SET body = 'unlogged'")
        case.refresh()
        case.assert_right()
        other.execute("ROLLBACK")


def test_migrate_log_limit_setting_is_written_to_database(items: Callable[..., Case]) -> None:
    case = items(10)
    for megabytes, rows in ((1, 1024**2 // 200), (0, 2**63 - 1), (2048, 2048 * 1024**2 // 200)):
        database = Database(case.url, log_limit_mb=megabytes)
        with database.session() as session:
            control_schema.migrate(session)
        database.close()
        assert case.rows("SELECT bytes, last_value FROM denorm.log_limit, denorm.log_room") == [
            (megabytes * 1024**2 or None, rows)
        ]


def test_dispatch_pending_above_limit_is_replaced_by_all_stale(
    limited: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = limited()
    monkeypatch.setattr("denorm_assets.db.refresh.scheduler._MOST_PENDING_OF_CACHES", 4)
    case.run("UPDATE denorm.read_model SET state = 'loading'")
    limit(case, None)
    case.write("UPDATE items SET body = body || '!'")
    monkeypatch.setattr("denorm_assets.db.refresh.scheduler._BYTES_OF_PENDING", 100 * 1024**2)
    case.refresh_if_due()
    assert case.rows("SELECT anchor, everything FROM denorm.pending") == [(None, True)]
    case.run("UPDATE denorm.read_model SET state = 'live'")
    settle(case)


def test_capture_sequences_of_log_limit_dropped_fails_no_statement(limited: Callable[..., Case]) -> None:
    case = limited()
    fill(case)
    owner = case.value("SELECT current_user")
    for sequence in ("unlogged_change", "log_room"):
        case.run(f"REVOKE ALL ON SEQUENCE denorm.{sequence} FROM {owner}")
        case.run(f"DROP SEQUENCE denorm.{sequence} CASCADE")
        case.write("UPDATE items SET body = 'x'")
        case.write("DELETE FROM items WHERE id = (SELECT min(id) FROM items)")


WRITERS = 6


def race(case: Case, seconds: float, *, seed: int) -> None:
    """Sessions write, some in long transactions, while the log runs full again and again and is moved on."""
    ended = threading.Event()
    failures: list[BaseException] = []

    def write(number: int) -> None:
        chance = random.Random(seed * 100 + number)
        try:
            with case.connect() as connection:
                while not ended.is_set():
                    level = chance.choice(["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ"])
                    connection.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
                    try:
                        for _ in range(chance.randint(1, 4)):
                            one = chance.randint(0, 30) * WRITERS + number
                            text = chance.choice(
                                [
                                    "UPDATE items SET body = md5(random()::text) WHERE id = %(id)s",
                                    "DELETE FROM items WHERE id = %(id)s",
                                    "INSERT INTO items VALUES (%(id)s, 1, '') ON CONFLICT (id) DO UPDATE SET grp = 3",
                                ]
                            )
                            connection.execute(text.encode(), {"id": one})
                            if chance.random() < 0.1:
                                ended.wait(0.05)
                        connection.execute(chance.choice(["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"]))
                    except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                        connection.execute("ROLLBACK")
        except BaseException as error:
            failures.append(error)

    def stop_logging() -> None:
        chance = random.Random(seed)
        with case.connect() as connection:
            while not ended.wait(chance.random() * 0.02):
                connection.execute("SELECT setval('denorm.log_room', -1)")

    def drive() -> None:
        try:
            while not ended.is_set():
                case.refresh_if_due()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    threads += [threading.Thread(target=stop_logging), threading.Thread(target=drive)]
    for thread in threads:
        thread.start()
    ended.wait(seconds)
    ended.set()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("seed", range(2))
def test_log_limit_many_writers_and_dispatches_leave_rows_right(limited: Callable[..., Case], seed: int) -> None:
    case = limited()
    race(case, 6.0, seed=seed)
    settle(case)


PLANTED = {
    "nobody waits for open transactions": (
        "cover_unlogged",
        "ended := l.seen_by",
        "ended := l.seen IS NOT NULL OR l.seen_by",
    ),
    "a mark is always the same": (
        "capture",
        "pg_catalog.uuid_hash_extended(pg_catalog.gen_random_uuid(), 0)",
        "1",
    ),
    "who skips leaves no mark": ("capture", "PERFORM pg_catalog.setval", "PERFORM pg_catalog.concat"),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_log_limit_planted_bug_is_found(limited: Callable[..., Case], bug: str) -> None:
    """The tests above would see them: without what is planted away, rows are wrong."""
    case = limited()
    name, sound, planted = PLANTED[bug]
    with case.connect() as connection:
        [(definition,)] = connection.execute(
            "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace AND proname ~ %s",
            (f"^{name}(_[0-9]+)?$",),
        ).fetchall()
        assert sound in definition
        connection.execute(definition.replace(sound, planted).encode())
    fill(case)
    case.write("UPDATE items SET body = body || 'unlogged' WHERE id = 149")
    case.refresh_if_due()
    with case.connect() as writer:
        writer.execute("SELECT setval('denorm.log_room', -1)")
        writer.execute("BEGIN")
        writer.execute("UPDATE items SET body = body || 'late' WHERE id = 150")
        case.refresh_if_due()
        writer.execute("COMMIT")
    for _ in range(3):
        case.refresh_if_due()
    assert case.differences() != []


def test_log_limit_exceeded_rows_of_replica_role_are_refreshed(limited: Callable[..., Case]) -> None:
    case = limited()
    with case.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("INSERT INTO items SELECT n, n % 10, repeat('x', 100) FROM generate_series(1001, 9000) AS n")
        assert not logs(case)
        before = log_rows(case)
        connection.execute("DELETE FROM items WHERE id > 150")
        connection.execute("UPDATE items SET body = 'x' WHERE id < 20")
        assert log_rows(case) == before
    settle(case)
    assert logs(case)
