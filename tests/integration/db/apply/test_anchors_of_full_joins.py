"""Anchors that joins by equal columns have from any side: full joins of three sources, with left and right ones."""

from __future__ import annotations

import pytest

from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from denorm_assets.sql.analysis.reach import full_joins
from tests.integration.db.conftest import MakeCase

DDL = """
CREATE TABLE plans (id bigint PRIMARY KEY, k integer, l integer NOT NULL, n integer NOT NULL);
CREATE TABLE sales (id bigint PRIMARY KEY, k integer, l integer NOT NULL, n integer NOT NULL);
CREATE TABLE costs (id bigint PRIMARY KEY, k bigint, l integer NOT NULL, n integer NOT NULL);
CREATE TABLE notes (id bigint PRIMARY KEY, sale bigint, n integer NOT NULL);
INSERT INTO plans SELECT n, n % 9, n % 2, n FROM generate_series(1, 20) AS n;
INSERT INTO sales SELECT n, 4 + n % 9, n % 2, n FROM generate_series(1, 20) AS n;
INSERT INTO costs SELECT n, 7 + n % 9, n % 2, n FROM generate_series(1, 20) AS n;
INSERT INTO notes SELECT n, n % 25, n FROM generate_series(1, 40) AS n;
UPDATE plans SET k = NULL WHERE id = 3;
"""
PLANS, SALES, COSTS = (
    f"(SELECT t.k, sum(t.n) AS n FROM {table} t WHERE t.k IS NOT NULL GROUP BY t.k) {table[0]}"
    for table in ("plans", "sales", "costs")
)
PLANS_AND_SALES = f"{PLANS} FULL JOIN {SALES} ON s.k = p.k"
VALUES = "p.n AS planned, s.n AS sold, c.n AS cost"
TEXTS = {
    "using": f"SELECT k, {VALUES} FROM {PLANS} FULL JOIN {SALES} USING (k) FULL JOIN {COSTS} USING (k)",
    "on": f"SELECT coalesce(p.k, s.k, c.k) AS k, sum(p.n) AS planned, sum(s.n) AS sold, sum(c.n) AS cost"
    f" FROM {PLANS_AND_SALES} FULL JOIN {COSTS} ON c.k = coalesce(p.k, s.k) AND c.n > 20 GROUP BY 1",
    "on the first": f"SELECT coalesce(p.k, s.k, c.k) AS k, count(*) AS n, sum(s.n) AS sold, sum(c.n) AS cost"
    f" FROM {PLANS_AND_SALES} FULL JOIN {COSTS} ON c.k = p.k GROUP BY 1",
    "then left": f"SELECT k, {VALUES} FROM {PLANS} FULL JOIN {SALES} USING (k) LEFT JOIN {COSTS} USING (k)",
    "then left, not in the key": f"SELECT coalesce(p.k, s.k) AS k, {VALUES} FROM {PLANS} FULL JOIN {SALES} USING (k)"
    f" LEFT JOIN {COSTS} ON c.k = coalesce(p.k, s.k)",
    "left before": f"SELECT k, {VALUES} FROM {PLANS} LEFT JOIN {SALES} USING (k) FULL JOIN {COSTS} USING (k)",
    "right before": f"SELECT k, {VALUES} FROM {PLANS} RIGHT JOIN {SALES} USING (k) FULL JOIN {COSTS} USING (k)",
    "inner after": f"SELECT k, {VALUES} FROM {PLANS} FULL JOIN {SALES} USING (k) JOIN {COSTS} USING (k)",
    "parenthesised": f"SELECT coalesce(p.k, s.k, c.k) AS k, {VALUES} FROM {PLANS}"
    f" FULL JOIN ({SALES} FULL JOIN {COSTS} ON c.k = s.k) ON coalesce(s.k, c.k) = p.k",
    "in a subquery": "SELECT coalesce(b.k, c.k) AS k, b.planned, b.sold, c.n AS cost"
    f" FROM (SELECT coalesce(p.k, s.k) AS k, p.n AS planned, s.n AS sold FROM {PLANS_AND_SALES}) b"
    f" FULL JOIN {COSTS} ON c.k = b.k",
    "reduced": f"SELECT k, {VALUES} FROM {PLANS} FULL JOIN {SALES} USING (k) FULL JOIN {COSTS} USING (k)"
    " WHERE s.n > 12",
    "with another": f"SELECT coalesce(p.k, s.k, c.k) AS k, {VALUES}, max(w.n) AS note FROM {PLANS_AND_SALES}"
    f" FULL JOIN {COSTS} ON c.k = coalesce(p.k, s.k) LEFT JOIN notes w ON w.sale = s.k GROUP BY 1, 2, 3, 4",
    "rows": "SELECT coalesce(p.k, s.k, c.k) AS k, count(p.id) AS p, count(s.id) AS s, sum(c.n) AS n FROM plans p"
    " FULL JOIN sales s ON s.k = p.k FULL JOIN costs c ON c.k = coalesce(s.k, p.k) GROUP BY 1",
    "distinct": "SELECT DISTINCT coalesce(p.k, s.k, c.k) AS k, c.k IS NULL AS costs_nothing FROM plans p"
    " FULL JOIN sales s ON s.k = p.k FULL JOIN costs c ON c.k = coalesce(s.k, p.k)",
    "two columns": "SELECT k, l, count(p.id) AS p, count(s.id) AS s, count(c.id) AS c FROM plans p"
    " FULL JOIN sales s USING (k, l) FULL JOIN costs c USING (k, l) GROUP BY k, l",
    "key of one side": "SELECT s.id AS k, p.n AS p, c.n AS c, c.id AS cost FROM plans p RIGHT JOIN sales s USING (k)"
    " LEFT JOIN costs c USING (k)",
}
KEYS = {"two columns": ("k", "l"), "distinct": ("k", "costs_nothing")}
CHANGES = (
    "UPDATE costs SET n = n + 1 WHERE k = 15",
    "UPDATE sales SET k = k + 3, n = 13 WHERE id % 4 = 1",
    "DELETE FROM plans WHERE k = 5; UPDATE sales SET k = 1 WHERE k = 5; UPDATE costs SET k = 5 WHERE id < 4",
    "DELETE FROM sales WHERE k BETWEEN 6 AND 8; DELETE FROM costs WHERE k BETWEEN 7 AND 9",
    "INSERT INTO plans VALUES (90, 40, 1, 1); INSERT INTO costs VALUES (90, 40, 1, 1), (91, 41, 0, 1)",
    "INSERT INTO sales VALUES (90, 40, 1, 1); DELETE FROM plans WHERE k = 40; UPDATE notes SET sale = 90 WHERE id < 5",
    "UPDATE plans SET k = CASE WHEN k IS NULL THEN 41 END WHERE id IN (3, 6)",
    "DELETE FROM notes WHERE id % 2 = 0; DELETE FROM costs",
    "DELETE FROM sales; DELETE FROM plans WHERE id > 3",
)
NOW = Debounced(Debounce(quiet=0))


