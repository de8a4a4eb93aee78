"""A database with the tables of TPC-H, filled by `tpchgen-cli`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from denorm_assets.db.control.control_schema import migrate
from denorm_assets.db.postgres.database import Database
from tests.conftest import Server
from tests.stress.reach.run import SCHEMA, connect

FOLDER = Path(__file__).parent
_TABLES = ("region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem")
"""In an order in which each refers only to those before it."""
GENERATOR = Path(sys.executable).with_name("tpchgen-cli")


def prepare(server: Server, name: str, scale: float) -> str:
    """Create the database `name`; returns its URL. Scales below 0.01 repeat keys of `partsupp`."""
    url = server.create(name)
    fill(url, scale, (FOLDER / "schema.sql").read_text())
    database = Database(url)
    with database.session() as session:
        migrate(session)
    database.close()
    return url


def fill(url: str, scale: float, tables: str) -> None:
    """Create the schema with `tables`, as SQL creates them, and fill these."""
    with tempfile.TemporaryDirectory(prefix="denorm-tpch-") as folder, connect(url) as connection:
        command = [str(GENERATOR), "csv", "--scale-factor", str(scale), "--output-dir", folder, "--quiet"]
        subprocess.run([*command, "--num-threads", "1"], check=True)
        connection.execute(f"CREATE SCHEMA {SCHEMA}".encode())
        connection.execute(tables.encode())
        for table in _TABLES:
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv, HEADER)".encode()) as copy:
                copy.write((Path(folder) / f"{table}.csv").read_bytes())
        connection.execute("VACUUM ANALYZE")
