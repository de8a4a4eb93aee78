"""The embedded PostgreSQL, on real servers: start, adopt, stop, ports, settings."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.embedded.postmaster import Postmaster
from denorm_assets.errors import EmbeddedError, PortTaken, ServerDidNotStart

START = """
import sys
from pathlib import Path
from denorm_assets.embedded.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
server.ensure_database("app")
print(server.pid)
"""


def ask(server: EmbeddedPostgres, query: str, database: str = "postgres") -> str:
    with psycopg.connect(server.url(database)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


def test_embedded_postgres_cold_and_warm_start_keep_data_and_url(postgres: EmbeddedPostgres) -> None:
    before = time.monotonic()
    postgres.start()
    cold = time.monotonic() - before
    postgres.ensure_database("app")
    with psycopg.connect(postgres.url("app")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    url = postgres.url("app")
    postgres.stop()
    assert postgres.pid is None

    before = time.monotonic()
    postgres.start()
    warm = time.monotonic() - before

    assert ask(postgres, "SELECT answer FROM kept", "app") == "42"
    assert postgres.url("app") == url
    print(f"cold {cold:.2f} s, warm {warm:.2f} s")
    # Far above what is usual (0.5 s and 0.05 s): says that nothing waits for a timeout.
    assert cold < 8
    assert warm < 4


def test_embedded_postgres_commits_wait_for_disk_unless_disabled(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.ensure_database("app")
    postgres.ensure_database("events", commits_wait=False)
    assert [ask(postgres, "SHOW synchronous_commit", name) for name in ("app", "events")] == ["on", "off"]


def test_embedded_postgres_second_start_adopts_running_server(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    pid = postgres.pid
    other = EmbeddedPostgres(home)
    other.start()
    assert pid is not None
    assert (other.pid, other.url("postgres")) == (pid, postgres.url("postgres"))


def test_embedded_postgres_stop_is_idempotent_and_disconnects(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.stop()
    assert not home.exists()
    postgres.start()
    with psycopg.connect(postgres.url("postgres")) as connection:
        postgres.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgres.stop()


def test_embedded_postgres_two_starters_share_one_server(
    postgres: EmbeddedPostgres, home: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    starters = [run_python(START, home) for _ in range(2)]
    outputs = [starter.communicate(timeout=60)[0] for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0], outputs
    assert {output.strip() for output in outputs} == {str(postgres.pid)}
    assert ask(postgres, "SELECT count(*) FROM pg_database WHERE datname = 'app'") == "1"


def test_embedded_postgres_has_own_session_and_listens_on_loopback(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    assert postgres.pid is not None
    assert os.getsid(postgres.pid) == postgres.pid
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(postgres.pid).net_connections(kind="all")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_embedded_postgres_settings_apply_at_each_start(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    expected = {"max_connections": "300", "jit": "off", "TimeZone": "UTC", "shared_buffers": "16MB"}
    assert {name: ask(postgres, f"SHOW {name}") for name in expected} == expected
    postgres.stop()
    (home / "postgres" / "postgresql.conf").write_text("# somebody tidied up\n")
    changed = EmbeddedPostgres(home, PostgresOptions(settings={"log_line_prefix": r"it's \n %p ", "work_mem": "5MB"}))
    changed.start()
    assert ask(changed, "SHOW work_mem") == "5MB"
    assert ask(changed, "SHOW max_connections") == "300"
    assert ask(changed, "SHOW log_line_prefix") == r"it's \n %p "


def test_embedded_postgres_non_ascii_letters_are_letters(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    with psycopg.connect(postgres.url("postgres")) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION pg_stat_statements")
        row = connection.execute("SELECT upper('жук'), cardinality(show_trgm('жук')), similarity('été', 'ete') < 1")
        assert row.fetchone() == ("ЖУК", 4, True)


def test_embedded_postgres_database_names_are_quoted_and_created_once(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    name = 'a"b c/ü'
    postgres.ensure_database(name)
    postgres.ensure_database(name)
    assert ask(postgres, "SELECT current_database()", name) == name


def test_embedded_postgres_fixed_port_is_used_or_refused_when_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        server = EmbeddedPostgres(home, PostgresOptions(port=port))
        with pytest.raises(PortTaken, match=rf"port {port} .* --postgres-port"):
            server.start()
    with pytest.raises(EmbeddedError, match="70000 is not a port"):
        EmbeddedPostgres(home, PostgresOptions(port=70_000)).start()
    server.start()
    assert f":{port}/" in server.url("postgres")
    with pytest.raises(EmbeddedError, match=rf"already, on port {port} and not on {port - 1}"):
        EmbeddedPostgres(home, PostgresOptions(port=port - 1)).start()


def test_embedded_postgres_remembered_port_taken_is_replaced(postgres: EmbeddedPostgres, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        home.mkdir()
        (home / "postgres.port").write_text(f"{port}\n")
        postgres.start()
        assert f":{port}/" not in postgres.url("postgres")


def test_embedded_postgres_failed_start_shows_end_of_log(home: Path) -> None:
    server = EmbeddedPostgres(home, PostgresOptions(settings={"work_mem": "nonsense"}))
    with pytest.raises(ServerDidNotStart, match='invalid value for parameter "work_mem"') as failure:
        server.start()
    assert str(server.log) in str(failure.value)
    assert server.pid is None


def test_embedded_postgres_interrupted_start_leaves_no_server(
    postgres: EmbeddedPostgres, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_for_pid_file(_data: Path) -> Postmaster | None:
        if (home / "postgres" / "postmaster.pid").exists():
            raise KeyboardInterrupt
        return None

    with monkeypatch.context() as patch:
        patch.setattr("denorm_assets.embedded.postgres.find_postmaster", look_for_pid_file)
        with pytest.raises(KeyboardInterrupt):
            postgres.start()
    assert postgres.pid is None
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_embedded_postgres_not_running_error_names_make_dev(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(EmbeddedError, match=r"never started. Start it with `denorm-assets dev`"):
        postgres.url("app")
    postgres.start()
    postgres.stop()
    with pytest.raises(EmbeddedError, match=r"cannot be created .* `denorm-assets dev`"):
        postgres.ensure_database("app")


def test_embedded_postgres_lost_password_is_refused(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    postgres.stop()
    (home / "postgres.password").unlink()
    with pytest.raises(EmbeddedError, match="is gone"):
        postgres.start()
