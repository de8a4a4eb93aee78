"""A PostgreSQL and a Dagster of their own, on which fault runs happen one after the other, each on fresh databases."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.sample_data import load_sample
from denorm_assets.embedded.postgres import EmbeddedPostgres
from denorm_assets.systems.topics import SYSTEM
from tests.support.dagster_tree import DagsterTree, environment

_AUDIT = Path(__file__).with_name("audit.sql")
APPLICATION, DAGSTER = "denorm", "dagster"


class Lane:
    """One pair of servers under a temporary home folder."""

    def __init__(self, home: Path, entries: int) -> None:
        """Start PostgreSQL and make the template databases: sample of `entries` rows, tables and ranges, no links."""
        self.postgres = EmbeddedPostgres(home)
        self.postgres.start()
        self.tree = DagsterTree(home, environment(home, self.postgres.url(APPLICATION), self.postgres.url(DAGSTER)))
        for name in (APPLICATION, DAGSTER):
            self.postgres.ensure_database(name)
        database = Database(self.postgres.url(APPLICATION))
        load_sample(database, SYSTEM, entries)
        database.close()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "dagster",
                "job",
                "execute",
                "-j",
                "topics_setup",
                "-m",
                "denorm_assets.definitions",
            ],
            cwd=self.tree.environ["DAGSTER_HOME"],
            env=self.tree.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        with self.connect() as connection:
            connection.execute(_AUDIT.read_bytes())
        for name in (APPLICATION, DAGSTER):
            self._sql("ALTER DATABASE {} RENAME TO {}", name, f"{name}_template")

    def connect(self, database: str = APPLICATION) -> psycopg.Connection:
        """A fresh connection in autocommit mode."""
        return psycopg.connect(self.postgres.url(database), autocommit=True, connect_timeout=5)

    def rows(self, query: LiteralString, database: str = APPLICATION) -> list[tuple[object, ...]]:
        """Rows of `query` through a fresh connection."""
        with self.connect(database) as connection:
            return connection.execute(query).fetchall()

    def begin(self) -> None:
        """Fresh databases, and Dagster up on them."""
        for name in (APPLICATION, DAGSTER):
            self._sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            self._sql("CREATE DATABASE {} TEMPLATE {}", name, f"{name}_template")
        # A sequence copied from a template goes back to what it was there, should the server crash before a checkpoint.
        self._sql("CHECKPOINT")
        self.tree.start()

    def end(self) -> None:
        """Stop Dagster at once; nothing of it is needed any more."""
        self.tree.kill()

    def _sql(self, statement: LiteralString, *names: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def open_lane(entries: int, keep_logs: Callable[[Path], None] = lambda _home: None) -> Generator[Lane]:
    """A lane under a temporary folder; `keep_logs` is given that folder before it is removed."""
    home = Path(tempfile.mkdtemp(prefix="denorm-faults-"))
    home.chmod(0o755)
    try:
        lane = Lane(home, entries)
        try:
            yield lane
        finally:
            lane.tree.kill()
            lane.postgres.stop()
            keep_logs(home)
    finally:
        shutil.rmtree(home)
