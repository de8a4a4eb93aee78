"""Columns of every awkward type are compared rightly: equal is equal, and one altered value is found and mended."""

from __future__ import annotations

import psycopg
import pytest

from denorm_assets.db.compare.compare import compare
from denorm_assets.sql.rows.predicates import columns_equal
from tests.conftest import Server
from tests.integration.db.conftest import MakeCase

TYPES = """
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE "odd (type) of 50%s" AS ENUM ('x', 'y');
CREATE DOMAIN ci_text AS text CHECK (value <> '');
CREATE DOMAIN price AS numeric(10, 2);
CREATE DOMAIN jsons AS json[];
"""

# Per type: a value, and one that differs from it as little as it can; equal ones among them, where they look different.
VALUES: dict[str, tuple[str, str]] = {
    "array": ("'{a,NULL}'::text[]", "'{a,\"NULL\"}'::text[]"),
    "array with other bounds": ("'{1,2}'::int[]", "'[2:3]={1,2}'::int[]"),
    "bit": ("B'101'::bit(3)", "B'100'::bit(3)"),
    "boolean": ("true", "NULL::boolean"),
    "box": ("'(1,1),(0,0)'::box", "'(1,2),(0,0)'::box"),
    "bytea": (r"'\x00ff'::bytea", r"'\x00fe'::bytea"),
    "char": ("'ab'::char(5)", "'abc'::char(5)"),
    "char of one byte": ("'a'::\"char\"", "'b'::\"char\""),
    "composite": ("ROW(1, 'a')::pair", "ROW(1, NULL)::pair"),
    "date": ("date '2024-02-29'", "date 'infinity'"),
    "domain over an array of json": ("'{1}'::jsons", "'{2}'::jsons"),
    "domain over numeric": ("1.10::price", "1.11::price"),
    "domain over text": ("'a'::ci_text", "'A'::ci_text"),
    "enum": ("'happy'::mood", "'sad'::mood"),
    "enum with an odd name": ("'x'::\"odd (type) of 50%s\"", "'y'::\"odd (type) of 50%s\""),
    "float4": ("0.1::float4", "0.10000001::float4"),
    "float8": ("'NaN'::float8", "'Infinity'::float8"),
    "float8, negative zero": ("0::float8", "'-0'::float8"),
    "inet": ("'10.0.0.1/8'::inet", "'10.0.0.1/16'::inet"),
    "interval": ("interval '1 day'", "interval '24 hours'"),
    "json": ("'{\"a\": 1}'::json", "'{\"a\":1}'::json"),
    "json array": ("'{1,2}'::json[]", "'{1,3}'::json[]"),
    "jsonb": ("'1.0'::jsonb", "'1.00'::jsonb"),
    "jsonb array": ("ARRAY['1.0'::jsonb]", "ARRAY['1.00'::jsonb]"),
    "money": ("12.34::money", "12.35::money"),
    "multirange": ("'{[1,2],[4,5]}'::int4multirange", "'{[1,2],[4,6]}'::int4multirange"),
    "numeric": ("1.1::numeric", "1.10::numeric"),
    "numeric(10,2)": ("1.10::numeric(10,2)", "1.11::numeric(10,2)"),
    "pg_lsn": ("'0/1'::pg_lsn", "'0/2'::pg_lsn"),
    "point": ("point(1, 2)", "point(1, 2.0000000000000004)"),
    "polygon": ("'((0,0),(1,1))'::polygon", "'((0,0),(1,2))'::polygon"),
    "range": ("int4range(1, 5)", "int4range(1, 6)"),
    "range of numeric": ("numrange(1.0, 2)", "numrange(1.00, 2)"),
    "range of timestamps": ("tsrange('2020-01-01', '2021-01-01')", "tsrange('2020-01-01', '2021-01-01', '[]')"),
    "text": ("'ñ'::text", "'n\u0303'::text"),
    "text, collated": ("'a' COLLATE \"C\"", "'b' COLLATE \"C\""),
    "text, empty": ("''::text", "NULL::text"),
    "text, the word NULL": ("'NULL'::text", "NULL::text"),
    "timestamptz": ("timestamptz '2024-01-01 00:00:00.000001Z'", "timestamptz '2024-01-01 00:00:00.000002Z'"),
    "timetz": ("timetz '12:00+01'", "timetz '11:00+00'"),
    "tsquery": ("'a & b'::tsquery", "'a | b'::tsquery"),
    "tsvector": ("'a:1 b:2'::tsvector", "'a:1 b:3'::tsvector"),
    "uuid": ("'00000000-0000-0000-0000-000000000000'::uuid", "'00000000-0000-0000-0000-000000000001'::uuid"),
    "varbit": ("B'101'::varbit(5)", "B'1010'::varbit(5)"),
    "xml": ("'<a/>'::xml", "'<a></a>'::xml"),
}


