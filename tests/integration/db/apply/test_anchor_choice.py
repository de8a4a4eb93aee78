"""Changes are traced to the output column from which the fewest sources are whole, whatever the order of the key."""

from __future__ import annotations

import pytest

from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.model.index import Index
from denorm_assets.model.refresh import Debounce, Debounced
from tests.integration.db.conftest import MakeCase
from tests.integration.db.reconcile.test_reconciling import reconcile
from tests.support.case import Case

DDL = """
CREATE TABLE edits (id bigint PRIMARY KEY, page bigint NOT NULL, size integer NOT NULL, note json, score numeric);
CREATE TABLE pages (id bigint PRIMARY KEY, kind text, title text NOT NULL);
INSERT INTO pages SELECT n, CASE WHEN n % 7 > 0 THEN 'kind ' || n % 3 END, 'page ' || n
FROM generate_series(1, 20) AS n;
INSERT INTO edits SELECT n, 1 + n % 20, n * 7 % 100, '{}', n FROM generate_series(1, 200) AS n;
"""
GROWTH = "SELECT e.id, e.page, e.size - lag(e.size) OVER (PARTITION BY e.page ORDER BY e.id) AS grown FROM edits e"
SHARE = (
    "SELECT p.id, p.kind, count(*) * 100 / sum(count(*)) OVER (PARTITION BY p.kind) AS share"
    " FROM pages p JOIN edits e ON e.page = p.id GROUP BY p.id, p.kind"
)
CHOICES = {
    "a column outside of the key": (GROWTH, ("id",), ["page"]),
    "the second column of the key": (GROWTH, ("id", "page"), ["page"]),
    "a column that can be null": (SHARE, ("id",), ["kind"]),
    "all of the key where others are of rows that are joined": (
        "SELECT p.kind, e.size, count(*) AS edits FROM pages p JOIN edits e ON e.page = p.id GROUP BY p.kind, e.size",
        ("kind", "size"),
        ["kind", "size"],
    ),
    "the first of the key where others are of rows that are not joined": (
        "SELECT e.size, p.kind, count(*) AS edits FROM edits e CROSS JOIN pages p GROUP BY e.size, p.kind",
        ("size", "kind"),
        None,
    ),
    "the first of the key where that is unique": ("SELECT p.id, p.kind, p.title FROM pages p", ("id", "kind"), None),
    "all of the key where all lead to it": (
        "SELECT e.page, e.size, count(*) AS edits FROM edits e GROUP BY e.page, e.size",
        ("page", "size"),
        ["page", "size"],
    ),
    "no array of the key": (
        "SELECT e.page, ARRAY[e.size] AS sizes, e.size % 3 AS rest FROM edits e GROUP BY 1, 2, 3",
        ("page", "sizes", "rest"),
        ["page", "rest"],
    ),
    "what of the key is of plain types": (
        "SELECT e.page, e.score, e.size, count(*) AS edits FROM edits e GROUP BY e.page, e.score, e.size",
        ("page", "score", "size"),
        ["page", "size"],
    ),
    "the first of the key where none is better": (
        "SELECT e.id, e.page, rank() OVER (ORDER BY e.size, e.id) AS place FROM edits e",
        ("id",),
        None,
    ),
}
CHANGES = (
    "UPDATE edits SET size = size + 1 WHERE id % 13 = 4",
    "UPDATE edits SET page = 1 + (page + 3) % 20 WHERE id % 5 = 2",
    "UPDATE pages SET kind = CASE kind WHEN 'kind 1' THEN 'kind 2' WHEN 'kind 2' THEN NULL ELSE 'kind 1' END"
    " WHERE id % 2 = 1",
    "DELETE FROM edits WHERE id % 9 = 1",
    "INSERT INTO edits SELECT n, 1 + n % 20, n % 50, NULL, 1.50 FROM generate_series(300, 330) AS n",
    "UPDATE edits SET page = 7 WHERE page IN (8, 9)",
)
NOW = Debounced(Debounce(quiet=0))


@pytest.mark.parametrize("named", CHOICES)
@pytest.mark.parametrize("driving", [(), ("edits.id",)], ids=["whole", "ranges"])
def test_describe_model_chooses_anchor_with_fewest_whole_sources(
    make_case: MakeCase, named: str, driving: tuple[str, ...]
) -> None:
    text, key, wanted = CHOICES[named]
    if driving and ("e.id" not in text or "id" not in key):
        pytest.skip("its IDs drive no ranges")
    case = make_case(DDL, text, key=key, driving=driving, refresh=NOW)
    assert case.described().anchored_by == tuple(wanted or ())
    assert case.rows("SELECT anchor FROM denorm.read_model") == [(wanted,)]


def brought_up(make_case: MakeCase, text: str, driving: tuple[str, ...] = ()) -> Case:
    case = make_case(DDL, text, driving=driving, refresh=NOW, indexes=[Index("page" if text == GROWTH else "kind")])
    if driving:
        case.load()
        case.finish()
    else:
        case.refresh()
    return case


@pytest.mark.parametrize("text", [GROWTH, SHARE], ids=["growth", "share"])
def test_changes_with_chosen_anchor_rows_stay_right(make_case: MakeCase, text: str) -> None:
    driving = ("edits.id",) if text == GROWTH else ("pages.id",)
    case = brought_up(make_case, text, driving)
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []


def test_apply_again_anchor_chosen_before_stays(make_case: MakeCase) -> None:
    case = brought_up(make_case, GROWTH)
    case.run("UPDATE denorm.read_model SET anchor = NULL")
    case.apply()
    assert case.described().anchor[0].name == "id"
    with case.database.session("app") as session:
        assert model_sources(session, case.described()).whole
    case.write(CHANGES[0])
    case.refresh_if_due()
    case.assert_right()


def test_reconcile_with_chosen_anchor_repairs_rows(make_case: MakeCase) -> None:
    case = brought_up(make_case, GROWTH, ("edits.id",))
    case.run("UPDATE links SET grown = 1000 WHERE id % 7 = 1")
    case.run("DELETE FROM links WHERE page = 3")
    assert not case.checks()["matches_definition"].passed
    assert reconcile(case).repaired > 30
    case.assert_right()
