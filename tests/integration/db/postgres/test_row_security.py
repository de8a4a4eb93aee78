"""Row-level security on sources: nothing is ever written from a part of their rows, and everybody is told."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.catalog_drift import catalog_check
from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.control.registry import registration
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.table_changes.soft_deletes.purge import PurgeOptions, purge
from denorm_assets.errors import DenormError, RefreshFailed, RowsHidden
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.index import references
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, as_role
from tests.support.live import bring_up
from tests.support.roles import Set
from tests.support.soft_deleting import Marking

NOW = Debounce(quiet=0, max_wait=0)
KINDS = pytest.mark.parametrize(
    "refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"]
)
ITEMS = """
CREATE TABLE owners (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (
    id bigint PRIMARY KEY, owner int NOT NULL REFERENCES owners ON DELETE CASCADE, body text NOT NULL);
INSERT INTO owners SELECT n, 'owner ' || n FROM generate_series(0, 9) AS n;
INSERT INTO items SELECT n, n % 10, 'item ' || n FROM generate_series(1, 50) AS n;
"""
PARTITIONED = (
    ITEMS.replace("id bigint PRIMARY KEY", "id bigint NOT NULL", 1)
    .replace(
        "body text NOT NULL);",
        "body text NOT NULL) PARTITION BY RANGE (id);\n"
        "CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (1000);",
    )
    .replace("INSERT INTO owners", "ALTER TABLE items ADD PRIMARY KEY (id);\nINSERT INTO owners")
)
JOINED = "SELECT i.id, i.owner, i.body, o.name FROM items AS i JOIN owners AS o ON o.id = i.owner"
CHANGES = """
UPDATE items SET body = 'changed' WHERE owner = 3; UPDATE owners SET name = 'x' WHERE id = 3;
DELETE FROM items WHERE id = 7; INSERT INTO items VALUES (100, 1, 'new');
"""
GUARD = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} USING (current_setting('shop.tenant', true) = '{tenant}');
"""


@pytest.fixture
def set_up(make_case: MakeCase) -> Generator[Callable[..., Set]]:
    """A function that makes the two roles, which are not superusers, and the tables of a third."""
    made: list[Set] = []

    def make(refresh: Refresh, *, ddl: str = ITEMS, text: str = JOINED, **declaration: Any) -> Set:
        case = make_case(ddl, text, apply=False, refresh=refresh, **declaration)
        made.append(Set(case))
        made[-1].give_away("owners", "items")
        return made[-1]

    yield make
    for each in made:
        each.case.hang_up()
        each.drop()


@pytest.fixture
def live(set_up: Callable[..., Set]) -> Generator[Callable[..., tuple[Set, Case]]]:
    """A function that makes them, and a read model that is live; ours is the second case."""
    ours: list[Case] = []

    def make(refresh: Refresh, **declaration: Any) -> tuple[Set, Case]:
        roles = set_up(refresh, **declaration)
        roles.make()
        ours.append(roles.as_owner())
        bring_up(ours[-1].database, ours[-1].system)
        return roles, ours[-1]

    yield make
    for each in ours:
        each.close()


def guard(roles: Set, table: str, *, force: bool = False) -> None:
    roles.case.run(GUARD.format(table=table, tenant="all"))
    if force:
        roles.case.run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def held(case: Case) -> list[tuple[Any, ...]]:
    return case.rows("SELECT * FROM links ORDER BY id")


def reconciled(case: Case) -> Reconciled:
    return reconcile_model(case.database, case.system, case.model, ReconcileOptions(repair=True))


def freshness(case: Case) -> CheckResult:
    with case.database.session("app") as session:
        capture = model_capture(session, case.system, case.model)
        return kept_fresh(session, "shop/links", registration(session, case.system, case.model), capture)


# --- enabled later -------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("table", ["items", "owners"])
def test_row_security_enabled_later_no_work_writes_partial_rows(
    live: Callable[..., tuple[Set, Case]], refresh: Refresh, table: str
) -> None:
    roles, ours = live(refresh, references=() if isinstance(refresh, Full) else (references("owner", "owners.id"),))
    guard(roles, table)
    before = held(roles.case)
    with roles.as_application("all") as application:
        application.execute(
            "UPDATE items SET body = 'changed' WHERE owner = 3; UPDATE owners SET name = 'x' WHERE id = 3"
        )
        application.execute("DELETE FROM items WHERE id = 7; INSERT INTO items VALUES (100, 1, 'new')")
        assert application.execute("SELECT body FROM items WHERE id = 100").fetchall() == [("new",)]
    assert held(roles.case) == before
    ours.refresh_if_due()
    assert held(roles.case) == before
    for work in (
        ours.refresh,
        lambda: apply_system(ours.database, ours.system),
        *(() if isinstance(refresh, Full) else (lambda: ours.load(again=True),)),
    ):
        with pytest.raises(DenormError):
            work()
        assert held(roles.case) == before
    reconciled(ours)
    assert held(roles.case) == before
    ours.redeclare(refresh=Full(NOW) if not isinstance(refresh, Full) else Debounced(NOW))
    with pytest.raises(RowsHidden):
        apply_system(ours.database, ours.system)
    assert held(roles.case) == before


@KINDS
@pytest.mark.parametrize("table", ["items", "owners"])
def test_kept_fresh_row_security_hiding_rows_names_table_role_and_fix(
    live: Callable[..., tuple[Set, Case]], refresh: Refresh, table: str
) -> None:
    roles, ours = live(refresh)
    owner, table_owner = roles.names[0], roles.table_owner
    assert freshness(ours).passed
    guard(roles, table)
    # Before anybody writes, and so before anything fails.
    said = freshness(ours)
    assert not said.passed
    assert not said.warning_only
    assert said.rows[0] == {
        "fault": f"row-level security of app.{table} hides rows from {owner}",
        "detail": f'as a superuser, run ALTER ROLE "{owner}" BYPASSRLS; or, as the owner of the table, run '
        f'GRANT "{table_owner}" TO "{owner}". A policy that shows all rows does not help',
    }
    with roles.as_application("all") as application:
        application.execute(
            "UPDATE items SET body = 'changed' WHERE owner = 3; UPDATE owners SET name = 'x' WHERE id = 3"
        )
        application.execute("DELETE FROM items WHERE id = 7; INSERT INTO items VALUES (100, 1, 'new')")
    ours.refresh_if_due()
    # What was logged could not be expanded, or what is pending not be computed; PostgreSQL's own words name the table.
    failing = [row for row in freshness(ours).rows[1:] if f'policy for table "{table}"' in str(row["detail"])]
    assert failing
    roles.case.run(f'ALTER ROLE "{owner}" BYPASSRLS')
    apply_system(ours.database, ours.system)
    ours.refresh()
    roles.case.assert_right()
    assert freshness(ours).passed


def test_row_security_policy_showing_all_rows_is_still_refused(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, ours = live(Realtime(NOW))
    owner = roles.names[0]
    roles.case.run(f"ALTER TABLE items ENABLE ROW LEVEL SECURITY; CREATE POLICY every ON items TO {owner} USING (true)")
    assert "A policy that shows all rows does not help" in freshness(ours).summary
    with pytest.raises(RowsHidden, match="A policy that shows all rows does not help"):
        ours.load(again=True)


@pytest.mark.parametrize("forced", [False, True], ids=["", "forced"])
def test_row_security_membership_in_table_owner_is_enough(live: Callable[..., tuple[Set, Case]], forced: bool) -> None:
    roles, ours = live(Realtime(NOW))
    guard(roles, "items", force=forced)
    remedy = str(freshness(ours).rows[0]["detail"]).partition("as the owner of the table, run ")[2]
    statements = remedy.partition(". A policy")[0].split(" and ")
    assert len(statements) == (2 if forced else 1)
    roles.case.run(";".join(statements))
    assert freshness(ours).passed
    with roles.as_application("all") as application:
        application.execute("UPDATE items SET body = 'changed' WHERE owner = 3; DELETE FROM items WHERE id = 7")
    roles.case.assert_right()


def test_kept_fresh_row_security_forced_on_own_table_is_named(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, ours = live(Realtime(NOW))
    owner = roles.names[0]
    roles.case.run(f"ALTER TABLE items OWNER TO {owner}; ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    assert freshness(ours).passed
    roles.case.run("ALTER TABLE items FORCE ROW LEVEL SECURITY")
    assert freshness(ours).rows[0]["detail"] == (
        f'as a superuser, run ALTER ROLE "{owner}" BYPASSRLS; or, as the owner of the table, run '
        'ALTER TABLE "app"."items" NO FORCE ROW LEVEL SECURITY. A policy that shows all rows does not help'
    )


def test_kept_fresh_row_security_on_superuser_table_offers_no_membership(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, ours = live(Debounced(NOW))
    roles.case.run("ALTER TABLE items OWNER TO CURRENT_USER; ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    detail = str(freshness(ours).rows[0]["detail"])
    assert "BYPASSRLS" in detail
    assert "GRANT" not in detail


@pytest.mark.parametrize(
    "reader", ["view", "function"], ids=["the owner of the view", "the owner of the function that recomputes"]
)
def test_row_security_hiding_rows_from_view_or_function_owner_is_found(
    live: Callable[..., tuple[Set, Case]], reader: str
) -> None:
    roles, ours = live(Full(NOW) if reader == "view" else Realtime(NOW))
    owner, _, app = roles.names
    guard(roles, "items")
    roles.case.run(f"ALTER ROLE {owner} BYPASSRLS")
    assert freshness(ours).passed
    if reader == "view":
        roles.case.run(f"ALTER MATERIALIZED VIEW links OWNER TO {app}")
    else:
        roles.case.run(f"ALTER FUNCTION denorm.recompute_now OWNER TO {app}")
    assert freshness(ours).rows[0]["fault"] == f"row-level security of app.items hides rows from {app}"
    with pytest.raises(RowsHidden, match=f"row-level security of app.items hides rows from role '{app}'"):
        apply_system(ours.database, ours.system)


def test_refresh_view_owner_sees_only_part_fails_and_keeps_rows(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, _ = live(Full(NOW))
    app = roles.names[2]
    guard(roles, "items")
    before = held(roles.case)
    roles.case.run(f"ALTER MATERIALIZED VIEW links OWNER TO {app}")
    with pytest.raises(RefreshFailed, match="items"):
        # As a superuser, who is subject to no policy.
        roles.case.refresh()
    assert held(roles.case) == before


# --- plan and apply ------------------------------------------------------------------------------


def test_plan_row_security_on_source_says_readers_see_hidden_rows(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, _ = live(Debounced(NOW))
    [explained] = explain_system(roles.case.database, roles.case.system)
    assert explained.row_security == ()
    guard(roles, "items")
    [explained] = explain_system(roles.case.database, roles.case.system)
    assert explained.row_security == (
        "Readers of app.links see all rows of app.items, also those that its row-level security hides. "
        "Grant SELECT on app.links accordingly, or put policies on it.",
    )


def test_plan_and_apply_row_security_hiding_rows_change_nothing(set_up: Callable[..., Set]) -> None:
    roles = set_up(Realtime(NOW))
    roles.make()
    guard(roles, "items")
    ours = roles.as_owner()
    try:
        for work in (
            lambda: plan_system(ours.database, ours.system).steps,
            lambda: apply_system(ours.database, ours.system),
            ours.apply,
        ):
            with pytest.raises(RowsHidden, match=rf'ALTER ROLE "{roles.names[0]}" BYPASSRLS'):
                work()
        assert roles.case.value("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == 0
        assert roles.case.value("SELECT to_regclass('links') IS NULL AND to_regclass('denorm.read_model') IS NULL")
    finally:
        ours.close()


def test_row_security_on_partition_hides_nothing_and_is_explained(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, ours = live(Realtime(NOW), ddl=PARTITIONED)
    guard(roles, "low")
    assert freshness(ours).passed
    [explained] = explain_system(ours.database, ours.system)
    assert "all rows of app.low" in explained.row_security[0]
    with roles.as_application() as application:
        application.execute("UPDATE items SET body = 'changed' WHERE owner = 3; DELETE FROM items WHERE id = 7")
    roles.case.assert_right()
    ours.load(again=True)
    roles.case.assert_right()
    apply_system(ours.database, ours.system)


@KINDS
def test_refresh_partition_without_trigger_right_is_reported_and_right(
    live: Callable[..., tuple[Set, Case]], refresh: Refresh
) -> None:
    """A tool that adds a partition a night gives nobody rights on it; the rights on its root are enough to read it."""
    roles, ours = live(refresh, ddl=PARTITIONED)
    roles.case.run("CREATE TABLE high PARTITION OF items FOR VALUES FROM (1000) TO (2000)")
    roles.case.run(f"ALTER TABLE high OWNER TO {roles.table_owner}")
    with roles.as_application() as application:
        application.execute("INSERT INTO items VALUES (1500, 1, 'new'); UPDATE items SET body = 'other' WHERE id = 3")
    refreshed = ours.refresh_if_due()
    assert [found.error for found in refreshed if found.error is not None] == []
    roles.case.assert_right()
    found = freshness(ours)
    assert (found.passed, f"first GRANT TRIGGER ON app.high TO {roles.names[0]}" in found.summary) == (False, True)
    roles.case.run("ALTER TABLE items DETACH PARTITION high")
    ours.refresh_if_due()
    roles.case.assert_right()
    assert freshness(ours).passed


def test_catalog_row_security_enabled_since_apply_warns_until_apply(
    live: Callable[..., tuple[Set, Case]],
) -> None:
    roles, ours = live(Debounced(NOW))
    case = roles.case
    case.run(f"ALTER ROLE {roles.names[0]} BYPASSRLS")

    def found() -> CheckResult:
        with ours.database.session("app") as session:
            return catalog_check(session, case.system, case.system.phases[0])

    assert found().passed
    guard(roles, "items")
    [row] = found().rows
    assert (row["object"], row["name"], found().warning_only) == ("row-level security", "app.items", True)
    assert "readers of app.links see the rows that it hides: check who may read it, then run" in str(row["what to do"])
    apply_system(ours.database, case.system)
    assert found().passed
    case.run("ALTER TABLE items DISABLE ROW LEVEL SECURITY")
    apply_system(ours.database, case.system)
    case.run("ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    assert not found().passed


# --- an application under policies ---------------------------------------------------------------

WRITES = [
    "INSERT INTO items VALUES (200, 1, 'new'), (201, 2, 'new')",
    "UPDATE items SET body = body || '!' WHERE id < 20",
    "UPDATE items SET owner = (owner + 1) % 10",
    "DELETE FROM items WHERE id % 3 = 0",
    "INSERT INTO items VALUES (1, 5, 'again') ON CONFLICT (id) DO UPDATE SET owner = excluded.owner",
    "MERGE INTO items USING (VALUES (1), (300)) AS n (id) ON items.id = n.id"
    " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (n.id, 4, 'merged')",
    "UPDATE owners SET name = 'renamed'",
    "DELETE FROM owners WHERE id IN (1, 2)",
]
TENANT = """
ALTER TABLE items ENABLE ROW LEVEL SECURITY; ALTER TABLE items FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON items USING (id % 2 = current_setting('shop.tenant')::int)
    WITH CHECK (true);
"""


@KINDS
def test_capture_application_under_row_security_logs_every_change(set_up: Callable[..., Set], refresh: Refresh) -> None:
    roles = set_up(refresh)
    roles.case.run(TENANT)
    roles.make()
    ours = roles.as_owner()
    try:
        bring_up(ours.database, ours.system)
        with roles.as_application("1") as application:
            assert application.execute("SELECT count(*) FROM items").fetchone() == (25,)
            for statement in WRITES:
                application.execute(statement.encode())
                if isinstance(refresh, Realtime):
                    roles.case.assert_right()
        ours.refresh()
        roles.case.assert_right()
        assert reconciled(ours).differing == 0
    finally:
        ours.close()


@KINDS
def test_roles_printed_grants_for_guarded_tables_are_enough(set_up: Callable[..., Set], refresh: Refresh) -> None:
    roles = set_up(refresh, references=() if isinstance(refresh, Full) else (references("owner", "owners.id"),))
    roles.case.run(TENANT + GUARD.format(table="owners", tenant="1"))
    printed = roles.printed()
    assert f'ALTER ROLE "{roles.names[0]}" BYPASSRLS;' in printed
    said = printed.replace("\n-- ", " ")
    assert "row-level security of app.items, app.owners would hide rows" in said
    roles.make()
    # Nothing is left to be said.
    assert "BYPASSRLS" not in roles.printed()
    ours = roles.as_owner()
    try:
        apply_system(ours.database, ours.system)
        bring_up(ours.database, ours.system)
        with roles.as_application("1") as application:
            application.execute("UPDATE items SET body = 'changed' WHERE id = 3; DELETE FROM items WHERE id = 7")
        ours.refresh()
        roles.case.assert_right()
        if not isinstance(refresh, Full):
            ours.load(again=True)
        assert all(result.passed for result in ours.checks().values())
        assert plan_system(ours.database, ours.system).steps
    finally:
        ours.close()


def test_row_security_login_acting_as_owner_has_bypassrls(set_up: Callable[..., Set]) -> None:
    roles = set_up(Realtime(NOW))
    roles.case.run(TENANT)
    roles.make()
    owner, _, app = roles.names
    login = f"{app}_login"
    roles.case.run(
        f"CREATE ROLE {login} LOGIN PASSWORD 'secret' IN ROLE {owner}; ALTER ROLE {login} SET role = '{owner}'"
    )
    url = as_role(roles.case.url, login, "secret")
    ours = Case(Database(url), url, roles.case.system, roles.case.model)
    try:
        bring_up(ours.database, ours.system)
        with roles.as_application("1") as application:
            application.execute("UPDATE items SET body = 'changed' WHERE id < 9")
        roles.case.assert_right()
    finally:
        ours.close()
        roles.case.run(f"DROP ROLE {login}")


def test_row_security_hiding_rows_fails_no_application_statement(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, ours = live(Realtime(NOW))
    roles.case.run(TENANT)
    roles.case.run(f"ALTER ROLE {roles.names[0]} NOBYPASSRLS")
    with roles.as_application("1") as application:
        for statement in WRITES:
            application.execute(statement.encode())
    with pytest.raises(RefreshFailed):
        ours.refresh()
    roles.case.run(f"ALTER ROLE {roles.names[0]} BYPASSRLS")
    apply_system(ours.database, ours.system)
    ours.refresh()
    roles.case.assert_right()


# --- policies on the read model, and deletions ----------------------------------------------------


def test_row_security_on_read_model_limits_only_its_readers(live: Callable[..., tuple[Set, Case]]) -> None:
    roles, ours = live(Realtime(NOW))
    roles.case.run("ALTER TABLE links ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON links USING (id < 5)")
    with roles.as_application() as application:
        application.execute(CHANGES.encode())
        assert application.execute("SELECT count(*) FROM links").fetchone() == (4,)
    ours.refresh()
    ours.load(again=True)
    roles.case.assert_right()
    assert all(result.passed for result in ours.checks().values())


def test_refresh_row_security_forced_on_read_model_fails_until_undone(
    live: Callable[..., tuple[Set, Case]],
) -> None:
    roles, ours = live(Realtime(NOW))
    before = held(roles.case)
    roles.case.run(
        "ALTER TABLE links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        " CREATE POLICY few ON links USING (id < 5)"
    )
    with roles.as_application() as application:
        application.execute(CHANGES.encode())
    [tried] = ours.refresh_if_due()
    assert 'policy for table "links"' in str(tried.error)
    assert "NO FORCE ROW LEVEL SECURITY" in str(tried.error)
    assert held(roles.case) == before
    roles.case.run("ALTER TABLE links NO FORCE ROW LEVEL SECURITY")
    ours.refresh()
    roles.case.assert_right()


def test_purge_row_security_hiding_children_deletes_nothing(shop: Marking) -> None:
    shop.apply()
    shop.run("DELETE FROM app.items_live WHERE id < 5; UPDATE app.items SET deleted_at = now() - interval '1 year'")
    shop.run("CREATE ROLE cleaner LOGIN PASSWORD 'c'; GRANT USAGE ON SCHEMA app TO cleaner")
    shop.run("GRANT ALL ON ALL TABLES IN SCHEMA app TO cleaner")
    # Notes that hang on the items are hidden, so that items would seem to be free.
    shop.run("ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY")
    before = shop.rows("SELECT id FROM app.items ORDER BY id")
    database = Database(as_role(shop.url, "cleaner", "c"))
    try:
        with pytest.raises(RowsHidden, match="notes"):
            purge(database, shop.system, PurgeOptions())
        assert shop.rows("SELECT id FROM app.items ORDER BY id") == before
    finally:
        database.close()
        shop.run("DROP OWNED BY cleaner; DROP ROLE cleaner")
