"""What `denorm-assets roles` prints, followed: the owner cannot log in; a service, the application and a reader do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

import psycopg
import pytest
from psycopg import errors as pg

from denorm_assets.db.apply import replace
from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.catalog_drift import system_objects
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.errors import ReplaceBlocked
from denorm_assets.model.index import Index, references
from denorm_assets.model.reconcile import ReconcileOptions
from denorm_assets.model.refresh import Debounced, Full, Realtime, Refresh
from denorm_assets.sql.statement import Statement
from tests.conftest import Server
from tests.integration.db.conftest import MakeCase
from tests.integration.db.postgres.test_roles import COPY, ITEMS, NOW
from tests.support.case import Case, as_role
from tests.support.live import bring_up
from tests.support.pooler import running_pgbouncer
from tests.support.roles import Set

OWNERS = """
SELECT DISTINCT pg_get_userbyid(owner) FROM (
    SELECT relowner FROM pg_class WHERE relnamespace = 'denorm'::regnamespace OR relname LIKE 'links%'
    UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace
    UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'denorm') AS o (owner)
"""
KINDS = [Debounced(NOW), Realtime(NOW), Full(NOW)]
NAMES = ["debounced", "realtime", "full"]


class Logins(Set):
    """The roles as printed, with a login for each: members of the owner and of the reader, and the application."""

    def make(self) -> None:
        owner, reader, app = self.names
        with psycopg.connect(self.case.url, autocommit=True) as connection:
            connection.execute(self.printed().encode())
            for login, member_of in {self.service: owner, self.person: owner, self.looking: reader}.items():
                connection.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'secret' IN ROLE {member_of}".encode())
            connection.execute(f"CREATE ROLE {app} LOGIN PASSWORD 'secret'".encode())
        self.give_away("owners", "items", "low", "secrets")
        with psycopg.connect(self.case.url, autocommit=True) as connection:
            connection.execute(f"GRANT {self.table_owner} TO {app}; ALTER ROLE {app} SET search_path = app".encode())

    @property
    def service(self) -> str:
        return self.names[0] + "_service"

    @property
    def person(self) -> str:
        return self.names[0] + "_person"

    @property
    def looking(self) -> str:
        return self.names[1] + "_login"

    def acting(self, login: str, url: str | None = None) -> Case:
        """The case as a login sees it."""
        url = url or as_role(self.case.url, login, "secret")
        return Case(Database(url), url, self.case.system, self.case.model)

    def read(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(as_role(self.case.url, self.looking, "secret")) as connection:
            return connection.execute(query.encode()).fetchall()

    def owners(self) -> set[str]:
        with psycopg.connect(self.case.url) as connection:
            return {row[0] for row in connection.execute(OWNERS).fetchall()}

    def drop(self) -> None:
        with psycopg.connect(self.case.url, autocommit=True) as connection:
            for role in (self.service, self.person, self.looking):
                if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                    connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}".encode())
        super().drop()


@pytest.fixture
def logins(make_case: MakeCase) -> Generator[Callable[..., Logins]]:
    made: list[Logins] = []

    def make(refresh: Refresh = KINDS[0], **declaration: object) -> Logins:
        made.append(Logins(make_case(ITEMS, COPY, apply=False, refresh=refresh, **declaration)))
        made[-1].make()
        return made[-1]

    yield make
    for each in made:
        each.case.hang_up()
        each.drop()


@pytest.mark.parametrize("refresh", KINDS, ids=NAMES)
def test_roles_service_login_creates_what_owner_owns_and_readers_read(
    logins: Callable[..., Logins], refresh: Refresh
) -> None:
    links = () if isinstance(refresh, Full) else (references("owner", "owners.id", foreign_key=True),)
    roles = logins(refresh, indexes=[Index("body")], references=links)
    service = roles.acting(roles.service)
    try:
        apply_system(service.database, service.system)
        bring_up(service.database, service.system)
        assert roles.owners() == {roles.names[0]}
        assert roles.read("SELECT count(*) FROM app.links") == [(50,)]
        with roles.as_application() as application:
            application.execute("INSERT INTO items VALUES (100, 1, 'new'); DELETE FROM items WHERE id = 7")
            application.execute("UPDATE items SET body = 'changed' WHERE id = 3")
        service.refresh_if_due()
        assert roles.read("SELECT body FROM app.links WHERE id IN (3, 7, 100) ORDER BY id") == [("changed",), ("new",)]
        roles.case.assert_right()
        for denied in ("SELECT FROM denorm.change_log", "DELETE FROM app.links", "SELECT FROM app.items"):
            with pytest.raises(pg.InsufficientPrivilege):
                roles.read(denied)
        with service.database.session("app") as session:
            assert all(found.state == "installed" for found in system_objects(session, service.system))
            assert all(result.passed for result in monitor(session, service.system))
    finally:
        service.close()
    # Somebody else applies another definition, whose read model is created anew.
    person = roles.acting(roles.person)
    try:
        person.redefine("SELECT id, owner, body, upper(body) AS loud FROM items")
        apply_system(person.database, person.system)
        bring_up(person.database, person.system)
        assert roles.owners() == {roles.names[0]}
        assert roles.read("SELECT loud FROM app.links WHERE id = 3") == [("CHANGED",)]
        done = reconcile_model(person.database, person.system, person.model, ReconcileOptions())
        assert done.passed
        uninstall(person.database, person.system)
        assert roles.read("SELECT count(*) FROM pg_class WHERE relname = 'links'") == [(0,)]
    finally:
        person.close()


@pytest.mark.parametrize("refresh", KINDS, ids=NAMES)
def test_roles_kind_changed_by_member_stays_readable(logins: Callable[..., Logins], refresh: Refresh) -> None:
    roles = logins(refresh)
    service = roles.acting(roles.service)
    try:
        bring_up(service.database, service.system)
        service.redeclare(refresh=Full(NOW) if not isinstance(refresh, Full) else Debounced(NOW))
        apply_system(service.database, service.system)
        bring_up(service.database, service.system)
        assert roles.owners() == {roles.names[0]}
        assert roles.read("SELECT count(*) FROM app.links") == [(50,)]
    finally:
        service.close()


def test_roles_printed_grants_run_by_database_owner_work(make_case: MakeCase) -> None:
    """As on servers that somebody else runs, where nobody is a superuser."""
    roles = Logins(make_case(ITEMS, COPY, apply=False))
    base, case = roles.case.value("SELECT current_database()"), roles.case
    boss = roles.table_owner
    case.run(f"CREATE ROLE {boss} LOGIN PASSWORD 'secret' CREATEROLE; ALTER DATABASE {base} OWNER TO {boss}")
    case.run(f"ALTER SCHEMA app OWNER TO {boss}; GRANT pg_read_all_stats TO {boss} WITH ADMIN OPTION")
    for each in ("owners", "items", "low", "secrets"):
        case.run(f"ALTER TABLE {each} OWNER TO {boss}")
    try:
        run_by_boss = as_role(case.url, boss, "secret")
        with closing(Database(run_by_boss)) as database, psycopg.connect(run_by_boss) as connection:
            connection.execute(roles.printed(database).encode())
            connection.execute(f"CREATE ROLE {roles.service} LOGIN PASSWORD 'secret' IN ROLE {roles.names[0]}".encode())
            connection.execute(f"CREATE ROLE {roles.looking} LOGIN PASSWORD 'secret' IN ROLE {roles.names[1]}".encode())
        service = roles.acting(roles.service)
        bring_up(service.database, service.system)
        service.close()
        assert roles.owners() == {roles.names[0]}
        assert roles.read("SELECT count(*) FROM app.links") == [(50,)]
        with psycopg.connect(run_by_boss) as connection, pytest.raises(pg.InsufficientPrivilege):
            connection.execute("SELECT FROM denorm.change_log")
    finally:
        case.run(f"ALTER DATABASE {base} OWNER TO CURRENT_USER")
        case.hang_up()
        roles.drop()


@pytest.mark.parametrize("refresh", [Debounced(NOW), Full(NOW)], ids=["debounced", "full"])
def test_replace_without_pg_read_all_stats_still_finds_open_readers(
    logins: Callable[..., Logins], refresh: Refresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    roles = logins(refresh)
    monkeypatch.setattr(replace, "_SNAPSHOT_PATIENCE", 0.2)
    roles.case.run(f"REVOKE pg_read_all_stats FROM {roles.names[0]}")
    service = roles.acting(roles.service)
    try:
        bring_up(service.database, service.system)
        service.redeclare(refresh=Full(NOW) if isinstance(refresh, Debounced) else Debounced(NOW))
        roles.case.run(f"GRANT {roles.names[1]} TO {roles.names[2]}")
        with roles.as_application() as reader, reader.transaction():
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert reader.execute("SELECT count(*) FROM items").fetchall() == [(50,)]
            with pytest.raises(ReplaceBlocked, match=rf"process \d+ of {roles.names[2]} still reads"):
                apply_system(service.database, service.system)
            assert reader.execute("SELECT count(*) FROM links").fetchall() == [(50,)]
        apply_system(service.database, service.system)
        bring_up(service.database, service.system)
        roles.case.assert_right()
    finally:
        service.close()


def test_session_member_without_inherit_acts_as_owner(logins: Callable[..., Logins]) -> None:
    roles = logins()
    with psycopg.connect(roles.case.url, autocommit=True) as connection:
        connection.execute(
            f"REVOKE {roles.names[0]} FROM {roles.service}; ALTER ROLE {roles.service} NOINHERIT".encode()
        )
        connection.execute(f"GRANT {roles.names[0]} TO {roles.service}".encode())
    service = roles.acting(roles.service)
    try:
        bring_up(service.database, service.system)
        assert roles.owners() == {roles.names[0]}
    finally:
        service.close()


def test_pooler_application_session_does_not_act_as_owner(server: Server, logins: Callable[..., Logins]) -> None:
    roles = logins()
    with running_pgbouncer(server, logins={roles.service: "secret"}, most=3) as pooler:
        url = pooler.url(as_role(roles.case.url, roles.service, "secret"))
        service = roles.acting(roles.service, url)
        bring_up(service.database, service.system)
        with psycopg.connect(url, autocommit=True) as connection:
            seen = {connection.execute("SELECT current_user").fetchone() for _ in range(20)}
        assert seen == {(roles.service,)}
        assert roles.owners() == {roles.names[0]}
        service.close()


def test_session_acts_as_owner_unless_role_was_chosen_or_superuser(logins: Callable[..., Logins]) -> None:
    roles = logins()
    owner, service = roles.names[0], roles.service

    def acting(login: str) -> str:
        case = roles.acting(login)
        with case.database.session() as session:
            found = session.one(Statement("SELECT current_user::text AS v"))["v"]
            # What errors name.
            assert session.role in (found, login)
        case.close()
        return found

    assert acting(service) == owner
    assert acting(roles.looking) == roles.looking
    with psycopg.connect(roles.case.url, autocommit=True) as connection:
        superuser = connection.info.user
        # A role that people chose stays; and so does what an earlier release let a member create.
        connection.execute(f"ALTER ROLE {service} SET role = '{service}'".encode())
        assert acting(service) == owner
        connection.execute(f"GRANT pg_monitor TO {service}; ALTER ROLE {service} SET role = 'pg_monitor'".encode())
        assert acting(service) == "pg_monitor"
        connection.execute(f"ALTER ROLE {service} RESET role".encode())
        connection.execute(
            f"CREATE TABLE denorm.migration (); ALTER TABLE denorm.migration OWNER TO {service}".encode()
        )
        assert acting(service) == service
        connection.execute("DROP TABLE denorm.migration")
        # A superuser keeps its rights.
        connection.execute(f"GRANT {owner} TO CURRENT_USER".encode())
    with roles.case.database.session() as session:
        assert session.one(Statement("SELECT current_user::text AS v"))["v"] == superuser
