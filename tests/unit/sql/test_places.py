"""Where conditions on the anchor are written into a definition."""

from __future__ import annotations

import pytest

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.places import Placer
from denorm_assets.sql.analysis.qualification import located, parsed, qualified
from denorm_assets.sql.dialect import printed

TYPES = {"id": "integer", "k": "integer", "n": "integer"}
COLUMNS = {
    TableName("a", "app"): TYPES,
    TableName("b", "app"): TYPES,
    TableName("c", "app"): {**TYPES, "k": "bigint"},
}


def places(text: str, columns: int = 1) -> list[str]:
    """The values of the conditions on the first columns, in the order of the definition, and why they are there."""
    placer = Placer(qualified(located(parsed(text), "app"), COLUMNS, "app"), COLUMNS, frozenset({"unnest"}), "mark_")
    placer.place(range(columns))
    found = printed(placer.tree)
    order = sorted(range(len(placer.places)), key=lambda number: found.index(f'"mark_{number}"'))
    return [
        f"{', '.join(printed(value) for value in place.values.values())}: {place.below}".replace('"', "")
        for place in (placer.places[number] for number in order)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT k FROM a EXCEPT SELECT n FROM b", ["a.k: EXCEPT", "b.n: EXCEPT"]),
        (
            "SELECT k FROM a UNION ALL (SELECT k FROM b EXCEPT SELECT k FROM a)",
            ["a.k: EXCEPT", "b.k: EXCEPT", "a.k: EXCEPT"],
        ),
        ("SELECT k FROM a UNION SELECT k FROM b INTERSECT SELECT id FROM b", []),
        ("SELECT k FROM a UNION ALL SELECT k FROM c", ["a.k: UNION of several types", "c.k: UNION of several types"]),
        ("SELECT k, count(*) FROM a GROUP BY k, ROLLUP (n)", ["a.k: several grouping sets"]),
        ("SELECT k, n FROM a GROUP BY GROUPING SETS ((k, n), (k))", ["a.k: several grouping sets"]),
        ("SELECT n + k FROM a GROUP BY n + k, CUBE (id)", ["a.n + a.k: several grouping sets"]),
        (
            "SELECT g.k, sum(g.n) FROM (SELECT k, n, count(*) FROM a GROUP BY k, CUBE (n)) AS g GROUP BY g.k",
            ["a.k: several grouping sets"],
        ),
        (
            "WITH w AS (SELECT k, n FROM a) SELECT x.k FROM w AS x JOIN w AS y ON y.k = x.k",
            ["a.k: WITH w"],
        ),
        ("WITH w AS MATERIALIZED (SELECT k FROM a) SELECT k FROM w", ["a.k: WITH w"]),
        ("WITH w (q) AS MATERIALIZED (SELECT k FROM a) SELECT q FROM w", ["a.k: WITH w"]),
        (
            "WITH v AS (SELECT k FROM a), w AS MATERIALIZED (SELECT k FROM v) SELECT k FROM w UNION SELECT k FROM v",
            ["a.k: WITH v", "v.k: WITH w"],
        ),
        (
            "SELECT a.k FROM a LEFT JOIN (SELECT k FROM a EXCEPT SELECT k FROM b) AS e ON e.k = a.k",
            ["a.k: EXCEPT", "b.k: EXCEPT"],
        ),
        (
            "SELECT a.k FROM a JOIN b ON b.n = a.k JOIN (SELECT max(id) AS id, k FROM a GROUP BY k) AS g ON g.k = b.n",
            ["a.k: an equality in a join"],
        ),
    ],
)
def test_placer_what_postgres_carries_no_condition_below_has_places(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT k FROM a EXCEPT (SELECT k FROM b ORDER BY id LIMIT 3)", ["a.k: EXCEPT"]),
        ("SELECT k, count(*) OVER (PARTITION BY n) FROM a EXCEPT SELECT k, n FROM b", ["b.k: EXCEPT"]),
        ("SELECT DISTINCT ON (n) k FROM a EXCEPT SELECT k FROM b", ["b.k: EXCEPT"]),
        ("SELECT max(k) FROM a EXCEPT SELECT k FROM b", ["b.k: EXCEPT"]),
        ("SELECT unnest(ARRAY[k]) FROM a EXCEPT SELECT k FROM b", ["b.k: EXCEPT"]),
    ],
)
def test_placer_branch_whose_rows_other_anchors_need_has_none(text: str, expected: list[str]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(SELECT k FROM a EXCEPT SELECT k FROM b) LIMIT 3",
        # Rows of the sets in which it is not grouped are of no anchor, and need all rows.
        "SELECT k FROM a GROUP BY ROLLUP (k, n)",
        "SELECT k FROM a GROUP BY GROUPING SETS ((k), (n))",
        "SELECT coalesce(k, 0) FROM a GROUP BY n, CUBE (k)",
        # NULL where the join finds nothing is no value of these rows.
        "SELECT e.k FROM a LEFT JOIN (SELECT k FROM a EXCEPT SELECT k FROM b) AS e ON e.k = a.k",
        "SELECT a.k FROM a FULL JOIN (SELECT k FROM a EXCEPT SELECT k FROM b) AS e ON e.k = a.k",
        "SELECT e.k FROM a RIGHT JOIN (SELECT k FROM a GROUP BY k, CUBE (n)) AS e ON a.k = e.k FULL JOIN b ON true",
        # The other side has other values.
        "SELECT a.k FROM a LEFT JOIN (SELECT k FROM a EXCEPT SELECT k FROM b) AS e ON e.k > a.k",
        "SELECT e.k FROM a AS e LEFT JOIN (SELECT k FROM a EXCEPT SELECT k FROM b) AS f ON f.k = e.k OR true",
        "SELECT e.k FROM a AS e LEFT JOIN (SELECT k FROM a EXCEPT SELECT k FROM b) AS f ON e.k = e.n",
        # Whatever else reads it needs all of it.
        "WITH w AS (SELECT k, n FROM a) SELECT x.k FROM w AS x WHERE x.n = (SELECT max(w.n) FROM w)",
        "WITH w AS (SELECT k, n FROM a) SELECT x.k FROM w AS x JOIN w AS y ON y.n = x.k",
        "WITH RECURSIVE w AS (SELECT k FROM a UNION SELECT w.k + 1 FROM w WHERE w.k < 9) SELECT k FROM w",
        # It is another value, or an error, as another type.
        "SELECT c.k FROM c LEFT JOIN (SELECT k FROM a GROUP BY k, CUBE (n)) AS e ON e.k = c.k",
    ],
)
def test_placer_rows_that_other_anchors_need_stay(text: str) -> None:
    assert places(text) == []


def test_placer_several_columns_stand_where_each_is_let_out() -> None:
    groups = "SELECT k, n, id FROM a GROUP BY k, n, CUBE (id)"
    text = f"SELECT k, n FROM ({groups}) AS g EXCEPT SELECT k, max(n) FROM b GROUP BY k"
    assert places(text, 2) == ["a.k, a.n: several grouping sets", "g.k, g.n: EXCEPT", "b.k: EXCEPT"]
