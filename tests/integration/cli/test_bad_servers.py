"""Servers that cannot be used: each refusal says why and what to do, and never shows a password."""

from __future__ import annotations

from collections.abc import Callable, Generator
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg import sql

from denorm_assets.db.postgres.database import OLDEST_SERVER
from denorm_assets.embedded.ports import is_free
from tests.conftest import Server
from tests.support.shell import Outcome, Project, Shell

SECRET = "s3cr3t!pässwörd%/?#"
COMMANDS = [
    ["plan"],
    ["apply"],
    ["backfill", "topics"],
    ["check"],
    ["bench", "topics"],
    ["status"],
    ["pause", "topics"],
    ["init"],
]


def never_shown(outcome: Outcome, secret: str = SECRET) -> None:
    for spelling in (secret, quote(secret, safe=""), quote(secret)):
        assert spelling not in outcome.out + outcome.err


@pytest.fixture(scope="session")
def role(server: Server) -> Generator[str]:
    """A role that may log in and nothing else; its password is SECRET."""
    name = "app_reader"
    with psycopg.connect(server.postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(SECRET))
        )
        yield name
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def as_role(url: str, role: str, password: str = SECRET) -> str:
    place = urlsplit(url)
    return f"postgresql://{role}:{quote(password, safe='')}@{place.hostname}:{place.port}{place.path}"


def unused_port() -> int:
    return next(port for port in range(20_000, 32_000) if is_free(port))


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_commands_unreachable_server_is_named_without_password(
    shell_on: Callable[[str], Shell], words: list[str]
) -> None:
    port = unused_port()
    outcome = shell_on(f"postgresql://app:{quote(SECRET, safe='')}@127.0.0.1:{port}/shop")(*words)
    assert outcome.status == 1
    assert outcome.error.startswith(f"PostgreSQL at postgresql://app:***@127.0.0.1:{port}/shop cannot be reached (")
    assert "Connection refused" in outcome.error
    assert outcome.error.endswith(
        "Check that it runs and that DENORM_DATABASE_URL is right; the embedded one is started by `denorm-assets dev`"
    )
    never_shown(outcome)


def test_status_unknown_host_is_named_without_password(shell_on: Callable[[str], Shell]) -> None:
    outcome = shell_on(f"postgresql://app:{quote(SECRET, safe='')}@no-such-host.invalid/shop")("status")
    assert outcome.status == 1
    assert "postgresql://app:***@no-such-host.invalid/shop cannot be reached" in outcome.error
    never_shown(outcome)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_commands_wrong_password_is_refused_without_showing_it(
    shell_on: Callable[[str], Shell], topics_url: str, words: list[str]
) -> None:
    place = urlsplit(topics_url)
    outcome = shell_on(as_role(topics_url, "postgres"))(*words)
    assert outcome.status == 2
    assert outcome.error.startswith(
        f"PostgreSQL at postgresql://postgres:***@127.0.0.1:{place.port}{place.path} refused the login ("
    )
    assert 'password authentication failed for user "postgres"' in outcome.error
    assert "Check user, password and database in DENORM_DATABASE_URL" in outcome.error
    never_shown(outcome)


def test_status_missing_password_says_no_password_supplied(shell_on: Callable[[str], Shell], topics_url: str) -> None:
    place = urlsplit(topics_url)
    outcome = shell_on(f"postgresql://postgres@127.0.0.1:{place.port}{place.path}")("status")
    assert outcome.status == 2
    assert "refused the login" in outcome.error
    assert "no password supplied" in outcome.error


def test_status_missing_database_is_named(shell_on: Callable[[str], Shell], topics_url: str) -> None:
    place = urlsplit(topics_url)
    outcome = shell_on(topics_url.replace(place.path, "/no_such_database"))("status")
    assert outcome.status == 2
    assert 'database "no_such_database" does not exist' in outcome.error
    never_shown(outcome, place.password or "")


NOT_POSTGRESQL = (
    "DENORM_DATABASE_URL is not the URL of a PostgreSQL database. "
    "Write it as postgresql://user:password@host:5432/database"
)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://app:{secret}@127.0.0.1/shop",
        "sqlite:///{secret}",
        "{secret}",
        "host=127.0.0.1 dbname=shop password={secret}",
        "postgresql://app:{secret}@127.0.0.1:port/shop",
        "nosuchdialect://app:{secret}@127.0.0.1/shop",
    ],
)
def test_status_url_not_postgresql_is_refused_without_showing_it(shell_on: Callable[[str], Shell], url: str) -> None:
    outcome = shell_on(url.format(secret="s3cr3t"))("status")
    assert outcome.status == 2
    assert outcome.error == NOT_POSTGRESQL
    never_shown(outcome, "s3cr3t")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_status_other_url_schemes_of_postgresql_are_accepted(
    shell_on: Callable[[str], Shell], topics_url: str, scheme: str
) -> None:
    shell_on(topics_url.replace("postgresql", scheme, 1)).fine("status")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://127.0.0.1:{port}/shop?user=app&password=s3cr3t",
        "postgresql://app@127.0.0.1:{port}/shop?sslpassword=s3cr3t",
        "postgresql://app:not@s3cr3t@127.0.0.1:{port}/shop",
    ],
)
def test_status_password_in_odd_place_is_not_shown(shell_on: Callable[[str], Shell], url: str) -> None:
    outcome = shell_on(url.format(port=unused_port()))("status")
    assert outcome.status in (1, 2)
    never_shown(outcome, "s3cr3t")


