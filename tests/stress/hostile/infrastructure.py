"""C8, C11, C12: a pooler between us and the server, URLs in all spellings, settings and limits of the role."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

import psycopg
from sqlalchemy import make_url

from denorm_assets.model.refresh import Full, Realtime
from tests.conftest import Server
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import OWNER
from tests.stress.hostile.scenario import Skipped, scenario
from tests.stress.hostile.shell import Shell
from tests.support.pooler import PGBOUNCER, running_pgbouncer

_NAMED = (
    "search_path",
    "lock_timeout",
    "statement_timeout",
    "row_security",
    "role",
    "TimeZone",
    "session_replication_role",
)
_OWN = f"SELECT {', '.join(f'current_setting({name!r})' for name in _NAMED)}"
_HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


@contextmanager
def _beside(arena: Arena, url: str) -> Generator[None]:
    """Transactions of the application's own pool, in the sessions that ours run in; each looks at its settings."""
    over = threading.Event()
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        own = connection.execute(_OWN.encode()).fetchone()

    def look() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            while not over.wait(0.005):
                found = connection.execute(_OWN.encode()).fetchone()
                if found != own:
                    arena.outcome.failed[f"a transaction of the application ran under {found}"] += 1

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            left = connection.execute(_HELD).fetchone()
        if left != (0,):
            arena.outcome.failed[f"advisory locks left behind: {left}"] += 1


@scenario("C8", (15, 18))
def pooler_is_between(arena: Arena) -> None:
    """All of our processes, and the application, share a PgBouncer in transaction mode."""
    if PGBOUNCER is None:
        raise Skipped("there is no PgBouncer; on Debian: apt-get install pgbouncer")
    password = str(make_url(arena.shell.url).password)
    arena.shell.stop_worker()
    with running_pgbouncer(Server(arena.realm.postgres), most=4, logins={OWNER: password}) as pooler:
        direct, arena.shell.url = arena.shell.url, pooler.url(arena.shell.url)
        try:
            with _beside(arena, arena.shell.url):
                arena.shell.start_worker()
                arena.adopt(
                    arena.model("notes", "SELECT id, note FROM orders", backfill="orders.id", refresh=Realtime(OFTEN)),
                    arena.model("amounts", "SELECT id, amount FROM orders", refresh=Full(OFTEN)),
                )
                for words in (
                    *(("apply",), ("check", "shop"), ("reconcile", "shop"), ("refresh", "shop")),
                    *(("backfill", "shop/notes", "--again"), ("status", "--health")),
                ):
                    arena.must(*words)
                arena.run("UPDATE orders SET note = note || '!' WHERE id % 7 = 0")
                arena.expect_others_follow()
        finally:
            arena.shell.stop_worker()
            arena.shell.url = direct


_SECRET = "Zauber:/@%?#&wort"


@scenario("C11")
def urls_are_spelled_in_every_way(arena: Arena) -> None:
    """Commands and a worker get URLs as people and platforms write them; no password is ever shown."""
    login = f"{arena.database}_login"
    with arena.admin() as connection:
        connection.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{_SECRET}' IN ROLE {OWNER}".encode())
    arena.note_rights()
    url = make_url(arena.shell.url).set(username=login, password=_SECRET)
    plain = url.render_as_string(hide_password=False)
    shown = [_SECRET, plain.partition(f"{login}:")[2].partition("@")[0]]
    place = f"{url.host}:{url.port}"
    works = (
        plain,
        plain.replace("postgresql://", "postgres://"),
        *(plain.replace("postgresql://", f"postgresql+{driver}://") for driver in ("psycopg", "psycopg2", "asyncpg")),
        f"{plain}?sslmode=prefer&application_name=x",
        plain.replace(place, f"{place},127.0.0.1:1"),
    )
    unclear = (
        f"{plain}?schema=public",
        f"{plain}?sslmode=verify-full",
        f"{plain}?service=nowhere",
        plain.replace(place, "%2Fnowhere%2Fsocket"),
        plain.replace(place, "127.0.0.1:notaport"),
        plain.replace("postgresql://", "mysql://"),
        f"postgresql://{login}:{_SECRET}@{place}/{arena.database}",
        plain.replace(f"@{place}", f"wrong@{place}"),
    )
    for given in (*works, *unclear):
        shell = Shell(given, arena.folder)
        shell.declare(arena.system)
        ran = shell.process("status", patience=120)
        if ran.crash or (given in works and ran.status):
            arena.outcome.crashed.append(f"{given.replace(shown[1], '***')}: {ran.error}")
        if any(secret in ran.out + ran.err for secret in shown):
            arena.outcome.privileges.append("the password is shown")


_ODD = {
    "idle_session_timeout": "400ms",
    "idle_in_transaction_session_timeout": "400ms",
    "statement_timeout": "900ms",
    "lock_timeout": "1ms",
    "quote_all_identifiers": "on",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "search_path": "nowhere",
}


@scenario("C12", (15, 18))
def role_and_database_have_odd_settings(arena: Arena) -> None:
    """Settings made for people's sessions are those of our role, too."""
    odd = {**_ODD, **({"transaction_timeout": "900ms"} if arena.realm.version >= 17 else {})}
    with arena.admin() as connection:
        for setting, value in odd.items():
            connection.execute(f"ALTER ROLE {OWNER} IN DATABASE {arena.database} SET {setting} = '{value}'".encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND datname = %s",
            [OWNER, arena.database],
        )
    arena.shell.start_worker()
    arena.adopt(arena.model("notes", "SELECT id, note FROM orders", backfill="orders.id", refresh=Realtime(OFTEN)))
    for words in (("apply",), ("check", "shop"), ("reconcile", "shop"), ("backfill", "shop/notes", "--again")):
        arena.must(*words)
    arena.run("UPDATE orders SET note = note || '!' WHERE id % 7 = 0")
    arena.expect_others_follow()


@scenario("C12", (15, 18))
def role_has_no_connection_left(arena: Arena) -> None:
    """The role may have no connection for a while: a command says so, and the worker tries again."""
    with arena.admin() as connection:
        connection.execute(f"ALTER ROLE {OWNER} CONNECTION LIMIT 0".encode())
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND datname = %s",
                [OWNER, arena.database],
            )
            arena.run("UPDATE orders SET note = note || '!' WHERE id % 7 = 0")
            ran = arena.process("status")
            if "has no connection left" not in ran.err:
                arena.outcome.crashed.append(f"the limit is called otherwise: {ran.error}")
            if not arena.shell.works:
                arena.outcome.crashed.append("the worker ended")
        finally:
            with suppress(psycopg.Error):
                connection.execute(f"ALTER ROLE {OWNER} CONNECTION LIMIT -1".encode())
    arena.expect_others_follow()
    if not arena.shell.works:
        arena.outcome.crashed.append("the worker ended")
