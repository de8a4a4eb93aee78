"""Connections: always the same settings, given back whole or not at all, and errors that say what to do."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql
from sqlalchemy import create_engine

from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import AuthenticationFailed, ConfigurationError, DenormError, ServerUnreachable
from denorm_assets.sql.statement import Statement
from tests.support.case import Case, as_role, wait_for

SHOWN = (
    "TimeZone",
    "DateStyle",
    "search_path",
    "statement_timeout",
    "lock_timeout",
    "maintenance_work_mem",
    "work_mem",
)


def settings(database: Database, schema: str | None = None) -> dict[str, str]:
    with database.session(schema) as session:
        return {name: session.one(Statement(f"SELECT current_setting('{name}') AS v"))["v"] for name in SHOWN}


def backends(url: str, name: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            (name,),
        ).fetchone()
        assert row is not None
        return row[0]


def test_session_on_used_connection_starts_with_same_settings(database: Database) -> None:
    first = settings(database, "app")
    with database.session("other") as session:
        session.set_session(lock_timeout="100ms", maintenance_work_mem="1GB", work_mem="123MB", TimeZone="Asia/Tokyo")
    assert settings(database, "app") == first
    assert first["search_path"] == "pg_catalog, pg_temp"
    assert (first["statement_timeout"], first["lock_timeout"]) == ("0", "0")


def test_session_limits_of_role_are_switched_off(database: Database, database_url: str) -> None:
    """A role made for web pages often has them; a comparison or an index build takes longer."""
    limits = {
        "statement_timeout": "3s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "3s",
        "default_transaction_isolation": "serializable",
    }
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, value in limits.items():
            connection.execute(
                sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} = {}").format(
                    sql.Identifier(connection.info.dbname), sql.Identifier(name), sql.Literal(value)
                )
            )
    with database.session() as session:
        shown = {name: session.one(Statement(f"SELECT current_setting('{name}') AS v"))["v"] for name in limits}
        assert list(shown.values()) == ["0", "0", "0", "read committed"]
        with session.transaction():
            assert session.one(Statement("SHOW transaction_isolation"))["transaction_isolation"] == "read committed"


def test_session_connection_is_reused(database_url: str) -> None:
    database = Database(database_url, application_name="again")
    pids = set[int]()
    for _ in range(5):
        with database.session() as session:
            pids.add(session.one(Statement("SELECT pg_backend_pid() AS v"))["v"])
    assert len(pids) == 1
    assert backends(database_url, "again") == 1
    database.close()
    wait_for(lambda: backends(database_url, "again") == 0, "the pool to close")


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt(), DenormError("refused")])
def test_session_error_inside_discards_its_connection(database_url: str, error: BaseException) -> None:
    database = Database(database_url, application_name="wrong", pool_size=2)

    def fail() -> None:
        with database.session() as session, session.transaction():
            session.execute(Statement("CREATE TABLE public.half_done (id int)"))
            raise error

    for _ in range(40):
        with pytest.raises(type(error)):
            fail()
    wait_for(lambda: backends(database_url, "wrong") == 0, "broken connections to go")
    with database.session() as session:
        assert session.one(Statement("SELECT to_regclass('public.half_done') AS v"))["v"] is None
    assert backends(database_url, "wrong") == 1
    database.close()


def test_session_interrupt_during_statement_cancels_it_on_server(database_url: str) -> None:
    database = Database(database_url, application_name="ctrl-c")

    def interrupt() -> None:
        wait_for(lambda: backends(database_url, "ctrl-c") == 1, "the statement")
        wait_for(lambda: _sleeping(database_url) == 1, "the statement")
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)

    def sleep() -> None:
        with database.session() as session, session.transaction():
            session.execute(Statement("SELECT pg_sleep(60)"))

    # A shell's background jobs ignore it, and so would we.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        sleep()
    signal.signal(signal.SIGINT, usual)
    thread.join()
    wait_for(lambda: _sleeping(database_url) == 0, "the statement to end")
    wait_for(lambda: backends(database_url, "ctrl-c") == 0, "the connection to end")
    database.close()


def _sleeping(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        ).fetchone()
        assert row is not None
        return row[0]


def test_backfill_done_leaves_no_connection_thread_or_temporary_table(items: Callable[..., Case]) -> None:
    case = items(3_000)
    case.load(batch_size=500)
    assert case.database.engine.pool.checkedout() == 0  # pyright: ignore
    assert case.value("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'") == 0
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("heartbeat")] == []
    assert case.value("SELECT count(*) FROM pg_class WHERE relpersistence = 't'") == 0


def test_session_pool_exhausted_says_so_and_recovers(database_url: str) -> None:
    database = Database(database_url)
    database.engine = create_engine(
        database.engine.url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0, pool_timeout=0.1
    )
    with database.session() as held:
        with pytest.raises(ServerUnreachable, match="QueuePool limit of size 1 overflow 0 reached"), database.session():
            raise AssertionError
        assert held.one(Statement("SELECT 1 AS v"))["v"] == 1
    with database.session() as session:
        assert session.one(Statement("SELECT 1 AS v"))["v"] == 1
    database.close()


def test_session_idle_connection_ended_by_server_is_replaced(database_url: str) -> None:
    database = Database(database_url, application_name="ended")
    with database.session() as session:
        pid = session.one(Statement("SELECT pg_backend_pid() AS v"))["v"]
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    wait_for(lambda: backends(database_url, "ended") == 0, "the server to close the connection")
    with database.session() as session:
        assert session.one(Statement("SELECT pg_backend_pid() AS v"))["v"] != pid
    database.close()


def test_session_connection_ended_in_use_raises_server_unreachable(database_url: str) -> None:
    database = Database(database_url)

    def die() -> None:
        with database.session() as session, session.transaction():
            session.execute(Statement("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(ServerUnreachable) as refused:
        die()
    assert "terminating connection due to administrator command" in str(refused.value)
    with database.session() as session:
        assert session.one(Statement("SELECT 1 AS v"))["v"] == 1
    database.close()


def test_connect_failure_never_shows_password(database_url: str) -> None:
    secret = "h4x:@/%?#"
    for url, error in [
        (as_role(database_url, "postgres", secret), AuthenticationFailed),
        (as_role(database_url, "nobody_at_all", secret), AuthenticationFailed),
        (f"postgresql://u:{secret}@127.0.0.1:1/x", DenormError),
        ("postgresql://u:s3cret@127.0.0.1:1/x", ServerUnreachable),
        ("mysql://u:s3cret@127.0.0.1/x", ConfigurationError),
        ("s3cret", ConfigurationError),
    ]:
        with pytest.raises(error) as refused:
            _connect(url)
        assert "h4x" not in str(refused.value)
        assert "s3cret" not in str(refused.value)
        # Nor in what a traceback would show beneath it.
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


def _connect(url: str) -> None:
    with Database(url).session():
        pass


def test_connect_missing_database_is_named(database_url: str) -> None:
    with pytest.raises(AuthenticationFailed, match='database "nothing_here" does not exist'):
        _connect(database_url.rpartition("/")[0] + "/nothing_here")


def test_session_error_in_nested_transaction_rolls_back_to_savepoint(database: Database) -> None:
    with database.session() as session:
        session.execute(Statement("CREATE TABLE public.kept (id int)"))
        with session.transaction():
            session.execute(Statement("INSERT INTO public.kept VALUES (1)"))
            with pytest.raises(pg.DivisionByZero), session.transaction():
                session.execute(Statement("INSERT INTO public.kept VALUES (2 / 0)"))
            session.execute(Statement("INSERT INTO public.kept VALUES (3)"))
        assert [row["id"] for row in session.rows(Statement("SELECT id FROM public.kept ORDER BY id"))] == [1, 3]
