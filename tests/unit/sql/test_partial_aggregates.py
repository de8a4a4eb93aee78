"""Definitions that aggregate all rows, taken apart into blocks of rows."""

from __future__ import annotations

import pytest
from sqlglot import exp

from denorm_assets.model.catalog.blocks import IdBlocks
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.aggregated_select import Kept
from denorm_assets.sql.analysis.clock.marks import with_marks
from denorm_assets.sql.analysis.id_occurrences import occurrences
from denorm_assets.sql.analysis.partial_aggregates import Folded, folded
from denorm_assets.sql.analysis.qualification import located, parsed, qualified
from denorm_assets.sql.dialect import printed

TYPES = {"id": "integer", "k": "integer", "n": "integer", "open": "boolean"}
COLUMNS = {TableName(name, "app"): TYPES for name in ("a", "b", "c")}
OPAQUE = frozenset({"sum", "count", "max", "string_agg", "unnest", "random_sum"})
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
        (
            "SELECT DISTINCT min(n) + min(n) AS x, bool_and(open) AS y, bool_or(open) AS z FROM a"
            " ORDER BY max(n) LIMIT 2 OFFSET 0",
            [["min(a.n)", "bool_and(a.open)", "bool_or(a.open)", "max(a.n)"]],
        ),
        (
            "SELECT DISTINCT a.k, count(*) AS c FROM a JOIN b ON b.k = a.k WHERE a.n > 1 GROUP BY a.k"
            " HAVING count(*) > 1 ORDER BY c LIMIT 3 OFFSET 1",
            [["COUNT(*)"]],
        ),
        (
            "SELECT avg(n) FILTER (WHERE open) AS x FROM a",
            [["sum(a.n) FILTER(WHERE a.open)", "count(a.n) FILTER(WHERE a.open)"]],
        ),
        (
            "SELECT g.c AS n, count(*) AS m FROM (SELECT k, sum(n) AS c FROM a GROUP BY k) AS g GROUP BY g.c",
            [["sum(a.n)"]],
        ),
        ("SELECT max(1) AS n WHERE 1 < (SELECT count(*) FROM a)", [["COUNT(*)"]]),
        ("SELECT sum(u.n) AS n FROM a CROSS JOIN LATERAL unnest(ARRAY[a.n]) AS u(n)", [["sum(u.n)"]]),
        ("SELECT sum(l.n) AS n FROM a CROSS JOIN LATERAL (SELECT b.n FROM b WHERE b.k = a.k) AS l", [["sum(l.n)"]]),
    ],
)
def test_folded_aggregates_of_all_rows_are_taken_apart(text: str, expected: list[list[str]]) -> None:
    assert aggregates(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 AS n",
        "SELECT n FROM a",
        "SELECT k FROM a GROUP BY k, 'x'",
        "SELECT k, n, count(*) AS c FROM a GROUP BY k, ROLLUP (n, (SELECT max(k) FROM b))",
        "SELECT a.n, count(*) AS c FROM a GROUP BY ROLLUP (a.id)",
        "SELECT k, rank() OVER (ORDER BY count(*)) AS r FROM a GROUP BY k",
        "SELECT count(DISTINCT n) AS n FROM a",
        "SELECT string_agg(n::text, ',') AS n FROM a",
        "SELECT sum(n ORDER BY k) AS n FROM a",
        "SELECT app.sum(n) AS n FROM a",
        "SELECT count(*) + Random_Sum(1) AS n FROM a",
        "SELECT count(*) AS n, unnest(ARRAY[1]) AS u FROM a",
        "SELECT variance(n) AS n FROM a",
        "SELECT count(u.n) AS n FROM unnest(ARRAY[1]) AS u(n)",
        "WITH x AS (SELECT 1 AS k) SELECT s.n FROM (SELECT count(*) AS n FROM a JOIN x ON x.k = a.k) AS s",
        "SELECT 1 AS n FROM a",
        "SELECT count(*) AS n, (SELECT count(*) FROM b) AS m FROM a",
        "SELECT sum(count(*)) OVER () AS n FROM a",
        "SELECT count(*) AS n, (SELECT max(k) FROM b) AS k FROM a",
        "SELECT k, (SELECT count(*) FROM b WHERE b.k = a.k) AS n FROM a",
        "SELECT (SELECT count(*) FROM a) AS x, b.k FROM b",
        "WITH x AS (SELECT k FROM a) SELECT count(*) AS n FROM x",
        "SELECT count(*) AS n FROM (SELECT k FROM a UNION SELECT k FROM b) AS u, LATERAL (SELECT u.k) AS l WHERE false"
        " UNION ALL SELECT k FROM c",
        "SELECT count(*) AS n, 'denorm_kept_0' AS x FROM a",
        "SELECT id, to_jsonb(a) AS j, count(*) AS n FROM a GROUP BY id",
        "SELECT id, to_jsonb(a.*) AS j, count(*) AS n FROM a GROUP BY id",
        "SELECT g.k, (SELECT count(*) FROM b WHERE to_jsonb(g) IS NULL) AS c"
        " FROM (SELECT k, count(*) AS n FROM a GROUP BY k) AS g",
        "SELECT g.k, (SELECT count(*) FROM b WHERE b.k = g.n AND EXISTS (SELECT FROM c AS g WHERE g.k = b.k)) AS c"
        " FROM (SELECT k, count(*) AS n FROM a GROUP BY k) AS g",
        "SELECT count(*) FILTER (WHERE k = (SELECT max(k) FROM b)) AS n FROM a",
        "SELECT max((SELECT b.k FROM b WHERE b.id = a.k)) AS n FROM a",
        "WITH x AS (SELECT 1 AS k) SELECT count(*) AS n FROM a JOIN x ON x.k = a.k",
    ],
)
def test_folded_what_no_blocks_make_is_left_alone(text: str) -> None:
    assert taken_apart(text) is None


