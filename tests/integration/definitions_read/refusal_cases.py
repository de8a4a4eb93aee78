"""Definitions that are refused, each with what its refusal says to write instead."""

from __future__ import annotations

from dataclasses import dataclass, field

from denorm_assets.model.refresh import Debounced, Full, Refresh

DATABASE = "refusals"
ONCE = (
    "CREATE FOREIGN DATA WRAPPER nothing",
    "CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
)
"""What is no part of a schema."""
SETUP = (
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text, amount float8, at timestamptz, d date, t timetz, body text)",
    "CREATE TABLE b (id int PRIMARY KEY, k int, x int, name text)",
    "INSERT INTO a SELECT n, n, '2026-01-0' || n, n / 3.0, '2026-01-01 12:00Z', '2026-01-01', '12:00Z', 'word'"
    " FROM generate_series(1, 3) AS n",
    "INSERT INTO b SELECT n, 1 + n % 3, 1, 'b' || n % 2 FROM generate_series(1, 9) AS n",
    "CREATE FOREIGN TABLE far (id int, k int) SERVER nowhere",
    "CREATE VIEW over_far AS SELECT * FROM far",
    "CREATE TABLE parts (id int, k int) PARTITION BY RANGE (id)",
    "CREATE FOREIGN TABLE far_part PARTITION OF parts FOR VALUES FROM (0) TO (9) SERVER nowhere",
    "CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY, k int)",
    "CREATE SEQUENCE numbers",
    "CREATE VIEW catalog AS SELECT oid::int AS id, relnatts AS k FROM pg_class",
    "CREATE MATERIALIZED VIEW held AS SELECT * FROM b",
    "CREATE VIEW over_held AS SELECT * FROM held",
    "CREATE VIEW over_all AS SELECT * FROM over_held",
    "CREATE VIEW recent AS SELECT * FROM a WHERE at > now() - interval '7 days'",
    "CREATE FUNCTION reads(int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM s.b WHERE k = $1'",
    "CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1 * 2'",
    "CREATE FUNCTION draws() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1'",
    "CREATE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)'",
    "CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT plain($1)'",
    "CREATE TABLE v (id int PRIMARY KEY, x int, twice int GENERATED ALWAYS AS (x * 2) VIRTUAL)",
    "CREATE TABLE s2.elsewhere (id int PRIMARY KEY, k int)",
)


@dataclass(frozen=True)
class Instead:
    """What a remedy says: another clause, a statement to run first, another declaration, or several of them.

    Attributes:
        backfill: the column of its IdRanges; None as in the case, "" for none.
    """

    clause: str = ""
    first: str = ""
    refresh: Refresh | None = None
    backfill: str | None = None


@dataclass(frozen=True)
class Refused:
    """A definition with a clause that is refused.

    Attributes:
        text: the definition; `{}` is where the clause stands.
        clause: what is refused.
        named: words of the clause that the refusal names, the first of several with `|` between them.
        reason: words of the reason.
        instead: what the remedy says to write; each of them is accepted.
        driving: the column of its IdRanges.
        first: statements that run then.
        in_view: whether a view with that text is refused as a source, too.
        by_key_only: whether Full takes it.
    """

    text: str
    clause: str
    named: str
    reason: str
    instead: tuple[Instead, ...]
    driving: str = ""
    key: tuple[str, ...] = ("id",)
    refresh: Refresh = field(default_factory=Debounced)
    first: tuple[str, ...] = ()
    in_view: bool = True
    by_key_only: bool = False


def _write(*clauses: str) -> tuple[Instead, ...]:
    return tuple(Instead(clause) for clause in clauses)


_OF_A = "SELECT a.id, {} AS v FROM a"
_WHERE = "SELECT a.id FROM a WHERE {}"
_JOINED = "SELECT a.id, count(x.id) AS n FROM a JOIN {} AS x ON x.k = a.j GROUP BY a.id"
_GROUPED = "SELECT a.id, {} AS v FROM a LEFT JOIN b ON b.k = a.j GROUP BY a.id"
_WINDOW = "SELECT a.id, b.id AS b, {} AS v FROM a JOIN b ON b.k = a.j"
_EVERY = Instead(refresh=Full(every=60))
_TIES = "rows may be equal in its ORDER BY and differ in"
_UNORDERED = "it has no ORDER BY, and rows may differ in"


