"""Behind PgBouncer in transaction mode, with the application's own writers in the same pool."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from denorm_assets.db.apply.create_tables import create_tables
from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.control.locks import Lock, held_at_once
from denorm_assets.db.cutover.query_timing import time_pair
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.pooled_session import PooledSession
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.refresh.full_refresh import load_whole
from denorm_assets.errors import LockLost, SessionNeeded
from denorm_assets.load_test.run import run_load
from denorm_assets.model.index import Index
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.settings import Settings
from denorm_assets.sql.statement import Statement
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.conftest import Server
from tests.integration.db.conftest import ITEMS, ITEMS_COPY, MakeCase
from tests.support.case import Case, pooled, wait_for
from tests.support.live import AGREED
from tests.support.pooler import Pooler, running_pgbouncer

SETTINGS = """
SELECT name, setting FROM pg_settings
WHERE context IN ('user', 'superuser') AND name <> 'application_name' AND name NOT LIKE '%.%'
"""
LEFT_BEHIND = """
SELECT 'a lock of process ' || pid FROM pg_locks WHERE locktype = 'advisory'
UNION ALL
SELECT 'the relation ' || oid::regclass FROM pg_class WHERE pg_is_other_temp_schema(relnamespace)
    OR relnamespace = pg_my_temp_schema()
UNION ALL
SELECT 'a transaction of ' || application_name FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""
SOON = Debounce(quiet=0, max_wait=1)


@pytest.fixture(scope="module")
def pooler(server: Server) -> Generator[Pooler]:
    with running_pgbouncer(server) as made:
        yield made


class Writers:
    """The application: writes through the pooler, and looks at the settings that its transactions run under."""

    def __init__(self, url: str, write: str) -> None:
        with psycopg.connect(url) as connection:
            self._own = dict(connection.execute(SETTINGS).fetchall())
        self._url, self._write = url, write
        self.transactions = 0
        self.strange: list[tuple[str, str]] = []
        self.errors: list[BaseException] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(3)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        try:
            with psycopg.connect(self._url, autocommit=True, prepare_threshold=None) as connection:
                while not self._over.is_set():
                    with connection.transaction():
                        found = connection.execute(SETTINGS).fetchall()
                        connection.execute(self._write.encode(), {"n": self.transactions * 3 + number})
                    self.transactions += 1
                    self.strange += [(name, value) for name, value in found if self._own[name] != value]
        except BaseException as error:
            self.errors.append(error)


def left_behind(url: str) -> list[str]:
    """What our transactions left in sessions of the pool, as a session of its own sees it."""
    with psycopg.connect(url, autocommit=True) as connection:
        return [row[0] for row in connection.execute(LEFT_BEHIND).fetchall()]


@pytest.fixture
def behind(make_case: MakeCase, pooler: Pooler) -> Generator[Callable[..., Case]]:
    """A function that makes a case whose Database goes through the pooler, and the application's connection not."""
    made: list[Database] = []

    def make(ddl: str, definition: str, **declaration: Any) -> Case:
        case = make_case(ddl, definition, apply=False, **declaration)
        case.database.close()
        case.database = pooled(pooler.url(case.url))
        made.append(case.database)
        return case

    yield make
    for database in made:
        database.close()


