"""Values that the order of rows or the clock decides are refused; all others are not.

Aggregates are judged by what PostgreSQL calls, casts and literals by what it makes of them.
"""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest

from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.errors import DefinitionError
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounced, Full, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.conftest import Server
from tests.stress.oracle.maintained import Bench, prepared_bench, skip_where_too_old

_SETUP = (
    "CREATE TYPE s.label AS ENUM ('today', 'later')",
    "CREATE DOMAIN s.day AS date",
    "CREATE TYPE s.span AS (since timestamptz, note text)",
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text, at timestamptz, d date, doc jsonb, l s.label)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, x int, name text, f float8, n numeric, doc jsonb, tags text[],"
    " r int4range)",
    "CREATE TABLE u (id int PRIMARY KEY, b_id int NOT NULL UNIQUE, name text)",
    "CREATE FUNCTION s2.first_of(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, $2)'",
    "CREATE AGGREGATE s2.first (text) (SFUNC = s2.first_of, STYPE = text)",
    'CREATE AGGREGATE s2."First" (text) (SFUNC = s2.first_of, STYPE = text)',
    "CREATE AGGREGATE s2.jsonb_concat (jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}')",
    "CREATE AGGREGATE s2.total (float8) (SFUNC = float8pl, STYPE = float8, INITCOND = '0')",
    "CREATE AGGREGATE s2.sum (float8) (SFUNC = float8pl, STYPE = float8, INITCOND = '0')",
    "CREATE AGGREGATE s2.smallest (int) (SFUNC = int4smaller, STYPE = int, SORTOP = operator(pg_catalog.<))",
    "CREATE FUNCTION s2.later(int, int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1'",
    "CREATE AGGREGATE s2.unsteady (int) (SFUNC = s2.later, STYPE = int)",
)
_DATABASE = "steadiness"


@pytest.fixture(scope="module")
def sources(server: Server) -> Generator[Bench]:
    """A bench with tables that every case reads; nothing is created for it."""
    with prepared_bench(server, _DATABASE, *_SETUP) as made:
        yield made


def judge(bench: Bench, text: str, refresh: Refresh | None = None) -> None:
    """Raises DefinitionError where `text` is refused for a read model of that kind."""
    path = bench.folder / "judged.sql"
    path.write_text(text, encoding="utf-8")
    skip_where_too_old(bench, text)
    ranges = None if isinstance(refresh, Full) else IdRanges("a.id")
    model = ReadModel("judged", SqlFile(path), ("id",), ranges, refresh=refresh or Debounced())
    system = System("oracle", "s", (Phase("phase_1", (model,)),))
    with bench.database.session("s") as session:
        model_sources(session, describe(session, system, model))


def per_anchor(value: str) -> str:
    return f"SELECT a.id, {value} AS v FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id"


def per_row(value: str) -> str:
    return f"SELECT a.id, b.id AS bid, b.name, {value} AS v FROM a JOIN b ON b.k = a.j"


