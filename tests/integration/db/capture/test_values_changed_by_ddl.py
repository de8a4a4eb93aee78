"""DDL after which rows have other values, or are gone, while names and types of columns are what they were.

Nobody calls `apply`: a driver's next look makes the rows right, and until then `kept_fresh` fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

NOW = Debounce(quiet=0, max_wait=0)
KINDS: dict[str, Refresh] = {"debounced": Debounced(NOW), "realtime": Realtime(NOW), "full": Full(NOW)}
ROWS = "INSERT INTO items (id, n) SELECT g, g FROM generate_series(1, 12) AS g"
PLAIN = f"CREATE TABLE items (id bigint PRIMARY KEY, n numeric); {ROWS}"
TWICE = (
    "CREATE TABLE items (id bigint PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED);"
    f"{ROWS}; CREATE FUNCTION one(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'"
)
PARTS = (
    "CREATE TABLE items (id bigint PRIMARY KEY, n numeric) PARTITION BY RANGE (id);"
    "CREATE TABLE low PARTITION OF items FOR VALUES FROM (0) TO (6);"
    f"CREATE TABLE high PARTITION OF items FOR VALUES FROM (6) TO (100); {ROWS}"
)
INHERITED = (
    "CREATE TABLE items (id bigint PRIMARY KEY, n numeric);"
    "CREATE TABLE more (CHECK (id > 100)) INHERITS (items);"
    f"INSERT INTO more VALUES (101, 1); {ROWS}"
)
PAIR = "CREATE TYPE pair AS (a int, b int)"
SAID = (
    "CREATE TABLE items (id bigint PRIMARY KEY, n int, s text DEFAULT 'running dogs', j jsonb DEFAULT '{\"a\": 1}');"
    f"{ROWS}"
)
COLOUR = (
    "CREATE TYPE colour AS ENUM ('red', 'blue'); CREATE TABLE items (id bigint PRIMARY KEY, c {type}, n int);"
    "INSERT INTO items SELECT g, {value}, g FROM generate_series(1, 12) AS g"
)
PRICED = (
    f"CREATE TABLE items (id bigint PRIMARY KEY, n int); {ROWS};"
    "CREATE FUNCTION rate() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 2';"
    "CREATE FUNCTION priced(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN n * app.Rate(); END';"
    "CREATE FUNCTION parsed(n int) RETURNS int IMMUTABLE LANGUAGE sql RETURN app.priced(n);"
    "CREATE FUNCTION added(sum int, n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT sum + n';"
    "CREATE AGGREGATE total(int) (sfunc = added, stype = int, initcond = '0');"
    "CREATE FUNCTION worth(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * $2';"
    "CREATE OPERATOR *** (leftarg = int, rightarg = int, function = worth)"
)


@dataclass(frozen=True)
class Change:
    """What is there, what the read model shows of it, and the DDL.

    Attributes:
        of_views: whether PostgreSQL lets a materialized view's source be changed so.
        since: the first version that has it.
    """

    setup: str
    text: str
    ddl: str
    of_views: bool = True
    since: int = 15


CHANGES = {
    "retyped by USING": Change(
        PLAIN, "SELECT id, n FROM items", "ALTER TABLE items ALTER n TYPE numeric USING n / 100", False
    ),
    "retyped by USING, then rewritten again": Change(
        PLAIN,
        "SELECT id, n FROM items",
        "ALTER TABLE items ALTER n TYPE numeric USING n / 100; VACUUM FULL items; CLUSTER items USING items_pkey",
        False,
    ),
    "retyped in a partition": Change(
        PARTS, "SELECT id, n FROM items", "ALTER TABLE items ALTER n TYPE numeric USING -n", False
    ),
    "another expression": Change(
        TWICE, "SELECT id, twice FROM items", "ALTER TABLE items ALTER twice SET EXPRESSION AS (n * 3)", since=17
    ),
    "generated anew": Change(
        TWICE,
        "SELECT id, twice FROM items",
        "ALTER TABLE items DROP twice; ALTER TABLE items ADD twice int GENERATED ALWAYS AS (n * 3) STORED",
        False,
    ),
    "dropped and added with a default": Change(
        PLAIN, "SELECT id, n FROM items", "ALTER TABLE items DROP n; ALTER TABLE items ADD n numeric DEFAULT 5", False
    ),
    "dropped and added with a volatile default": Change(
        PLAIN, "SELECT id, n FROM items", "ALTER TABLE items DROP n, ADD n numeric DEFAULT random()", False
    ),
    "expression dropped, then another column": Change(
        TWICE,
        "SELECT id, twice FROM items",
        "ALTER TABLE items ALTER twice DROP EXPRESSION; ALTER TABLE items ALTER twice TYPE int USING twice + 1",
        False,
    ),
    "label renamed": Change(
        COLOUR.format(type="colour", value="'red'"),
        "SELECT id, c::text AS c FROM items",
        "ALTER TYPE colour RENAME VALUE 'red' TO 'rouge'",
    ),
    "label renamed in an array of domains of it": Change(
        "CREATE DOMAIN paint AS text; " + COLOUR.format(type="colour[]", value="'{red}'"),
        "SELECT id, c::text AS c FROM items",
        "ALTER TYPE colour RENAME VALUE 'red' TO 'rouge'",
    ),
    "labels exchanged": Change(
        COLOUR.format(type="colour", value="'red'"),
        "SELECT id, c::text AS c FROM items",
        "ALTER TYPE colour RENAME VALUE 'red' TO 'x'; ALTER TYPE colour RENAME VALUE 'blue' TO 'red';"
        "ALTER TYPE colour RENAME VALUE 'x' TO 'blue'",
    ),
    "field of a composite renamed": Change(
        "CREATE TYPE pair AS (a int, b int); CREATE TABLE items (id bigint PRIMARY KEY, p pair);"
        "INSERT INTO items VALUES (1, (1, 2))",
        "SELECT id, to_jsonb(p) AS p FROM items",
        "ALTER TYPE pair RENAME ATTRIBUTE a TO c",
    ),
    "field of a composite dropped": Change(
        "CREATE TYPE pair AS (a int, b int); CREATE TABLE items (id bigint PRIMARY KEY, p pair);"
        "INSERT INTO items VALUES (1, (1, 2))",
        "SELECT id, p::text AS p FROM items",
        "ALTER TYPE pair DROP ATTRIBUTE b",
    ),
    "columns exchanged": Change(
        f"CREATE TABLE items (id bigint PRIMARY KEY, n int, m int DEFAULT 7); {ROWS}",
        "SELECT id, n FROM items",
        "ALTER TABLE items RENAME n TO x; ALTER TABLE items RENAME m TO n; ALTER TABLE items RENAME x TO m",
        False,
    ),
    "partition detached": Change(PARTS, "SELECT id, n FROM items", "ALTER TABLE items DETACH PARTITION low"),
    "partition detached concurrently": Change(
        PARTS, "SELECT id, n FROM items", "ALTER TABLE items DETACH PARTITION low CONCURRENTLY"
    ),
    "partition dropped": Change(PARTS, "SELECT id, n FROM items", "DROP TABLE low"),
    "child disinherited": Change(INHERITED, "SELECT id, n FROM items", "ALTER TABLE more NO INHERIT items"),
    "function replaced": Change(
        PRICED,
        "SELECT id, priced(n) AS price FROM items",
        "CREATE OR REPLACE FUNCTION priced(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n * 3'",
    ),
    "function replaced that a function calls": Change(
        PRICED,
        "SELECT id, priced(n) AS price FROM items",
        "CREATE OR REPLACE FUNCTION rate() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 3'",
    ),
    "function replaced that a parsed body calls": Change(
        PRICED,
        "SELECT id, parsed(n) AS price FROM items",
        "CREATE OR REPLACE FUNCTION rate() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 3'",
    ),
    "function of an operator replaced": Change(
        PRICED,
        "SELECT id, n *** 2 AS price FROM items",
        "CREATE OR REPLACE FUNCTION worth(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 - $2'",
    ),
    "function of an aggregate replaced": Change(
        PRICED,
        "SELECT id, total(n ORDER BY id) AS price FROM items GROUP BY id",
        "CREATE OR REPLACE FUNCTION added(sum int, n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT sum - n'",
    ),
    "text search configuration": Change(
        "CREATE TEXT SEARCH CONFIGURATION plain (COPY = pg_catalog.english);"
        "CREATE TABLE items (id bigint PRIMARY KEY, body text); INSERT INTO items VALUES (1, 'running dogs')",
        "SELECT id, to_tsvector('app.plain', body) AS words FROM items",
        "ALTER TEXT SEARCH CONFIGURATION plain ALTER MAPPING FOR asciiword WITH simple",
    ),
    "label added to an enum whose range is shown": Change(
        COLOUR.format(type="colour", value="'red'"),
        "SELECT id, enum_range(c)::text AS c FROM items",
        "ALTER TYPE colour ADD VALUE 'green' BEFORE 'red'",
    ),
    "operator with another function": Change(
        PRICED + "; CREATE FUNCTION less(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 - $2'",
        "SELECT id, n *** 2 AS price FROM items",
        "DROP OPERATOR *** (int, int); CREATE OPERATOR *** (leftarg = int, rightarg = int, function = less)",
        False,
    ),
    "function of an operator replaced that a function calls": Change(
        PRICED
        + "; CREATE FUNCTION by_sign(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n OPERATOR(app.***) 2'",
        "SELECT id, by_sign(n) AS price FROM items",
        "CREATE OR REPLACE FUNCTION worth(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 - $2'",
    ),
    "function of an operator replaced that a parsed body calls": Change(
        PRICED + "; CREATE FUNCTION f(n int) RETURNS int IMMUTABLE LANGUAGE sql RETURN n OPERATOR(app.***) 2",
        "SELECT id, f(n) AS price FROM items",
        "CREATE OR REPLACE FUNCTION worth(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 - $2'",
    ),
    **{
        f"function replaced whose name is {name}": Change(
            f"{PLAIN}; CREATE FUNCTION {name}() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 2';"
            "CREATE FUNCTION priced(n numeric) RETURNS numeric IMMUTABLE LANGUAGE sql AS"
            f" $$SELECT n * app.{name}()$$",
            "SELECT id, priced(n) AS price FROM items",
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 3'",
        )
        for name in ("ra$te", '"ra-te"', '"ra""te"', "würde")
    },
    "cast more": Change(
        COLOUR.format(type="colour", value="'red'")
        + "; CREATE FUNCTION shown(c colour) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper(concat(c))'",
        "SELECT id, c::text AS c FROM items",
        "CREATE CAST (colour AS text) WITH FUNCTION shown(colour)",
        False,
    ),
    "function of a cast replaced that a function calls": Change(
        f"{PAIR}; CREATE TABLE items (id bigint PRIMARY KEY, p pair); INSERT INTO items VALUES (1, (1, 2));"
        "CREATE FUNCTION side(p pair) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT (p).a';"
        "CREATE CAST (pair AS int) WITH FUNCTION side(pair);"
        "CREATE FUNCTION as_number(p pair) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT p::int'",
        "SELECT id, as_number(p) AS p FROM items",
        "CREATE OR REPLACE FUNCTION side(p pair) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT (p).b'",
    ),
    "field of a composite renamed that only the definition names": Change(
        f"{PAIR}; {SAID}",
        "SELECT id, to_jsonb(jsonb_populate_record(NULL::pair, j)) AS p FROM items",
        "ALTER TYPE pair RENAME ATTRIBUTE a TO c",
    ),
    "field of a composite more that a function makes": Change(
        f"{PAIR}; {SAID}; CREATE FUNCTION made(j jsonb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS"
        " 'SELECT to_jsonb(jsonb_populate_record(NULL::app.pair, j))'",
        "SELECT id, made(j) AS p FROM items",
        "ALTER TYPE pair ADD ATTRIBUTE c int",
    ),
    "column more of a table whose rows the definition makes": Change(
        f"CREATE TABLE other (a int); {SAID}",
        "SELECT id, to_jsonb(jsonb_populate_record(NULL::other, j)) AS p FROM items",
        "ALTER TABLE other ADD b int",
    ),
    "text search configuration in a function": Change(
        f"CREATE TEXT SEARCH CONFIGURATION plain (COPY = pg_catalog.english); {SAID};"
        "CREATE FUNCTION words(s text) RETURNS tsvector IMMUTABLE LANGUAGE sql AS"
        " $$SELECT to_tsvector('app.plain', s)$$",
        "SELECT id, words(s) AS words FROM items",
        "ALTER TEXT SEARCH CONFIGURATION plain ALTER MAPPING FOR asciiword WITH simple",
    ),
    "text search dictionary": Change(
        "CREATE TEXT SEARCH DICTIONARY stops (TEMPLATE = snowball, language = english, stopwords = english);"
        f"{SAID}; UPDATE items SET s = 'the'",
        "SELECT id, ts_lexize('app.stops', s) AS words FROM items",
        "ALTER TEXT SEARCH DICTIONARY stops (stopwords)",
    ),
    "label more of an enum whose range a function shows": Change(
        COLOUR.format(type="colour", value="'red'")
        + "; CREATE FUNCTION all_of(c colour) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT enum_range(c)::text'",
        "SELECT id, all_of(c) AS c FROM items",
        "ALTER TYPE colour ADD VALUE 'green' BEFORE 'red'",
    ),
    "setting of a function": Change(
        f"CREATE TABLE items (id bigint PRIMARY KEY, n int); {ROWS};"
        "CREATE FUNCTION day(n int) RETURNS text IMMUTABLE LANGUAGE sql AS"
        " $$SELECT to_char('2024-01-01 23:00+00'::timestamptz, 'DD')$$",
        "SELECT id, day(n) AS day FROM items",
        "ALTER FUNCTION day SET timezone = 'Asia/Tokyo'",
    ),
}
HARMLESS = {
    "VACUUM FULL": "VACUUM FULL items",
    "CLUSTER": "CLUSTER items USING items_pkey",
    "REINDEX": "REINDEX TABLE items",
    "a table rewritten for another column": "ALTER TABLE items ADD later double precision DEFAULT random()",
    "another column retyped": "ALTER TABLE items ADD m int; ALTER TABLE items ALTER m TYPE int USING 1",
    "another table space": "SET allow_in_place_tablespaces = on; CREATE TABLESPACE elsewhere LOCATION '';"
    "ALTER TABLE items SET TABLESPACE elsewhere; -- a driver looks\nALTER TABLE items SET TABLESPACE pg_default;"
    "DROP TABLESPACE elsewhere",
    "statistics, storage, a default, NOT NULL": "ALTER TABLE items ALTER n SET STATISTICS 5, ALTER n SET STORAGE PLAIN,"
    " ALTER n SET DEFAULT 3, ALTER n SET NOT NULL; GRANT SELECT (n) ON items TO PUBLIC",
    "a rewrite once, and statistics later": "VACUUM FULL items; -- a driver looks\n"
    "ALTER TABLE items ALTER n SET STATISTICS 5",
    "an index, a constraint": "CREATE INDEX ON items (n); ALTER TABLE items ADD CHECK (n > 0)",
    "unlogged and logged again": "ALTER TABLE items SET UNLOGGED; ALTER TABLE items SET LOGGED",
    "a label more": "ALTER TYPE colour ADD VALUE 'green' BEFORE 'red'",
    "a cast and an operator of other types": "CREATE TYPE other AS (a int);"
    "CREATE FUNCTION side(o other) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT (o).a';"
    "CREATE CAST (other AS int) WITH FUNCTION side(other); CREATE OPERATOR ### (rightarg = other, function = side)",
    "another function": "CREATE FUNCTION other(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n'",
    "a right on a function": "GRANT EXECUTE ON FUNCTION double(numeric) TO pg_database_owner",
    "statistics of everything": "VACUUM ANALYZE",
    "the system catalog rewritten": "VACUUM FULL pg_attribute; VACUUM FULL pg_class; VACUUM FULL pg_proc;"
    "VACUUM FULL pg_trigger; VACUUM FREEZE pg_trigger; REINDEX TABLE pg_trigger",
}
MakeLive = Callable[[str, str, Refresh], Case]


@pytest.fixture
def make_live(make_case: MakeCase) -> MakeLive:
    """A function that makes a read model live whose sources nobody has written to since."""

    def make(setup: str, text: str, refresh: Refresh) -> Case:
        case = make_case(setup, text, driving=() if isinstance(refresh, Full) else ("items.id",), refresh=refresh)
        if isinstance(refresh, Full):
            case.refresh()
        else:
            case.load()
            case.finish()
        assert case.refresh_if_due() == []
        assert failing(case) == {}
        return case

    return make


def failing(case: Case) -> dict[str, str]:
    return {name: check.summary for name, check in case.checks().items() if not check.passed}


def alter(case: Case, ddl: str) -> None:
    with case.connect() as connection:
        for statement in ddl.split(";"):
            connection.execute(statement.encode())


def require_version(case: Case, since: int) -> None:
    if case.value("SELECT current_setting('server_version_num')::int") < since * 10_000:
        pytest.skip(f"PostgreSQL {since} has it first")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("changed", CHANGES)
def test_refresh_ddl_that_changes_values_is_followed(make_live: MakeLive, kind: str, changed: str) -> None:
    change = CHANGES[changed]
    if kind == "full" and not change.of_views:
        pytest.skip("PostgreSQL refuses it, or the view needs `apply`")
    case = make_live(change.setup, change.text, KINDS[kind])
    require_version(case, change.since)
    alter(case, change.ddl)
    assert case.differences() != []
    assert "DDL changed values" in failing(case)["kept_fresh"]
    [done] = case.refresh_if_due()
    assert done.error is None
    case.assert_right()
    assert failing(case) == {}
    assert case.refresh_if_due() == []


@pytest.mark.parametrize("done", HARMLESS)
def test_refresh_ddl_that_changes_no_value_is_not_due(make_live: MakeLive, done: str) -> None:
    case = make_live(
        "CREATE TYPE colour AS ENUM ('red', 'blue');"
        "CREATE TABLE items (id bigint PRIMARY KEY, n numeric, c colour DEFAULT 'red');"
        "CREATE FUNCTION double(n numeric) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT n * 2';"
        f"{ROWS}",
        "SELECT id, n, c, double(n) AS twice FROM items",
        KINDS["debounced"],
    )
    for part in HARMLESS[done].split("-- a driver looks\n"):
        alter(case, part)
        assert failing(case) == {}
        assert case.refresh_if_due() == []
        assert case.value("SELECT count(*) FROM denorm.pending") == 0


def test_apply_after_ddl_that_changed_values_makes_rows_stale(make_live: MakeLive) -> None:
    """It notes what the catalog says now, and so no driver would notice any more."""
    case = make_live(PRICED, "SELECT id, n, priced(n) AS price FROM items", KINDS["debounced"])
    alter(case, "ALTER TABLE items ALTER n TYPE int USING n + 1")
    apply_system(case.database, case.system)
    case.refresh_if_due()
    case.assert_right()
    alter(case, CHANGES["function replaced"].ddl)
    apply_system(case.database, case.system)
    case.refresh_if_due()
    case.assert_right()


def test_refresh_full_columns_exchanged_fails_until_apply(make_live: MakeLive) -> None:
    """PostgreSQL binds a view to columns, not to their names: a refresh would keep what it showed."""
    change = CHANGES["columns exchanged"]
    case = make_live(change.setup, change.text, KINDS["full"])
    alter(case, change.ddl)
    assert "DDL changed values" in failing(case)["kept_fresh"]
    [done] = case.refresh_if_due()
    assert "what it shows or calls was renamed or replaced" in str(done.error)
    assert "the last refresh failed" in failing(case)["kept_fresh"]
    apply_system(case.database, case.system)
    case.refresh()
    case.assert_right()
    assert failing(case) == {}


@pytest.mark.parametrize(
    ("before", "ddl"),
    [
        ("", CHANGES["cast more"].ddl),
        (
            "CREATE FUNCTION plain(c colour) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $f$x$f$';"
            "CREATE CAST (colour AS text) WITH FUNCTION plain(colour)",
            "DROP CAST (colour AS text); " + CHANGES["cast more"].ddl,
        ),
    ],
    ids=["more", "another"],
)
def test_refresh_full_cast_changed_is_right_or_fails_until_apply(make_live: MakeLive, before: str, ddl: str) -> None:
    """The text of its definition is what it was."""
    change = CHANGES["cast more"]
    case = make_live(f"{change.setup}; {before}", change.text, KINDS["full"])
    alter(case, ddl)
    case.refresh_if_due()
    if case.differences():
        assert "the last refresh failed" in failing(case)["kept_fresh"]
        apply_system(case.database, case.system)
        case.refresh()
    case.assert_right()
    assert failing(case) == {}


def test_refresh_ddl_rolled_back_is_not_due(make_live: MakeLive) -> None:
    case = make_live(PLAIN, "SELECT id, n FROM items", KINDS["debounced"])
    with case.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("ALTER TABLE items ALTER n TYPE numeric USING n / 100")
    assert failing(case) == {}
    assert case.refresh_if_due() == []


def test_refresh_ddl_during_backfill_is_followed_once_live(make_case: MakeCase) -> None:
    case = make_case(PLAIN, "SELECT id, n FROM items", refresh=KINDS["debounced"])
    case.load()
    alter(case, "ALTER TABLE items ALTER n TYPE numeric USING n / 100")
    case.finish()
    case.refresh_if_due()
    case.assert_right()
    assert failing(case) == {}


def test_kept_fresh_tables_exchange_names_fails_until_apply(make_live: MakeLive) -> None:
    case = make_live(
        f"{PLAIN}; CREATE TABLE others (id bigint PRIMARY KEY, n numeric); INSERT INTO others VALUES (1, 77)",
        "SELECT id, n FROM items",
        KINDS["debounced"],
    )
    alter(case, "ALTER TABLE items RENAME TO x; ALTER TABLE others RENAME TO items; ALTER TABLE x RENAME TO others")
    assert "trigger missing" in failing(case)["kept_fresh"]
    alter(case, "UPDATE others SET n = n + 1")
    [done] = case.refresh_if_due()
    assert "needs a rebuild" in str(done.error)
    apply_system(case.database, case.system)
    case.refresh()
    case.assert_right()
    assert failing(case) == {}


def test_kept_fresh_partition_with_rows_attached_fails_until_apply(make_live: MakeLive) -> None:
    case = make_live(
        f"{PARTS}; CREATE TABLE further (id bigint PRIMARY KEY, n numeric); INSERT INTO further VALUES (101, 1)",
        "SELECT id, n FROM items",
        KINDS["debounced"],
    )
    alter(case, "ALTER TABLE items ATTACH PARTITION further FOR VALUES FROM (100) TO (200)")
    assert "trigger missing" in failing(case)["kept_fresh"]
    apply_system(case.database, case.system)
    case.refresh_if_due()
    case.assert_right()
    assert failing(case) == {}
