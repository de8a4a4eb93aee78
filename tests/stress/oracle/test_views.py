"""Definitions that read views: their tables are followed as if what the views select stood in the definition."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.stress.oracle.maintained import Bench, Defined

_TABLES = (
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, x int, name text)",
    "CREATE TABLE s2.c (id int PRIMARY KEY, m int, name text)",
    "CREATE TABLE p (id int, k int, name text, PRIMARY KEY (id, k)) PARTITION BY LIST (k)",
    "CREATE TABLE p_few PARTITION OF p FOR VALUES IN (1, 2)",
    "CREATE TABLE p_rest PARTITION OF p DEFAULT",
    'CREATE TABLE "Odd" ("Id" int PRIMARY KEY, "K k" int, "a""b" text)',
)
_ROWS = (
    "INSERT INTO a SELECT n, n % 4, 'a' || n FROM generate_series(1, 8) AS n",
    "INSERT INTO b SELECT n, n % 4, n % 3, 'b' || n FROM generate_series(1, 8) AS n",
    "INSERT INTO s2.c SELECT n, n % 3, 'c' || n FROM generate_series(1, 8) AS n",
    "INSERT INTO p SELECT n, n % 4, 'p' || n FROM generate_series(1, 8) AS n",
    "INSERT INTO \"Odd\" SELECT n, n % 4, 'o' || n FROM generate_series(1, 8) AS n",
)
_CHANGES = (
    "UPDATE a SET j = 7 WHERE id = 3; UPDATE p SET k = 2 WHERE id IN (3, 4)",
    "INSERT INTO a VALUES (0, 9, 'first'), (20, NULL, NULL)",
    'UPDATE b SET k = 3, x = 9 WHERE id IN (2, 5); UPDATE "Odd" SET "K k" = 0 WHERE "Id" < 3',
    "DELETE FROM a WHERE id = 1; DELETE FROM b WHERE k = 1; DELETE FROM p_few WHERE id = 1",
    'UPDATE s2.c SET m = 0; UPDATE "Odd" SET "a""b" = \'z\'',
    "TRUNCATE s2.c; INSERT INTO b VALUES (30, 7, 9, 'new'); INSERT INTO p VALUES (40, 1, 'new')",
    "DELETE FROM a WHERE id > 4; UPDATE b SET name = 'z' WHERE id = 30",
)


@dataclass(frozen=True)
class Read:
    """Views, a definition that reads them, and which tables beneath are whole."""

    views: tuple[str, ...]
    text: str
    whole: str = ""
    key: tuple[str, ...] = ("id",)
    driving: tuple[str, ...] = ()


CASES = {
    "a view": Read(("CREATE VIEW v AS SELECT id, j FROM a WHERE j < 5",), "SELECT v.id, v.j FROM v"),
    "conditions in parentheses": Read(
        (
            "CREATE VIEW v AS SELECT id, j FROM a WHERE j > -9 AND j BETWEEN 0 AND 8 AND (id > 0 AND name <> 'x')"
            " AND (j < 0 OR (j > 0 OR j IS NULL))",
        ),
        "SELECT v.id, v.j FROM v",
    ),
    "columns of other names": Read(
        ("CREATE VIEW v (one, two) AS SELECT id, j FROM a", "ALTER VIEW v RENAME two TO three"),
        "SELECT v.one AS id, v.three FROM v",
    ),
    "columns renamed in FROM": Read(
        ("CREATE VIEW v AS SELECT id, j FROM a",), "SELECT w.x AS id, w.y FROM v AS w (x, y)"
    ),
    "views over views in other schemas": Read(
        (
            "CREATE VIEW s2.v AS SELECT c.id, c.m FROM s2.c",
            "CREATE VIEW s2.w AS SELECT a.id, v.id AS c FROM s.a JOIN s2.v ON v.m = a.j",
            "CREATE VIEW v AS SELECT w.id, count(w.c) AS n FROM s2.w GROUP BY w.id",
        ),
        "SELECT b.id, v.n FROM b LEFT JOIN v ON v.id = b.k",
    ),
    "names as PostgreSQL resolves them": Read(
        ("CREATE VIEW v AS SELECT id, j FROM a",), "SELECT s.v.id, j FROM s.v WHERE s.v.j > 0"
    ),
    "a security barrier": Read(
        ("CREATE VIEW v WITH (security_barrier) AS SELECT id, j FROM a WHERE j > 1",), "SELECT v.id, v.j FROM v"
    ),
    "a quoted name without an alias": Read((), 'SELECT "Odd"."Id" AS id FROM "Odd"'),
    "odd names": Read(
        ('CREATE VIEW "My View" AS SELECT "Id", "K k" AS "K""k", "a""b" FROM "Odd"',),
        'SELECT x."Id" AS id, x."K""k", a.name, x."a""b" FROM "My View" AS x LEFT JOIN a ON a.j = x."K""k"',
        key=("id", "name"),
    ),
    "a view over a partitioned table": Read(
        ("CREATE VIEW v AS SELECT p.k, count(*) AS n FROM p GROUP BY p.k",), "SELECT v.k AS id, v.n FROM v"
    ),
    "USING and NATURAL inside": Read(
        (
            "CREATE VIEW v AS SELECT id, a.name, b.x FROM a JOIN b USING (id)",
            "CREATE VIEW w AS SELECT id, m FROM (SELECT id, j FROM a) AS a NATURAL JOIN s2.c",
        ),
        "SELECT v.id, v.x, w.m FROM v LEFT JOIN w USING (id)",
    ),
    "the same view twice, with a common table expression": Read(
        ("CREATE VIEW v AS WITH t AS (SELECT id, k FROM b WHERE x > 0) SELECT t.id, t.k FROM t",),
        "WITH t AS (SELECT id, j FROM a) SELECT t.id, one.id AS one, two.id AS two FROM t"
        " JOIN v AS one ON one.k = t.j JOIN v AS two ON two.id = t.id",
        key=("id", "one", "two"),
    ),
    "a common table expression named like a table beneath": Read(
        ("CREATE VIEW v AS SELECT id, j FROM a",), "WITH a AS (SELECT id FROM b) SELECT v.id FROM v JOIN a USING (id)"
    ),
    "a union inside": Read(
        ("CREATE VIEW v AS SELECT id, j AS k FROM a UNION ALL SELECT id, k FROM b",),
        "SELECT v.k AS id, count(*) AS n FROM v GROUP BY v.k",
    ),
    "DISTINCT ON and windows inside": Read(
        (
            "CREATE VIEW v AS SELECT DISTINCT ON (k) k, id, name FROM b ORDER BY k, x, id",
            "CREATE VIEW w AS SELECT id, j, rank() OVER (PARTITION BY j ORDER BY id) AS r FROM a",
        ),
        "SELECT w.j AS id, w.id AS a, w.r, v.name FROM w LEFT JOIN v ON v.k = w.j",
        key=("id", "a"),
    ),
    "in subqueries": Read(
        ("CREATE VIEW v AS SELECT id, k, name FROM b WHERE x > 0",),
        "SELECT a.id, (SELECT count(*) FROM v WHERE v.k = a.j) AS n, EXISTS (SELECT FROM v WHERE v.id = a.id) AS e"
        " FROM a WHERE a.id IN (SELECT v.id FROM v) OR a.id < 5",
    ),
    "a recursive view": Read(
        ("CREATE RECURSIVE VIEW v (n) AS SELECT j FROM a UNION SELECT b.x FROM v JOIN b ON b.k = v.n",),
        "SELECT a.id, count(v.n) AS n FROM a LEFT JOIN v ON v.n = a.j GROUP BY a.id",
        whole="a b",
    ),
    "a limit inside": Read(
        ("CREATE VIEW v AS SELECT id, k FROM b ORDER BY id LIMIT 3",),
        "SELECT a.id, v.id AS b FROM a LEFT JOIN v ON v.k = a.j",
        whole="b",
        key=("id", "b"),
    ),
    "a whole row": Read(("CREATE VIEW v AS SELECT id, to_jsonb(b) AS row FROM b",), "SELECT v.id, v.row FROM v"),
    "the row of a view": Read(
        ("CREATE VIEW v AS SELECT id, k FROM b",), "SELECT v.id, to_jsonb(v) AS row FROM v", whole="b"
    ),
    "VALUES inside": Read(
        ("CREATE VIEW v (j, label) AS VALUES (1, 'one'), (2, 'two')",),
        "SELECT a.id, v.label FROM a LEFT JOIN v ON v.j = a.j",
    ),
    "IDs of the table beneath": Read(
        ("CREATE VIEW v AS SELECT a.id AS no, b.name FROM a LEFT JOIN b ON b.k = a.j", "CREATE VIEW w AS TABLE v"),
        "SELECT w.no, w.name FROM w",
        key=("no", "name"),
        driving=("a.id",),
    ),
    "every column": Read(
        ("CREATE VIEW v AS SELECT * FROM b",), "SELECT a.*, v.k, v.x FROM a JOIN v ON v.id = a.id", driving=("a.id",)
    ),
    "every column of a table": Read((), "TABLE a"),
    "every column of a subquery": Read((), "SELECT * FROM (SELECT a.*, b.x FROM a LEFT JOIN b ON b.id = a.id) AS y"),
}


@pytest.mark.parametrize("name", CASES)
def test_drain_tables_beneath_views_equals_definition_after_each_change(oracle: Bench, name: str) -> None:
    case = CASES[name]
    oracle.fresh(by_part=True)
    oracle.run(*_TABLES, *case.views, *_ROWS)
    oracle.keep(Defined(case.text, case.key, case.driving))
    whole = {table.name: why for table, why in oracle.held[0].whole.items()}
    assert whole.keys() == set(case.whole.split()), whole
    for number, change in enumerate(_CHANGES):
        oracle.run(*change.split("; "))
        oracle.settle()
        oracle.judge(f"after change {number}")
