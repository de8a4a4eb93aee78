"""What cannot be kept right is refused, naming the clause, the reason and the remedy."""

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
    "CREATE FOREIGN DATA WRAPPER nothing",
    "CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
    "CREATE FOREIGN TABLE far (id int, k int) SERVER nowhere",
    "CREATE VIEW over_far AS SELECT * FROM far",
    "CREATE VIEW catalog AS SELECT oid::int AS id, relnatts AS k FROM pg_class",
    "CREATE MATERIALIZED VIEW held AS SELECT * FROM b",
    "CREATE VIEW over_held AS SELECT * FROM held",
    "CREATE VIEW over_all AS SELECT * FROM over_held",
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
    "groups without the anchor": Refused(
        "SELECT max(a.id) AS id, a.j FROM a GROUP BY a.j", "id", "driving column|plain column"
    ),
    "an anchor that an outer join leaves NULL": Refused(
        "SELECT a.id FROM b LEFT JOIN a ON a.j = b.k", "driving column", "outer join"
    ),
    "a FULL join": Refused(
        "SELECT a.id FROM a FULL JOIN b ON b.k = a.j", "driving column|FULL", "outer join|inner and left"
    ),
    "TABLESAMPLE": Refused("SELECT a.id FROM a TABLESAMPLE BERNOULLI (50)", "TABLESAMPLE", "sample"),
    "LIMIT over a set operation with ties": Refused(
        "SELECT a.id, a.j FROM a UNION ALL SELECT b.id, b.k FROM b ORDER BY 2 LIMIT 3",
        "LIMIT",
        "differ in id",
        driving="",
    ),
    "a materialized view": Refused(
        "SELECT a.id, count(x.id) AS n FROM a JOIN held AS x ON x.k = a.j GROUP BY a.id", "s.held", "materialized view"
    ),
    "a materialized view beneath views": Refused(
        "SELECT a.id, count(x.id) AS n FROM a JOIN over_all AS x ON x.k = a.j GROUP BY a.id",
        "s.held, which the view s.over_held reads",
        "materialized view",
    ),
    "a foreign table beneath a view": Refused(
        "SELECT a.id, count(x.id) AS n FROM a JOIN over_far AS x ON x.k = a.j GROUP BY a.id",
        "s.far, which the view s.over_far reads",
        "foreign table",
    ),
    "PostgreSQL's own tables beneath a view": Refused(
        "SELECT a.id, count(x.id) AS n FROM a JOIN catalog AS x ON x.k = a.j GROUP BY a.id",
        "pg_catalog.pg_class, which the view s.catalog reads",
        "own",
    ),
    "a volatile function": Refused("SELECT a.id, random() AS r FROM a", "random", "volatile"),
    "a volatile function of the application": Refused("SELECT a.id, draws() AS r FROM a", "draws", "volatile"),
    "a function that reads tables": Refused("SELECT a.id, reads(a.j) AS n FROM a", "reads", "STABLE"),
    "the running clock": Refused("SELECT a.id FROM a WHERE a.at > clock_timestamp()", "clock_timestamp", "volatile"),
    "the day as text": Refused("SELECT a.id FROM a WHERE a.at > timeofday()::timestamptz", "timeofday", "volatile"),
    "the role": Refused("SELECT a.id, CURRENT_USER AS d FROM a", "CURRENT", "session"),
    "a sum of floating-point numbers": Refused(
        "SELECT a.id, sum(a.amount * b.x) AS s FROM a JOIN b ON b.k = a.j GROUP BY a.id", "sum", "order of the rows"
    ),
    "array_agg without ORDER BY": Refused(
        "SELECT a.id, array_agg(b.name) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "array_agg",
        "differ in b.name",
    ),
    "string_agg without ORDER BY": Refused(
        "SELECT a.id, string_agg(b.name, ',') AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "string_agg",
        "differ in b.name",
    ),
    "jsonb_agg without ORDER BY": Refused(
        "SELECT a.id, jsonb_agg(b.name) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "jsonb_agg",
        "differ in b.name",
    ),
    "string_agg ordered by what is not unique": Refused(
        "SELECT a.id, string_agg(b.name, ',' ORDER BY b.x) AS n FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id",
        "string_agg",
        "differ in b.name",
    ),
    "DISTINCT ON without an order": Refused(
        "SELECT DISTINCT ON (a.id) a.id, b.name FROM a JOIN b ON b.k = a.j ORDER BY a.id, b.x", "DISTINCT ON", "differ"
    ),
    "LIMIT with ties": Refused(
        "SELECT a.id, (SELECT b.name FROM b WHERE b.k = a.j ORDER BY b.x LIMIT 1) AS n FROM a",
        "LIMIT",
        "differ in b.name",
    ),
    "row_number with ties": Refused(
        "SELECT a.id, b.id AS b, row_number() OVER (PARTITION BY a.id ORDER BY b.x) AS n FROM a JOIN b ON b.k = a.j",
        "row_number",
        "differ in b.id",
    ),
    "an array of an unordered subquery": Refused(
        "SELECT a.id, ARRAY(SELECT b.name FROM b WHERE b.k = a.j) AS n FROM a", "ARRAY", "differ in b.name"
    ),
    "a virtual generated column": Refused("SELECT v.id, v.twice FROM v", "s.v.twice", "virtual", driving="v.id"),
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
def test_definition_refusal_names_clause_reason_and_remedy(sources: Bench, name: str) -> None:
    case = CASES[name]
    key = ("id", "b", "c") if " AS c " in case.text and " AS b" in case.text else ("id",)
    with pytest.raises(DefinitionError) as refused:
        sources.keep(Defined(case.text, key, (case.driving,) if case.driving else ()))
    message = str(refused.value)
    for words in (case.clause, case.reason):
        assert any(word in message for word in words.split("|")), message
    assert message.rstrip(".")[-1].isalnum() or message.endswith(")"), message
    # Faults of the declaration's own are found before; they have remedies of their own.
    if refused.value.__cause__ is not None:
        assert isinstance(refused.value.__cause__, Refusal)
        assert ("or declare refresh=Full()" in message) != refused.value.__cause__.in_views


_OF_THE_DECLARATION = ("groups without the anchor", "an anchor that an outer join leaves NULL", "a FULL join")
"""Faults of the driving column, which the same SELECT has in another way beneath a view."""


@pytest.mark.parametrize("name", [name for name in CASES if name not in _OF_THE_DECLARATION])
def test_definition_refused_part_in_view_is_refused_alike(sources: Bench, name: str) -> None:
    case = CASES[name]
    view = f'"{name}"'
    sources.run(f"CREATE VIEW {view} AS {case.text}")
    with pytest.raises(DefinitionError) as refused:
        sources.keep(Defined(f"SELECT * FROM {view} AS seen", ("id",), ()))
    for words in (case.clause, case.reason):
        assert any(word in str(refused.value) for word in words.split("|")), str(refused.value)
