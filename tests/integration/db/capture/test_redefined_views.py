"""A view beneath a read model is redefined: what is missed is told at once, and a driver or `apply` makes it right."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.errors import NoLongerFits, SourcesChanged
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.integration.db.refresh.test_heartbeat import working
from tests.support.case import Case, wait_for

NOW = Debounce(quiet=0, max_wait=0)
KINDS: dict[str, Refresh] = {"debounced": Debounced(NOW), "realtime": Realtime(NOW), "full": Full(NOW)}
SETUP = """
CREATE TABLE items (id int PRIMARY KEY, n int, kind int);
CREATE TABLE kinds (id int PRIMARY KEY, name text);
INSERT INTO items SELECT g, g, g % 3 FROM generate_series(1, 12) AS g;
INSERT INTO kinds SELECT g, 'k' || g FROM generate_series(0, 2) AS g;
CREATE FUNCTION priced(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n * 2';
CREATE VIEW below AS SELECT items.id, items.n, items.kind FROM items WHERE items.n < 9;
CREATE VIEW seen AS SELECT below.id, below.n, below.kind, priced(below.n) AS price FROM below;
"""
TEXT = "SELECT seen.id, seen.n, seen.price FROM seen"


@dataclass(frozen=True)
class Change:
    """DDL beneath a read model.

    Attributes:
        by_itself: whether a driver makes the rows right; otherwise `apply` does.
        of_views: whether PostgreSQL lets that be done beneath a materialized view.
    """

    ddl: str
    by_itself: bool
    of_views: bool = True


CHANGES = {
    "another filter by the same column": Change(
        "CREATE OR REPLACE VIEW below AS SELECT items.id, items.n, items.kind FROM items WHERE items.n > 5", False
    ),
    "another expression": Change(
        "CREATE OR REPLACE VIEW seen AS SELECT below.id, below.n, below.kind, below.n + 1 AS price FROM below", True
    ),
    "another column": Change(
        "CREATE OR REPLACE VIEW below AS SELECT items.id, items.kind AS n, items.kind FROM items WHERE items.n < 9",
        False,
    ),
    "another table": Change(
        "CREATE OR REPLACE VIEW seen AS SELECT b.id, length(k.name) AS n, b.kind, b.n AS price"
        " FROM below AS b JOIN kinds AS k ON k.id = b.kind",
        False,
    ),
    "made again": Change(
        "DROP VIEW seen; DROP VIEW below;"
        "CREATE VIEW below AS SELECT items.id, items.n, items.kind FROM items WHERE items.n < 9;"
        "CREATE VIEW seen AS SELECT below.id, below.n, below.kind, -below.n AS price FROM below",
        True,
        False,
    ),
    "a table in its place": Change(
        "DROP VIEW seen; CREATE TABLE seen AS SELECT id, n, n AS price FROM items", False, False
    ),
    "another function of that name": Change(
        "CREATE OR REPLACE FUNCTION priced(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n * 3'", True
    ),
    "another type": Change(
        "DROP VIEW seen; CREATE VIEW seen AS SELECT below.id, below.n, below.n * 1.5 AS price FROM below", False, False
    ),
    "columns that change their places": Change(
        "ALTER VIEW seen RENAME n TO m; ALTER VIEW seen RENAME kind TO n", False
    ),
}
_WRITES = (
    "UPDATE items SET n = n + 4, kind = (kind + 1) % 3 WHERE id IN (2, 3, 7)",
    "DELETE FROM items WHERE id = 4; INSERT INTO items VALUES (20, 3, 1), (21, 30, 2)",
    "UPDATE kinds SET name = name || 'x' WHERE id = 1",
)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Refresh:
    return KINDS[request.param]


def bring_up(make_case: MakeCase, kind: Refresh, text: str = TEXT, setup: str = SETUP) -> Case:
    case = make_case(setup, text, driving=(), refresh=kind)
    case.refresh()
    case.assert_right()
    assert actions(case) == {"keep"}
    assert case.checks()["kept_fresh"].passed
    return case


def freshness(case: Case) -> str:
    """What the check kept_fresh says, which needs no definition that fits."""
    with case.database.session("app") as session:
        capture = model_capture(session, case.system, case.model)
        return kept_fresh(session, "shop/links", case.registered(), capture).summary


def actions(case: Case) -> set[str]:
    return {step.action for step in plan_system(case.database, case.system).steps}


def settle(case: Case) -> None:
    """Looks of one driver until nothing is due."""
    wait_for(lambda: not case.refresh_if_due(), "the refreshes")


def require_right_from_now_on(case: Case) -> None:
    settle(case)
    case.assert_right()
    for number, write in enumerate(_WRITES):
        if number == 2 and "seen" in case.value("SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r'"):
            case.write("UPDATE seen SET n = n + 1 WHERE id = 5")
        case.write(write)
        settle(case)
        case.assert_right()
    checks = case.checks()
    assert all(check.passed for check in checks.values()), checks
    assert actions(case) == {"keep"}


@pytest.mark.parametrize("changed", CHANGES)
def test_checks_view_redefined_are_never_green_while_rows_are_wrong(
    make_case: MakeCase, changed: str, kind: Refresh
) -> None:
    change = CHANGES[changed]
    if isinstance(kind, Full) and not change.of_views:
        pytest.skip("PostgreSQL refuses that beneath a materialized view")
    case = bring_up(make_case, kind)
    case.write(change.ddl)
    # Before any driver looked.
    assert case.differences() == [] or not all(check.passed for check in case.checks().values())
    if "function" not in changed:
        assert actions(case) != {"keep"}
    settle(case)
    if change.by_itself:
        require_right_from_now_on(case)
        return
    checks = case.checks()
    if not all(check.passed for check in checks.values()):
        assert not checks["kept_fresh"].passed
        assert "view app." in checks["kept_fresh"].summary or "seen" in checks["kept_fresh"].summary
        apply_system(case.database, case.system)
    require_right_from_now_on(case)


def test_worker_view_redefined_needs_rebuild_or_recomputes(make_case: MakeCase) -> None:
    case = bring_up(make_case, KINDS["debounced"])
    with working(case):
        case.write(CHANGES["another table"].ddl)
        wait_for(lambda: case.registered().state == "needs_rebuild", "the view to be noticed")
        case.write(
            "CREATE OR REPLACE VIEW seen AS SELECT below.id, below.n, below.kind, priced(below.n) AS price FROM below"
        )
        wait_for(lambda: case.registered().state == "live", "the old view to be noticed")
        case.write(CHANGES["another expression"].ddl)
        wait_for(lambda: case.differences() == [], "a refresh of all rows")
        assert case.registered().state == "live"


def test_refresh_view_gone_is_named_and_recovers(make_case: MakeCase) -> None:
    case = bring_up(make_case, KINDS["debounced"])
    case.write("ALTER VIEW seen RENAME TO viewed")
    case.write("UPDATE items SET n = 5 WHERE id = 3")
    assert case.refresh_if_due() == []
    assert case.registered().state == "needs_rebuild"
    assert "the view app.seen is gone" in freshness(case)
    with pytest.raises(SourcesChanged, match=r"the view app\.seen is gone"):
        case.refresh()
    with pytest.raises(NoLongerFits, match=r"the view app\.seen is gone"):
        apply_system(case.database, case.system)
    case.write("ALTER VIEW viewed RENAME TO seen")
    require_right_from_now_on(case)


def test_kept_fresh_table_replaced_by_view_fails_until_apply(make_case: MakeCase, kind: Refresh) -> None:
    if isinstance(kind, Full):
        pytest.skip("the materialized view still reads the table, whatever its name is")
    case = bring_up(make_case, kind, "SELECT items.id, items.n FROM items")
    case.write(
        "ALTER TABLE items RENAME TO all_items; CREATE VIEW items AS SELECT id, n, kind FROM all_items WHERE kind > 0"
    )
    case.refresh_if_due()
    assert not case.checks()["kept_fresh"].passed
    apply_system(case.database, case.system)
    settle(case)
    case.assert_right()
    case.write("UPDATE all_items SET kind = (kind + 1) % 3, n = -n")
    settle(case)
    case.assert_right()


def test_plan_column_added_beneath_view_keeps_read_model(make_case: MakeCase, kind: Refresh) -> None:
    case = bring_up(make_case, kind)
    case.write("ALTER TABLE items ADD more int DEFAULT 1")
    assert actions(case) == {"keep"}
    require_right_from_now_on(case)


def test_kept_fresh_column_renamed_beneath_view_is_named_until_apply(make_case: MakeCase, kind: Refresh) -> None:
    """PostgreSQL has the view follow; what triggers log does not."""
    case = bring_up(make_case, kind)
    case.write("ALTER TABLE items RENAME n TO amount; UPDATE items SET amount = amount + 1")
    settle(case)
    assert "the column n of app.items is now called amount" in freshness(case)
    apply_system(case.database, case.system)
    # A driver waits after a refresh that failed.
    wait_for(lambda: bool(case.refresh_if_due()), "a refresh")
    case.assert_right()
    case.write("UPDATE items SET amount = amount + 1")
    settle(case)
    case.assert_right()
