"""Locks that strangers can neither take nor keep, that end with their holder, and that name it."""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg import errors as pg

from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.locks import (
    Lock,
    drain_lock,
    ensure,
    held,
    held_at_once,
    holder,
    shares,
    work_lock,
)
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.health.status import model_status
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import ControlSchemaTooNew, ServerUnreachable
from denorm_assets.model.index import Index
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Realtime
from denorm_assets.sql.statement import Statement
from tests.support.case import Case, as_role, pooled, together, wait_for
from tests.support.case_process import Worker

NOW = Debounced(Debounce(0, 0))

# Every key that releases before migration 018 locked by, for model ids and names that may be in use.
OLD_KEYS = """
SELECT hashtextextended('denorm dispatch', 0) UNION ALL SELECT hashtextextended('denorm schema changes', 0)
UNION ALL SELECT hashtextextended('denorm work ' || s, 0) FROM unnest(ARRAY['shop', 'topics', 'library']) AS s
UNION ALL SELECT hashtextextended(what, n) FROM unnest(ARRAY['denorm drain', 'denorm reconciles']) AS what,
    generate_series(1, 9) AS n
UNION ALL SELECT hashtextextended('denorm finishes model ' || n, 0) FROM generate_series(1, 9) AS n
"""
VISIBLE_KEYS = """
SELECT DISTINCT (classid::bigint << 32) | objid::bigint FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass
class Squatter:
    """A guest who takes every advisory key that is known or becomes visible, and keeps it.

    Attributes:
        taken: the keys that the guest got.
    """

    url: str
    taken: set[int] = field(default_factory=set[int])

    def squat(self, stop: threading.Event) -> None:
        """Go on until told to stop."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            known = {key for (key,) in connection.execute(OLD_KEYS)}
            while not stop.wait(0.002):
                known |= {key for (key,) in connection.execute(VISIBLE_KEYS)}
                for key in known - self.taken:
                    [got] = connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone() or [False]
                    if got:
                        self.taken.add(key)


