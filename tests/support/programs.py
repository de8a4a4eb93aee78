"""PostgreSQL's own programs, run on a test's database."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from denorm_assets.embedded.postgres_binaries import find_binaries
from denorm_assets.embedded.server_user import server_user

_PARTS = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}


def program_folder() -> Path:
    """The folder of the programs of PostgreSQL's wheel."""
    return find_binaries(None, server_user()).folder


def run_program(url: str, path: Path, *words: str) -> str:
    """What a program prints. Raises CalledProcessError."""
    parts = conninfo_to_dict(url)
    environ = {**os.environ, **{name: str(parts[part]) for name, part in _PARTS.items()}}
    done = subprocess.run([path, *words], env=environ, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def dumped(url: str, *words: str) -> list[str]:
    """What pg_dump says of the database, but for the token that it draws anew each time."""
    text = run_program(url, program_folder() / "pg_dump", *words)
    return [line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