def never(*_: object) -> bool:
    return False


def always(*_: object) -> bool:
    return True


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("refresh", [NOW, Realtime(Debounce(quiet=0))], ids=["debounced", "realtime"])
def test_changes_with_anchor_of_several_full_joined_sources_rows_stay_right(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, name: str, refresh: Refresh
) -> None:
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    text = TEXTS[name]
    key = ("k", "p", "c", "cost") if name == "key of one side" else KEYS.get(name, ("k",))
    case = make_case(DDL, text, key=key, driving=(), refresh=refresh)
    case.refresh()
    assert case.whole_sources() == []
    assert case.described().anchored_by == (key if name == "two columns" else ())
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []


@pytest.mark.parametrize(
    "text",
    [
        # Rows that have only costs have no k here.
        f"SELECT coalesce(p.k, s.k, -1) AS k, count(*) AS n, sum(c.n) AS m FROM {PLANS_AND_SALES}"
        f" FULL JOIN {COSTS} ON c.k = p.k GROUP BY 1",
        f"SELECT coalesce(p.k, s.k) AS k, count(*) AS n, sum(c.n) AS m FROM {PLANS_AND_SALES}"
        f" FULL JOIN {COSTS} ON c.k = p.k GROUP BY 1",
        f"SELECT coalesce(p.k, s.k, c.k) AS k, count(*) AS n, sum(c.n) AS m FROM {PLANS_AND_SALES}"
        f" FULL JOIN {COSTS} ON c.n = p.n GROUP BY 1",
        f"SELECT coalesce(p.k, s.k) AS k, count(*) AS n, sum(c.n) AS m FROM {COSTS} LEFT JOIN ({PLANS_AND_SALES})"
        " ON c.k = coalesce(p.k, s.k) GROUP BY 1",
        "SELECT coalesce(p.k, d.k) AS k, count(*) AS n, sum(d.n) AS m FROM plans p LEFT JOIN (SELECT DISTINCT ON (s.l)"
        " s.l, s.k, s.n FROM sales s ORDER BY s.l, s.id) d ON d.k = p.k GROUP BY 1",
        "SELECT coalesce(p.k, c.k) AS k, count(*) AS n, sum(c.n) AS m FROM plans p FULL JOIN costs c ON c.k = p.k + 1"
        " GROUP BY 1",
    ],
    ids=["constant", "not all", "other column", "below a left join", "group", "shifted"],
)
def test_changes_with_full_joins_that_have_no_one_value_rows_stay_right(make_case: MakeCase, text: str) -> None:
    case = make_case(DDL, text, key=("k",), driving=(), refresh=NOW)
    case.refresh()
    assert case.rows("SELECT FROM denorm.dependency WHERE expansion IS NULL") != []
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()


def test_planted_any_join_is_by_equal_columns_row_stays_stale(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_joins, "_covers", always)
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    text = (
        f"SELECT coalesce(p.k, s.k) AS k, count(*) AS n, sum(c.n) AS m FROM {PLANS_AND_SALES}"
        f" FULL JOIN {COSTS} ON c.k = p.k GROUP BY 1"
    )
    case = make_case(DDL, text, key=("k",), driving=(), refresh=NOW)
    case.refresh()
    case.write("UPDATE costs SET n = n + 1 WHERE k = 15")
    case.refresh_if_due()
    with pytest.raises(AssertionError):
        case.assert_right()