def _setting(name: str, value: str, named: str, clause: str, *instead: str, in_view: bool = True) -> Refused:
    return Refused(
        _OF_A,
        clause,
        named,
        f"depends on {name}," if name != "timezone" else "time zone",
        _write(*instead),
        first=(f"ALTER DATABASE {DATABASE} SET {name} = '{value}'",),
        in_view=in_view,
    )


CASES = {
    # Rows that are chosen, and their order.
    "TABLESAMPLE": Refused(
        "SELECT a.id FROM a {}",
        "TABLESAMPLE BERNOULLI (50)",
        "TABLESAMPLE",
        "sample",
        _write("WHERE a.id % 2 = 0"),
        driving="a.id",
    ),
    "LIMIT with ties": Refused(
        "SELECT a.id, (SELECT b.name FROM b WHERE b.k = a.j {}) AS n FROM a",
        "ORDER BY b.x LIMIT 1",
        "LIMIT",
        f"{_TIES} b.name",
        _write("ORDER BY b.x, b.id LIMIT 1"),
    ),
    "LIMIT over groups with ties": Refused(
        "SELECT b.k AS id, sum(b.x) AS x FROM b GROUP BY b.k {}",
        "ORDER BY sum(b.x) LIMIT 3",
        "Add b.k to its ORDER BY",
        f"{_TIES} b.k",
        _write("ORDER BY sum(b.x), b.k LIMIT 3"),
    ),
    "row_number over groups with ties": Refused(
        "SELECT b.k AS id, {} AS n FROM b GROUP BY b.k",
        "row_number() OVER (ORDER BY sum(b.x))",
        "Add b.k to its ORDER BY",
        f"{_TIES} b.k",
        _write("row_number() OVER (ORDER BY sum(b.x), b.k)"),
    ),
    "LIMIT over a set operation with ties": Refused(
        "SELECT a.id, a.j, 1 AS part FROM a UNION ALL SELECT b.id, b.k, 2 FROM b {}",
        "ORDER BY j LIMIT 3",
        "LIMIT",
        f"{_TIES} id",
        _write("ORDER BY j, id, part LIMIT 3"),
        key=("id", "part"),
    ),
    "DISTINCT ON with ties": Refused(
        "SELECT DISTINCT ON (a.id) a.id, b.name FROM a JOIN b ON b.k = a.j {}",
        "ORDER BY a.id, b.x",
        "DISTINCT ON",
        f"{_TIES} b.name",
        _write("ORDER BY a.id, b.x, b.id"),
    ),
    "row_number with ties": Refused(
        _WINDOW,
        "row_number() OVER (PARTITION BY a.id ORDER BY b.x)",
        "row_number",
        f"{_TIES} b.id",
        _write("row_number() OVER (PARTITION BY a.id ORDER BY b.x, b.id)"),
        key=("id", "b"),
    ),
    "array_agg without ORDER BY": Refused(
        _GROUPED,
        "array_agg(b.name)",
        "array_agg",
        f"{_UNORDERED} b.name",
        _write("array_agg(b.name ORDER BY b.id)"),
    ),
    "string_agg without ORDER BY": Refused(
        _GROUPED,
        "string_agg(b.name, ',')",
        "string_agg",
        f"{_UNORDERED} b.name",
        _write("string_agg(b.name, ',' ORDER BY b.id)"),
    ),
    "jsonb_agg without ORDER BY": Refused(
        _GROUPED,
        "jsonb_agg(b.name)",
        "jsonb_agg",
        f"{_UNORDERED} b.name",
        _write("jsonb_agg(b.name ORDER BY b.id)"),
    ),
    "string_agg ordered by what is not unique": Refused(
        _GROUPED,
        "string_agg(b.name, ',' ORDER BY b.x)",
        "string_agg",
        f"{_TIES} b.name",
        _write("string_agg(b.name, ',' ORDER BY b.x, b.id)"),
    ),
    "an aggregate of a query around": Refused(
        _GROUPED,
        "(SELECT array_agg(b.name))",
        "array_agg",
        "the rows of a query around it",
        _write("array_agg(b.name ORDER BY b.id)"),
    ),
    "an array of an unordered subquery": Refused(
        _OF_A,
        "ARRAY(SELECT b.name FROM b WHERE b.k = a.j)",
        "ARRAY",
        f"{_UNORDERED} b.name",
        _write("ARRAY(SELECT b.name FROM b WHERE b.k = a.j ORDER BY b.id)"),
    ),
    "a sum of floating-point numbers": Refused(
        "SELECT b.k AS id, {} AS v FROM a JOIN b ON b.k = a.j GROUP BY b.k",
        "sum(a.amount)",
        "sum",
        "order of the rows",
        _write("sum(a.amount::numeric)::double precision"),
    ),
    "a correlation of floating-point numbers": Refused(
        _GROUPED,
        "corr(a.amount, b.x)",
        "corr",
        "order of the rows",
        _write("corr(a.amount, b.x ORDER BY a.amount, b.x)"),
    ),
    "a correlation over a window": Refused(
        _WINDOW,
        "corr(a.amount, b.x) OVER (PARTITION BY b.k)",
        "corr",
        "order of the rows",
        _write(
            "corr(a.amount, b.x) OVER (PARTITION BY b.k ORDER BY a.id, b.id"
            " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        ),
        key=("id", "b"),
    ),
    # The clock.
    "the running clock": Refused(
        _WHERE, "a.at > clock_timestamp()", "clock_timestamp", "volatile", _write("a.at > now()")
    ),
    "the day as text": Refused(
        _WHERE, "a.at > timeofday()::timestamptz", "timeofday", "volatile", _write("a.at > now()")
    ),
    "the clock, without a time to refresh at": Refused(
        _WHERE,
        "a.at > now()",
        "now",
        "depends on the time",
        (Instead(refresh=Debounced()), _EVERY),
        refresh=Full(),
        in_view=False,
    ),
    "the day, without a time to refresh at": Refused(
        _WHERE,
        "a.d > CURRENT_DATE",
        "CURRENT",
        "depends on the time",
        (Instead(refresh=Debounced()), _EVERY),
        refresh=Full(),
        in_view=False,
    ),
    "the clock in a view, without a time to refresh at": Refused(
        "SELECT r.id FROM {} AS r",
        "recent",
        "now",
        "depends on the time",
        (Instead(refresh=Debounced()), _EVERY),
        refresh=Full(),
        in_view=False,
    ),
    "the clock as a literal": Refused(
        _WHERE,
        "a.at > timestamptz 'now'",
        "timestamptz 'now'|'now'",
        "the time at which it parses",
        _write("a.at > now()", "a.at > timestamptz '2026-01-31 00:00Z'"),
        in_view=False,
    ),
    "the day as a literal": Refused(
        _WHERE,
        "a.d > date 'today'",
        "'today'",
        "the time at which it parses",
        _write("a.d > CURRENT_DATE"),
        in_view=False,
    ),
    "text read as a date": Refused(
        _OF_A,
        "a.name::date",
        "text read as date",
        "depends on the time",
        (Instead("to_date(a.name, 'YYYY-MM-DD')"), _EVERY),
    ),
    "text read as a time": Refused(
        _OF_A,
        "a.name::timestamptz",
        "text read as timestamp",
        "depends on the time",
        (Instead("to_timestamp(a.name || '+00', 'YYYY-MM-DDTZH')"), _EVERY),
    ),
    "a time without a day": Refused(
        _OF_A,
        "a.t AT TIME ZONE 'Europe/Berlin'",
        "timezone",
        "has today",
        (Instead("(a.d + a.t) AT TIME ZONE 'Europe/Berlin'"), _EVERY),
    ),
    "a date in numbers alone": Refused(
        _WHERE,
        "a.d > '01/02/03'",
        "a date in numbers alone",
        "DateStyle",
        _write("a.d > '2003-02-01'"),
        in_view=False,
    ),
    # Functions.
    "a volatile function": Refused(
        _OF_A,
        "random()",
        "random",
        "volatile",
        (Instead("a.drawn", "ALTER TABLE a ADD drawn float8 DEFAULT random()"),),
    ),
    "a volatile function of the application": Refused(
        _OF_A,
        "draws()",
        "draws",
        "volatile",
        (
            Instead(first="ALTER FUNCTION draws() IMMUTABLE"),
            Instead("a.drawn", "ALTER TABLE a ADD drawn int DEFAULT draws()"),
        ),
    ),
    "a STABLE function": Refused(
        _OF_A,
        "twice(a.j)",
        "twice",
        "STABLE",
        (Instead(first="ALTER FUNCTION twice(int) IMMUTABLE"), _EVERY),
    ),
    "a function that reads tables": Refused(
        _OF_A,
        "reads(a.j)",
        "reads",
        "STABLE",
        (Instead("(SELECT count(*) FROM b WHERE b.k = a.j)"), _EVERY),
    ),
    "a function without a search path": Refused(
        _OF_A,
        "slug(a.name)",
        "s.slug(text)",
        "search path",
        (Instead(first="ALTER FUNCTION s.slug(text) SET search_path = s, public, pg_temp"),),
        in_view=False,
    ),
    # The session.
    "the role": Refused(
        "SELECT a.id, {} FROM a", "a.name, CURRENT_USER AS reader", "CURRENT_USER", "session", _write("a.name")
    ),
    "a setting": Refused(
        "SELECT a.id, {} FROM a",
        "a.name, current_setting('app.tenant') AS t",
        "current_setting",
        "session",
        _write("a.name"),
    ),
    "a name as text": Refused(
        _OF_A, "a.tableoid::regclass::text", "regclass", "search path", _write("a.tableoid::regclass")
    ),
    "a day in the time zone": _setting(
        "timezone", "America/New_York", "date", "a.at::date", "(a.at AT TIME ZONE 'Europe/Berlin')::date"
    ),
    "a literal in the time zone": _setting(
        "timezone",
        "America/New_York",
        "a literal without an offset",
        "a.at > '2026-01-31'",
        "a.at > timestamptz '2026-01-31 00:00Z'",
        in_view=False,
    ),
    "words of a text": _setting(
        "default_text_search_config", "english", "to_tsvector", "to_tsvector(a.body)", "to_tsvector('english', a.body)"
    ),
    "a date as text": _setting(
        "datestyle", "SQL, DMY", "text and date", "a.d::text", "a.d", "to_char(a.d, 'YYYY-MM-DD')"
    ),
    "an interval as text": _setting(
        "intervalstyle",
        "iso_8601",
        "text and interval",
        "(a.j * interval '1 h')::text",
        "extract(epoch FROM a.j * interval '1 h')",
    ),
    "bytes as text": _setting(
        "bytea_output", "escape", "text and bytea", "sha256('x')::text", "encode(sha256('x'), 'hex')"
    ),
    "a float as text": _setting(
        "extra_float_digits", "0", "text and float", "a.amount::text", "a.amount", "a.amount::numeric::text"
    ),
    # Sources.
    "a materialized view": Refused(_JOINED, "held", "s.held", "materialized view", _write("(SELECT * FROM b)")),
    "a materialized view beneath views": Refused(
        _JOINED,
        "over_all",
        "s.held, which the view s.over_held reads",
        "materialized view",
        _write("(SELECT * FROM b)"),
    ),
    "a foreign table": Refused(
        _JOINED, "far", "s.far", "foreign table", (Instead("near", "CREATE TABLE near (LIKE far)"),)
    ),
    "a foreign table beneath a view": Refused(
        _JOINED,
        "over_far",
        "s.far, which the view s.over_far reads",
        "foreign table",
        (Instead("near", "CREATE TABLE near (LIKE far)"),),
    ),
    "a foreign partition": Refused(
        _JOINED,
        "parts",
        "s.far_part",
        "foreign table below s.parts",
        (Instead(first="ALTER TABLE s.parts DETACH PARTITION s.far_part"),),
    ),
    "an UNLOGGED table": Refused(
        _JOINED,
        "fleeting",
        "s.fleeting",
        "after a crash",
        (Instead(first="ALTER TABLE s.fleeting SET LOGGED"),),
    ),
    "what reads PostgreSQL's catalogs": Refused(
        _OF_A,
        "obj_description(a.tableoid, 'pg_class')",
        "obj_description",
        "catalogs or settings",
        (Instead("a.tableoid"), _EVERY),
    ),
    "a sequence": Refused(
        "SELECT a.id, n.last_value AS v FROM a CROSS JOIN {} AS n",
        "numbers",
        "s.numbers",
        "it is no table",
        _write("(SELECT max(id) AS last_value FROM b)"),
    ),
    "PostgreSQL's own tables": Refused(
        "SELECT {}",
        "c.oid AS id FROM pg_catalog.pg_class AS c",
        "pg_catalog.pg_class",
        "PostgreSQL's own",
        _write("c.id FROM a AS c"),
    ),
    "PostgreSQL's own tables beneath a view": Refused(
        _JOINED,
        "catalog",
        "pg_catalog.pg_class, which the view s.catalog reads",
        "PostgreSQL's own",
        _write("b"),
    ),
    "a table of another schema": Refused(
        _JOINED,
        "elsewhere",
        "elsewhere",
        "only found by the search path",
        _write("public.elsewhere"),
        first=("ALTER TABLE s2.elsewhere SET SCHEMA public",),
        in_view=False,
    ),
    "a virtual generated column": Refused(
        "SELECT v.id, {} AS v FROM v",
        "v.twice",
        "s.v.twice",
        "virtual",
        (
            Instead("v.x * 2"),
            Instead(
                first="ALTER TABLE v DROP twice, ADD twice int GENERATED ALWAYS AS (x * 2) STORED",
            ),
        ),
        driving="v.id",
    ),
    "a join that is read as a row": Refused(
        "SELECT whole.id, {} AS v FROM (a JOIN b USING (id)) AS whole",
        "to_jsonb(whole)",
        "a join",
        "columns that the join had",
        _write("jsonb_build_object('j', whole.j, 'k', whole.k)"),
    ),
    # Output columns.
    "groups without the driving column": Refused(
        "SELECT {} FROM a GROUP BY a.j",
        "max(a.id) AS id, a.j",
        "the driving column s.a.id|the driving column a.id",
        "not an output column",
        (Instead(backfill=""), Instead("a.j AS id, max(a.id) AS last", backfill="a.j")),
        driving="a.id",
        in_view=False,
        by_key_only=True,
    ),
    "a driving column that an outer join leaves NULL": Refused(
        "SELECT a.id, b.id AS b FROM {}",
        "b LEFT JOIN a ON a.j = b.k",
        "the driving column a.id",
        "outer join",
        _write("a LEFT JOIN b ON a.j = b.k"),
        driving="a.id",
        key=("id", "b"),
        in_view=False,
        by_key_only=True,
    ),
    "no SELECT": Refused(
        "{}",
        "VALUES (1, 2)",
        "a definition",
        "is one SELECT",
        _write("SELECT 1 AS id, 2 AS k"),
        in_view=False,
    ),
    "syntax that is not read": Refused(
        _OF_A,
        "a.at AT LOCAL",
        "near 'LOCAL'",
        "cannot read the SQL",
        _write("a.at AT TIME ZONE 'UTC'"),
        in_view=False,
    ),
    "a name of our own": Refused(
        "SELECT a.id, {} FROM a",
        "a.name AS denorm_name",
        "denorm_name",
        "our own statements",
        _write("a.name AS its_name"),
        in_view=False,
    ),
    "an array that changes would be traced to": Refused(
        "SELECT {} FROM a",
        "ARRAY[a.id] AS id",
        "id",
        "which is an array",
        (Instead("ARRAY[a.id] AS id, a.id AS first"), Instead(refresh=Full())),
        in_view=False,
        by_key_only=True,
    ),
}
