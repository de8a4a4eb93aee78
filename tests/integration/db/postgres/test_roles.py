"""Least privilege: with exactly the grants that are printed all works, and the application sees nothing of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator

import psycopg
import pytest
from psycopg import errors as pg

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.catalog_drift import system_objects
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.apply.uninstall import uninstall
from denorm_assets.db.control.control_schema import version
from denorm_assets.db.control.registry import registration
from denorm_assets.db.health.checks import run_checks
from denorm_assets.db.health.monitoring import monitor
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.privileges import least_privilege
from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import ConfigurationError, ControlSchemaClosed, MissingPrivilege, NotActingAsOwner
from denorm_assets.model.index import Index, on, references
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, as_role
from tests.support.live import bring_up
from tests.support.roles import Set

NOW = Debounce(quiet=0, max_wait=0)
ITEMS = """
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE items (id bigint NOT NULL, owner int NOT NULL, body text NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (1000);
ALTER TABLE items ADD PRIMARY KEY (id);
CREATE TABLE secrets (id int PRIMARY KEY);
INSERT INTO owners SELECT generate_series(0, 9);
INSERT INTO items SELECT n, n % 10, 'item ' || n FROM generate_series(1, 50) AS n;
"""
COPY = "SELECT id, owner, body FROM items"


@pytest.fixture
def set_up(make_case: MakeCase) -> Generator[Callable[..., Set]]:
    made: list[Set] = []

    def make(refresh: Refresh | None = None, **declaration: object) -> Set:
        case = make_case(ITEMS, COPY, apply=False, refresh=refresh or Debounced(NOW), **declaration)
        made.append(Set(case))
        return made[-1]

    yield make
    for each in made:
        each.case.hang_up()
        each.drop()


@pytest.mark.parametrize("refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"])
def test_roles_printed_grants_are_enough_for_everything(set_up: Callable[..., Set], refresh: Refresh) -> None:
    links = () if isinstance(refresh, Full) else (references("owner", "owners.id", foreign_key=True),)
    roles = set_up(refresh, indexes=[Index("body")], references=links)
    roles.make()
    ours = roles.as_owner()
    try:
        apply_system(ours.database, ours.system)
        bring_up(ours.database, ours.system)
        with roles.as_application() as application:
            application.execute("INSERT INTO items VALUES (100, 1, 'new'); DELETE FROM items WHERE id = 7")
            application.execute("UPDATE items SET body = 'changed' WHERE id = 3")
            application.execute("DELETE FROM items WHERE owner = 4; DELETE FROM owners WHERE id = 4")
            ours.refresh_if_due()
            assert application.execute("SELECT body FROM links WHERE id IN (3, 100) ORDER BY id").fetchall() == [
                ("changed",),
                ("new",),
            ]
            assert application.execute("SELECT denorm.flag_enabled('none', 'someone')").fetchone() == (False,)
        roles.case.assert_right()
        with ours.database.session("app") as session:
            described = describe(session, ours.system, ours.model)
            results = run_checks(session, described, registration(session, ours.system, ours.model))
            assert [result.summary for result in results if not result.passed] == []
            assert all(found.state == "installed" for found in system_objects(session, ours.system))
            assert all(result.passed for result in monitor(session, ours.system))
        assert apply_system(ours.database, ours.system)
        uninstall(ours.database, ours.system)
    finally:
        ours.close()


@pytest.mark.parametrize("hindered", ["may not", "acts as another"])
def test_apply_member_not_acting_as_owner_is_refused_until_fixed(set_up: Callable[..., Set], hindered: str) -> None:
    roles = set_up(Realtime(NOW))
    roles.make()
    if hindered == "may not" and roles.case.value("SELECT current_setting('server_version_num')::int < 160000"):
        pytest.skip("a membership may exclude SET ROLE since PostgreSQL 16")
    owner = roles.names[0]
    first, second = f"{owner}_first", f"{owner}_second"
    roles.as_login(first).close()
    if hindered == "may not":
        hinder, mend = f"GRANT {owner} TO {first} WITH SET FALSE", f"GRANT {owner} TO {first} WITH SET TRUE"
    else:
        roles.case.run(f"CREATE ROLE {second} IN ROLE {owner}; GRANT {second} TO {first}")
        hinder, mend = f"ALTER ROLE {first} SET role = '{second}'", f"ALTER ROLE {first} SET role = '{owner}'"
    roles.case.run(hinder)
    member = roles.as_login(first)
    with pytest.raises(NotActingAsOwner, match=f"belongs to role '{owner}'"):
        plan_system(member.database, member.system)
    with pytest.raises(NotActingAsOwner) as refused:
        apply_system(member.database, member.system)
    assert mend in str(refused.value).replace('"', "")
    assert roles.case.rows("SELECT FROM pg_class WHERE relnamespace = 'denorm'::regnamespace") == []
    member.close()
    roles.case.run(mend)
    member = roles.as_login(first)
    try:
        bring_up(member.database, member.system)
        roles.case.assert_right()
    finally:
        member.close()
        roles.case.run(f"DROP ROLE {first}; DROP ROLE IF EXISTS {second}")


def test_apply_missing_privilege_names_role_that_login_acts_as(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    roles.make()
    owner = roles.names[0]
    roles.case.run("DROP SCHEMA denorm")
    roles.case.run(f"CREATE ROLE {owner}_login LOGIN PASSWORD 'secret' IN ROLE {owner}")
    roles.case.run(f"ALTER ROLE {owner}_login SET role = '{owner}'")
    ours = roles.as_login(f"{owner}_login")
    try:
        with pytest.raises(
            MissingPrivilege, match=f"^role '{owner}' lacks a privilege: permission denied for database"
        ):
            apply_system(ours.database, ours.system)
    finally:
        ours.close()
        roles.case.run(f"DROP ROLE {owner}_login")


def test_control_schema_unreadable_by_login_names_its_owner(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    roles.make()
    ours = roles.as_owner()
    owner, _, app = roles.names
    try:
        bring_up(ours.database, ours.system)
        url = as_role(roles.case.url, app, "secret")
        stranger = Case(Database(url), url, ours.system, ours.model)
        said = f"belongs to role '{owner}', and the login '{app}' may not read it"
        with stranger.database.session() as session, pytest.raises(ControlSchemaClosed, match=said):
            version(session)
        stranger.close()
    finally:
        ours.close()


def test_roles_printed_grants_allow_change_of_refresh_kind(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    roles.make()
    ours = roles.as_owner()
    try:
        bring_up(ours.database, ours.system)
        ours.redeclare(refresh=Full(NOW))
        apply_system(ours.database, ours.system)
        with roles.as_application() as application:
            assert application.execute("SELECT count(*) FROM links").fetchone() == (50,)
    finally:
        ours.close()


@pytest.mark.parametrize(
    "statement",
    [
        *("SELECT FROM denorm.change_log", "DELETE FROM denorm.pending", "SELECT denorm.dispatch()"),
        *("INSERT INTO app.links VALUES (1, 1, 'mine')", "TRUNCATE app.links", "SELECT FROM app.secrets"),
        *("CREATE TABLE app.mine ()", "CREATE TABLE denorm.mine ()", "SELECT denorm.recompute_now(1, NULL)"),
    ],
)
def test_roles_application_role_may_do_nothing_more(set_up: Callable[..., Set], statement: str) -> None:
    roles = set_up()
    roles.make()
    ours = roles.as_owner()
    try:
        bring_up(ours.database, ours.system)
        with roles.as_application() as application, pytest.raises(pg.InsufficientPrivilege):
            application.execute(statement.encode())
    finally:
        ours.close()


def test_roles_owner_role_may_not_touch_application_rows(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    roles.make()
    with psycopg.connect(as_role(roles.case.url, roles.names[0], "secret"), autocommit=True) as connection:
        for statement in ("DELETE FROM app.items", "SELECT FROM app.secrets", "CREATE SCHEMA mine"):
            with pytest.raises(pg.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_roles_index_on_application_table_needs_its_owner(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    [phase] = roles.case.system.phases
    object.__setattr__(phase, "indexes", (on("owners", Index("id", name="owners_by_id"), query="page"),))
    superuser = roles.case.value("SELECT current_user")
    said = roles.printed()
    assert f"CREATE INDEX CONCURRENTLY on app.owners needs the owner {superuser}. Create them as {superuser}" in said
    assert f'GRANT "{superuser}"' not in said, "a member of a superuser may become one"
    roles.give_away("owners")
    said = roles.printed()
    assert f'GRANT "{roles.table_owner}" TO "{roles.names[0]}" and phases build them' in said
    roles.make()
    ours = roles.as_owner()
    try:
        with pytest.raises(MissingPrivilege, match="must be owner of table owners"):
            apply_system(ours.database, ours.system)
    finally:
        ours.close()


def test_roles_existing_objects_are_taken_into_account(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    roles.case.apply()
    owner, reader, _ = roles.names
    roles.case.run(f"CREATE ROLE {reader}; ALTER TABLE owners ENABLE ROW LEVEL SECURITY")
    said = roles.printed()
    assert f"the role {reader} exists" in said
    assert f'CREATE ROLE "{owner}" NOLOGIN;' in said
    assert "CREATE SCHEMA denorm" not in said
    assert f'GRANT SELECT ON "app"."links" TO "{reader}";' in said
    assert "BYPASSRLS" not in said
    roles.case.run("ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    assert f'ALTER ROLE "{owner}" BYPASSRLS;' in roles.printed()


def test_roles_schema_of_other_owner_is_named_with_way_out(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    owner, _, app = roles.names
    assert "which ran `denorm-assets apply`" not in roles.printed()
    roles.case.run(f"CREATE ROLE {app}; CREATE SCHEMA denorm AUTHORIZATION {app}")
    said = roles.printed()
    assert said.startswith(f"-- the schema denorm belongs to {app}, which ran `denorm-assets apply`: {owner} may not")
    roles.case.run(f"CREATE ROLE {owner}; ALTER SCHEMA denorm OWNER TO {owner}")
    assert "which ran `denorm-assets apply`" not in roles.printed()


def test_roles_missing_source_is_named(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    roles.case.run("DROP TABLE items")
    with pytest.raises(ConfigurationError, match=r"links\.sql reads app\.items: there is no such table"):
        roles.printed()


def test_roles_view_in_place_of_source_is_named(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    roles.case.run("ALTER TABLE items RENAME TO stored; CREATE VIEW items AS SELECT * FROM stored")
    assert 'GRANT SELECT ON "app"."items" TO' in roles.printed()
    assert re.search(r'GRANT SELECT, TRIGGER ON .*"app"."stored"', roles.printed())
    roles.case.run("CREATE MATERIALIZED VIEW held AS SELECT * FROM stored")
    roles.case.run("CREATE OR REPLACE VIEW items AS SELECT * FROM held")
    with pytest.raises(
        ConfigurationError,
        match=r"links\.sql reads app\.held, which the view app\.items reads: it is a materialized view",
    ):
        roles.printed()


def test_least_privilege_grants_serialize_to_json(set_up: Callable[..., Set]) -> None:
    roles = set_up()
    with roles.case.database.session() as session:
        grants = least_privilege(session, [roles.case.system], "o", "r")
    sql = [show(each.statement) for each in grants if each.statement]
    assert json.dumps(sql)
    assert 'GRANT SELECT, TRIGGER ON "app"."items", "app"."low" TO "o"' in sql
