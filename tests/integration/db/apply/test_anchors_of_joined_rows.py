"""Changes are traced to values of several joined rows of one table: those that leave together still find each other."""

from __future__ import annotations

import pytest

from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

DDL = """
CREATE TABLE posts (id bigint PRIMARY KEY, shown boolean NOT NULL);
CREATE TABLE tags (post bigint NOT NULL, tag text NOT NULL, votes integer NOT NULL, at date, PRIMARY KEY (post, tag));
INSERT INTO posts SELECT n, n % 4 > 0 FROM generate_series(1, 12) AS n;
INSERT INTO tags SELECT n, 'tag ' || (n * m) % 7, n % 3, date '2026-01-01' + n % 2
FROM generate_series(1, 12) AS n, generate_series(1, 3) AS m ON CONFLICT DO NOTHING;
"""
PAIRS = (
    "SELECT least(x.tag, y.tag) AS one, greatest(x.tag, y.tag) AS other, count(*) AS posts, sum(x.votes * y.votes) AS v"
    " FROM tags x JOIN tags y ON y.post = x.post AND y.tag > x.tag GROUP BY 1, 2"
)
SHOWN = (
    "SELECT x.tag AS one, y.tag AS other, p.id AS post FROM posts p JOIN tags x ON x.post = p.id"
    " JOIN tags y ON y.post = x.post AND y.tag <> x.tag WHERE p.shown AND 6 / (1 + x.votes) > 1"
)
WORDS = (
    "SELECT DISTINCT x.votes + y.votes AS one, w.word AS other FROM tags x JOIN tags y ON y.post = x.post"
    " CROSS JOIN LATERAL regexp_split_to_table(y.tag, ' ') AS w (word)"
)
KEYS = {PAIRS: ("one", "other"), SHOWN: ("one", "other", "post"), WORDS: ("one", "other")}
CHANGES = (
    "DELETE FROM tags WHERE post = 5",
    "UPDATE tags SET tag = tag || '!', votes = votes + 1 WHERE post = 7",
    "UPDATE tags SET post = post + 20 WHERE post IN (2, 3)",
    "WITH gone AS (DELETE FROM tags WHERE post = 9 RETURNING post)"
    " DELETE FROM posts WHERE id IN (SELECT post FROM gone)",
    "UPDATE posts SET shown = NOT shown WHERE id % 2 = 0",
    "INSERT INTO tags SELECT 11, 'new ' || n, n FROM generate_series(1, 4) AS n",
    "DELETE FROM tags WHERE tag LIKE 'new%'",
    "DELETE FROM tags",
)


def never(*_: object) -> bool:
    return False


def brought_up(make_case: MakeCase, text: str, refresh: Refresh) -> Case:
    case = make_case(DDL, text, key=KEYS[text], driving=(), refresh=refresh)
    case.refresh()
    return case


@pytest.mark.parametrize("text", KEYS, ids=["pairs", "shown", "words"])
@pytest.mark.parametrize(
    "refresh", [Debounced(Debounce(quiet=0)), Realtime(Debounce(quiet=0))], ids=["debounced", "realtime"]
)
def test_changes_with_anchor_of_joined_rows_rows_stay_right(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, text: str, refresh: Refresh
) -> None:
    case = brought_up(make_case, text, refresh)
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    assert case.whole_sources() == []
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
    assert [name for name, result in case.checks().items() if not result.passed] == []


def test_changes_in_two_transactions_before_dispatch_rows_stay_right(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = brought_up(make_case, PAIRS, Debounced(Debounce(quiet=0)))
    monkeypatch.setattr("denorm_assets.db.changes.anchor_rows._whole_is_cheaper", never)
    case.write("DELETE FROM tags WHERE post = 5 AND tag = 'tag 1'")
    case.write("DELETE FROM tags WHERE post = 5 AND tag = 'tag 3'")
    case.refresh_if_due()
    case.assert_right()
