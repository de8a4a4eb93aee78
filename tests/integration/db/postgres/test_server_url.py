"""DENORM_DATABASE_URL in all its spellings: each connects, from all programs alike, or says what to change."""

from __future__ import annotations

import asyncio
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, make_url

from denorm_assets.db.cache.admin.register import install_caches
from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.server_url import read_url, sqlalchemy_url
from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.server_user import server_user
from denorm_assets.embedded.temporary import FAST
from denorm_assets.errors import ConfigurationError, DenormError
from denorm_assets.sql.statement import Statement
from denorm_assets.systems.social import SYSTEM
from tests.conftest import Server, create_votes
from tests.integration.db.postgres.test_sessions import backends

SECRET = "s3:cr/e?t#%40@é &=+'\"\\ [x]"


def connected_by_all(url: str) -> set[tuple[str, str]]:
    """(database, role) that each kind of connection meets."""
    ask = "SELECT current_database(), current_user"
    server = read_url(url)
    found: set[tuple[str, str]] = set()
    for driver in ("psycopg", "psycopg2"):
        # Dagster's storage is given it as text.
        engine = create_engine(sqlalchemy_url(server, driver).render_as_string(hide_password=False))
        with engine.connect() as connection:
            found.add(tuple(connection.exec_driver_sql(ask).one()))  # pyright: ignore[reportArgumentType]
        engine.dispose()
    database = Database(url)
    with database.session() as session:
        row = session.one(Statement("SELECT current_database() AS d, current_user::text AS u"))
        found.add((row["d"], row["u"]))
    database.close()

    async def ask_at_once() -> None:
        async with AsyncCacheClient(SYSTEM, url, None, "tests") as caches:
            assert await caches.set("user_upvotes").contains(2, [1, 9]) == {1}

    with CacheClient(SYSTEM, url, None, "tests") as caches:
        assert caches.set("user_upvotes").contains(2, [1, 9]) == {1}
    asyncio.run(ask_at_once())
    return found