@pytest.fixture
def built_in(server: Server) -> dict[str, tuple[str, str]]:
    """Those of VALUES that the server can make; the embedded one is built without XML."""
    with psycopg.connect(server.postgres.url("postgres")) as connection:
        found = connection.execute("SELECT setting LIKE '%with-libxml%' FROM pg_config WHERE name = 'CONFIGURE'")
        return {name: values for name, values in VALUES.items() if name != "xml" or found.fetchone() == (True,)}


def test_compare_altered_value_of_each_type_is_found_and_corrected(
    make_case: MakeCase, built_in: dict[str, tuple[str, str]]
) -> None:
    """One table with a column per type; row n has its n-th column altered, and row 0 none."""
    values = ", ".join(f'{value} AS "{name}"' for name, (value, _) in built_in.items())
    columns = ", ".join(f'"{name}"' for name in built_in)
    altered = ", ".join(f'{value} AS "{name}"' for name, (_, value) in built_in.items())
    case = make_case(
        f"""{TYPES}
        CREATE TABLE items AS SELECT n::bigint AS id, {values} FROM generate_series(0, {len(built_in)}) AS n;
        ALTER TABLE items ADD PRIMARY KEY (id);
        CREATE TABLE altered AS SELECT {altered};
        """,
        f"SELECT id, {columns} FROM items",
    )
    case.load()
    case.assert_right()
    assert case.checks()["matches_definition"].passed
    for place, name in enumerate(built_in, 1):
        case.run(f'UPDATE links SET "{name}" = (SELECT "{name}" FROM altered) WHERE id = {place}')
    # The oracle compares rows as text, so the test's own pairs do differ.
    assert len(case.differences()) == 2 * len(built_in)

    described = case.described()
    with case.database.session("app") as session:
        found = {
            name: not compare(session, described, columns_equal({"id": str(place)})).equal
            for place, name in enumerate(["nothing", *built_in])
        }
    assert [name for name, differs in found.items() if not differs] == ["nothing"]
    result = case.load(again=True)[0]
    assert (result.outcome, result.rows_written, result.rows_removed) == ("done", len(built_in), 0)
    case.assert_right()


@pytest.mark.parametrize("name", ["json", "point"])
def test_compare_column_without_equality_beside_key_is_corrected(make_case: MakeCase, name: str) -> None:
    value, other = VALUES[name]
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items VALUES (1), (2)",
        f"SELECT id, {value} AS v FROM items",
    )
    case.load()
    case.run(f"UPDATE links SET v = {other} WHERE id = 2")
    assert not case.checks()["matches_definition"].passed
    assert case.load(again=True)[0].rows_written == 1
    case.assert_right()


@pytest.mark.parametrize(
    ("key", "equal"), [("1.1::numeric", "1.10::numeric"), ("interval '1 day'", "interval '24 hours'")]
)
def test_compare_equal_key_spelled_differently_is_found_and_overwritten(
    make_case: MakeCase, key: str, equal: str
) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY); INSERT INTO items VALUES (1), (2)",
        f"SELECT id, {key} AS k FROM items",
        key=("id", "k"),
    )
    case.load()
    case.run(f"UPDATE links SET k = {equal} WHERE id = 2")
    assert not case.checks()["matches_definition"].passed
    results = case.load(again=True)
    assert [(result.outcome, result.rows_removed) for result in results] == [("done", 0)] * 2
    assert sum(result.rows_written for result in results) == 1
    case.assert_right()


def test_compare_role_settings_do_not_change_checksum(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, at timestamptz, span interval, ratio float8, raw bytea);"
        "INSERT INTO items SELECT n, timestamptz '2024-07-01 12:00Z' + n * interval '1 day', n * interval '1 hour',"
        r" 1.0 / 3 + n, '\x00'::bytea FROM generate_series(1, 10) AS n",
        "SELECT id, at, span, ratio, raw FROM items",
    )
    checksum = case.load()[0].checksum
    user = case.value("SELECT current_user")
    settings = {
        "TimeZone": "Asia/Tokyo",
        "DateStyle": "German",
        "IntervalStyle": "iso_8601",
        "extra_float_digits": "-5",
        "bytea_output": "escape",
        "search_path": "pg_temp",
    }
    database = case.value("SELECT current_database()")
    for setting, value in settings.items():
        case.run(f"ALTER ROLE {user} IN DATABASE {database} SET {setting} = '{value}'")
    case.database.close()
    assert case.checks()["matches_definition"].passed
    assert case.load(again=True)[0].checksum == checksum
