"""Definitions that aggregate all rows, taken apart into blocks of rows."""

from __future__ import annotations

import pytest
from sqlglot import exp

from denorm_assets.model.catalog.blocks import IdBlocks
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.aggregated_select import Kept
from denorm_assets.sql.analysis.id_occurrences import occurrences
from denorm_assets.sql.analysis.partial_aggregates import Folded, folded
from denorm_assets.sql.analysis.qualification import located, parsed, qualified
from denorm_assets.sql.dialect import printed

TYPES = {"id": "integer", "k": "integer", "n": "integer", "open": "boolean"}
COLUMNS = {TableName(name, "app"): TYPES for name in ("a", "b", "c")}
OPAQUE = frozenset({"sum", "count", "max", "string_agg", "unnest"})
BIGINT = Kept("bigint")


def taken_apart(text: str) -> Folded | None:
    return folded(qualified(located(parsed(text), "app"), COLUMNS, "app"), OPAQUE)


def aggregates(text: str) -> list[list[str]]:
    """The partial aggregates of each part."""
    found = taken_apart(text)
    return [] if found is None else [[printed(each).replace('"', "") for each in part.partials] for part in found.parts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT count(*) FROM a", [["COUNT(*)"]]),
        ("SELECT avg(n) + 1 AS x, sum(n) AS y FROM a", [["sum(a.n)", "count(a.n)", "sum(a.n)"]]),
        (
            "SELECT max(n) FILTER (WHERE open) AS x FROM a HAVING count(*) > 1",
            [["max(a.n) FILTER(WHERE a.open)", "COUNT(*)"]],
        ),
        ("SELECT (SELECT count(*) FROM a) AS x, (SELECT sum(k) FROM b) AS y", [["sum(b.k)"], ["COUNT(*)"]]),
        ("SELECT 1 AS k, count(*) AS n FROM a UNION ALL SELECT 2, count(*) FROM b", [["COUNT(*)"], ["COUNT(*)"]]),
        ("WITH x AS (SELECT sum(n) AS n FROM a) SELECT n / 2 AS h FROM x", [["sum(a.n)"]]),
        ("SELECT sum(n) AS n FROM a WHERE k = (SELECT max(k) FROM b WHERE b.n = a.n)", [["sum(a.n)"]]),
    ],
)
def test_folded_aggregates_of_all_rows_are_taken_apart(text: str, expected: list[list[str]]) -> None:
    assert aggregates(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT n FROM a",
        "SELECT k FROM a GROUP BY k, 'x'",
        "SELECT k, n, count(*) AS c FROM a GROUP BY k, ROLLUP (n, (SELECT max(k) FROM b))",
        "SELECT a.n, count(*) AS c FROM a GROUP BY ROLLUP (a.id)",
        "SELECT k, rank() OVER (ORDER BY count(*)) AS r FROM a GROUP BY k",
        "SELECT count(DISTINCT n) AS n FROM a",
        "SELECT string_agg(n::text, ',') AS n FROM a",
        "SELECT sum(n ORDER BY k) AS n FROM a",
        "SELECT app.sum(n) AS n FROM a",
        "SELECT count(*) + random_sum(k) AS n FROM a",
        "SELECT sum(count(*)) OVER () AS n FROM a",
        "SELECT count(*) AS n, (SELECT max(k) FROM b) AS k FROM a",
        "SELECT k, (SELECT count(*) FROM b WHERE b.k = a.k) AS n FROM a",
        "SELECT (SELECT count(*) FROM a) AS x, b.k FROM b",
        "WITH x AS (SELECT k FROM a) SELECT count(*) AS n FROM x",
        "SELECT count(*) AS n FROM (SELECT k FROM a UNION SELECT k FROM b) AS u, LATERAL (SELECT u.k) AS l WHERE false"
        " UNION ALL SELECT k FROM c",
    ],
)
def test_folded_what_no_blocks_make_is_left_alone(text: str) -> None:
    assert taken_apart(text) is None


