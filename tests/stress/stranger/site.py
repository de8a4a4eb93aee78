"""What a stranger has: an application's database on a server whose superuser is somebody else, as managed ones are."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from denorm_assets.embedded.temporary import temporary_postgres
from tests.support.case import as_role
from tests.support.programs import dumped

OWNER, APPLICATION, LOGIN = "shop_owner", "shop", "denorm_worker"
"""Owns the database and its tables, and may create roles; writes the tables; is what denorm-assets logs in as."""
_PASSWORD = "secret"
_DATABASE = "shop"
_ROLES: LiteralString = """
CREATE ROLE shop_owner LOGIN CREATEROLE PASSWORD 'secret';
CREATE ROLE shop LOGIN PASSWORD 'secret';
GRANT pg_read_all_stats TO shop_owner WITH ADMIN OPTION;
"""
_ROLES_THERE: LiteralString = (
    "SELECT 'role ' || rolname FROM pg_roles"
    " WHERE NOT starts_with(rolname, 'pg_') AND rolname <> current_user ORDER BY rolname"
)


@dataclass(frozen=True)
class Site:
    """The database; `admin` is the URL of the superuser, whom only the harness knows."""

    admin: str

    def url(self, role: str) -> str:
        """The URL by which `role` logs in."""
        return as_role(self.admin, role, _PASSWORD)

    def run(self, text: str, role: str | None = None) -> None:
        """Run SQL as `role`, by default as the superuser."""
        with psycopg.connect(self.admin if role is None else self.url(role), autocommit=True) as connection:
            connection.execute(text.encode())

    def rows(self, query: LiteralString | sql.Composed, role: str | None = None) -> list[tuple[object, ...]]:
        """What `query` yields, in a fresh connection."""
        with psycopg.connect(self.admin if role is None else self.url(role), autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def let_application_write(self, schema: str) -> None:
        """Give the application's role its rights, as an application has them."""
        names = {"schema": sql.Identifier(schema), "role": sql.Identifier(APPLICATION)}
        with psycopg.connect(self.url(OWNER), autocommit=True) as connection:
            for text in (
                sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}"),
                sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"),
                sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"),
            ):
                connection.execute(text.format(**names))

    def catalog(self) -> list[str]:
        """All that pg_dump says of the database without its rows, and the roles of the server."""
        roles = [str(role) for (role,) in self.rows(_ROLES_THERE)]
        return [*roles, *dumped(self.admin, "--schema-only")]


@contextmanager
def open_site() -> Generator[Site]:
    """A server of its own for the block, with an empty database that the owner owns."""
    with temporary_postgres() as postgres:
        Site(postgres.url("postgres")).run(_ROLES)
        Site(postgres.url("postgres")).run(f"CREATE DATABASE {_DATABASE} OWNER {OWNER}")
        yield Site(postgres.url(_DATABASE))
