"""Changes are traced to several columns of the key together where they reach all of them: fewer rows have them all."""

from __future__ import annotations

import json

import pytest

from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.integration.db.reconcile.test_reconciling import reconcile
from tests.support.case import Case

DDL = """
CREATE TABLE sites (id bigint PRIMARY KEY, open boolean NOT NULL);
CREATE TABLE visits (
    id bigint PRIMARY KEY, site bigint NOT NULL, country text, at timestamp NOT NULL, pages integer NOT NULL
);
INSERT INTO sites SELECT n, n % 3 > 0 FROM generate_series(1, 9) AS n;
INSERT INTO visits SELECT n, 1 + n % 9, CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'a "b", c' ELSE 'C' || n % 5 END,
    timestamp '2026-03-28' + make_interval(hours => n), n % 4
FROM generate_series(1, 200) AS n;
"""
DAYS = (
    "SELECT v.country, v.at::date AS day, count(*) AS visits, sum(10 / (1 + v.pages)) AS pages"
    " FROM visits v JOIN sites s ON s.id = v.site WHERE s.open GROUP BY v.country, v.at::date"
)
UNION = (
    "SELECT u.country, date_trunc('day', u.at) AS day, count(*) AS visits FROM (SELECT v.country, v.at FROM visits v"
    " WHERE v.pages > 1 UNION ALL SELECT lower(w.country), w.at FROM visits w WHERE w.pages = 1) u GROUP BY 1, 2"
)
DISTINCT = "SELECT DISTINCT v.site % 3 AS day, v.country, v.pages > 2 AS many FROM visits v"
KEYS = {DAYS: ("country", "day"), UNION: ("country", "day"), DISTINCT: ("day", "country", "many")}
CHANGES = (
    "UPDATE visits SET pages = pages + 1 WHERE id % 13 = 4",
    "UPDATE visits SET country = CASE country WHEN 'C2' THEN NULL ELSE 'C2' END WHERE id % 7 = 1",
    "UPDATE visits SET at = at + interval '1 day' WHERE id % 11 = 0",
    "UPDATE sites SET open = NOT open WHERE id IN (2, 3)",
    "DELETE FROM visits WHERE id % 9 = 1",
    "INSERT INTO visits SELECT n, 1 + n % 9, CASE WHEN n % 2 = 0 THEN 'new' END, '2026-05-01', 2"
    " FROM generate_series(300, 320) AS n",
    "DELETE FROM visits WHERE country IS NULL",
)
NOW = Debounced(Debounce(quiet=0))


def never(*_: object) -> bool:
    return False


def brought_up(make_case: MakeCase, text: str, refresh: Refresh = NOW) -> Case:
    case = make_case(DDL, text, key=KEYS[text], driving=(), refresh=refresh)
    case.refresh()
    assert case.described().anchored_by == KEYS[text]
    return case


@pytest.mark.parametrize("text", KEYS, ids=["days", "union", "distinct"])
@pytest.mark.parametrize("refresh", [NOW, Realtime(Debounce(quiet=0))], ids=["debounced", "realtime"])
@pytest.mark.parametrize("part", [True, False], ids=["part", "cheapest"])
def test_changes_with_anchor_of_several_columns_rows_stay_right(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, text: str, refresh: Refresh, part: bool
) -> None:
    case = brought_up(make_case, text, refresh)
    if part:
        monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []


def test_realtime_with_anchor_of_several_columns_recomputes_in_transaction(make_case: MakeCase) -> None:
    case = brought_up(make_case, DISTINCT, Realtime())
    case.run("ANALYZE visits")
    case.write("INSERT INTO visits VALUES (1000, 5, 'seen at once', '2026-03-28', 1)")
    assert case.rows("SELECT day, many FROM links WHERE country = 'seen at once'") == [(2, False)]
    case.write("DELETE FROM visits WHERE id = 1000")
    assert case.rows("SELECT day, many FROM links WHERE country = 'seen at once'") == []


def test_dispatch_with_anchor_of_several_columns_affects_these_alone(make_case: MakeCase) -> None:
    case = brought_up(make_case, DAYS)
    case.write("UPDATE visits SET pages = pages + 1 WHERE id IN (1, 10)")
    stale = case.rows("SELECT s.anchor FROM denorm.read_model AS m, denorm.stale_anchors(m.id) AS s ORDER BY 1")
    assert [json.loads(anchor) for (anchor,) in stale] == [['a "b", c', "2026-03-28"], [None, "2026-03-28"]]


def test_drain_anchor_of_several_columns_fails_others_are_kept(make_case: MakeCase) -> None:
    case = brought_up(make_case, DAYS)
    case.write("UPDATE visits SET pages = -1 WHERE id = 1")
    case.write("UPDATE visits SET pages = -1 WHERE id = 25")
    case.write("UPDATE visits SET pages = 9 WHERE id % 10 = 7")
    case.refresh_if_due()
    failing = case.rows("SELECT anchor FROM denorm.quarantine ORDER BY anchor")
    assert [json.loads(anchor) for (anchor,) in failing] == [['a "b", c', "2026-03-28"], [None, "2026-03-29"]]
    case.write("UPDATE visits SET pages = 3 WHERE pages < 0")
    case.refresh_if_due()
    case.assert_right()


@pytest.mark.parametrize("text", KEYS, ids=["days", "union", "distinct"])
def test_reconcile_with_anchor_of_several_columns_repairs_rows(make_case: MakeCase, text: str) -> None:
    case = brought_up(make_case, text)
    case.run("DELETE FROM links WHERE country IS NULL")
    case.run("UPDATE links SET country = country || '!' WHERE country LIKE 'C%'")
    assert not case.checks()["matches_definition"].passed
    assert reconcile(case).repaired > 3
    case.assert_right()


def test_compare_with_pending_anchors_of_several_columns_leaves_them_out(make_case: MakeCase) -> None:
    case = brought_up(make_case, DAYS)
    case.write("UPDATE visits SET pages = pages + 1 WHERE id IN (1, 10)")
    assert case.checks()["matches_definition"].passed
    case.run("UPDATE links SET visits = 1000 WHERE country = 'C2'")
    assert not case.checks()["matches_definition"].passed
