"""A database on a small disk that runs full while nobody drains; its write-ahead log has room."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from denorm_assets.embedded.server_user import server_user
from denorm_assets.errors import DenormError
from denorm_assets.model.refresh import Debounce, Debounced
from tests.conftest import Server
from tests.support.case import Case, case_of, pooled, system_of
from tests.support.live import bring_up

MEGABYTE = 1024**2
ITEMS = """
CREATE SCHEMA app;
CREATE TABLE app.items (id bigint PRIMARY KEY, grp int NOT NULL, body text NOT NULL);
INSERT INTO app.items SELECT n, n % 10, repeat('item', 20) FROM generate_series(1, 3000) AS n;
"""
COUNTED = "SELECT i.id, i.body, (SELECT count(*) FROM items AS o WHERE o.grp = i.grp) AS peers FROM items AS i"


@pytest.fixture
def disk() -> Generator[Path]:
    """A disk of 60 MB that the server can write to."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    folder = Path(tempfile.mkdtemp(prefix="denorm-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    server_user().own(folder)
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


@pytest.fixture
def case(server: Server, disk: Path, control_template: str, tmp_path: Path) -> Generator[Case]:
    """A live read model whose database is on the disk."""
    with psycopg.connect(server.postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(disk))))
        connection.execute(
            sql.SQL("CREATE DATABASE small TEMPLATE {} TABLESPACE small STRATEGY FILE_COPY").format(
                sql.Identifier(control_template)
            )
        )
    url = server.postgres.url("small")
    system = system_of(
        tmp_path, COUNTED, key=["id"], driving=["items.id"], refresh=Debounced(Debounce(quiet=0, max_wait=0))
    )
    made = case_of(pooled(url), url, system)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ITEMS.encode())
    bring_up(made.database, system)
    yield made
    made.close()
    server.drop("small")
    with psycopg.connect(server.postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP TABLESPACE small")


def limit(case: Case, size: int | None) -> None:
    with case.connect() as connection:
        connection.execute("UPDATE denorm.log_limit SET bytes = %s", (size,))
        connection.execute("SELECT setval('denorm.log_room', rows) FROM denorm.log_limit")


def fill(disk: Path) -> Path:
    """Leave no byte free; returns the file that takes the space."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))
    return ballast


def failures(case: Case, statements: list[str]) -> list[str]:
    """What PostgreSQL said of those of `statements` that failed."""
    said: list[str] = []
    with case.connect() as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                said.append(f"{error.sqlstate} {error.diag.message_primary} {error.diag.context}")
    return said


DELETES = [f"DELETE FROM items WHERE id = {number}" for number in range(1, 400)]


def test_log_limit_on_full_disk_deletes_still_succeed(case: Case, disk: Path) -> None:
    limit(case, 2 * MEGABYTE)
    writes = [f"UPDATE items SET grp = grp + 1 WHERE id % 50 = {number % 50}" for number in range(1500)]
    assert failures(case, writes) == []
    assert case.value("SELECT last_value < 0 FROM denorm.log_room")
    assert case.value("SELECT pg_total_relation_size('denorm.change_log')") < 3 * MEGABYTE
    ballast = fill(disk)
    assert failures(case, DELETES) == []
    assert failures(case, ["INSERT INTO items SELECT n, 1, repeat('x', 1000) FROM generate_series(5000, 9000) AS n"])
    with suppress(DenormError, psycopg.Error):
        case.refresh_if_due()
    ballast.unlink()
    for _ in range(3):
        case.refresh_if_due()
    case.assert_right()
    assert case.value("SELECT last_value > 0 FROM denorm.log_room")


def test_capture_full_disk_without_log_limit_fails_and_recovers(case: Case, disk: Path) -> None:
    limit(case, None)
    ballast = fill(disk)
    said = failures(case, DELETES)
    assert said
    assert all(each.startswith("53100") and "denorm.capture_" in each for each in said)
    with suppress(DenormError, psycopg.Error):
        case.refresh_if_due()
    ballast.unlink()
    assert failures(case, DELETES[::2]) == []
    for _ in range(3):
        case.refresh_if_due()
    case.assert_right()