@pytest.mark.parametrize(
    ("from_", "expected"),
    [
        ("a LEFT JOIN b ON b.k = a.k JOIN c ON c.k = a.k", ["a: a.id", "c: c.id"]),
        ("a RIGHT JOIN b ON b.k = a.k", ["b: b.id"]),
        ("(SELECT id AS i, n FROM a WHERE k > 1) AS s", ["a: s.i"]),
        ("(SELECT b.k, c.id FROM b JOIN c ON c.k = b.k LEFT JOIN a ON a.k = c.k) AS s", ["b: none", "c: s.id"]),
        ("(SELECT x.i AS j FROM (SELECT id AS i FROM a) AS x) AS s", ["a: s.j"]),
        ("(SELECT DISTINCT id FROM a) AS s", []),
        ("(SELECT max(id) AS id FROM a) AS s", []),
        ("(SELECT id FROM a UNION ALL SELECT id FROM b) AS s", []),
        ("(SELECT id FROM a ORDER BY k LIMIT 3) AS s", []),
    ],
)
def test_occurrences_sources_that_each_row_has_one_of_are_named_as_outside(from_: str, expected: list[str]) -> None:
    select = qualified(located(parsed(f"SELECT count(*) AS n FROM {from_}"), "app"), COLUMNS, "app")
    assert isinstance(select, exp.Select)
    named = [(each.table.name, each.alias, each.named("id")) for each in occurrences(select)]
    assert [f"{table}: {f'{alias}.{name}' if name else 'none'}" for table, alias, name in named] == expected


def test_folded_rows_are_made_of_states_and_blocks_are_numbered_by_part() -> None:
    found = taken_apart(
        "SELECT (SELECT avg(n) FROM a) AS x, (SELECT count(*) + max(k) FROM b WHERE n > 1 OR open) AS y"
    )
    assert found is not None
    blocks = (IdBlocks("b", "id", 4), IdBlocks("a", "id", 5))
    text = printed(found.by_block(blocks)).replace('"', "")
    assert "((CAST(b.id AS BIGINT) >> 4) * 2) + 0 AS denorm_block" in text
    assert "((CAST(a.id AS BIGINT) >> 5) * 2) + 1 AS denorm_block" in text
    assert found.parts[0].source.replace('"', "") == "FROM app.b AS b WHERE ((b.n > 1) OR b.open)"
    rows = found.rows([[], []], [[BIGINT, Kept("text", '"pg_catalog"."C"')], [BIGINT, BIGINT]])
    assert 'max((denorm_partial.states[2])::text COLLATE "pg_catalog"."C")' in rows
    assert "(sum((denorm_partial.states[1])::bigint) / nullif(sum((denorm_partial.states[2])::bigint), 0))" in rows
    assert rows.count("p.model_id = denorm_model_id_ AND p.part = 1") == 1


@pytest.mark.parametrize(
    ("text", "groups", "rows"),
    [
        (
            "SELECT k, count(*) AS n FROM a GROUP BY k",
            ["a.k"],
            "SELECT {0} AS k, {count} AS n FROM {kept} GROUP BY {0}, {0}",
        ),
        (
            "SELECT a.n % 3 AS m, a.n % 3 + 1 AS o FROM a GROUP BY a.n % 3 HAVING count(*) > 1",
            ["a.n % 3"],
            "SELECT {0} AS m, {0} + 1 AS o FROM {kept} GROUP BY {0}, {0} HAVING {count} > 1",
        ),
        (
            "SELECT a.id, a.k FROM a GROUP BY a.id ORDER BY count(*) DESC LIMIT 3",
            ["a.id", "a.k"],
            "SELECT {0} AS id, {1} AS k FROM {kept} GROUP BY {0}, {0}, {1} ORDER BY {count} DESC LIMIT 3",
        ),
        (
            "SELECT a.k, grouping(a.n) AS g FROM a GROUP BY ROLLUP (a.k, a.n)",
            ["a.k", "a.n"],
            "SELECT {0} AS k, grouping({1}) AS g FROM {kept} GROUP BY ROLLUP ({0}, {1})",
        ),
    ],
)
def test_folded_groups_are_kept_and_grouped_again(text: str, groups: list[str], rows: str) -> None:
    found = taken_apart(text)
    assert found is not None
    assert [each.replace('"', "") for each in found.parts[0].grouped_by] == groups
    made = found.rows([[BIGINT] * len(groups)], [[BIGINT]]).replace('"', "")
    kept = "(SELECT p.groups, p.states FROM denorm.partial AS p WHERE p.model_id = denorm_model_id_ AND p.part = 0)"
    values = [f"((denorm_partial.groups[{n + 1}])::bigint)" for n in range(len(groups))]
    count = "(coalesce(sum((denorm_partial.states[1])::bigint), 0))::bigint"
    assert made == rows.format(*values, count=count, kept=f"{kept} AS denorm_partial")