@pytest.mark.parametrize(
    "refresh", [Debounced(SOON), Realtime(SOON), Full(SOON)], ids=["debounced", "realtime", "full"]
)
def test_pooler_application_transactions_never_run_under_our_settings(
    behind: Callable[..., Case], pooler: Pooler, refresh: Refresh
) -> None:
    definition = (
        "SELECT i.id, body, count(n.id) AS notes FROM items i LEFT JOIN notes n ON item_id = i.id GROUP BY i.id"
    )
    notes = "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item_id bigint NOT NULL);"
    whole = {"driving": ()} if isinstance(refresh, Full) else {}
    case = behind(ITEMS.format(rows=300) + notes, definition, refresh=refresh, indexes=(Index("body"),), **whole)
    write = "INSERT INTO app.notes (item_id) VALUES (1 + %(n)s %% 300)"
    with Writers(pooler.url(case.url), write) as writers:
        wait_for(lambda: writers.transactions > 20 or bool(writers.errors), "the application")
        case.apply()
        if case.model.driving:
            case.load()
        else:
            load_whole(case.database, case.system, case.model)
        case.finish()
        for _ in range(10):
            case.refresh_if_due()
        case.checks()
        reconcile_model(case.database, case.system, case.model, ReconcileOptions())
        seen = writers.transactions
        wait_for(lambda: writers.transactions > seen + 20 or bool(writers.errors), "the application")
    assert writers.errors == []
    assert writers.strange == []
    case.refresh()
    with case.connect() as connection:
        drift = f"(TABLE app.links EXCEPT ALL ({definition})) UNION ALL (({definition}) EXCEPT ALL TABLE app.links)"
        assert connection.execute(drift.encode()).fetchall() == []
        assert connection.execute("SELECT sum(notes) FROM links").fetchone() == (writers.transactions,)
    assert left_behind(case.url) == []


def test_pooler_in_either_mode_is_detected(server: Server, pooler: Pooler, database_url: str) -> None:
    def kind(url: str) -> type[Session]:
        database = Database(url)
        with database.session() as session:
            found = type(session)
        database.close()
        return found

    assert kind(database_url) is Session
    assert kind(pooler.url(database_url)) is PooledSession
    with running_pgbouncer(server, mode="session") as other:
        assert kind(other.url(database_url)) is PooledSession


@pytest.fixture
def url(new_database: Callable[[str], str], control_template: str) -> str:
    """URL of a database with the control schema, on the server itself."""
    return new_database(control_template)


@pytest.fixture
def through(pooler: Pooler, url: str) -> Generator[Database]:
    """The same database through the pooler."""
    made = Database(pooler.url(url), pool_size=20)
    yield made
    made.close()


def shown(session: Session, name: str) -> str:
    return session.one(Statement(f"SELECT current_setting('{name}') AS v"))["v"]


def test_pooler_settings_hold_in_every_transaction_and_statement(through: Database) -> None:
    with through.session("app") as session:
        assert (shown(session, "search_path"), shown(session, "row_security")) == ("pg_catalog, pg_temp", "off")
        session.set_session(lock_timeout="77ms")
        with session.resolving():
            assert shown(session, "search_path").replace('"', "") == "app, public, pg_temp"
            with session.transaction():
                assert shown(session, "search_path").replace('"', "") == "app, public, pg_temp"
        with session.transaction():
            assert (shown(session, "search_path"), shown(session, "lock_timeout")) == ("pg_catalog, pg_temp", "77ms")
            with session.resolving(), session.transaction():
                assert shown(session, "search_path") == '"app", "public", "pg_temp"'
            session.set_local(lock_timeout="99ms")
        assert shown(session, "lock_timeout") == "77ms"
        with session.snapshot():
            assert shown(session, "transaction_isolation") == "repeatable read"
        with pytest.raises(pg.DivisionByZero), session.transaction(), session.resolving():
            session.execute(Statement("SELECT 1 / 0"))
        assert shown(session, "search_path") == "pg_catalog, pg_temp"
    with through.session() as session:
        assert shown(session, "lock_timeout") == "0"


def test_pooler_lock_excludes_sessions_behind_and_beside_it(through: Database, url: str) -> None:
    direct = Database(url)
    lock = Lock("work shop")
    with through.session() as one, through.session() as other, direct.session() as own:
        with held_at_once(one, lock) as first:
            assert first
            for session in (other, own):
                with held_at_once(session, lock) as second:
                    assert not second
        for session, rest in ((other, own), (own, other)):
            with held_at_once(session, lock) as later, held_at_once(rest, lock) as not_now:
                assert (later, not_now) == (True, False)
    assert left_behind(url) == []
    direct.close()


def test_pooler_held_lock_blocks_no_concurrent_index_build(through: Database, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection, through.session() as session:
        connection.execute("CREATE TABLE things (id int)")
        connection.execute("SET statement_timeout = '10s'")
        with held_at_once(session, Lock("work shop")):
            connection.execute("CREATE INDEX CONCURRENTLY ON things (id)")
            [(holding,)] = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                " AND datname = current_database() AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)"
            ).fetchall()
            assert holding == 0


