"""Counter-examples to ways of finding affected rows that look right, each the smallest one known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.stress.oracle.maintained import Bench, Defined

ENTRIES = (
    "CREATE TABLE entries (id int PRIMARY KEY, tags text[])",
    "CREATE TABLE topic_tags (topic_id int, tag text, PRIMARY KEY (topic_id, tag))",
    "INSERT INTO entries VALUES (1, '{x,y}'), (2, '{y}')",
    "INSERT INTO topic_tags VALUES (1, 'x'), (2, 'y')",
)
LINKS = Defined(
    "SELECT DISTINCT e.id AS entry_id, t.topic_id FROM entries AS e CROSS JOIN LATERAL unnest(e.tags) AS u (tag)"
    " JOIN topic_tags AS t ON t.tag = u.tag",
    ("entry_id", "topic_id"),
    ("entries.id",),
)
THREE = (
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, x int, name text)",
    "CREATE TABLE c (id int PRIMARY KEY, m int, name text)",
    "INSERT INTO a VALUES (1, 1, 'a1'), (2, 2, 'a2'), (3, NULL, 'a3')",
    "INSERT INTO b VALUES (1, 1, 1, 'b1'), (2, 2, 2, 'b2'), (3, 2, NULL, 'b3')",
    "INSERT INTO c VALUES (1, 1, 'c1'), (2, 2, 'c2')",
)


@dataclass(frozen=True)
class Scenario:
    """Sources, definitions over them, and what then happens."""

    setup: tuple[str, ...]
    defined: tuple[Defined, ...]
    play: Callable[[Bench], None]

    def judge(self, bench: Bench) -> None:
        """Play it from the beginning. Raises AssertionError where a read model is wrong after a drain."""
        bench.run(*self.setup)
        bench.keep(*self.defined)
        bench.judge("as loaded")
        self.play(bench)
        bench.settle()
        bench.judge("in the end")


def one_by_one(*statements: str) -> Callable[[Bench], None]:
    """Each statement a transaction of its own, drained and judged before the next."""

    def play(bench: Bench) -> None:
        for statement in statements:
            bench.run(statement)
            bench.settle()
            bench.judge(f"after {statement}")

    return play


def together(*statements: str) -> Callable[[Bench], None]:
    """All statements in one transaction."""

    def play(bench: Bench) -> None:
        with bench.connect() as connection, connection.transaction():
            for statement in statements:
                connection.execute(statement.encode())

    return play


def commits_in_another_order(first: str, second: str) -> Callable[[Bench], None]:
    """`first` is written first and committed last, with a drain after each commit."""

    def play(bench: Bench) -> None:
        with bench.connect() as early, bench.connect() as late:
            early.execute("BEGIN")
            early.execute(first.encode())
            late.execute(second.encode())
            bench.settle()
            early.execute("COMMIT")

    return play


def both_open(first: str, second: str) -> Callable[[Bench], None]:
    """Two transactions of which neither sees the other; one drain after both."""

    def play(bench: Bench) -> None:
        with bench.connect() as one, bench.connect() as other:
            for connection, statement in ((one, first), (other, second)):
                connection.execute("BEGIN")
                connection.execute(statement.encode())
            one.execute("COMMIT")
            other.execute("COMMIT")

    return play


def _abc(text: str, *statements: str, key: tuple[str, ...] = ("id",)) -> Scenario:
    return Scenario(THREE, (Defined(text, key, ("a.id",)),), one_by_one(*statements))


_SELF_JOIN = Defined(
    "SELECT x.id, y.id AS parent, y.name FROM n AS x LEFT JOIN n AS y ON y.id = x.ref", ("id",), ("n.id",)
)
_BY_GROUP = Defined("SELECT l.grp, count(*) AS n, sum(l.v) AS v FROM l GROUP BY l.grp", ("grp",), ("l.grp",))
_COUNTED = Defined("SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.k = a.id GROUP BY a.id", ("id",), ("a.id",))
_PARTITIONED = (
    "CREATE TABLE p (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
    "CREATE TABLE p_low PARTITION OF p FOR VALUES FROM (0) TO (100)",
    "CREATE TABLE p_high (v text, id int NOT NULL)",
    "ALTER TABLE p ATTACH PARTITION p_high FOR VALUES FROM (100) TO (200)",
    "INSERT INTO p VALUES (1, 'x'), (101, 'y')",
)

SCENARIOS: dict[str, Scenario] = {
    "both sides of a link go in one transaction": Scenario(
        ENTRIES,
        (LINKS,),
        together("UPDATE entries SET tags = '{y}' WHERE id = 1", "DELETE FROM topic_tags WHERE topic_id = 1"),
    ),
    "both sides of a link go, neither transaction sees the other": Scenario(
        ENTRIES,
        (LINKS,),
        both_open("UPDATE entries SET tags = '{y}' WHERE id = 1", "DELETE FROM topic_tags WHERE topic_id = 1"),
    ),
    "both sides of a link come, neither transaction sees the other": Scenario(
        ENTRIES,
        (LINKS,),
        both_open("UPDATE entries SET tags = '{z}' WHERE id = 1", "INSERT INTO topic_tags VALUES (3, 'z')"),
    ),
    "one writes what links to rows that it cannot see yet": Scenario(
        ENTRIES,
        (LINKS,),
        commits_in_another_order("INSERT INTO topic_tags VALUES (3, 'z')", "INSERT INTO entries VALUES (3, '{z}')"),
    ),
    "what was written first is committed last": Scenario(
        ENTRIES,
        (LINKS,),
        commits_in_another_order(
            "INSERT INTO topic_tags VALUES (3, 'y')", "INSERT INTO entries VALUES (3, '{x}'), (4, '{q}')"
        ),
    ),
    "a deleted row's image finds its anchor": _abc(
        "SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id", "DELETE FROM b WHERE id = 1"
    ),
    "a join column moves a row between anchors": _abc(
        "SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "UPDATE b SET k = 1 WHERE id = 2",
        "UPDATE b SET k = NULL",
        "UPDATE a SET j = 1",
    ),
    "an occurrence counts by itself": Scenario(
        (
            "CREATE TABLE n (id int PRIMARY KEY, ref int, name text)",
            "INSERT INTO n VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c')",
        ),
        (_SELF_JOIN,),
        one_by_one(
            "UPDATE n SET name = 'z' WHERE id = 1",
            "UPDATE n SET id = id + 10",
            "DELETE FROM n WHERE id = 11",
            "INSERT INTO n VALUES (1, 13, 'a')",
            "UPDATE n SET ref = id",
        ),
    ),
    "rows of the NULL anchor": Scenario(
        ("CREATE TABLE l (grp int, v int)", "INSERT INTO l VALUES (1, 1), (NULL, 2), (NULL, 3)"),
        (_BY_GROUP,),
        one_by_one(
            "INSERT INTO l VALUES (NULL, 5)",
            "UPDATE l SET grp = 1 WHERE v = 2",
            "DELETE FROM l WHERE grp IS NULL",
            "INSERT INTO l VALUES (NULL, 1)",
        ),
    ),
    "a chain breaks in two places at once": Scenario(
        THREE,
        (
            Defined(
                "SELECT a.id, b.id AS b, c.id AS c FROM a JOIN b ON b.k = a.j JOIN c ON c.m = b.x",
                ("id", "b", "c"),
                ("a.id",),
            ),
        ),
        together("DELETE FROM b WHERE id = 1", "DELETE FROM c WHERE id = 1"),
    ),
    "one statement changes several sources": Scenario(
        THREE,
        (
            Defined(
                "SELECT a.id, b.id AS b, c.name FROM a JOIN b ON b.k = a.j LEFT JOIN c ON c.m = b.x",
                ("id", "b"),
                ("a.id",),
            ),
        ),
        one_by_one(
            "WITH w AS (UPDATE b SET x = 2 WHERE id = 1 RETURNING 1), v AS (DELETE FROM c WHERE m = 1 RETURNING 1),"
            " u AS (UPDATE a SET j = 2 WHERE id = 3 RETURNING 1) SELECT 1"
        ),
    ),
    "a group's new row displaces another": _abc(
        "SELECT a.id, d.name FROM a LEFT JOIN (SELECT DISTINCT ON (b.k) b.k, b.name FROM b ORDER BY b.k, b.id) AS d"
        " ON d.k = a.j",
        "INSERT INTO b VALUES (0, 2, 5, 'first')",
        "UPDATE b SET id = 9 WHERE id = 0",
        "DELETE FROM b WHERE id = 2",
    ),
    "a limited row is pushed out": _abc(
        "SELECT a.id, c.id AS c, l.name FROM a LEFT JOIN LATERAL (SELECT b.name, b.x FROM b WHERE b.k = a.j"
        " ORDER BY b.id LIMIT 1) AS l ON true LEFT JOIN c ON c.m = l.x",
        "INSERT INTO b VALUES (0, 2, 1, 'first')",
        "UPDATE c SET m = 2 WHERE id = 1",
        "DELETE FROM b WHERE id = 0",
        "INSERT INTO c VALUES (7, 5, 'c7')",
        "UPDATE b SET x = 5 WHERE k = 1",
        key=("id", "c"),
    ),
    "NULL comes into a NOT IN": _abc(
        "SELECT a.id FROM a WHERE a.j NOT IN (SELECT b.x FROM b WHERE b.name > 'a')",
        "UPDATE b SET x = 9",
        "UPDATE b SET x = NULL WHERE id = 1",
        "DELETE FROM b WHERE id = 1",
        "TRUNCATE b",
        "INSERT INTO b VALUES (5, 5, 2, 'b')",
    ),
    "IN as a value": _abc(
        "SELECT a.id, a.j IN (SELECT b.x FROM b) AS present FROM a",
        "UPDATE b SET x = 9 WHERE id = 3",
        "DELETE FROM b WHERE id = 1",
        "TRUNCATE b",
        "INSERT INTO b VALUES (5, 5, NULL, 'b')",
    ),
    "EXISTS turns over": _abc(
        "SELECT a.id, EXISTS (SELECT 1 FROM b WHERE b.k = a.j AND NOT EXISTS (SELECT 1 FROM c WHERE c.m = b.x)) AS e"
        " FROM a WHERE NOT EXISTS (SELECT 1 FROM c WHERE c.id = a.id AND c.name = 'hide')",
        "DELETE FROM c WHERE id = 1",
        "UPDATE b SET x = 2",
        "INSERT INTO c VALUES (3, 7, 'hide')",
        "UPDATE c SET name = 'show' WHERE id = 3",
    ),
    "a filter guards an expression on the path": Scenario(
        (*THREE, "INSERT INTO a VALUES (4, 0, 'zero')"),
        (
            Defined(
                "SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.k = 12 / a.j WHERE a.j <> 0 GROUP BY a.id",
                ("id",),
                ("a.id",),
            ),
        ),
        one_by_one("INSERT INTO b VALUES (9, 12, 0, 'x')", "UPDATE b SET k = 6 WHERE id = 9", "DELETE FROM b"),
    ),
    "the application's key is wider than the anchor": Scenario(
        (
            "CREATE TABLE a (id int PRIMARY KEY)",
            "CREATE TABLE b (id int PRIMARY KEY, k bigint)",
            "INSERT INTO a VALUES (1)",
        ),
        (_COUNTED,),
        one_by_one("INSERT INTO b VALUES (1, 30000000000), (2, 1)", "UPDATE b SET k = k + 1", "DELETE FROM b"),
    ),
    "cascades and SET NULL": Scenario(
        (
            "CREATE TABLE a (id int PRIMARY KEY)",
            "CREATE TABLE b (id int PRIMARY KEY, k int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE)",
            "CREATE TABLE d (id int PRIMARY KEY, k int REFERENCES a ON DELETE SET NULL)",
            "INSERT INTO a VALUES (1), (2), (3)",
            "INSERT INTO b VALUES (1, 1), (2, 1), (3, 2)",
            "INSERT INTO d VALUES (1, 1), (2, 2), (3, 3)",
        ),
        (_COUNTED, Defined("SELECT d.id, d.k FROM d", ("id",), ("d.id",))),
        one_by_one("DELETE FROM a WHERE id = 1", "DELETE FROM d WHERE k = 2", "UPDATE a SET id = 20 WHERE id = 2"),
    ),
    "TRUNCATE": Scenario(THREE, (_COUNTED,), one_by_one("TRUNCATE b", "INSERT INTO b VALUES (1, 1)", "TRUNCATE a, b")),
    "rows swap their values": _abc(
        "SELECT a.id, a.name, b.name AS b FROM a LEFT JOIN b ON b.id = a.id",
        "UPDATE a SET name = CASE id WHEN 1 THEN 'a2' ELSE 'a1' END WHERE id < 3",
        "UPDATE b SET name = CASE id WHEN 1 THEN 'b2' ELSE 'b1' END WHERE id < 3",
    ),
    "partitions, by their root and by themselves": Scenario(
        _PARTITIONED,
        (Defined("SELECT p.id, p.v FROM p", ("id",), ("p.id",)),),
        one_by_one(
            "INSERT INTO p_low VALUES (2, 'two')",
            "UPDATE p_high SET v = 'Y'",
            "UPDATE p SET id = 150 WHERE id = 1",
            "DELETE FROM p_high",
            "TRUNCATE p_low",
            "INSERT INTO p VALUES (3, 'three'), (120, 'more')",
            "DELETE FROM p",
        ),
    ),
    "a table that others inherit from": Scenario(
        (
            "CREATE TABLE up (id int, v text)",
            "CREATE TABLE down (more int) INHERITS (up)",
            "INSERT INTO up VALUES (1, 'x')",
            "INSERT INTO down VALUES (2, 'y', 1)",
        ),
        (Defined("SELECT up.id, max(up.v) AS v FROM up GROUP BY up.id", ("id",), ("up.id",)),),
        one_by_one("INSERT INTO down VALUES (1, 'z', 1)", "UPDATE up SET v = 'q'", "DELETE FROM down"),
    ),
    "columns of several collations": Scenario(
        (
            'CREATE TABLE a (id int PRIMARY KEY, x text COLLATE "C", y text COLLATE "POSIX", z text)',
            "INSERT INTO a VALUES (1, 'x', 'y', 'z')",
        ),
        (Defined("SELECT a.id, a.x, a.y, a.z FROM a", ("id",), ("a.id",)),),
        one_by_one("UPDATE a SET y = 'Y'", "UPDATE a SET x = 'X', z = 'Z'", "INSERT INTO a VALUES (2, 'x', 'y', 'z')"),
    ),
    "types and operators of the application's schema": Scenario(
        (
            "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public",
            "CREATE TYPE mood AS ENUM ('sad', 'happy')",
            "CREATE TABLE a (id int PRIMARY KEY, name citext, m mood)",
            "CREATE TABLE b (id int PRIMARY KEY, name citext, m mood)",
            "INSERT INTO a VALUES (1, 'Ann', 'sad'), (2, 'bob', 'happy')",
            "INSERT INTO b VALUES (1, 'ANN', 'sad')",
        ),
        (
            Defined(
                "SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.name = a.name GROUP BY a.id", ("id",), ("a.id",)
            ),
            Defined("SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.m = a.m GROUP BY a.id", ("id",), ("a.id",)),
        ),
        one_by_one("DELETE FROM b", "INSERT INTO b VALUES (2, 'BOB', 'happy')", "UPDATE b SET name = 'aNN', m = 'sad'"),
    ),
    "tables and columns named like our own": Scenario(
        (
            'CREATE TABLE images (id int PRIMARY KEY, image int, changed text, "gone" int, "r" text[])',
            'CREATE TABLE o1 (id int PRIMARY KEY, "Order" int, old_rows int)',
            "INSERT INTO images VALUES (1, 1, 'x', 1, '{a}'), (2, NULL, 'y', 2, NULL)",
            "INSERT INTO o1 VALUES (1, 1, 1)",
        ),
        (
            Defined(
                'SELECT image.id, count(o1.id) AS n, max(image.changed) AS changed, min("gone") AS gone, max(r) AS r'
                ' FROM images AS image LEFT JOIN o1 ON o1."Order" = image.image AND old_rows > 0 GROUP BY image.id',
                ("id",),
                ("images.id",),
            ),
        ),
        one_by_one(
            "INSERT INTO o1 VALUES (2, 1, 1), (3, 1, NULL)",
            "UPDATE images SET image = 1, gone = 5",
            "UPDATE o1 SET old_rows = 1",
            "DELETE FROM o1",
        ),
    ),
    "set-returning functions in the SELECT list": Scenario(
        ENTRIES,
        (Defined("SELECT DISTINCT e.id, unnest(e.tags) AS tag FROM entries AS e", ("id", "tag"), ("entries.id",)),),
        one_by_one("UPDATE entries SET tags = '{q,r}'", "INSERT INTO entries VALUES (9, '{q}')"),
    ),
    "an unnested column in a filter of the same row's other join": Scenario(
        ENTRIES,
        (
            Defined(
                "SELECT e.id, tag, count(f.id) AS n FROM entries AS e CROSS JOIN LATERAL unnest(e.tags) AS tag"
                " LEFT JOIN (SELECT DISTINCT o.id FROM entries AS o) AS f ON f.id = e.id"
                " WHERE tag IN ('q', 'y') GROUP BY e.id, tag",
                ("id", "tag"),
                ("entries.id",),
            ),
        ),
        one_by_one("UPDATE entries SET tags = '{q,r}'", "INSERT INTO entries VALUES (9, '{q}')", "DELETE FROM entries"),
    ),
    "a CTE named like a table": _abc(
        "WITH b AS (SELECT b.k, count(*) AS n FROM b GROUP BY b.k) SELECT a.id, b.n FROM a LEFT JOIN b ON b.k = a.j",
        "INSERT INTO b VALUES (8, 1, 1, 'x')",
        "UPDATE b SET k = 2",
    ),
    "USING": Scenario(
        (
            "CREATE TABLE a (id int PRIMARY KEY, k int)",
            "CREATE TABLE b (k int PRIMARY KEY, name text)",
            "INSERT INTO a VALUES (1, 1), (2, 2)",
        ),
        (Defined("SELECT a.id, b.name FROM a LEFT JOIN b USING (k)", ("id",), ("a.id",)),),
        one_by_one("INSERT INTO b VALUES (1, 'x'), (2, 'y')", "UPDATE b SET k = 10 - k", "UPDATE a SET k = 9"),
    ),
    "renamed columns of subqueries": _abc(
        "WITH w (p, q) AS (SELECT b.k, max(b.x) FROM b GROUP BY b.k) SELECT a.id, w.q, d.r, e.s FROM a"
        " LEFT JOIN w ON w.p = a.j LEFT JOIN (SELECT c.m, c.name FROM c WHERE c.id < 2) AS d (u, r) ON d.u = a.j"
        " LEFT JOIN LATERAL (SELECT count(*) FROM c WHERE c.m > a.j) AS e (s) ON true",
        "INSERT INTO b VALUES (8, 1, 7, 'x')",
        "UPDATE c SET m = 3 - m",
        "DELETE FROM c WHERE id = 1",
    ),
    "a right join after an inner join": _abc(
        "SELECT a.id, b.name AS b, c.name AS c FROM c JOIN b ON b.k = c.m"
        " RIGHT JOIN a ON a.j = b.x AND a.name <> 'none'",
        "INSERT INTO a VALUES (8, 2, 'none'), (9, 2, 'a9')",
        "UPDATE a SET name = 'none' WHERE id = 1",
        "DELETE FROM a WHERE name = 'none'",
    ),
}