@pytest.fixture
def guest(items: Callable[..., Case]) -> Generator[Callable[[Case], str]]:
    """A function that gives the URL of a role that may log in, and nothing else."""
    made: list[tuple[Case, str]] = []

    def make(case: Case) -> str:
        role = f"guest_{case.value('SELECT current_database()')}"
        case.run(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
        made.append((case, role))
        return as_role(case.url, role, "secret")

    yield make
    for case, role in made:
        case.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


@contextmanager
def squatting(url: str) -> Generator[Squatter]:
    squatter, stop = Squatter(url), threading.Event()
    thread = threading.Thread(target=squatter.squat, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: len(squatter.taken) > 20, "the guest to take all old keys")
        yield squatter
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("refresh", [NOW, Realtime(NOW.debounce)], ids=["debounced", "realtime"])
def test_locks_guest_taking_all_advisory_keys_stops_nothing(
    items: Callable[..., Case], guest: Callable[[Case], str], refresh: Debounced | Realtime
) -> None:
    case = items(1_500, refresh=refresh, indexes=[Index("body")])
    with squatting(guest(case)) as squatter:
        case.load()
        case.finish()
        for n in range(5):
            case.write(f"UPDATE items SET body = 'changed {n}' WHERE id % 5 = {n}")
            [done] = case.refresh_if_due()
            assert done.drained is not None
            case.assert_right()
        case.write("DELETE FROM items WHERE id < 10")
        assert case.refresh().anchors == 9
        case.run("UPDATE links SET body = 'drifted' WHERE id = 500")
        done = reconcile_model(case.database, case.system, case.model, ReconcileOptions(repair=True))
        assert done.repaired == 1
        case.redefine("SELECT id, upper(body) AS body FROM items")
        case.apply()
        assert case.registered().state == "live"
        case.assert_right()
        # Keys of ours that had become visible: the guest has them now.
        assert len(squatter.taken) > 25


def test_locks_guest_without_rights_cannot_lock_control_tables(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    case = items(10)
    relations = [
        name
        for (name,) in case.rows(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'denorm'::regnamespace AND relkind = 'r'"
        )
    ]
    assert "denorm.lock" in relations
    modes = [
        "ACCESS SHARE",
        "ROW SHARE",
        "ROW EXCLUSIVE",
        "SHARE UPDATE EXCLUSIVE",
        "SHARE",
        "SHARE ROW EXCLUSIVE",
        "EXCLUSIVE",
        "ACCESS EXCLUSIVE",
    ]
    with psycopg.connect(guest(case), autocommit=True) as stranger:
        for relation in relations:
            for statement in [
                *(f"LOCK TABLE {relation} IN {mode} MODE" for mode in modes),
                f"SELECT FROM {relation} FOR SHARE",
            ]:
                with pytest.raises(pg.InsufficientPrivilege), stranger.transaction():
                    stranger.execute(statement.encode())


def test_lock_guest_holding_key_under_reused_pid_is_no_holder(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    """Process numbers are used again, and pg_locks shows the keys."""
    case = items(10)
    lock = drain_lock(case.registered().model_id)
    with case.database.session() as session, psycopg.connect(guest(case), autocommit=True) as stranger:
        with held_at_once(session, lock) as alone:
            assert alone
        [key] = case.rows("SELECT key FROM denorm.lock WHERE name = %s", (lock.name,))[0]
        stranger.execute("SELECT pg_advisory_lock(%s)", [key])
        case.run("UPDATE denorm.lock SET pid = %s", (stranger.info.backend_pid,))
        assert holder(session, lock) is None
        with held_at_once(session, lock) as alone:
            assert alone
            assert holder(session, lock) is not None


def test_lock_held_by_other_role_is_refused_and_names_holder(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    """People and services log in as different members of the owner; none of them need be a superuser."""
    case = items(10)
    lock, url = drain_lock(case.registered().model_id), guest(case)
    [role] = case.rows("SELECT rolname FROM pg_roles WHERE rolname LIKE 'guest%%' ORDER BY oid DESC LIMIT 1")[0]
    case.run(f"GRANT ALL ON ALL TABLES IN SCHEMA denorm TO {role}")
    case.run(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA denorm TO {role}")
    database = Database(url)
    with database.session() as member, case.database.session() as session:
        for one, other in ((member, session), (session, member)):
            with held_at_once(one, lock) as alone, held_at_once(other, lock) as too:
                assert (alone, too) == (True, False)
                assert f" of {one.role}), since " in str(holder(other, lock))
    database.close()


def test_lock_holder_process_killed_releases_lock(items: Callable[..., Case]) -> None:
    case = items(10)
    lock = drain_lock(case.registered().model_id)
    worker = Worker(case, "hold")
    with case.database.session() as session:
        wait_for(lambda: holder(session, lock) is not None, "the other process to hold the lock")
        assert f"process {worker.pid} on " in str(holder(session, lock))
        with held_at_once(session, lock) as alone:
            assert not alone
        worker.kill()
        with held(session, lock, "held"):
            assert f"process {os.getpid()} on " in str(holder(session, lock))


def test_lock_connection_ended_releases_lock(items: Callable[..., Case]) -> None:
    case = items(10)
    lock = drain_lock(case.registered().model_id)
    with case.database.session() as session:
        with (
            suppress(ServerUnreachable),
            case.database.session() as other,
            held_at_once(other, lock),
        ):
            with held_at_once(session, lock) as alone:
                assert not alone
            case.run("SELECT pg_terminate_backend(%s, 10000)", (other.connection.info.backend_pid,))
            with held_at_once(session, lock) as alone:
                assert alone
        assert holder(session, lock) is None


def test_lock_many_sessions_hold_alone_or_share_never_both(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    case = items(10)
    model_id = case.registered().model_id
    counting, failed = threading.Lock(), list[str]()
    alone, sharing, had = 0, 0, {"alone": 0, "shared": 0}

    def count(of_alone: int, of_sharing: int) -> None:
        nonlocal alone, sharing
        with counting:
            alone, sharing = alone + of_alone, sharing + of_sharing
            had["alone"] += of_alone > 0
            had["shared"] += of_sharing > 0
            if alone > 1 or (alone and sharing):
                failed.append(f"{alone} alone, {sharing} sharing")

    def work() -> None:
        sharing = secrets.randbelow(2) == 1
        with case.database.session() as session:
            for turn in range(150):
                if (turn + sharing) % 2:
                    with held_at_once(session, drain_lock(model_id)) as got:
                        if got:
                            count(1, 0)
                            session.one(Statement("SELECT pg_sleep(0.001)"))
                            count(-1, 0)
                else:
                    with session.transaction():
                        if shares(session, drain_lock(model_id)):
                            count(0, 1)
                            session.one(Statement("SELECT pg_sleep(0.001)"))
                            count(0, -1)
                    # Or else somebody shares it nearly all the time.
                    session.one(Statement("SELECT pg_sleep(0.002)"))

    with case.database.session() as session:
        ensure(session, drain_lock(model_id))
    with squatting(guest(case)):
        together(6, work)
    assert failed == []
    assert min(had.values()) > 5


def test_refresh_many_drivers_of_one_read_model_never_overlap(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    case = items(200, refresh=NOW)
    case.load()
    case.finish()
    stop, done = threading.Event(), list[Refreshed]()

    def write() -> None:
        with case.connect() as writer:
            n = 0
            while not stop.is_set():
                n += 1
                writer.execute("UPDATE items SET body = %s WHERE id = %s", (f"written {n}", n % 200 + 1))

    def look() -> None:
        refresher = Refresher(case.database, [case.system])
        while len(done) < 30:
            done.extend(found for found in refresher.look() if found.drained is not None)

    with squatting(guest(case)):
        writer = threading.Thread(target=write)
        writer.start()
        together(4, look)
        stop.set()
        writer.join()
        case.refresh()
    # Rows are numbered as they begin, and written down under the lock.
    overlapping = """
        SELECT count(*) FROM denorm.refresh AS a JOIN denorm.refresh AS b ON b.id > a.id
        WHERE b.started_at < a.started_at + a.duration_ms * interval '1 ms'
    """
    assert case.value("SELECT count(*) FROM denorm.refresh WHERE status = 'completed'") > 30
    assert case.value(overlapping) == 0
    case.assert_right()


def test_refresh_and_backfill_waiting_for_lock_name_its_holder(items: Callable[..., Case]) -> None:
    case = items(50)
    case.load()
    case.finish()
    me = rf"process {os.getpid()} on \S+ \(PostgreSQL process \d+ of \w+\), since [\d-]+ [\d:]+ UTC, waiting"
    waits: list[tuple[str, Callable[[], object]]] = [
        (rf"shop/links: another process is refreshing it: {me}", case.refresh),
        (rf"shop/links items:\S+: a refresh is under way: {me}", lambda: case.load(again=True)),
    ]
    for said, work in waits:
        with case.database.session() as other, held_at_once(other, drain_lock(case.registered().model_id)):
            thread = threading.Thread(target=work)
            thread.start()
            wait_for(
                lambda said=said: any(re.fullmatch(said, line) for line in case.lines), f"{said}, not {case.lines}"
            )
        thread.join()
    case.assert_right()


def test_refresher_lock_held_names_holding_driver(items: Callable[..., Case]) -> None:
    case = items(50, refresh=NOW)
    case.load()
    case.finish()
    case.write("UPDATE items SET body = 'x' WHERE id = 5")
    with case.database.session() as other, held_at_once(other, drain_lock(case.registered().model_id)):
        [looked] = Refresher(case.database, [case.system]).look()
        assert looked.drained is None
        assert f"process {os.getpid()} on " in str(looked.held_by)
    [looked] = Refresher(case.database, [case.system]).look()
    assert looked.drained is not None


def test_refresh_table_locked_by_guest_names_guest_not_worker(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    case = items(50, refresh=NOW)
    case.load()
    case.finish()
    case.write("UPDATE items SET body = 'x' WHERE id = 5")
    case.run("UPDATE denorm.change_log SET logged_at = logged_at - interval '20 minutes'")
    url = guest(case)
    role = case.value("SELECT rolname FROM pg_roles WHERE rolname LIKE 'guest%%' ORDER BY oid DESC LIMIT 1")
    case.run(f"GRANT USAGE ON SCHEMA app TO {role}; GRANT ALL ON items TO {role}")
    said = re.compile(
        rf"PostgreSQL process \d+ of {role} holds a lock on app.items \(AccessExclusiveLock, in a transaction of "
        r"\d+ s, idle in transaction\)"
    )
    with psycopg.connect(url) as stranger:
        stranger.execute("LOCK TABLE app.items")
        [looked] = case.refresh_if_due()
        assert said.search(str(looked.error)), looked.error
        with case.database.session(case.system.schema) as session:
            capture = model_capture(session, case.system, case.model)
            fresh = kept_fresh(session, "shop/links", case.registered(), capture)
            [queue] = [check for check in monitor(session, case.system) if check.name == "queue"]
        assert said.search(fresh.summary), fresh.summary
        assert not queue.passed
        assert said.search(queue.summary), queue.summary
        assert "worker" not in queue.summary
        assert said.search(str(model_status(case.database, case.system, case.model).held_up_by))
    assert case.refresh().anchors == 1
    case.assert_right()
    assert model_status(case.database, case.system, case.model).held_up_by is None


def test_refresh_row_locked_by_other_names_its_session(items: Callable[..., Case]) -> None:
    case = items(50, refresh=NOW)
    case.load()
    case.finish()
    case.write("UPDATE items SET body = 'x' WHERE id = 5")
    with case.connect() as other, other.transaction():
        other.execute("SELECT FROM links WHERE id = 5 FOR UPDATE")
        # As the drivers do, it yields to whoever holds a row.
        [found] = case.refresh_if_due()
        assert found.drained is None
        assert f"PostgreSQL process {other.info.backend_pid} of " in str(found.error)
        assert "holds a lock on app.links (RowShareLock" in str(found.error)


def test_realtime_guest_holding_old_keys_does_not_delay_writes(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    """Releases before migration 018 locked (hashtext, bucket) while a writing transaction recomputed."""
    case = items(300, refresh=Realtime())
    case.load()
    case.finish()
    with psycopg.connect(guest(case), autocommit=True) as stranger:
        stranger.execute(
            "SELECT pg_advisory_lock(hashtext('denorm realtime ' || m), b)"
            " FROM generate_series(1, 9) AS m, generate_series(0, 255) AS b"
        )
        case.write("UPDATE items SET body = 'x' WHERE id < 150")
        case.assert_right()
    with case.connect() as one:
        with one.transaction():
            one.execute("UPDATE items SET body = 'y' WHERE id = 5")
            # Nobody waits: who cannot lock leaves it to the next refresh.
            case.write("UPDATE items SET body = 'y' WHERE id = 6 OR id > 20")
        case.refresh()
        case.assert_right()


OLD_DRAIN = "hashtextextended('denorm drain', (SELECT id FROM denorm.read_model))"


def test_drain_lock_process_of_older_release_excludes_both_ways(
    items: Callable[..., Case], guest: Callable[[Case], str]
) -> None:
    case = items(50, refresh=NOW)
    case.load()
    case.finish()
    model_id = case.registered().model_id
    with case.connect() as old:
        for mode in ("", "_shared"):
            case.write("UPDATE items SET body = body || 'x' WHERE id = 5")
            old.execute(f"SELECT pg_advisory_lock{mode}({OLD_DRAIN})".encode())
            assert case.refresh_if_due() == []
            old.execute(f"SELECT pg_advisory_unlock{mode}({OLD_DRAIN})".encode())
            assert len(case.refresh_if_due()) == 1
        old.execute(f"SELECT pg_advisory_lock({OLD_DRAIN})".encode())
        with case.database.session() as session, session.transaction():
            assert not shares(session, drain_lock(model_id))
        old.execute("SELECT pg_advisory_unlock_all()")

        tried = {mode: f"SELECT pg_try_advisory_xact_lock{mode}({OLD_DRAIN})".encode() for mode in ("", "_shared")}
        with case.database.session() as session:
            with held_at_once(session, drain_lock(model_id)):
                assert [old.execute(tried[mode]).fetchone() for mode in tried] == [(False,), (False,)]
            with session.transaction():
                assert shares(session, drain_lock(model_id))
                assert [old.execute(tried[mode]).fetchone() for mode in tried] == [(False,), (True,)]
            assert [old.execute(tried[mode]).fetchone() for mode in tried] == [(True,), (True,)]


def test_refresher_control_schema_upgraded_stops_older_driver(items: Callable[..., Case]) -> None:
    case = items(50, refresh=NOW)
    case.load()
    case.finish()
    refresher = Refresher(case.database, [case.system])
    assert refresher.look() == []
    case.write("UPDATE items SET body = 'x' WHERE id = 5")
    case.run("INSERT INTO denorm.migration (version, name) VALUES (9999, 'from a newer release')")
    with pytest.raises(ControlSchemaTooNew):
        refresher.look()


def test_dispatch_empty_change_log_writes_nothing(items: Callable[..., Case]) -> None:
    case = items(10)
    with case.connect() as connection, connection.transaction():
        connection.execute("SELECT denorm.dispatch()")
        assert connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone() == (None,)


def test_dispatch_concurrent_call_moves_nothing(items: Callable[..., Case]) -> None:
    case = items(10)
    case.load()
    case.finish()
    case.write("UPDATE items SET body = 'x' WHERE id = 5")
    with case.connect() as one, case.connect() as other:
        with one.transaction():
            assert one.execute("SELECT denorm.dispatch()").fetchone() == (1,)
            assert other.execute("SELECT denorm.dispatch()").fetchone() == (0,)
        case.write("UPDATE items SET body = 'y' WHERE id = 5")
        assert other.execute("SELECT denorm.dispatch()").fetchone() == (1,)


def test_lock_rows_deleted_are_created_again(items: Callable[..., Case]) -> None:
    case = items(10)
    case.run("DELETE FROM denorm.lock")
    case.load()
    case.finish()
    case.write("UPDATE items SET body = 'x' WHERE id = 5")
    case.run("DELETE FROM denorm.lock")
    assert case.refresh().anchors == 1
    case.assert_right()


def test_migrate_concurrent_processes_wait_for_each_other(
    new_database: Callable[[str], str],
) -> None:
    database = pooled(new_database("template0"))
    made: list[str] = []

    def migrate() -> None:
        with database.session() as session:
            made.extend(control_schema.migrate(session))

    together(4, migrate)
    with database.session() as session:
        assert control_schema.installed(session)
    assert len(made) == len(set(made)) > 0
    database.close()


def test_lock_without_read_model_can_be_held(database: Database) -> None:
    with database.session() as session, database.session() as other:
        control_schema.migrate(session)
        with held_at_once(session, work_lock("it's")) as alone, held_at_once(other, Lock("work other")) as too:
            assert (alone, too) == (True, True)
            with held_at_once(other, work_lock("it's")) as again:
                assert not again