def test_pooler_lock_taken_over_old_holder_writes_nothing_more(through: Database, url: str) -> None:
    lock = Lock("work shop")
    with through.session() as session, through.session() as other:
        session.script("CREATE TABLE public.written (id int)")
        with held_at_once(session, lock), psycopg.connect(url, autocommit=True) as connection:
            session.execute(Statement("INSERT INTO public.written VALUES (1)"))
            connection.execute("SELECT pg_terminate_backend(pid) FROM denorm.lock WHERE name = 'work shop'")
            wait_for(lambda: not left_behind(url), "the lock to be free")
            # Nobody else has it yet, and nobody takes it within this transaction.
            with session.transaction():
                session.execute(Statement("INSERT INTO public.written VALUES (2)"))
                with held_at_once(other, lock) as meanwhile:
                    assert not meanwhile
            with held_at_once(other, lock) as taken:
                assert taken
                with pytest.raises(LockLost, match="work shop"):
                    session.execute(Statement("INSERT INTO public.written VALUES (3)"))
                other.execute(Statement("INSERT INTO public.written VALUES (4)"))
        assert [row["id"] for row in other.rows(Statement("SELECT id FROM public.written ORDER BY 1"))] == [1, 2, 4]


def test_pooler_concurrent_index_build_is_refused_naming_setting(behind: Callable[..., Case], pooler: Pooler) -> None:
    case = behind(ITEMS.format(rows=300), ITEMS_COPY)
    case.apply()
    case.load()
    case.finish()
    case.redeclare(indexes=(Index("body"),))
    with pytest.raises(SessionNeeded, match="DENORM_DATABASE_URL") as raised:
        case.finish()
    assert str(pooler.port) in str(raised.value)
    assert "CREATE INDEX CONCURRENTLY" in str(raised.value)
    case.database.close()
    case.database = pooled(case.url)
    case.finish()
    assert case.checks()["kept_fresh"].passed


def test_pooler_load_test_is_refused(database_url: str, pooler: Pooler) -> None:
    with pytest.raises(SessionNeeded, match="search path"):
        run_load(pooler.url(database_url), NOTEBOOKS, 1)


def test_pooler_vacuum_through_maintain_works(through: Database) -> None:
    with through.session() as session:
        session.maintain(Statement("VACUUM denorm.change_log"))
        with pytest.raises(SessionNeeded):
            session.execute(Statement("VACUUM denorm.change_log"))


def test_pooler_cache_clients_leave_no_setting_or_statement_behind(votes_url: str, pooler: Pooler) -> None:
    url = pooler.url(votes_url)
    settings = Settings(Path(), (), optional_database_url=url)

    async def ask() -> None:
        async with AsyncCacheClient.from_settings(SOCIAL, settings) as caches:
            for _ in range(30):
                assert await caches.set("user_upvotes").contains(2, [1, 9]) == {1}

    write = "UPDATE social.users SET display_name = 'n' || %(n)s WHERE id = 20"
    with Writers(url, write) as writers, CacheClient.from_settings(SOCIAL, settings) as caches:
        wait_for(lambda: writers.transactions > 10 or bool(writers.errors), "the application")
        for number in range(30):
            assert caches.set("user_upvotes").contains(2, [1, 9]) == {1}
            assert caches.set("user_upvotes").toggle(3, 12) == (number % 2 == 0)
        asyncio.run(ask())
    assert writers.errors == []
    assert writers.strange == []
    with psycopg.connect(pooler.url(votes_url), autocommit=True, prepare_threshold=None) as connection:
        assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


def test_pooler_benchmark_still_times_pages(topics_url: str, pooler: Pooler) -> None:
    database = Database(pooler.url(topics_url))
    create_tables(database, TOPICS, TOPICS.read_models, AGREED)
    assert all(time_pair(database, TOPICS, pair, {}, patience=0.2).before_ms > 0 for pair in TOPICS.queries)
    database.close()
