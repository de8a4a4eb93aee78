"""What cannot be kept by key is refused, naming the clause, the reason and the remedy."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.sql.analysis.refusal import Refusal
from tests.conftest import Server
from tests.stress.oracle.maintained import Bench, Defined, bench

_SETUP = (
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text, amount float8, at timestamptz)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, x int, name text)",
    "CREATE TABLE c (id int PRIMARY KEY, m int, name text)",
    "CREATE VIEW seen AS SELECT * FROM b",
    "CREATE MATERIALIZED VIEW held AS SELECT * FROM b",
    "CREATE FUNCTION reads(int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM s.b WHERE k = $1'",
    "CREATE FUNCTION draws() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1'",
    "CREATE TABLE v (id int PRIMARY KEY, x int, twice int GENERATED ALWAYS AS (x * 2) VIRTUAL)",
)


@dataclass(frozen=True)
class Refused:
    """A definition, and words of the clause and the reason that its refusal names."""

    text: str
    clause: str
    reason: str
    driving: str = "a.id"


CASES = {
    "a recursive CTE": Refused(
        "WITH RECURSIVE r AS (SELECT a.id, a.j FROM a UNION ALL SELECT r.id, b.x FROM r JOIN b ON b.k = r.j)"
        " SELECT a.id, count(*) AS n FROM a JOIN r ON r.id = a.id GROUP BY a.id",
        "WITH RECURSIVE",
        "any number of steps",
    ),
    "a LIMIT over everything": Refused("SELECT a.id FROM a ORDER BY a.id LIMIT 3", "LIMIT", "push out"),
    "a LIMIT outside of parentheses": Refused("(SELECT a.id FROM a ORDER BY a.id) LIMIT 3", "LIMIT", "push out"),
    "an OFFSET": Refused("SELECT a.id FROM a ORDER BY a.id OFFSET 3", "LIMIT", "push out"),
    "a window over everything": Refused(
        "SELECT a.id, rank() OVER (ORDER BY a.j) AS r FROM a", "id", "PARTITION BY contains"
    ),
    "a window over something else": Refused(
        "SELECT a.id, rank() OVER (PARTITION BY a.name ORDER BY a.j) AS r FROM a", "id", "PARTITION BY contains"
    ),
    "one of two windows over something else": Refused(
        "SELECT a.id, count(*) OVER (PARTITION BY a.id) AS n, count(*) OVER w AS m FROM a"
        " WINDOW w AS (PARTITION BY a.j)",
        "id",
        "PARTITION BY contains",
    ),
    "a named window": Refused("SELECT a.id, count(*) OVER w AS m FROM a WINDOW w AS ()", "id", "PARTITION BY contains"),
    "an aggregate over everything": Refused(
        "SELECT a.id, t.n FROM a CROSS JOIN (SELECT count(*) AS n FROM b) AS t", "s.b", "no predicate that must hold"
    ),
    "groups without the anchor": Refused(
        "SELECT max(a.id) AS id, a.j FROM a GROUP BY a.j", "id", "driving column|plain column"
    ),
    "GROUPING SETS": Refused(
        "SELECT a.id, a.j, count(*) AS n FROM a GROUP BY GROUPING SETS ((a.id, a.j), (a.id))",
        "GROUPING SETS",
        "decides",
    ),
    "ROLLUP": Refused("SELECT a.id, a.j, count(*) AS n FROM a GROUP BY ROLLUP (a.id, a.j)", "ROLLUP", "decides"),
    "CUBE": Refused("SELECT a.id, a.j, count(*) AS n FROM a GROUP BY CUBE (a.id, a.j)", "CUBE", "decides"),
    "an anchor that an outer join leaves NULL": Refused(
        "SELECT a.id FROM b LEFT JOIN a ON a.j = b.k", "driving column", "outer join"
    ),
    "an uncorrelated scalar subquery": Refused(
        "SELECT a.id, (SELECT max(b.x) FROM b) AS m FROM a", "s.b", "no predicate that must hold"
    ),
    "an uncorrelated EXISTS": Refused(
        "SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x > 1)", "s.b", "no predicate that must hold"
    ),
    "a cross join without a path": Refused(
        "SELECT a.id, b.id AS b, c.id AS c FROM a CROSS JOIN b JOIN c ON c.m = a.j + b.k",
        "s.b",
        "no predicate that must hold",
    ),
    "a FULL join": Refused(
        "SELECT a.id FROM a FULL JOIN b ON b.k = a.j", "driving column|FULL", "outer join|inner and left"
    ),
    "a FULL join further on": Refused(
        "SELECT a.id, d.k FROM a JOIN (SELECT b.k, c.m FROM b FULL JOIN c ON c.m = b.x) AS d ON d.k = a.j",
        "FULL",
        "inner and left",
    ),
    "a NATURAL join": Refused("SELECT a.id, b.k FROM a NATURAL JOIN b", "NATURAL JOIN", "whatever columns"),
    "a join in parentheses": Refused(
        "SELECT a.id, b.k FROM a LEFT JOIN (b JOIN c ON c.m = b.x) ON b.k = a.j", "JOIN", "FROM item is not followed"
    ),
    "INTERSECT": Refused("SELECT a.id FROM a INTERSECT SELECT a.id FROM a", "INTERSECT", "not followed"),
    "EXCEPT": Refused("SELECT a.id FROM a EXCEPT SELECT a.id FROM a WHERE a.j > 1", "EXCEPT", "not followed"),
    "EXCEPT in a subquery": Refused(
        "SELECT a.id FROM a WHERE a.j IN (SELECT b.k FROM b EXCEPT SELECT c.m FROM c)", "EXCEPT", "not followed"
    ),
    "ANY over a subquery": Refused("SELECT a.id FROM a WHERE a.j > ANY (SELECT b.k FROM b)", "SELECT", "ANY and ALL"),
    "TABLESAMPLE": Refused("SELECT a.id FROM a TABLESAMPLE BERNOULLI (50)", "TABLESAMPLE", "sample"),
    "a view": Refused(
        "SELECT a.id, count(x.id) AS n FROM a JOIN seen AS x ON x.k = a.j GROUP BY a.id", "s.seen", "no table"
    ),
    "a materialized view": Refused(
        "SELECT a.id, count(x.id) AS n FROM a JOIN held AS x ON x.k = a.j GROUP BY a.id", "s.held", "no table"
    ),
    "a volatile function": Refused("SELECT a.id, random() AS r FROM a", "random", "volatile"),
    "a volatile function of the application": Refused("SELECT a.id, draws() AS r FROM a", "draws", "volatile"),
    "a function that reads tables": Refused("SELECT a.id, reads(a.j) AS n FROM a", "reads", "STABLE"),
    "the clock": Refused("SELECT a.id FROM a WHERE a.at > now()", "now", "time"),
    "the clock as a keyword": Refused("SELECT a.id FROM a WHERE a.at > CURRENT_TIMESTAMP", "now|CURRENT", "time"),
    "the date": Refused("SELECT a.id, CURRENT_DATE - 1 AS d FROM a", "CURRENT", "time"),
    "age to now": Refused("SELECT a.id, age(a.at) AS d FROM a", "age", "time"),
    "the role": Refused("SELECT a.id, CURRENT_USER AS d FROM a", "CURRENT", "session"),
    "a sum of floating-point numbers": Refused(
        "SELECT a.id, sum(a.amount) AS s FROM a GROUP BY a.id", "sum", "order of the rows"
    ),
    "array_agg without ORDER BY": Refused(
        "SELECT a.id, array_agg(b.name) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "ARRAY_AGG",
        "differ in name",
    ),
    "string_agg without ORDER BY": Refused(
        "SELECT a.id, string_agg(b.name, ',') AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "STRING_AGG",
        "differ in name",
    ),
    "jsonb_agg without ORDER BY": Refused(
        "SELECT a.id, jsonb_agg(b.name) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "JSONB_AGG",
        "differ in name",
    ),
    "string_agg ordered by what is not unique": Refused(
        "SELECT a.id, string_agg(b.name, ',' ORDER BY b.x) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "STRING_AGG",
        "differ in name",
    ),
    "DISTINCT ON without an order": Refused(
        "SELECT DISTINCT ON (a.id) a.id, b.name FROM a JOIN b ON b.k = a.j ORDER BY a.id, b.x", "DISTINCT ON", "differ"
    ),
    "LIMIT with ties": Refused(
        "SELECT a.id, (SELECT b.name FROM b WHERE b.k = a.j ORDER BY b.x LIMIT 1) AS n FROM a",
        "LIMIT",
        "differ in name",
    ),
    "row_number with ties": Refused(
        "SELECT a.id, b.id AS b, row_number() OVER (PARTITION BY a.id ORDER BY b.x) AS n FROM a JOIN b ON b.k = a.j",
        "ROW_NUMBER",
        "differ in id",
    ),
    "an array of an unordered subquery": Refused(
        "SELECT a.id, ARRAY(SELECT b.name FROM b WHERE b.k = a.j) AS n FROM a", "SELECT", "differ in name"
    ),
    "a virtual generated column": Refused("SELECT v.id, v.twice FROM v", "s.v.twice", "virtual", driving="v.id"),
    "a row as a whole": Refused("SELECT a.id, to_jsonb(b) AS b FROM a JOIN b ON b.k = a.j", '"b"', "row as a whole"),
    "all columns of a row at once": Refused(
        "SELECT a.id, count(b.*) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id", '"b".*', "row as a whole"
    ),
    "columns renamed by position": Refused(
        "SELECT x.id, x.q FROM a AS x (id, q, r)", "x(id, q, r)", "by their position"
    ),
    "a predicate over an aggregate without a group": Refused(
        "SELECT a.id FROM a JOIN (SELECT jsonb_agg(b.x ORDER BY b.x) AS xs FROM b) AS d ON d.xs = to_jsonb(a.j)",
        "s.b",
        "no predicate that must hold",
    ),
}


@pytest.fixture(scope="module")
def sources(server: Server) -> Generator[Bench]:
    """A bench with tables that every case reads; what is refused leaves nothing behind."""
    with bench(server.create("refusals")) as made:
        made.fresh()
        made.run(*_SETUP)
        yield made
    server.drop("refusals")


@pytest.mark.parametrize("name", CASES)
def test_is_refused_with_clause_reason_and_remedy(sources: Bench, name: str) -> None:
    case = CASES[name]
    key = ("id", "b", "c") if " AS c " in case.text and " AS b" in case.text else ("id",)
    with pytest.raises(DefinitionError) as refused:
        sources.keep(Defined(case.text, key, (case.driving,)))
    message = str(refused.value)
    for words in (case.clause, case.reason):
        assert any(word in message for word in words.split("|")), message
    assert message.rstrip(".")[-1].isalnum() or message.endswith(")"), message
    # Faults of the declaration's own are found before; they have remedies of their own.
    if refused.value.__cause__ is not None:
        assert isinstance(refused.value.__cause__, Refusal)
        assert ("or declare refresh=Full()" in message) != refused.value.__cause__.in_views