OPEN_ORDER = {
    "any_value": per_anchor("any_value(b.name)"),
    "array_agg": per_anchor("array_agg(b.name)"),
    "array_agg by another name": per_anchor("pg_catalog.array_agg(b.name)"),
    "array_agg in quotation marks": per_anchor('"array_agg"(b.name)'),
    "array_agg with FILTER": per_anchor("array_agg(b.name) FILTER (WHERE b.x > 1)"),
    "array_agg in an expression": per_anchor("(array_agg(b.name))[1]"),
    "array_agg ordered by what is not unique": per_anchor("array_agg(b.name ORDER BY b.x)"),
    "array_agg in HAVING": f"{per_anchor('1')} HAVING (array_agg(b.name))[1] = 'x'",
    "array_agg in a subquery": "SELECT a.id, (SELECT array_agg(b.name) FROM b WHERE b.k = a.j) AS v FROM a",
    "array_agg in a common table expression": (
        "WITH c AS (SELECT b.k, array_agg(b.name) AS v FROM b GROUP BY b.k) SELECT a.id, c.v FROM a JOIN c ON c.k = a.j"
    ),
    "array_agg of an outer query": (
        "SELECT a.id, (SELECT array_agg(b.name)) AS v FROM a JOIN b ON b.k = a.j GROUP BY a.id"
    ),
    "string_agg": per_anchor("string_agg(b.name, ',')"),
    "json_agg": per_anchor("json_agg(b.name)::text"),
    "jsonb_agg_strict": per_anchor("jsonb_agg_strict(b.name)"),
    "json_object_agg_unique": per_anchor("json_object_agg_unique(b.id, b.name)::text"),
    "jsonb_object_agg": per_anchor("jsonb_object_agg(b.x, b.name)"),
    "JSON_ARRAYAGG": per_anchor("JSON_ARRAYAGG(b.name)::text"),
    "JSON_OBJECTAGG": per_anchor("JSON_OBJECTAGG(b.id: b.name)::text"),
    "xmlagg": per_anchor("xmlagg(b.name::xml)::text"),
    "a sum of floats": per_anchor("sum(b.f)"),
    "an average of floats": per_anchor("avg(b.f)"),
    "a regression": per_anchor("regr_slope(b.f, b.x)"),
    "an aggregate of the application": per_anchor("s2.first(b.name)"),
    "an aggregate of the application in quotation marks": per_anchor('s2."First"(b.name)'),
    "an aggregate of the application with FILTER": per_anchor("s2.first(b.name) FILTER (WHERE b.x > 1)"),
    "an aggregate of the application over jsonb": per_anchor("s2.jsonb_concat(b.doc)"),
    "an aggregate of the application over floats": per_anchor("s2.total(b.f)"),
    "an aggregate of the application called sum": per_anchor("s2.sum(b.f)"),
    "an aggregate over a window with ties": per_row("array_agg(b.name) OVER (PARTITION BY a.id ORDER BY b.x)"),
    "an aggregate of the application over a window": per_row("s2.first(b.name) OVER (PARTITION BY a.id)"),
    "a sum over a frame of rows with ties": per_row(
        "sum(b.x) OVER (PARTITION BY a.id ORDER BY b.x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
    ),
    "a count over a named window of rows": (
        f"{per_row('count(*) OVER w')} WINDOW w AS (PARTITION BY a.id ORDER BY b.x ROWS 2 PRECEDING)"
    ),
    "row_number with ties": per_row("row_number() OVER (PARTITION BY a.id ORDER BY b.x)"),
    "row_number over groups with ties": (
        "SELECT a.id, b.name, max(b.x) AS m, row_number() OVER (PARTITION BY a.id ORDER BY count(*)) AS v"
        " FROM a JOIN b ON b.k = a.j GROUP BY a.id, b.name"
    ),
    "lag with ties": per_row("lag(b.name) OVER (PARTITION BY a.id ORDER BY b.x)"),
    "first_value with ties": per_row("first_value(b.name) OVER (PARTITION BY a.id ORDER BY b.x)"),
    "ntile without an order": per_row("ntile(2) OVER (PARTITION BY a.id)"),
    "the most frequent of equals": (
        "SELECT a.id, (SELECT b.name FROM b WHERE b.k = a.j GROUP BY b.name ORDER BY count(*) DESC LIMIT 1) AS v FROM a"
    ),
}

