"""Roles made from what `denorm-assets roles` prints, none of them a superuser."""

from __future__ import annotations

import psycopg

from denorm_assets.db.introspection.privileges import least_privilege
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.database import Database
from tests.support.case import Case, as_role


class Set:
    """A case whose roles were made from what is printed; `owner` and `application` are logins of a database each."""

    def __init__(self, case: Case) -> None:
        self.case = case
        base = case.value("SELECT current_database()")
        self.names = f"{base}_owner", f"{base}_reader", f"{base}_app"
        self.table_owner = f"{base}_tables"

    def printed(self, database: Database | None = None) -> str:
        """What `denorm-assets roles` prints to the login of `database`, a superuser by default, as a script."""
        owner, reader, _ = self.names
        with (database or self.case.database).session() as session:
            grants = least_privilege(session, [self.case.system], owner, reader)
        return "\n".join(f"-- {each.why}\n" + (f"{show(each.statement)};" if each.statement else "") for each in grants)

    def make(self) -> None:
        """Run it; give two of the roles a login, and the application its rights."""
        owner, reader, app = self.names
        with psycopg.connect(self.case.url, autocommit=True) as connection:
            connection.execute(self.printed().encode())
            connection.execute(f"ALTER ROLE {owner} LOGIN PASSWORD 'secret'".encode())
            connection.execute(f"CREATE ROLE {app} LOGIN PASSWORD 'secret' IN ROLE {reader}".encode())
            connection.execute(f"GRANT INSERT, UPDATE, DELETE, SELECT ON app.owners, app.items TO {app}".encode())

    def give_away(self, *tables: str) -> None:
        """Let a role of their own, no superuser, own the application's `tables`."""
        self.case.run(f"CREATE ROLE {self.table_owner}; GRANT USAGE ON SCHEMA app TO {self.table_owner}")
        for table in tables:
            self.case.run(f"ALTER TABLE {table} OWNER TO {self.table_owner}")

    def as_owner(self) -> Case:
        """The case as the owner's login sees it."""
        url = as_role(self.case.url, self.names[0], "secret")
        return Case(Database(url), url, self.case.system, self.case.model)

    def as_login(self, login: str) -> Case:
        """The case as a member of the owner sees it, whose role `login` is made where it is not there."""
        if not self.case.rows(f"SELECT FROM pg_roles WHERE rolname = '{login}'"):
            self.case.run(f"CREATE ROLE {login} LOGIN PASSWORD 'secret' IN ROLE {self.names[0]}")
        url = as_role(self.case.url, login, "secret")
        return Case(Database(url), url, self.case.system, self.case.model)

    def as_application(self, tenant: str = "") -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the application's role; policies of tests ask for its `tenant`."""
        connection = psycopg.connect(as_role(self.case.url, self.names[2], "secret"), autocommit=True)
        connection.execute(
            "SELECT set_config('search_path', 'app', false), set_config('shop.tenant', %s, false)", (tenant,)
        )
        return connection

    def drop(self) -> None:
        """Drop the roles and what they own."""
        with psycopg.connect(self.case.url, autocommit=True) as connection:
            for role in (*reversed(self.names), self.table_owner):
                exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
                if exists is not None:
                    connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
                    connection.execute(f"DROP ROLE {role}".encode())