@pytest.mark.parametrize(
    "spelling",
    [
        "postgresql://{user}:{password}@{host}:{port}/{db}",
        "postgres://{user}:{password}@{host}:{port}/{db}",
        "postgresql+psycopg2://{user}:{password}@{host}:{port}/{db}",
        "postgresql+psycopg://{user}:{password}@{host}:{port}/{db}",
        "postgresql+asyncpg://{user}:{password}@{host}:{port}/{db}",
        "  postgresql://{user}:{password}@{host}:{port}/{db}\n",
        "postgresql://{user}:{password}@{host}:{port}/{db}?schema=public&connection_limit=5&pgbouncer=true",
        "postgresql://{user}:{password}@{host}:{port}/{db}?sslmode=disable&connect_timeout=3",
        "postgresql://{user}:{password}@{host}:{port}/{db}?ssl=prefer",
        "postgresql://{user}:{password}@{host}:{port}/{db}?application_name=x&options=-csearch_path%3Dnowhere",
        "postgresql://{user}:{password}@{host}:{port}/{db}?client_encoding=latin1",
        "postgresql://{user}:{password}@{host}:1,{host}:{port}/{db}?target_session_attrs=read-write",
        "postgresql+psycopg2://{user}:{password}@/{db}?host={host}:1&host={host}:{port}",
        "postgresql://{user}:{password}@/{db}?host={host}&port={port}",
        "postgresql:///{db}?host={host}&port={port}&user={user}&password={password}",
        "postgresql://{user}@{host}:{port}/{db}?password={password}",
        "postgresql:///?service=shop",
        "postgresql://?service=shop",
    ],
)
def test_database_url_each_spelling_connects_from_every_program(
    votes_url: str, spelling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_url(votes_url)
    assert (place.username, place.host) == ("postgres", "127.0.0.1")
    parts = {"user": "postgres", "host": "127.0.0.1", "port": place.port, "db": place.database}
    service = "".join(f"{key}={value}\n" for key, value in conninfo_to_dict(votes_url).items())
    (tmp_path / "services").write_text(f"[shop]\n{service}")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    url = spelling.format(**parts, password=quote(str(place.password), safe=""))
    assert connected_by_all(url) == {(place.database, "postgres")}
    assert str(place.password) not in read_url(url).address
    assert str(place.password) not in repr(read_url(url))


def test_database_url_socket_in_either_spelling_connects() -> None:
    with tempfile.TemporaryDirectory(prefix="denorm-tests-socket-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        sockets = home / "sockets"
        sockets.mkdir()
        server_user().own(sockets)
        server = EmbeddedPostgres(home / "home", PostgresOptions(settings=FAST))
        server.start()
        try:
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET unix_socket_directories = {}").format(sql.Literal(str(sockets)))
                )
            server.stop()
            server.start()
            server.ensure_database("votes")
            place = make_url(server.url("votes"))
            database = Database(server.url("votes"))
            create_votes(database)
            install_caches(database, SYSTEM)
            database.close()
            login, where = f"{place.username}:{place.password}", quote(str(sockets), safe="")
            for url in (
                f"postgresql+psycopg2://{login}@{where}:{place.port}/votes",
                f"postgres://{login}@/votes?host={where}&port={place.port}",
                f"postgresql://{login}@{where},127.0.0.1/votes?port={place.port}",
            ):
                assert connected_by_all(url) == {("votes", "postgres")}
        finally:
            server.stop()


@pytest.mark.parametrize("written", [quote(SECRET, safe=""), SECRET.replace("%", "%25").replace("@", "%40")])
def test_database_url_password_may_hold_every_character(server: Server, votes_url: str, written: str) -> None:
    role = 'wri"te r@:/ é'
    with psycopg.connect(server.postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(SECRET))
        )
        try:
            place = make_url(votes_url)
            url = f"postgresql+psycopg2://{quote(role, safe='')}:{written}@{place.host}:{place.port}/{place.database}"
            assert connected_by_all(url) == {(place.database, role)}
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://app:hush@h/d", "is not the URL of a PostgreSQL database"),
        ("postgresql:app:hush@h/d", "is not the URL of a PostgreSQL database"),
        ("jdbc:postgresql://app:hush@h/d", "is not the URL of a PostgreSQL database"),
        ("host=h password=hush", "is not the URL of a PostgreSQL database"),
        ("hush", "is not the URL of a PostgreSQL database"),
        ("postgresql://app:x@hush@h/d", "more than one @"),
        ("postgresql://h/d?user=app@hush", "write it as %40"),
        ("postgresql://app:hu%00sh@h/d", "is not the URL of a PostgreSQL database"),
        ("postgresql://app:hush@h:port/d", "is not the URL of a PostgreSQL database"),
        ("postgresql://app:hush@h/d?port=hush", "is not the URL of a PostgreSQL database"),
        ("postgresql://app:hush@h1:1,h2/d?port=1,2,3", "is not the URL of a PostgreSQL database"),
        ("postgresql://app:hush@h/d?connect_timeout=soon", "Write whole seconds"),
        ("postgresql://app:hush@[::1/d", "is not the URL of a PostgreSQL database"),
        ("postgresql://app:hush@h/d?sslmod=require", "does not know (sslmod)"),
        ("postgresql://app:hush@h/d?ssl=maybe", "does not know (ssl)"),
        ("postgresql://app:x@h/d?-hush=1", "does not know. Remove it"),
    ],
)
def test_database_url_invalid_is_refused_without_showing_password(url: str, said: str) -> None:
    makers: list[Callable[[], object]] = [
        lambda: Database(url),
        lambda: CacheClient(SYSTEM, url, None, "tests"),
        lambda: AsyncCacheClient(SYSTEM, url, None, "tests"),
    ]
    for make in makers:
        with pytest.raises(ConfigurationError) as raised:
            make()
        assert said in str(raised.value)
        assert "DENORM_DATABASE_URL" in str(raised.value)
        assert "hush" not in "".join(traceback.format_exception(raised.value))
    with pytest.raises(ConfigurationError, match="DENORM_DAGSTER_URL"):
        read_url(url, "DENORM_DAGSTER_URL")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://app:hush@127.0.0.1:1/d",
        "postgresql://app:hush@127.0.0.1:1,[::1]:1/d?sslmode=disable",
        "postgresql://app:hush@%2Fnowhere/d",
        "postgresql://app:hush@127.0.0.1:1/d?sslmode=sometimes",
        "postgresql://app:hush@127.0.0.1:99999/d",
        "postgresql://app:hush@/?service=no_such_service",
        "postgresql://app:hush@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=/nowhere",
    ],
)
def test_connect_no_server_names_address_without_password(url: str) -> None:
    async def ask() -> None:
        async with AsyncCacheClient(SYSTEM, url, None, "tests") as caches:
            await caches.set("user_upvotes").contains(2, [1])

    def connect() -> None:
        with Database(url).session():
            pass

    askers: list[Callable[[], object]] = [
        connect,
        lambda: CacheClient(SYSTEM, url, None, "tests").set("user_upvotes").contains(2, [1]),
        lambda: asyncio.run(ask()),
    ]
    for each in askers:
        with pytest.raises(DenormError) as raised:
            each()
        assert "postgresql://app:***@" in str(raised.value)
        assert "hush" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql+psycopg2://app:x@h:5433/shop?schema=public", "postgresql://app:***@h:5433/shop"),
        ("postgres://h", "postgresql://h"),
        ("postgresql://a:x@h1:1,h2:2/d", "postgresql://a:***@h1:1,h2:2/d"),
        ("postgresql://a:x@h1,h2/d?port=7", "postgresql://a:***@h1:7,h2:7/d"),
        ("postgresql://a:x@h1:7,h2/d", "postgresql://a:***@h1:7,h2:5432/d"),
        ("postgresql://a:x@[::1]:5/d", "postgresql://a:***@[::1]:5/d"),
        ("postgresql://a@%2Fvar%2Frun/d", "postgresql://a@%2Fvar%2Frun/d"),
        ("postgresql://?service=shop", "postgresql://?service=shop"),
    ],
)
def test_read_url_address_is_normalized_without_password(url: str, address: str) -> None:
    assert read_url(url).address == address


def test_database_url_program_settings_do_not_override_ours(votes_url: str) -> None:
    database = Database(
        f"{votes_url}?application_name=other&options=-cstatement_timeout%3D700", application_name="ours"
    )
    with database.session() as session:
        assert backends(votes_url, "ours") == 1
        session.execute(Statement("SELECT pg_sleep(1)"))
    database.close()
