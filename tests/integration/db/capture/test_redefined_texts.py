"""A view whose text stands in what is executed is redefined: what drivers kept of it is executed no more."""

from __future__ import annotations

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.refresh import Auto, Debounce, Debounced, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case, wait_for

NOW = Debounce(quiet=0, max_wait=0)
KINDS: dict[str, Refresh] = {"debounced": Debounced(NOW, clock=1e9), "realtime": Realtime(NOW, clock=1e9)}
SETUP = """
CREATE TABLE items (id int PRIMARY KEY, n int, at timestamptz NOT NULL);
CREATE TABLE gone (id int PRIMARY KEY, n int);
INSERT INTO items SELECT g, g % 5, now() - g * interval '1 day' + interval '1 hour' FROM generate_series(1, 40) AS g;
INSERT INTO gone SELECT g, g FROM generate_series(1, 40, 3) AS g;
"""
TEXTS = {
    "recent": (
        "CREATE OR REPLACE VIEW seen AS SELECT id, n FROM items WHERE at > now() - interval '{n} days'",
        "SELECT s.id, s.n FROM seen AS s",
    ),
    "left": (
        "CREATE OR REPLACE VIEW seen AS SELECT id, n % {n} AS n FROM items EXCEPT SELECT id, n % {n} FROM gone",
        "SELECT s.id, max(s.n) AS n FROM seen AS s GROUP BY s.id",
    ),
}
WRITES = (
    "UPDATE items SET at = now() - interval '7 days', n = 9 WHERE id IN (1, 11, 31)",
    "INSERT INTO gone VALUES (2, 2); DELETE FROM gone WHERE id = 4",
)


def settle(case: Case, refresher: Refresher) -> None:
    def settled() -> bool:
        """Views are not looked at in each look of a driver."""
        done = refresher.look()
        return not done and case.registered().state == "live" and case.differences() == []

    wait_for(settled, "the refreshes")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("by_apply", [False, True])
def test_refresher_view_with_executed_text_redefined_executes_new_one(
    make_case: MakeCase, name: str, kind: str, by_apply: bool
) -> None:
    view, text = TEXTS[name]
    case = make_case(f"{SETUP}; {view.format(n=10)}", text, driving=(), refresh=KINDS[kind])
    case.refresh()
    refresher = Refresher(case.database, [case.system])
    for write in (WRITES[0], view.format(n=30), WRITES[1], view.format(n=3), WRITES[0]):
        case.write(write)
        if by_apply:
            # Another process sees it first.
            apply_system(case.database, case.system)
        settle(case, refresher)
    case.write("DELETE FROM items WHERE id < 9")
    settle(case, refresher)


def test_refresher_view_redefined_without_clock_forgets_stored_time_and_back(make_case: MakeCase) -> None:
    view, text = TEXTS["recent"]
    case = make_case(f"{SETUP}; {view.format(n=10)}", text, driving=(), refresh=KINDS["debounced"])
    case.refresh()
    refresher = Refresher(case.database, [case.system])
    stored = "SELECT clock IS NOT NULL, clock_expansion IS NOT NULL FROM denorm.read_model"
    assert case.rows(stored) == [(True, True)]
    for without in (True, False):
        case.write("CREATE OR REPLACE VIEW seen AS SELECT id, n FROM items" if without else view.format(n=20))
        settle(case, refresher)
        assert case.rows(stored) == [(not without, not without)]
        assert all(check.passed for check in case.checks().values())


def test_refresher_interval_in_view_redefined_moves_clock_by_new_one(make_case: MakeCase) -> None:
    view, text = TEXTS["recent"]
    case = make_case(f"{SETUP}; {view.format(n=10)}", text, driving=(), refresh=KINDS["debounced"])
    case.refresh()
    refresher = Refresher(case.database, [case.system])
    case.write(view.format(n=20))
    settle(case, refresher)
    case.run("SELECT denorm.move_clock(id, now() + interval '5 days') FROM denorm.read_model")
    refresher.look()
    assert case.value("SELECT max(id) FROM links") == 15


def test_auto_view_with_clock_and_large_whole_source_is_by_key(make_case: MakeCase) -> None:
    case = make_case(
        f"{SETUP}; {TEXTS['recent'][0].format(n=10)}; CREATE TABLE large (n int);"
        " INSERT INTO large SELECT g FROM generate_series(1, 120000) AS g; ANALYZE large",
        "SELECT s.id, (SELECT max(n) FROM large) AS n FROM seen AS s",
        driving=(),
        refresh=Auto(NOW),
    )
    case.refresh()
    case.assert_right()
    assert case.value("SELECT auto_reason FROM denorm.read_model") == (
        "a view that it reads has the clock in it, which the definition does not tell"
    )
