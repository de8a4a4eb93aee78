"""Settings and limits of the role or the database that we log in with: pinned, or a clear error."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.refresh.worker import Worker
from denorm_assets.errors import (
    AuthenticationFailed,
    DenormError,
    NoEncoding,
    ReadOnlyServer,
    ServerUnreachable,
    TooManyConnections,
)
from denorm_assets.model.index import Index
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from denorm_assets.sql.statement import Statement
from denorm_assets.systems.social import SYSTEM as SOCIAL
from tests.conftest import Server
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, as_role, pooled, wait_for
from tests.support.log_lines import LogLines
from tests.support.pooler import running_pgbouncer

ODD = {
    "idle_session_timeout": "400ms",
    "idle_in_transaction_session_timeout": "400ms",
    "statement_timeout": "900ms",
    "lock_timeout": "1ms",
    "quote_all_identifiers": "on",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "standard_conforming_strings": "off",
    "backslash_quote": "off",
    "client_encoding": "LATIN1",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "row_security": "on",
    "search_path": "nowhere",
    "TimeZone": "Pacific/Kiritimati",
    "DateStyle": "SQL, DMY",
    "client_min_messages": "error",
    "escape_string_warning": "on",
    "exit_on_error": "on",
    "default_tablespace": "",
    "xmloption": "document",
    "gin_fuzzy_search_limit": "1",
    "lc_messages": "C",
}
SINCE_17 = {"transaction_timeout": "900ms", "restrict_nonsystem_relation_kind": "view"}
PASSWORD = "a-password"
NOTES = r"""
CREATE TABLE items (id bigint PRIMARY KEY, "Body" text NOT NULL, tags text[]);
INSERT INTO items SELECT n, 'ité\m ''' || n, ARRAY[NULL, 'x'] FROM generate_series(1, 300) AS n;
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item_id bigint NOT NULL);
"""
COUNTED = r"""
SELECT i.id, i."Body", i.tags || '{NULL,y}'::text[] AS tags, i."Body" LIKE 'it_\\m %' AS like_it, count(n.id) AS notes
FROM items AS i LEFT JOIN notes AS n ON n.item_id = i.id GROUP BY i.id
"""


@contextmanager
def login(url: str, *options: str) -> Generator[str]:
    """The URL of a superuser of its own, made with `options`."""
    role = f"odd_{make_url(url).database}"
    with psycopg.connect(url, autocommit=True) as connection:
        named, word = sql.Identifier(role), sql.Literal(PASSWORD)
        connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(named, word))
        try:
            for option in options:
                connection.execute(f'ALTER ROLE "{role}" {option}'.encode())
            yield as_role(url, role, PASSWORD)
        finally:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND pid <> pg_backend_pid()",
                (role,),
            )
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(named))
            connection.execute(sql.SQL("DROP ROLE {}").format(named))


def odd_settings(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        return ODD | (SINCE_17 if connection.info.server_version >= 170_000 else {})


def set_for(url: str, whose: str, settings: dict[str, str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in settings.items():
            setting = sql.SQL(" SET {} = {}").format(sql.Identifier(name.lower()), sql.Literal(value))
            connection.execute(f"ALTER {whose}{setting.as_string()}".encode())


@pytest.mark.parametrize("refresh", [Debounced(Debounce(0, 1)), Realtime()], ids=["debounced", "realtime"])
@pytest.mark.parametrize("through", ["directly", "through PgBouncer"])
def test_role_settings_odd_values_change_nothing(
    make_case: MakeCase, server: Server, refresh: Refresh, through: str
) -> None:
    case = make_case(NOTES, COUNTED, refresh=refresh, indexes=(Index("notes DESC"),), apply=False)
    with login(case.url) as url:
        role = make_url(url).username
        set_for(case.url, f'ROLE "{role}"', odd_settings(case.url))
        case.database.close()
        if through == "directly":
            case.database = pooled(url)
            _go_all_the_way(case)
        else:
            with running_pgbouncer(server, logins={str(role): PASSWORD}) as pooler:
                case.database = pooled(pooler.url(url))
                _go_all_the_way(case)
        case.database.close()


def test_database_settings_odd_values_change_nothing(make_case: MakeCase) -> None:
    case = make_case(NOTES, COUNTED, refresh=Realtime(), apply=False)
    settings = odd_settings(case.url)
    for limits in ("statement_timeout", "idle_session_timeout", "lock_timeout", "transaction_timeout"):
        # The application's own, and this test's.
        settings.pop(limits, None)
    for other in ("default_transaction_read_only", "TimeZone", "restrict_nonsystem_relation_kind"):
        settings.pop(other, None)
    set_for(case.url, f'DATABASE "{make_url(case.url).database}"', settings)
    case.hang_up()
    case.database.close()
    _go_all_the_way(case)


def _go_all_the_way(case: Case) -> None:
    with case.database.session() as session:
        control_schema.migrate(session)
    case.apply()
    case.load()
    case.finish()
    case.write("INSERT INTO notes (item_id) SELECT 1 + n % 300 FROM generate_series(1, 1000) AS n")
    case.refresh_if_due()
    case.refresh()
    case.write("""DELETE FROM notes WHERE id % 3 = 0; UPDATE items SET "Body" = 'ü\\m ' || id WHERE id < 9""")
    case.refresh()
    assert all(check.passed for check in case.checks().values()), case.checks()
    assert not reconcile_model(case.database, case.system, case.model, ReconcileOptions()).wrong
    # A connection that is idle for longer than the role's limits is still there.
    with case.database.session() as session:
        threading.Event().wait(0.6)
        session.execute(Statement("SELECT pg_sleep(1.1)"))
        with session.transaction():
            session.execute(Statement("SELECT 1"))
            threading.Event().wait(0.6)
            session.execute(Statement("SELECT pg_sleep(0.5)"))
    with case.connect() as connection:
        connection.execute("SET standard_conforming_strings = on")
        connection.execute("SET array_nulls = on")
        connection.execute("SET transform_null_equals = off")
        drift = f"(TABLE app.links EXCEPT ALL ({COUNTED})) UNION ALL (({COUNTED}) EXCEPT ALL TABLE app.links)"
        assert connection.execute(drift.encode()).fetchall() == []
    uninstall(case.database, case.system)


def test_connect_too_many_connections_is_told_from_refused_login(server: Server, votes_url: str) -> None:
    def connect(url: str) -> None:
        with Database(url).session():
            pass

    with login(votes_url, "NOSUPERUSER CONNECTION LIMIT 0") as url:
        with pytest.raises(TooManyConnections, match="ALTER ROLE"):
            connect(url)
        with pytest.raises(TooManyConnections):
            CacheClient(SOCIAL, url, None, "tests").set("user_upvotes").contains(2, [1])
        # In whatever language the server speaks.
        with pytest.raises(AuthenticationFailed):
            connect(as_role(url, str(make_url(url).username), "another"))
    assert issubclass(TooManyConnections, ServerUnreachable)
    database = make_url(votes_url).database
    with login(votes_url, "NOSUPERUSER") as url, psycopg.connect(server.postgres.url("postgres")) as admin:
        admin.autocommit = True
        admin.execute(f'ALTER DATABASE "{database}" CONNECTION LIMIT 0'.encode())
        with pytest.raises(TooManyConnections):
            connect(url)
        admin.execute(f'ALTER DATABASE "{database}" CONNECTION LIMIT -1'.encode())
        admin.execute(f'REVOKE CONNECT ON DATABASE "{database}" FROM PUBLIC'.encode())
        with pytest.raises(AuthenticationFailed, match="permission denied"):
            connect(url)
        admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false'.encode())
        with pytest.raises(ServerUnreachable, match="not currently accepting"):
            connect(votes_url)
        admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true'.encode())
    place = make_url(votes_url)
    for changed in (place.set(username="nobody_of_that_name"), place.set(database="too many connections")):
        with pytest.raises(AuthenticationFailed):
            connect(changed.render_as_string(hide_password=False))


def test_worker_without_free_connection_waits_for_one(votes_url: str) -> None:
    lines = LogLines()
    with login(votes_url, "CONNECTION LIMIT 0", "NOSUPERUSER") as url:
        database = Database(url)
        worker = Worker(database, [SOCIAL], lambda _refreshed: None)
        thread = threading.Thread(target=worker.run)
        thread.start()
        wait_for(lambda: bool(lines), "the worker to be refused")
        assert "has no connection left" in lines[0]
        assert "Trying again" in lines[0]
        with psycopg.connect(votes_url, autocommit=True) as connection:
            connection.execute(f'ALTER ROLE "{make_url(url).username}" SUPERUSER CONNECTION LIMIT -1'.encode())
            wait_for(
                lambda: connection.execute("SELECT count(*) FROM denorm.worker").fetchone() != (0,), "its heartbeat"
            )
        worker.stop()
        thread.join()
        database.close()


def test_connect_database_without_encoding_is_refused(server: Server) -> None:
    with psycopg.connect(server.postgres.url("postgres"), autocommit=True) as admin:
        for name, encoding in {"without_encoding": "SQL_ASCII", "latin": "LATIN1"}.items():
            locale = "LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc"
            admin.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' {locale} TEMPLATE template0".encode())
    try:
        database = Database(server.postgres.url("without_encoding"))
        with pytest.raises(NoEncoding, match="without_encoding"), database.session():
            pass
        database.close()
        other = Database(server.postgres.url("latin"))
        with other.session() as session:
            control_schema.migrate(session)
            assert session.one(Statement("SELECT 'é' AS v"))["v"] == "é"
        other.close()
    finally:
        server.drop("without_encoding")
        server.drop("latin")


def test_session_read_only_server_raises_own_error(database_url: str) -> None:
    database = Database(database_url)
    with database.session() as session, session.transaction():
        # As every transaction of a standby is.
        session.execute(Statement("SET TRANSACTION READ ONLY"))
        with pytest.raises(ReadOnlyServer, match="target_session_attrs"):
            session.script("CREATE TABLE written (id int)")
    assert issubclass(ReadOnlyServer, DenormError)
    database.close()
