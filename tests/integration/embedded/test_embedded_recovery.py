"""What killed processes leave behind does not stop the next start, and never lets two servers share files."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from denorm_assets.embedded import postmaster
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.embedded.processes import wait_until
from denorm_assets.errors import EmbeddedError

START = """
import sys
from pathlib import Path
from denorm_assets.embedded.postgres import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).start()
"""


def kill_postmaster(server: EmbeddedPostgres) -> int:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: server.pid is None, 10)
    return pid


def test_embedded_postgres_killed_postmaster_starts_again(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed = kill_postmaster(postgres)
        assert (home / "postgres" / "postmaster.pid").exists()
        postgres.start()
    assert postgres.pid not in (None, killed)
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_embedded_postgres_busy_orphan_backend_blocks_start_and_is_named(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "ORPHAN_PATIENCE", 0.5)
    postgres.start()
    with closing(psycopg.connect(postgres.url("postgres"))) as busy:
        orphan = busy.info.backend_pid
        # Computes without ever waiting, so it does not notice that its postmaster is gone.
        busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
        assert wait_until(lambda: "".join(psutil.Process(orphan).cmdline()).endswith(" DO"), 10)
        kill_postmaster(postgres)
        try:
            with pytest.raises(EmbeddedError, match=rf"still at work .*pid {orphan}\b"):
                postgres.start()
        finally:
            os.kill(orphan, signal.SIGKILL)
        postgres.start()
    assert postgres.pid is not None


def test_embedded_postgres_pid_file_of_other_process_is_stale(postgres: EmbeddedPostgres, home: Path) -> None:
    postgres.start()
    kill_postmaster(postgres)
    pid_file = home / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert postgres.pid is None
    postgres.start()
    assert postgres.pid not in (None, os.getpid())


def test_embedded_postgres_killed_initdb_is_repeated(
    postgres: EmbeddedPostgres, home: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    starter = run_python(START, home)
    assert wait_until(lambda: any(home.glob(".unfinished-postgres-*/data/PG_VERSION")), 30, interval=0.001)
    starter.kill()
    starter.communicate(timeout=30)
    assert not (home / "postgres").exists()
    postgres.start()
    assert postgres.pid is not None
    postgres.ensure_database("app")


def test_embedded_postgres_killed_starter_leaves_server_to_adopt(
    postgres: EmbeddedPostgres, home: Path, run_python: Callable[..., subprocess.Popen[str]]
) -> None:
    starter = run_python(START, home)
    assert wait_until((home / "postgres" / "postmaster.pid").exists, 30, interval=0.001)
    starter.kill()
    starter.communicate(timeout=30)
    postgres.start()
    postgres.ensure_database("app")