@pytest.mark.parametrize(
    ("from_", "expected"),
    [
        ("a LEFT JOIN b ON b.k = a.k JOIN c ON c.k = a.k", ["a: a.id", "c: c.id"]),
        ("a RIGHT JOIN b ON b.k = a.k", ["b: b.id"]),
        ("a FULL JOIN b ON b.k = a.k JOIN c ON c.k = a.k", ["c: c.id"]),
        ("a LEFT JOIN b ON b.k = a.k RIGHT JOIN c ON c.k = a.k", ["c: c.id"]),
        ("a AS x JOIN a AS y ON y.k = x.n", ["a: x.id", "a: y.id"]),
        ("a AS x (i, k) JOIN b ON b.k = x.k", ["b: b.id"]),
        ("a TABLESAMPLE bernoulli (50) JOIN b ON true", ["b: b.id"]),
        ("(a JOIN b ON b.k = a.k) JOIN c ON true", ["c: c.id"]),
        ("a JOIN b RIGHT JOIN c ON true ON true", ["a: a.id"]),
        ("a JOIN (SELECT id FROM b) AS s RIGHT JOIN c ON true ON true", ["a: a.id"]),
        ("generate_series(1, 3) AS g(x) JOIN b ON true", ["b: b.id"]),
        ("unnest(ARRAY[1]) AS u(n) JOIN b ON b.k = u.n", ["b: b.id"]),
        ("a JOIN (SELECT 1 AS id) AS s ON true JOIN (SELECT b.id FROM b) AS t ON true", ["a: a.id", "b: t.id"]),
        ("(SELECT id AS i, n FROM a WHERE k > 1) AS s", ["a: s.i"]),
        ("(SELECT b.k, c.id FROM b JOIN c ON c.k = b.k LEFT JOIN a ON a.k = c.k) AS s", ["b: none", "c: s.id"]),
        ("(SELECT x.i AS j FROM (SELECT id AS i, k, n FROM a) AS x) AS s", ["a: s.j"]),
        (
            "(SELECT b.id, a.id AS i, c.id + 1 AS j FROM a JOIN b ON true JOIN c ON true) AS s",
            ["a: s.i", "b: s.id", "c: none"],
        ),
        ("(SELECT id FROM a WHERE k > 1 ORDER BY n) AS s", ["a: s.id"]),
        ("(SELECT id FROM a) AS s (i)", ["a: s.i"]),
        ("(SELECT a.id FROM a JOIN b ON true WHERE a.k > 1 ORDER BY a.n) AS s", ["a: s.id", "b: none"]),
        ("((SELECT id FROM a) AS s JOIN b ON true)", []),
        ("(SELECT count(*) AS n, 1 AS k FROM a) AS s", []),
        ("(SELECT DISTINCT id FROM a) AS s", []),
        ("(SELECT max(id) AS id FROM a) AS s", []),
        ("(SELECT id FROM a UNION ALL SELECT id FROM b) AS s", []),
        ("(SELECT id FROM a ORDER BY k LIMIT 3) AS s", []),
    ],
)
def test_occurrences_sources_that_each_row_has_one_of_are_named_as_outside(from_: str, expected: list[str]) -> None:
    select = qualified(located(parsed(f"SELECT count(*) AS n FROM {from_}"), "app"), COLUMNS, "app")
    assert isinstance(select, exp.Select)
    assert {each.table.schema for each in occurrences(select)} <= {"app"}
    named = [(each.table.name, each.alias, each.named("id")) for each in occurrences(select)]
    assert [f"{table}: {f'{alias}.{name}' if name else 'none'}" for table, alias, name in named] == expected