def test_apply_too_old_server_is_refused_with_nothing_changed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shell.contents()
    [(version,)] = shell.rows("SHOW server_version")
    monkeypatch.setattr("denorm_assets.db.postgres.database.OLDEST_SERVER", 99)
    place = urlsplit(shell.url)
    assert shell.refused("apply") == (
        f"PostgreSQL at postgresql://postgres:***@127.0.0.1:{place.port}{place.path} is version {version}; "
        "99 or newer is needed. Upgrade it, or point DENORM_DATABASE_URL at a newer server"
    )
    assert shell.contents() == before


def test_oldest_server_version_is_15() -> None:
    assert OLDEST_SERVER == 15


REMEDY = (
    'Grant it as the owner, for example GRANT CREATE, TEMPORARY ON DATABASE <database> TO "app_reader"; '
    'GRANT USAGE, CREATE ON SCHEMA <schema> TO "app_reader"; '
    'GRANT SELECT, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA <schema> TO "app_reader"; '
    "then run the same command again"
)


@pytest.fixture
def grant(topics_url: str, role: str) -> Callable[[str], None]:
    """Grants the role something in the database of the sample."""

    def run(what: str) -> None:
        with psycopg.connect(topics_url, autocommit=True) as connection:
            connection.execute(f"GRANT {what} TO {role}".encode())

    return run


def test_commands_each_missing_privilege_is_named(
    shell_on: Callable[[str], Shell], topics_url: str, role: str, grant: Callable[[str], None]
) -> None:
    database = urlsplit(topics_url).path.removeprefix("/")
    owner = shell_on(topics_url)
    owner.run(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
    grant("USAGE ON SCHEMA topics")
    shell = shell_on(as_role(topics_url, role))
    for words, missing, granted in (
        (["apply"], f'create temporary tables in database "{database}"', f"TEMPORARY ON DATABASE {database}"),
        (["apply"], "for table entries", "SELECT ON ALL TABLES IN SCHEMA topics"),
        (["apply"], "for table entries, on which it needs TRIGGER", "TRIGGER ON ALL TABLES IN SCHEMA topics"),
        (["apply"], f"for database {database}", f"CREATE ON DATABASE {database}"),
        (["apply"], "for schema topics", "CREATE ON SCHEMA topics"),
        (["apply"], None, ""),
        (["backfill", "topics", "--pause", "0"], "for table entries", "REFERENCES ON ALL TABLES IN SCHEMA topics"),
        (["backfill", "topics", "--pause", "0"], None, ""),
        (["check"], None, ""),
    ):
        outcome = shell(*words)
        never_shown(outcome)
        if missing is None:
            assert outcome.status == 0, outcome
            continue
        assert outcome.status == 2
        message = outcome.err.partition("Error: ")[2].strip()
        assert message.startswith("role 'app_reader' lacks a privilege: permission denied ")
        assert f"{missing}. {REMEDY}" in message
        assert not owner.rows("SELECT FROM pg_tables WHERE tablename LIKE 'entry%topics'") or words[0] == "backfill"
        grant(granted)


def test_apply_missing_schema_usage_is_named(shell_on: Callable[[str], Shell], topics_url: str, role: str) -> None:
    outcome = shell_on(as_role(topics_url, role))("apply")
    assert outcome.status == 2
    assert "USAGE" in outcome.error


def test_plan_and_status_read_only_role_succeed(
    shell_on: Callable[[str], Shell], topics_url: str, role: str, grant: Callable[[str], None]
) -> None:
    grant("USAGE ON SCHEMA topics")
    grant("SELECT ON ALL TABLES IN SCHEMA topics")
    shell = shell_on(as_role(topics_url, role))
    shell.fine("plan")
    shell.fine("plan", "--sql")
    shell.fine("status")


def test_commands_without_database_url_show_both_remedies(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DENORM_DATABASE_URL")
    for words in COMMANDS:
        assert shell.refused(*words) == (
            "DENORM_DATABASE_URL is not set, and no embedded servers are running for this folder. Either start them "
            "with `denorm-assets dev`, or point us at servers of your own, for example: "
            "export DENORM_DATABASE_URL=postgresql://user:password@host:5432/database"
        )
    monkeypatch.setenv("DENORM_DATABASE_URL", "")
    assert "DENORM_DATABASE_URL is not set" in shell.refused("status")


def test_backfill_server_connection_lost_is_reported_without_traceback(items_shell: Shell, project: Project) -> None:
    items_shell.run(
        "CREATE FUNCTION app.leave(bigint) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog "
        "AS 'SELECT pg_terminate_backend(pg_backend_pid())::text'"
    )
    project.declare("SELECT id, leave(id) AS tag FROM items")
    items_shell.fine("apply")
    outcome = items_shell("backfill", "shop", "--pause", "0")
    assert outcome.status == 1
    assert "Traceback" not in outcome.err
    assert "cannot be reached (" in outcome.err
    never_shown(outcome, urlsplit(items_shell.url).password or "")
