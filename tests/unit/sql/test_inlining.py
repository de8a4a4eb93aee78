"""Views in a syntax tree and in a parsed query, replaced by what they select."""

from __future__ import annotations

import pytest
from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.qualification import inlined, located, named_apart, parsed, qualified
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.dialect import printed

VIEWS = {
    "v": "SELECT a.id, a.n FROM app.a WHERE a.n > 0",
    "w": "SELECT v.id, count(*) AS c FROM app.v GROUP BY v.id",
    "t": "WITH x AS (SELECT a.id FROM app.a) SELECT x.id FROM x",
}
COLUMNS = {TableName("a", "app"): {"id": "integer", "n": "integer"}}


def in_place(text: str) -> exp.Query:
    views = {TableName(name, "app"): located(parsed(view), "pg_catalog") for name, view in VIEWS.items()}
    return inlined(located(parsed(text), "app"), views)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "SELECT w.id FROM w",
            'SELECT "w"."id" AS "id" FROM (SELECT "v"."id" AS "id", COUNT(*) AS "c" FROM (SELECT "a"."id" AS "id",'
            ' "a"."n" AS "n" FROM "app"."a" AS "a" WHERE "a"."n" > 0) AS "v" GROUP BY "v"."id") AS "w"',
        ),
        (
            "SELECT app.v.id FROM app.v",
            'SELECT "v"."id" AS "id" FROM (SELECT "a"."id" AS "id", "a"."n" AS "n" FROM "app"."a" AS "a"'
            ' WHERE "a"."n" > 0) AS "v"',
        ),
        (
            "SELECT x.k FROM v AS x (k)",
            'SELECT "x"."k" AS "k" FROM (SELECT "a"."id" AS "k", "a"."n" AS "n" FROM "app"."a" AS "a"'
            ' WHERE "a"."n" > 0) AS "x"',
        ),
        ("WITH v AS (SELECT id FROM a) SELECT v.id FROM v", None),
        ("SELECT v.id FROM other.v", None),
    ],
)
def test_inlined_view_is_its_query(text: str, expected: str | None) -> None:
    tree = in_place(text)
    if expected is None:
        assert tree == located(parsed(text), "app")
    else:
        assert printed(qualified(tree, COLUMNS, "app")) == expected


def test_named_apart_common_table_expressions_have_own_names() -> None:
    tree = in_place("WITH x AS (SELECT a.id FROM a) SELECT one.id FROM t AS one JOIN t AS two ON true JOIN x ON true")
    assert named_apart(tree) == {"x_2": "x", "x_3": "x"}
    names = [item.name for item in tree.find_all(exp.Table) if not item.db]
    assert sorted(names) == ["x", "x_2", "x_3"]
    assert {common.alias for common in tree.find_all(exp.CTE)} == {"x", "x_2", "x_3"}


def test_inlined_sample_of_view_is_refused() -> None:
    with pytest.raises(Refusal, match="not followed"):
        in_place("SELECT v.id FROM v TABLESAMPLE SYSTEM (1)")