def test_folded_rows_are_made_of_states_and_blocks_are_numbered_by_part() -> None:
    found = taken_apart(
        "SELECT (SELECT avg(n) FROM a) AS x, (SELECT count(*) + max(k) + sum(k) FROM b WHERE n > 1 OR open) AS y"
    )
    assert found is not None
    blocks = (IdBlocks("b", "id", 4), IdBlocks("a", "id", 5))
    assert printed(found.by_block(blocks)).replace('"', "") == (
        "SELECT ((CAST(b.id AS BIGINT) >> 4) * 2) + 0 AS denorm_block, sum(b.k) AS denorm_kept_0,"
        " COUNT(*) AS denorm_kept_1, max(b.k) AS denorm_kept_2 FROM app.b AS b WHERE (b.n > 1) OR b.open"
        " GROUP BY ((CAST(b.id AS BIGINT) >> 4) * 2) + 0 UNION ALL SELECT ((CAST(a.id AS BIGINT) >> 5) * 2) + 1"
        " AS denorm_block, sum(a.n) AS denorm_kept_0, count(a.n) AS denorm_kept_1, NULL AS denorm_kept_2"
        " FROM app.a AS a GROUP BY ((CAST(a.id AS BIGINT) >> 5) * 2) + 1"
    )
    assert [part.source.replace('"', "") for part in found.parts] == [
        "FROM app.b AS b WHERE ((b.n > 1) OR b.open)",
        "FROM app.a AS a WHERE TRUE",
    ]
    text = Kept("text", '"pg_catalog"."C"')
    kept = "(SELECT p.groups, p.states FROM denorm.partial AS p WHERE p.model_id = denorm_model_id_ AND p.part = {})"
    assert found.rows([[], []], [[Kept("numeric"), BIGINT, text], [BIGINT, BIGINT]]) == (
        "SELECT (SELECT (sum((denorm_partial.states[1])::bigint) / nullif(sum((denorm_partial.states[2])::bigint), 0))"
        f' AS "_col_0" FROM {kept.format(1)} AS denorm_partial) AS "x",'
        " (SELECT ((coalesce(sum((denorm_partial.states[2])::bigint), 0))::bigint"
        ' + max((denorm_partial.states[3])::text COLLATE "pg_catalog"."C"))'
        ' + (sum((denorm_partial.states[1])::numeric))::numeric AS "_col_0"'
        f' FROM {kept.format(0)} AS denorm_partial) AS "y"'
    )


def test_folded_one_part_has_its_groups_in_its_blocks() -> None:
    found = taken_apart("SELECT a.k, sum(b.n) AS n FROM a JOIN b ON b.k = a.k GROUP BY 1 HAVING max(b.n) > 1")
    assert found is not None
    assert printed(found.by_block([IdBlocks("a", "Id", 4)])) == (
        'SELECT CAST("a"."Id" AS BIGINT) >> 4 AS "denorm_block", "a"."k" AS "denorm_kept_0",'
        ' sum("b"."n") AS "denorm_kept_1", max("b"."n") AS "denorm_kept_2" FROM "app"."a" AS "a"'
        ' JOIN "app"."b" AS "b" ON "b"."k" = "a"."k" GROUP BY CAST("a"."Id" AS BIGINT) >> 4, "a"."k"'
    )
    assert found.parts[0].source.replace('"', "") == "FROM app.a AS a JOIN app.b AS b ON b.k = a.k WHERE TRUE"


def test_folded_blocks_of_all_parts_have_columns_for_the_widest() -> None:
    found = taken_apart("SELECT k, count(*) AS n FROM a GROUP BY k UNION ALL SELECT 1, max(n) FROM b")
    assert found is not None
    of_b, of_a = printed(found.by_block([IdBlocks("b", "id", 4), IdBlocks("a", "id", 4)])).split(" UNION ALL ")
    assert 'max("b"."n") AS "denorm_kept_0", NULL AS "denorm_kept_1" FROM' in of_b
    assert '"a"."k" AS "denorm_kept_0", COUNT(*) AS "denorm_kept_1" FROM' in of_a


