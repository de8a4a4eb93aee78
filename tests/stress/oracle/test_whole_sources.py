"""What no path leads from is kept as a whole, and everything else of the definition by key."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.stress.oracle.maintained import Bench, Defined

_TABLES = (
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, x int, name text)",
    "CREATE TABLE c (id int PRIMARY KEY, m int, name text)",
)
_ROWS = (
    "INSERT INTO a SELECT n, n % 4, 'a' || n FROM generate_series(1, 8) AS n",
    "INSERT INTO b SELECT n, n % 4, n % 3, 'b' || n FROM generate_series(1, 8) AS n",
    "INSERT INTO c SELECT n, n % 3, 'c' || n FROM generate_series(1, 8) AS n",
)
_CHANGES = (
    "UPDATE a SET j = 7 WHERE id = 3",
    "INSERT INTO a VALUES (0, 9, 'first'), (20, NULL, NULL)",
    "UPDATE b SET k = 3, x = 9 WHERE id IN (2, 5)",
    "DELETE FROM a WHERE id = 1; DELETE FROM b WHERE k = 1",
    "UPDATE c SET m = 0",
    "TRUNCATE c; INSERT INTO b VALUES (30, 7, 9, 'new')",
    "DELETE FROM a WHERE id > 4; UPDATE b SET name = 'z' WHERE id = 30",
)


@dataclass(frozen=True)
class Kept:
    """A definition, and which of its sources are whole."""

    text: str
    whole: str
    key: tuple[str, ...] = ("id",)


CASES = {
    "a recursive CTE": Kept(
        "WITH RECURSIVE r AS (SELECT a.id, a.j FROM a UNION SELECT r.id, b.x FROM r JOIN b ON b.k = r.j)"
        " SELECT a.id, count(*) AS n FROM a JOIN r ON r.id = a.id GROUP BY a.id",
        "a b",
    ),
    "a LIMIT over everything": Kept(
        "SELECT a.id FROM a ORDER BY a.id LIMIT 3",
        "a",
    ),
    "a LIMIT outside of parentheses": Kept(
        "(SELECT a.id FROM a) ORDER BY 1 LIMIT 3",
        "a",
    ),
    "an OFFSET": Kept(
        "SELECT a.id FROM a ORDER BY a.id OFFSET 3",
        "a",
    ),
    "a window over everything": Kept(
        "SELECT a.id, rank() OVER (ORDER BY a.j) AS r FROM a",
        "a",
    ),
    "a window over something else": Kept(
        "SELECT a.id, rank() OVER (PARTITION BY a.name ORDER BY a.j) AS r FROM a",
        "a",
    ),
    "one of two windows over something else": Kept(
        "SELECT a.id, count(*) OVER (PARTITION BY a.id) AS n, count(*) OVER w AS m FROM a WINDOW w AS"
        " (PARTITION BY a.j)",
        "a",
    ),
    "a named window": Kept(
        "SELECT a.id, count(*) OVER w AS m FROM a WINDOW w AS ()",
        "a",
    ),
    "an aggregate over everything": Kept(
        "SELECT a.id, t.n FROM a CROSS JOIN (SELECT count(*) AS n FROM b) AS t",
        "b",
    ),
    "GROUPING SETS": Kept(
        "SELECT a.id, a.j, grouping(a.id, a.j) AS g, count(*) AS n FROM a GROUP BY GROUPING SETS ((a.id, a.j), (a.id))",
        "",
        key=("id", "j", "g"),
    ),
    "ROLLUP": Kept(
        "SELECT a.id, a.j, grouping(a.id, a.j) AS g, count(*) AS n FROM a GROUP BY ROLLUP (a.id, a.j)",
        "",
        key=("id", "j", "g"),
    ),
    "CUBE": Kept(
        "SELECT a.id, a.j, grouping(a.id, a.j) AS g, count(*) AS n FROM a GROUP BY CUBE (a.id, a.j)",
        "",
        key=("id", "j", "g"),
    ),
    "an uncorrelated scalar subquery": Kept(
        "SELECT a.id, (SELECT max(b.x) FROM b) AS m FROM a",
        "b",
    ),
    "an uncorrelated EXISTS": Kept(
        "SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x > 1)",
        "b",
    ),
    "a cross join without a path": Kept(
        "SELECT a.id, b.id AS b, c.id AS c FROM a CROSS JOIN b JOIN c ON c.m = a.j + b.k",
        "b c",
        key=("id", "b", "c"),
    ),
    "a FULL join further on": Kept(
        "SELECT a.id, d.b, d.c FROM a JOIN (SELECT b.id AS b, b.k, c.id AS c FROM b FULL JOIN c ON c.m = b.x)"
        " AS d ON d.k = a.j",
        "",
        key=("id", "b", "c"),
    ),
    "a NATURAL join": Kept(
        "SELECT id, b.k FROM a NATURAL JOIN b",
        "",
    ),
    "a join in parentheses": Kept(
        "SELECT a.id, b.id AS b, c.id AS c FROM a LEFT JOIN (b JOIN c ON c.m = b.x) ON b.k = a.j",
        "",
        key=("id", "b", "c"),
    ),
    "INTERSECT": Kept(
        "SELECT a.id FROM a INTERSECT SELECT a.id FROM a",
        "",
    ),
    "EXCEPT": Kept(
        "SELECT a.id FROM a EXCEPT SELECT a.id FROM a WHERE a.j > 1",
        "",
    ),
    "EXCEPT in a subquery": Kept(
        "SELECT a.id FROM a WHERE a.j IN (SELECT b.k FROM b EXCEPT SELECT c.m FROM c)",
        "",
    ),
    "ANY over a subquery": Kept(
        "SELECT a.id FROM a WHERE a.j > ANY (SELECT b.k FROM b)",
        "b",
    ),
    "a row as a whole": Kept(
        "SELECT a.id, b.id AS bid, to_jsonb(b) AS b FROM a JOIN b ON b.k = a.j",
        "",
        key=("id", "bid"),
    ),
    "all columns of a row at once": Kept(
        "SELECT a.id, count(b.*) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "",
    ),
    "columns renamed by position": Kept(
        "SELECT x.id, x.q FROM a AS x (id, q, r)",
        "a",
    ),
    "a predicate over an aggregate without a group": Kept(
        "SELECT a.id FROM a JOIN (SELECT jsonb_agg(b.x ORDER BY b.x) AS xs FROM b) AS d ON d.xs = to_jsonb(a.j)",
        "b",
    ),
    "GROUP BY over UNION ALL": Kept(
        "SELECT u.k AS id, count(*) AS n FROM (SELECT a.j AS k FROM a UNION ALL SELECT b.k FROM b UNION ALL"
        " SELECT c.m FROM c) AS u GROUP BY u.k",
        "",
    ),
    "UNION ALL with an aggregate in one branch": Kept(
        "SELECT u.k AS id, count(*) AS n FROM (SELECT a.j AS k FROM a UNION ALL SELECT max(b.k) FROM b) AS u"
        " GROUP BY u.k",
        "b",
    ),
    "a full join by its key": Kept(
        "SELECT coalesce(a.id, b.id) AS id, a.name, b.x FROM a FULL JOIN b ON b.id = a.id",
        "",
    ),
    "a full join with USING": Kept(
        "SELECT id, a.name AS a, c.name AS c FROM a FULL JOIN c USING (id)",
        "",
    ),
    "an outer join that WHERE makes an inner one": Kept(
        "SELECT DISTINCT b.id, a.id AS a FROM a LEFT JOIN b ON b.k = a.j LEFT JOIN c ON c.m = b.x WHERE b.x > 0",
        "",
        key=("id", "a"),
    ),
    "DISTINCT ON by names of the output": Kept(
        "SELECT DISTINCT ON (id) b.k AS id, b.name FROM b ORDER BY id, b.id",
        "",
    ),
    "a full join of which WHERE keeps one side": Kept(
        "SELECT a.id, b.x FROM a FULL JOIN b ON b.id = a.id WHERE a.id > 0",
        "",
    ),
    "a key that a function makes of a row": Kept(
        "SELECT u.v AS id, count(*) AS n, count(b.id) AS m"
        " FROM a CROSS JOIN LATERAL string_to_table(a.name, 'a') AS u (v) LEFT JOIN b ON b.k = a.j GROUP BY u.v",
        "",
    ),
    "a key of VALUES": Kept(
        "SELECT v.label AS id, count(*) AS n FROM a JOIN (VALUES (1, 'one'), (2, 'two')) AS v (j, label) ON v.j = a.j"
        " GROUP BY v.label",
        "",
    ),
    "a key of VALUES that are preserved": Kept(
        "SELECT v.label AS id, count(a.id) AS n FROM (VALUES (1, 'one'), (2, 'two')) AS v (j, label)"
        " LEFT JOIN a ON a.j = v.j GROUP BY v.label",
        "",
    ),
    "IN of several columns": Kept(
        "SELECT b.id, b.k, b.x FROM b WHERE (b.k, b.id) IN (SELECT z.k, max(z.id) FROM b AS z GROUP BY z.k)",
        "",
    ),
    "a right join": Kept(
        "SELECT b.id, a.id AS a FROM a RIGHT JOIN b ON a.j = b.k",
        "",
        key=("id", "a"),
    ),
    "a right join whose key is NULL at times": Kept(
        "SELECT b.id, a.id AS a FROM b RIGHT JOIN a ON a.j = b.k",
        "",
        key=("id", "a"),
    ),
    "a group by an expression": Kept(
        "SELECT a.j % 2 AS id, count(*) AS n FROM a GROUP BY 1",
        "",
    ),
    "a key of two sources": Kept(
        "SELECT a.j + b.x AS id, count(*) AS n FROM a JOIN b ON b.k = a.j GROUP BY 1",
        "",
    ),
    "a key of two sources that are not joined": Kept(
        "SELECT a.j + b.x AS id, count(*) AS n FROM a CROSS JOIN b GROUP BY 1",
        "a b",
    ),
    "a key that an outer join leaves NULL": Kept(
        "SELECT b.name AS id, count(*) AS n FROM a LEFT JOIN b ON b.k = a.j AND b.x > 0 GROUP BY b.name",
        "",
    ),
    "a key that an outer join leaves NULL, further on": Kept(
        "SELECT coalesce(c.name, 'none') AS id, count(*) AS n"
        " FROM a LEFT JOIN (b LEFT JOIN c ON c.m = b.x) ON b.k = a.j GROUP BY 1",
        "",
    ),
    "a key that a full join leaves NULL": Kept(
        "SELECT CASE WHEN b.id IS NULL THEN 'none' ELSE b.name END AS id, count(*) AS n, max(a.name) AS a"
        " FROM a FULL JOIN b ON b.k = a.j AND a.id > 2 GROUP BY 1",
        "",
    ),
    "a key of either side of a join by another column": Kept(
        "SELECT coalesce(b.x, a.id) AS id, count(*) AS n FROM a FULL JOIN b ON b.k = a.j GROUP BY 1",
        "",
    ),
    "a full join that PostgreSQL cannot make for one anchor": Kept(
        "SELECT coalesce(b.k, a.j) AS id, a.j AS a, count(*) AS n FROM a FULL JOIN b ON b.k = a.j AND b.x > 0"
        " GROUP BY 1, 2",
        "",
        key=("id", "a"),
    ),
    "a full join that PostgreSQL cannot make for one anchor of one column": Kept(
        "SELECT coalesce(b.k, a.j) AS id, count(*) AS n FROM a FULL JOIN b ON b.k = a.j AND b.x > 0 GROUP BY 1",
        "",
    ),
    "a strict function of what an outer join leaves NULL": Kept(
        "SELECT upper(left(b.name, 2)) AS id, count(*) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY 1",
        "",
    ),
    "a strict function in a predicate over what an outer join leaves NULL": Kept(
        "SELECT a.id, c.name AS c FROM a LEFT JOIN b ON b.id = a.id LEFT JOIN c ON upper(c.name) = upper(b.name)",
        "",
        key=("id", "c"),
    ),
    "a strict function that makes an outer join an inner one": Kept(
        "SELECT DISTINCT b.id, a.id AS a FROM a LEFT JOIN b ON b.k = a.j WHERE abs(b.x) > 0",
        "",
        key=("id", "a"),
    ),
    "a key of a function in the SELECT list": Kept(
        "SELECT string_to_table(a.name, '1') AS id, count(*) AS n, max(b.x) AS x FROM a LEFT JOIN b ON b.k = a.j"
        " GROUP BY 1",
        "",
    ),
    "a function in the SELECT list, of rows and not of groups": Kept(
        "SELECT DISTINCT lower(string_to_table(a.name, '1')) AS id, a.j AS a FROM a",
        "",
        key=("id", "a"),
    ),
    "a function in the SELECT list, of groups": Kept(
        "SELECT generate_series(1, count(*)) AS id, a.j AS a FROM a GROUP BY a.j",
        "",
        key=("id", "a"),
    ),
    "two functions in the SELECT list, side by side": Kept(
        "SELECT DISTINCT string_to_table(a.name, '1') AS id, generate_series(1, 2) AS a FROM a",
        "a",
        key=("id", "a"),
    ),
    "a key of a function that is joined or not": Kept(
        "SELECT u.v AS id, count(*) AS n FROM a LEFT JOIN LATERAL string_to_table(a.name, '1') AS u (v) ON u.v <> 'a'"
        " GROUP BY 1",
        "",
    ),
    "a key of what several outer joins leave out": Kept(
        "SELECT concat(a.name, b.name, c.name) AS id, count(*) AS n FROM a FULL JOIN b ON b.k = a.j"
        " FULL JOIN c ON c.m = b.x GROUP BY 1",
        "a b c",
    ),
    "a full join of three": Kept(
        "SELECT id, a.name AS a, b.x, c.name AS c FROM a FULL JOIN b USING (id) FULL JOIN c USING (id)",
        "",
    ),
    "a full join of three, the last by another column": Kept(
        "SELECT coalesce(a.id, b.id) AS id, count(c.id) AS c FROM a FULL JOIN b USING (id) LEFT JOIN c ON c.m = a.j"
        " GROUP BY 1",
        "",
    ),
    "a left join after a right one": Kept(
        "SELECT b.id, a.name AS a, c.name AS c FROM a RIGHT JOIN b USING (id) LEFT JOIN c USING (id)",
        "",
    ),
    "VALUES": Kept(
        "SELECT a.id, v.n FROM a JOIN (VALUES (1, 'one'), (2, 'two')) AS v (j, n) ON v.j = a.j",
        "",
    ),
    "a numbered array": Kept(
        "SELECT a.id, u.v, u.o FROM a CROSS JOIN LATERAL string_to_table(a.name, '1') WITH ORDINALITY AS u (v, o)",
        "",
        key=("id", "o"),
    ),
    "IN inside ON": Kept(
        "SELECT a.id, c.id AS c FROM a LEFT JOIN c ON c.m = a.j AND a.j IN (SELECT b.k FROM b)",
        "",
        key=("id", "c"),
    ),
    "= ANY over a subquery": Kept(
        "SELECT a.id FROM a WHERE a.j = ANY (SELECT b.k FROM b)",
        "",
    ),
    "> ALL over a subquery with a correlation": Kept(
        "SELECT a.id FROM a WHERE a.id > ALL (SELECT b.x FROM b WHERE b.k = a.j)",
        "",
    ),
    "LIMIT over a set operation": Kept(
        "SELECT a.id, a.j FROM a UNION ALL SELECT b.id + 100, b.k FROM b ORDER BY 2, 1 LIMIT 3",
        "a b",
    ),
    "VALUES among branches": Kept(
        "SELECT u.k AS id, count(*) AS n FROM (SELECT a.j AS k FROM a UNION ALL VALUES (1), (2)) AS u GROUP BY u.k",
        "",
    ),
    "a constant key": Kept(
        "SELECT 1 AS id, count(*) AS n FROM a",
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_drain_whole_sources_equals_definition_after_each_change(oracle: Bench, name: str) -> None:
    case = CASES[name]
    oracle.fresh(by_part=True)
    oracle.run(*_TABLES, *_ROWS)
    oracle.keep(Defined(case.text, case.key, ()))
    assert {table.name for table in oracle.held[0].whole} == set(case.whole.split())
    for number, change in enumerate(_CHANGES):
        oracle.run(*change.split("; "))
        oracle.settle()
        oracle.judge(f"after change {number}")
