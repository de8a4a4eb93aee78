"""S8: a disk that is full, and a log that nobody drains."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from denorm_assets.embedded.server_user import server_user
from denorm_assets.model.refresh import Realtime
from tests.stress.hostile.application import OFTEN, SCHEMA
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.scenario import Skipped, scenario

_MEGABYTE = 1024 * 1024
_LIMIT = {"DENORM_LOG_LIMIT_MB": "8"}
"""The log's limit has to leave room on a disk of 48 MB."""
_TABLE = """
CREATE TABLE events (id bigint PRIMARY KEY, kind int NOT NULL, body text NOT NULL);
INSERT INTO events SELECT n, n % 50, repeat('x', 100) || n FROM generate_series(1, 20000) AS n;
"""


@contextmanager
def _small_disk(megabytes: int) -> Generator[Path]:
    """A file system of that size, which the server can write to. Raises Skipped where we may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="denorm-hostile-disk-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        raise Skipped("a small file system needs the right to mount a tmpfs, which only root has")
    try:
        place = folder / "space"
        place.mkdir(mode=0o700)
        server_user().own(place)
        yield place
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
        folder.rmdir()


@contextmanager
def _on_small_disk(arena: Arena, megabytes: int) -> Generator[Path]:
    """Move our log, and the application's tables, to a small disk; they are moved back before it goes."""
    with _small_disk(megabytes) as place:
        with arena.admin() as connection:
            connection.execute(f"CREATE TABLESPACE {arena.database} LOCATION '{place}'".encode())
        try:
            _move(arena, arena.database)
            yield place
        finally:
            with suppress(OSError):
                (place.parent / "filler").unlink()
            _move(arena, "pg_default")
            with arena.admin() as connection:
                connection.execute(f"DROP TABLESPACE {arena.database}".encode())


def _move(arena: Arena, tablespace: str) -> None:
    """Move every table and index of ours and of the scenario's, as the harness."""
    with arena.admin() as connection:
        connection.execute("SET lock_timeout = '10s'")
        for kind, name in connection.execute(
            "SELECT CASE relkind WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END, oid::regclass::text FROM pg_class"
            f" WHERE relnamespace IN ('denorm'::regnamespace, '{SCHEMA}'::regnamespace) AND relkind IN ('r', 'i')"
            " AND (relnamespace = 'denorm'::regnamespace OR relname ~ '^event')"
        ).fetchall():
            connection.execute(f"ALTER {kind} {name} SET TABLESPACE {tablespace}".encode())


def _fill(place: Path) -> None:
    """Leave no room: what is free is taken by a file of somebody else's."""
    with (place.parent / "filler").open("wb") as file, suppress(OSError):
        for size in (_MEGABYTE, 4096, 1):
            with suppress(OSError):
                while True:
                    os.write(file.fileno(), b"x" * size)


@scenario("S8")
def disk_is_full(arena: Arena) -> None:
    """The log is at its limit, and others fill the disk; the application deletes rows, which needs no room."""
    arena.shell.settings = _LIMIT
    arena.prepare(_TABLE)
    arena.adopt(
        arena.model("event_counts", "SELECT kind, count(*) AS events FROM events GROUP BY kind", key=("kind",)),
        arena.model("event_now", "SELECT id, kind FROM events", refresh=Realtime(OFTEN)),
    )
    # Others write all the time, and would take the room that is left.
    arena.stop_writers()
    arena.settle()
    arena.shell.stop_worker()
    with _on_small_disk(arena, 48) as place:
        # Each logs 20,000 images; the room that the log has left in its pages is used up with them.
        for _ in range(10):
            arena.run("UPDATE events SET kind = kind + 1")
        _fill(place)
        for low in range(1, 12_000, 2_000):
            arena.run(f"DELETE FROM events WHERE id BETWEEN {low} AND {low + 1999}")
        (place.parent / "filler").unlink()
        arena.run("DELETE FROM events WHERE id BETWEEN 13000 AND 13100")
    arena.shell.start_worker()
    arena.settle(30)


@scenario("S8")
def log_grows_until_the_disk_is_full(arena: Arena) -> None:
    """No worker drains; the application rewrites its rows for as long as it likes, with room for that alone."""
    arena.shell.settings = _LIMIT
    arena.prepare(_TABLE)
    arena.adopt(arena.model("event_counts", "SELECT body, count(*) AS events FROM events GROUP BY body", key=("body",)))
    arena.stop_writers()
    arena.settle()
    arena.shell.stop_worker()
    with _on_small_disk(arena, 48):
        for number in range(16):
            arena.run(f"UPDATE events SET body = repeat('y', 100) || id || '-' || {number} WHERE id % 2 = {number % 2}")
            with arena.admin() as connection:
                connection.execute("VACUUM events")
    arena.shell.start_worker()
    arena.settle(30)