def test_folded_has_blocks_of_its_parts_alone() -> None:
    found = taken_apart(
        "SELECT (SELECT count(*) FROM a) AS x, (SELECT count(*) FROM (SELECT id AS i FROM b) AS s JOIN c ON true) AS y"
    )
    assert found is not None
    of_s, of_a = IdBlocks("s", "i", 4), IdBlocks("a", "id", 4)
    assert found.has_blocks([of_s, of_a])
    others: list[list[IdBlocks]] = [
        [of_a, of_s],
        [of_s],
        [],
        [of_s, of_a, of_a],
        [of_s, IdBlocks("b", "id", 4)],
        [IdBlocks("s", "id", 4), of_a],
    ]
    assert not any(found.has_blocks(each) for each in others)


def test_folded_at_time_reads_no_clock() -> None:
    tree = qualified(
        located(parsed("SELECT count(*) AS n, now() AS t FROM a WHERE n > extract(day FROM now())"), "app"),
        COLUMNS,
        "app",
    )
    found = folded(with_marks(tree), OPAQUE)
    assert found is not None
    found = found.at_time("'2020-01-01'")
    assert found.parts[0].source == 'FROM "app"."a" AS "a" WHERE ("a"."n" > EXTRACT(DAY FROM (\'2020-01-01\')))'
    assert found.rows([[]], [[BIGINT]]).startswith(
        'SELECT (coalesce(sum((denorm_partial.states[1])::bigint), 0))::bigint AS "n", (\'2020-01-01\') AS "t" FROM'
    )


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("a.k, b.n, a.n", ["SELECT 1 FROM app.a AS a GROUP BY a.k, a.n", "SELECT 1 FROM app.b AS b GROUP BY b.n"]),
        ("a.k + b.n", None),
        ("a.k, s.n", None),
        ("a.k + s.n", None),
    ],
)
def test_groups_of_tables_are_those_of_one_table_each(groups: str, expected: list[str] | None) -> None:
    text = "SELECT count(*) AS c FROM a JOIN b ON b.k = a.k JOIN (SELECT c.k, c.n FROM c) AS s ON s.k = a.k"
    found = taken_apart(f"{text} WHERE EXISTS (SELECT FROM c AS a WHERE a.k = b.k) GROUP BY {groups}")
    assert found is not None
    [part] = found.parts
    assert part.source
    for _ in range(2):
        selects = part.groups_of_tables()
        assert selects == expected if selects is None else [each.replace('"', "") for each in selects] == expected


def test_groups_of_tables_of_one_table_are_its_own() -> None:
    found = taken_apart("SELECT k, count(*) AS c FROM a GROUP BY k")
    assert found is not None
    assert found.parts[0].groups_of_tables() == ['SELECT 1 FROM "app"."a" AS "a" GROUP BY "a"."k"']


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
            "SELECT k, n, count(*) AS c, k + n AS m FROM a GROUP BY ROLLUP (1, (k), 4, id), 2",
            ["a.k", "a.k + a.n", "a.id", "a.n"],
            "SELECT {0} AS k, {3} AS n, {count} AS c, {1} AS m FROM {kept} GROUP BY ROLLUP (1, ({0}), 4, {2}), {3}",
        ),
        (
            "SELECT k, n, open, count(*) AS c FROM a GROUP BY GROUPING SETS ((k, n), CUBE (open, k))",
            ["a.k", "a.n", "a.open"],
            "SELECT {0} AS k, {1} AS n, {2} AS open, {count} AS c FROM {kept}"
            " GROUP BY GROUPING SETS (({0}, {1}), CUBE ({2}, {0}))",
        ),
        (
            "SELECT k, count(*) AS c FROM a GROUP BY CUBE (k)",
            ["a.k"],
            "SELECT {0} AS k, {count} AS c FROM {kept} GROUP BY CUBE ({0})",
        ),
        (
            "SELECT k, grouping(k) + count(*) AS c FROM a GROUP BY GROUPING SETS ((k), ())",
            ["a.k"],
            "SELECT {0} AS k, grouping({0}) + {count} AS c FROM {kept} GROUP BY GROUPING SETS (({0}), ())",
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
    before = found.tree.copy()
    made = found.rows([[BIGINT] * len(groups)], [[BIGINT]]).replace('"', "")
    assert found.tree == before
    kept = "(SELECT p.groups, p.states FROM denorm.partial AS p WHERE p.model_id = denorm_model_id_ AND p.part = 0)"
    values = [f"((denorm_partial.groups[{n + 1}])::bigint)" for n in range(len(groups))]
    count = "(coalesce(sum((denorm_partial.states[1])::bigint), 0))::bigint"
    assert made == rows.format(*values, count=count, kept=f"{kept} AS denorm_partial")
