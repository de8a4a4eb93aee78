"""The control schema of every earlier version becomes that of a new database.

Migrations change tables; functions stand in files of their own, in their present form. What older releases made of them
is kept in `older_functions`, by the migration that came with it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.database import Database
from denorm_assets.embedded.postgres_binaries import find_binaries
from denorm_assets.embedded.server_user import server_user
from denorm_assets.sql.control import migrations, query
from tests.bench.servers import libpq_environment

OLDER_FUNCTIONS = Path(__file__).with_name("older_functions")
LAST = migrations()[-1][0]


def dumped(url: str) -> list[str]:
    """The control schema as pg_dump says it, without what it draws anew each time, and the times of migrations."""
    dump = subprocess.run(
        [find_binaries(None, server_user()).folder / "pg_dump", "-n", "denorm", "--schema-only"],
        check=True,
        capture_output=True,
        text=True,
        env=libpq_environment(url),
    ).stdout
    return [line for line in dump.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def as_of(url: str, version: int) -> None:
    """Make the control schema as the release did that knew so many migrations."""
    database = Database(url)
    with database.session() as session:
        session.execute(query("schema", "create_schema"))
        session.execute(query("schema", "create_migration_table"))
    database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        for number, name, text in migrations()[:version]:
            connection.execute(text.encode())
            functions = OLDER_FUNCTIONS / f"{number:03}_{name}.sql"
            if functions.exists():
                connection.execute(functions.read_bytes())
            connection.execute("INSERT INTO denorm.migration (version, name) VALUES (%s, %s)", (number, name))


def migrate(url: str) -> list[str]:
    database = Database(url)
    with database.session() as session:
        control_schema.migrate(session)
    database.close()
    return dumped(url)


@pytest.mark.parametrize("version", range(LAST))
def test_migrate_earlier_version_equals_new_database(
    new_database: Callable[[str], str], control_template: str, version: int
) -> None:
    old = new_database("template0")
    as_of(old, version)
    assert migrate(old) == dumped(new_database(control_template))
