"""Views read their tables with their owner's rights: what our role need not have, and what it is told that it lacks."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.errors import DefinitionError, MissingPrivilege, RowsHidden
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import bring_up
from tests.support.roles import Set

NOW = Debounce(quiet=0, max_wait=0)
KINDS = pytest.mark.parametrize(
    "refresh", [Debounced(NOW), Realtime(NOW), Full(NOW)], ids=["debounced", "realtime", "full"]
)
ITEMS = """
CREATE TABLE owners (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, owner int NOT NULL, body text NOT NULL);
INSERT INTO owners SELECT n, 'owner ' || n FROM generate_series(0, 9) AS n;
INSERT INTO items SELECT n, n % 10, 'item ' || n FROM generate_series(1, 50) AS n;
CREATE VIEW seen AS SELECT i.id, i.body, o.name FROM items AS i JOIN owners AS o ON o.id = i.owner;
"""
TEXT = "SELECT s.id, s.body, s.name FROM seen AS s"
CHANGES = """
UPDATE items SET body = 'changed' WHERE owner = 3; UPDATE owners SET name = 'x' WHERE id = 3;
DELETE FROM items WHERE id = 7; INSERT INTO items VALUES (100, 1, 'new');
"""
GUARD = "ALTER TABLE items ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON items USING (owner = 1)"


@pytest.fixture
def set_up(make_case: MakeCase) -> Generator[Callable[..., Set]]:
    """A function that makes roles that are no superusers; another one owns the tables and the view."""
    made: list[Set] = []

    def make(refresh: Refresh, *, ddl: str = ITEMS, **declaration: Any) -> Set:
        case = make_case(ddl, TEXT, apply=False, driving=(), refresh=refresh, **declaration)
        roles = Set(case)
        made.append(roles)
        roles.give_away("owners", "items", "seen")
        return roles

    yield make
    for each in made:
        each.case.hang_up()
        each.drop()


@pytest.fixture
def ours(set_up: Callable[..., Set]) -> Generator[Callable[..., tuple[Set, Case]]]:
    """A function that makes them, and the case as our role sees it."""
    made: list[Case] = []

    def make(refresh: Refresh, *then: str) -> tuple[Set, Case]:
        roles = set_up(refresh)
        roles.make()
        for statement in then:
            roles.case.run(statement.format(owner=roles.names[0], tables=roles.table_owner))
        made.append(roles.as_owner())
        return roles, made[-1]

    yield make
    for each in made:
        each.close()


def settle(case: Case) -> None:
    while case.refresh_if_due():
        pass


def require_kept(roles: Set, case: Case) -> None:
    bring_up(case.database, case.system)
    roles.case.assert_right()
    with roles.as_application() as application:
        application.execute(CHANGES.encode())
    settle(case)
    roles.case.assert_right()
    assert all(check.passed for check in case.checks().values()), case.checks()


@KINDS
def test_roles_printed_grants_for_view_and_tables_beneath_are_enough(
    ours: Callable[..., tuple[Set, Case]], refresh: Refresh
) -> None:
    require_kept(*ours(refresh))


@KINDS
def test_explain_tables_only_view_owner_may_read_are_whole(
    ours: Callable[..., tuple[Set, Case]], refresh: Refresh
) -> None:
    roles, case = ours(refresh, "REVOKE SELECT ON app.items, app.owners FROM {owner}")
    require_kept(roles, case)
    if not isinstance(refresh, Full):
        [explained] = explain_system(case.database, case.system)
        said = {each.source.name: each for each in explained.sources}
        assert said["items"].kind == "by key"
        assert said["owners"].kind == "whole"
        assert f"GRANT SELECT ON app.items TO {roles.names[0]} is missing" in said["owners"].sentence


@pytest.mark.parametrize(
    ("statement", "lacks"),
    [
        ("REVOKE SELECT ON app.seen FROM {owner}", "permission denied for view seen"),
        ("REVOKE TRIGGER ON app.owners FROM {owner}", "table owners, on which it needs TRIGGER"),
        (
            "CREATE SCHEMA closed; ALTER TABLE app.items SET SCHEMA closed",
            "no USAGE on the schema closed, for closed.items, which the view app.seen reads",
        ),
    ],
)
def test_apply_missing_right_beneath_view_is_named(
    ours: Callable[..., tuple[Set, Case]], statement: str, lacks: str
) -> None:
    _, case = ours(Debounced(NOW), statement)
    with pytest.raises(MissingPrivilege, match=lacks):
        bring_up(case.database, case.system)


def test_apply_clock_in_view_over_closed_table_is_refused_until_granted(
    ours: Callable[..., tuple[Set, Case]],
) -> None:
    view = (
        "CREATE OR REPLACE VIEW app.seen AS SELECT i.id, i.body, o.name FROM app.items AS i"
        " JOIN app.owners AS o ON o.id = i.owner AND i.id < extract(epoch FROM now())"
    )
    roles, case = ours(Debounced(NOW), view, "REVOKE SELECT ON app.owners FROM {owner}")
    lacks = rf"the clock in the view app\.seen: .* GRANT SELECT ON app\.owners TO {roles.names[0]} is missing"
    with pytest.raises(DefinitionError, match=lacks):
        bring_up(case.database, case.system)
    roles.case.run(f"GRANT SELECT ON app.owners TO {roles.names[0]}")
    require_kept(roles, case)


@KINDS
def test_apply_rows_hidden_from_view_owner_are_refused(ours: Callable[..., tuple[Set, Case]], refresh: Refresh) -> None:
    roles, case = ours(refresh, GUARD, "ALTER TABLE app.items FORCE ROW LEVEL SECURITY")
    with pytest.raises(RowsHidden, match=roles.table_owner):
        bring_up(case.database, case.system)
    roles.case.run("ALTER TABLE app.items NO FORCE ROW LEVEL SECURITY")
    # The owner of the view sees all rows, our role reads none of them itself.
    require_kept(roles, case)
    roles.case.run("ALTER TABLE app.items FORCE ROW LEVEL SECURITY")
    with case.database.session("app") as session:
        told = kept_fresh(session, "shop/links", case.registered(), model_capture(session, case.system, case.model))
    assert f"row-level security of app.items hides rows from {roles.table_owner}" in told.summary


@KINDS
def test_apply_rows_hidden_from_invoker_are_refused(ours: Callable[..., tuple[Set, Case]], refresh: Refresh) -> None:
    roles, case = ours(refresh, GUARD, "ALTER VIEW app.seen SET (security_invoker)")
    with pytest.raises(RowsHidden, match=roles.names[0]):
        bring_up(case.database, case.system)