SETTLED_ORDER = {
    "any_value": per_anchor("any_value(b.name ORDER BY b.id)"),
    "array_agg": per_anchor("array_agg(b.name ORDER BY b.x, b.id)"),
    "array_agg by its own value": per_anchor("array_agg(b.name ORDER BY b.name)"),
    "array_agg with DISTINCT": per_anchor("array_agg(DISTINCT b.name)"),
    "array_agg with FILTER": per_anchor("array_agg(b.name ORDER BY b.id) FILTER (WHERE b.x > 1)"),
    "array_agg by a key of another table": (
        "SELECT a.id, array_agg(u.name ORDER BY b.id) AS v FROM a JOIN b ON b.k = a.j JOIN u ON u.b_id = b.id"
        " GROUP BY a.id"
    ),
    "array_agg by a key of an outer join": (
        "SELECT a.id, array_agg(u.name ORDER BY b.id) AS v FROM a JOIN b ON b.k = a.j LEFT JOIN u ON u.b_id = b.id"
        " GROUP BY a.id"
    ),
    "array_agg called twice": per_anchor("array_agg(b.name ORDER BY b.id) || array_agg(b.name ORDER BY b.id DESC)"),
    "JSON_ARRAYAGG": per_anchor("JSON_ARRAYAGG(b.name ORDER BY b.id)::text"),
    "jsonb_object_agg_unique": per_anchor("jsonb_object_agg_unique(b.id, b.name) FILTER (WHERE b.id IS NOT NULL)"),
    "a sum of floats in order": per_anchor("sum(b.f ORDER BY b.id)"),
    "a sum of numerics": per_anchor("sum(b.f::numeric)::float8"),
    "sums of integers": per_anchor(
        "(sum(b.x) + count(*) + bit_or(b.x) + avg(b.x) + stddev(b.n) + regr_count(b.f, b.f))::int"
    ),
    "booleans": per_anchor("every(b.x > 1) OR bool_and(b.x > 2)"),
    "ordered sets": per_anchor(
        "mode() WITHIN GROUP (ORDER BY b.name) || (percentile_cont(0.5) WITHIN GROUP (ORDER BY b.f))::text"
        " || rank(3) WITHIN GROUP (ORDER BY b.x)"
    ),
    "ranges": per_anchor("range_agg(b.r) * range_intersect_agg(b.r)::int4multirange"),
    "an aggregate of the application": per_anchor("s2.first(b.name ORDER BY b.id)"),
    "an aggregate of the application with FILTER": per_anchor("s2.first(b.name ORDER BY b.id) FILTER (WHERE b.x > 1)"),
    "an aggregate of the application in quotation marks": per_anchor('s2."First"(b.name ORDER BY b.id)'),
    "an aggregate of the application with an operator": per_anchor("s2.smallest(b.x)"),
    "peers": per_row("rank() OVER (PARTITION BY a.id ORDER BY b.x)"),
    "a sum up to here": per_row("sum(b.x) OVER (PARTITION BY a.id ORDER BY b.x)"),
    "a sum over a frame of rows": per_row(
        "sum(b.x) OVER (PARTITION BY a.id ORDER BY b.id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
    ),
    "a sum over a frame of all rows": per_row(
        "sum(b.x) OVER (PARTITION BY a.id ORDER BY b.x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    ),
    "a named window": f"{per_row('row_number() OVER w')} WINDOW w AS (PARTITION BY a.id ORDER BY b.id)",
    "a named window that is extended": f"{per_row('lag(b.x) OVER (w ORDER BY b.id)')} WINDOW w AS (PARTITION BY a.id)",
    "the most frequent": (
        "SELECT a.id, (SELECT b.name FROM b WHERE b.k = a.j GROUP BY b.name ORDER BY count(*) DESC, b.name LIMIT 1)"
        " AS v FROM a"
    ),
}

KINDS = pytest.mark.parametrize("refresh", [Debounced(), Full()], ids=["by key", "as a whole"])


@KINDS
@pytest.mark.parametrize("name", OPEN_ORDER)
def test_definition_value_decided_by_row_order_is_refused(sources: Bench, name: str, refresh: Refresh) -> None:
    try:
        with pytest.raises(DefinitionError, match=r"order|ORDER BY"):
            judge(sources, OPEN_ORDER[name], refresh)
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this PostgreSQL is built without libxml")


@KINDS
@pytest.mark.parametrize("name", SETTLED_ORDER)
def test_definition_value_independent_of_row_order_is_accepted(sources: Bench, name: str, refresh: Refresh) -> None:
    judge(sources, SETTLED_ORDER[name], refresh)


def test_definition_aggregate_of_whole_rows_needs_unique_order(sources: Bench) -> None:
    text = "SELECT a.id, jsonb_agg(to_jsonb(b) ORDER BY {order}) AS v FROM a JOIN b ON b.k = a.j GROUP BY a.id"
    judge(sources, text.format(order="b.id"), Full())
    with pytest.raises(DefinitionError, match="differ in b"):
        judge(sources, text.format(order="b.x"), Full())


def test_definition_aggregate_with_stable_function_is_refused(sources: Bench) -> None:
    with pytest.raises(DefinitionError, match="later: it is declared STABLE"):
        judge(sources, per_anchor("s2.unsteady(b.x ORDER BY b.id)"))


LITERALS = {
    "of a type": "timestamptz 'now'",
    "of a day": "date 'today'",
    "of a time": "time 'now' + interval '1 hour'",
    "cast": "'now'::timestamp",
    "cast in SQL": "CAST('yesterday' AS date)",
    "with an hour": "timestamptz 'tomorrow 12:00'",
    "in capitals": "timestamptz ' NOW '",
    "escaped": r"E'n\x6fw'::timestamptz",
    "in Unicode": r"U&'\006eow'::timestamptz",
    "with an escape character": "CAST(U&'!006eow' UESCAPE '!' AS timestamptz)",
    "in dollars": "$$now$$::timestamptz",
    "in two parts": "'no'\n'w'::timestamptz",
    "in a range": "tstzrange '[now,)'",
    "in several ranges": "datemultirange '{[today,tomorrow)}'",
    "in an array": "'{epoch,now}'::timestamptz[]",
    "in a domain": "'today'::s.day",
    "in a row": "'(now,x)'::s.span",
    "compared with a column": "a.at > 'now'",
    "given to a function": "date_trunc('day', timestamptz 'now')",
}
CONVERTED = {
    "of text": "('now'::text)::timestamptz",
    "of a day": "('yesterday'::text)::date",
    "of a column": "a.name::timestamptz",
    "of a column of varchar": "a.name::varchar(20)::date",
    "of JSON": "(a.doc ->> 'at')::timestamp",
    "of an array": "b.tags::date[]",
    "to a range": "a.name::tstzrange",
    "to a domain": "a.name::s.day",
    "to a row": "(a.name::s.span)::text",
    "to an hour": "a.name::time",
    "by a function of input": "date_in(textout(a.name))",
    "by JSON_VALUE": "JSON_VALUE(a.doc, '$.at' RETURNING timestamptz)",
    "to a record": "(jsonb_populate_record(NULL::s.span, a.doc)).since",
}
HARMLESS = {
    "fixed times": "timestamptz '2026-01-31 12:00Z' > a.at AND a.d < 'infinity' AND a.d > date 'epoch'",
    "a label": "CASE WHEN a.name = 'today' THEN date '2026-01-31' END",
    "a label of an enumeration": "a.l = 'today' AND a.at > '2026-01-31'",
    "a word within a word": "a.name LIKE '%known%' AND a.at > '2026-01-31'",
    "text in JSON": """'{"when": "now"}'::jsonb""",
    "text by a pattern": "to_date(a.name, 'YYYY-MM-DD') + to_timestamp(a.name, 'YYYY')::time",
    "numbers of text": "a.name::int + (a.doc ->> 'n')::numeric",
    "times of times": "a.at::date - a.d + extract(epoch FROM a.at::time)::int",
    "times as text": "a.at::text || a.d::text",
    "records without times": "(SELECT r.n FROM jsonb_to_record(a.doc) AS r (n int, t text))",
}


def of_a(value: str) -> str:
    return f"SELECT a.id, {value} AS v FROM a" + (" JOIN b ON b.k = a.j" if "b." in value else "")


@KINDS
@pytest.mark.parametrize("name", LITERALS)
def test_definition_literal_now_is_refused(sources: Bench, name: str, refresh: Refresh) -> None:
    with pytest.raises(DefinitionError, match="replaces it by the time at which it parses"):
        judge(sources, of_a(LITERALS[name]), refresh)


def test_definition_literal_now_in_timed_view_is_refused(sources: Bench) -> None:
    with pytest.raises(DefinitionError, match=r"now\(\) or CURRENT_DATE, which the read model follows"):
        judge(sources, of_a("timestamptz 'now'"), Full(every=60))


@KINDS
@pytest.mark.parametrize("name", CONVERTED)
def test_definition_text_converted_to_time_is_refused(sources: Bench, name: str, refresh: Refresh) -> None:
    with pytest.raises(DefinitionError, match="depends on the time"):
        judge(sources, of_a(CONVERTED[name]), refresh)


@pytest.mark.parametrize(
    "rows",
    [
        "jsonb_to_recordset(a.doc) AS r (at timestamptz)",
        "JSON_TABLE(a.doc, '$[*]' COLUMNS (at timestamptz PATH '$.at')) AS r",
        """JSON_TABLE(a.doc, '$[*]' COLUMNS (at timestamptz PATH '$.at', "odd) :""name" text PATH '$.n')) AS r""",
    ],
)
def test_definition_json_rows_converted_to_time_are_refused(sources: Bench, rows: str) -> None:
    with pytest.raises(DefinitionError, match=r"depends on the time|although PostgreSQL can"):
        judge(sources, f"SELECT a.id, r.at FROM a CROSS JOIN LATERAL {rows}", Full())


def test_definition_text_as_time_in_timed_view_is_accepted(sources: Bench) -> None:
    judge(sources, of_a("a.name::timestamptz"), Full(every=60))


@pytest.mark.parametrize("name", HARMLESS)
def test_definition_value_independent_of_clock_is_accepted(sources: Bench, name: str) -> None:
    judge(sources, of_a(HARMLESS[name]), Full())


@pytest.mark.parametrize(
    "text",
    [
        "WITH days AS (SELECT id, d, at FROM a) SELECT id, d, at FROM days",
        "WITH RECURSIVE r AS (SELECT id, d FROM a UNION SELECT id + 1, d FROM r WHERE id < 3) SELECT id, d FROM r",
        "SELECT a.id, v.d FROM a CROSS JOIN (VALUES (date '2026-01-31'), (date '2026-02-28')) AS v (d)",
    ],
)
def test_definition_times_without_conversion_are_accepted(sources: Bench, text: str) -> None:
    judge(sources, text, Full())
