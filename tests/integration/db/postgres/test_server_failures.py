"""A server that dies, or has no room left: nothing is lost, nothing is half-done, and the same command goes on."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.control import leases
from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from denorm_assets.errors import DenormError, DiskFull, ServerUnreachable
from tests.integration.db.conftest import ITEMS, ITEMS_COPY
from tests.support.case import Case, case_of, pooled, system_of, wait_for

# A crash must not lose what was committed, so fsync off but nothing else.
_SETTINGS = {"shared_buffers": "32MB", "fsync": "off", "autovacuum": "off"}


@pytest.fixture
def own_server() -> Generator[EmbeddedPostgres]:
    """A server of this test's own, which it may kill."""
    home = Path(tempfile.mkdtemp(prefix="denorm-db-"))
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home, PostgresOptions(settings=_SETTINGS))
    postgres.start()
    yield postgres
    postgres.stop()
    shutil.rmtree(home)


def test_backfill_server_killed_resumes_without_losing_batches(
    own_server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.2)
    url = own_server.url("postgres")
    case = case_of(pooled(url), url, system_of(tmp_path, ITEMS_COPY, key=["id"], driving=["items.id"]))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA app")
    case.run(ITEMS.format(rows=2_500))
    case.apply()
    for killed in range(2):
        before = _committed(case)
        errors: list[DenormError] = []
        worker = threading.Thread(target=_load_until_it_fails, args=(case, errors))
        worker.start()
        wait_for(lambda reached=before: _committed(case) >= reached + 3, "some batches")
        pid = own_server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        worker.join()
        [error] = errors
        assert isinstance(error, ServerUnreachable)
        assert "cannot be reached" in str(error)
        own_server.start()
        case.hang_up()
        # What the progress says is there is there, and nothing else.
        assert case.value("SELECT count(*) FROM links") == case.value(
            "SELECT sum(rows_written)::int FROM denorm.range_progress"
        ), killed
    case.load(batch_size=50)
    case.assert_right()
    assert [item.row_count for item in case.progress()] == [1_000, 1_000, 500, 0]
    # 20 + 20 + 10 + 1: no batch was lost, none committed twice.
    assert _committed(case) == 51
    case.close()


def _committed(case: Case) -> int:
    return case.value("SELECT coalesce(sum(batches), 0)::int FROM denorm.range_progress")


def _load_until_it_fails(case: Case, errors: list[DenormError]) -> None:
    try:
        case.load(batch_size=50, pause=0.02)
    except DenormError as error:
        errors.append(error)


@pytest.fixture
def small_disk() -> Generator[Path]:
    """A folder of 2 MB that the server may use; skips where file systems cannot be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = Path(tempfile.mkdtemp(prefix="denorm-disk-"))
    folder.chmod(0o755)
    owner = pwd.getpwnam("nobody")
    options = f"size=2m,uid={owner.pw_uid},gid={owner.pw_gid},mode=0700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def test_backfill_disk_full_keeps_earlier_batches_and_resumes(small_disk: Path, items: Callable[..., Case]) -> None:
    case = items(2_000)
    case.run(
        "UPDATE items SET body = (SELECT string_agg(md5(id || ' ' || n), '') FROM generate_series(1, 100) AS n)"
        " WHERE id > 300"
    )
    tablespace = f"small_{case.value('SELECT current_database()')}"
    case.run(f"CREATE TABLESPACE {tablespace} LOCATION '{small_disk}'")
    try:
        case.run(f"ALTER TABLE links SET TABLESPACE {tablespace}")
        case.loader()
        with pytest.raises(DiskFull) as refused:
            case.load(batch_size=100)
        assert "PostgreSQL has no disk space left (could not extend file" in str(refused.value)
        assert "all earlier ones are kept" in str(refused.value)
        first = case.progress()[0]
        counters = case.counters(first.key)
        assert (first.done, first.partly, first.holder) == (False, True, None)
        assert 300 <= case.value("SELECT count(*) FROM links") == counters["batches"] * 100 < 1_000
        case.run("ALTER TABLE links SET TABLESPACE pg_default")
        results = case.load(batch_size=100)
        assert results[0].batches == 10
        case.assert_right()
    finally:
        case.run("ALTER TABLE links SET TABLESPACE pg_default")
        case.run(f"DROP TABLESPACE {tablespace}")
