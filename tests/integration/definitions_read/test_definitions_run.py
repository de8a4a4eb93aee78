"""Definitions with odd text and odd names, run from creation to repair against a real server."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from denorm_assets.model.index import Index, references
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

ITEMS = """
CREATE TABLE items (id bigint PRIMARY KEY, tag text NOT NULL);
INSERT INTO items SELECT n, (ARRAY['x{}', '100%%s', 'it''s'])[1 + n % 3] FROM generate_series(1, 50) AS n;
"""


def written(case: Case) -> dict[str, str]:
    """Row as text -> transactions that wrote and locked it."""
    table = sql.Identifier(case.system.schema, case.model.name).as_string()
    return dict(case.rows(f"SELECT held::text, xmin::text || '/' || xmax::text FROM {table} AS held"))


def load_alter_and_load_again(case: Case, alteration: str) -> None:
    """Load, check, let the source change, load again, check again."""
    case.load()
    case.assert_right()
    case.finish()
    before = written(case)
    case.run(alteration)
    assert case.differences()
    found = case.checks()["matches_definition"]
    assert not found.passed
    assert found.rows
    case.load(again=True)
    case.assert_right()
    assert case.checks()["matches_definition"].passed
    after = written(case)
    assert all(after[row] == mark for row, mark in before.items() if row in after), "only what differs is touched"


@pytest.mark.parametrize(
    "definition",
    [
        "SELECT id, tag FROM items WHERE tag LIKE '%x%'",
        "SELECT id, tag FROM items WHERE tag LIKE '100%%s' OR tag NOT LIKE '%s'",
        "SELECT id, tag || '{}{tag}%(lo)s' AS tag FROM items",
        "SELECT id, tag FROM items -- the end",
        "SELECT id, tag FROM items;",
        "SELECT id, tag FROM items ; ; -- the end; really",
        "-- {first} %s\nSELECT id, /* %(hi)s; */ tag\nFROM items;\n/* last */",
        "SELECT id, tag || ';' AS tag FROM items;",
        "SELECT id, $q$;--{}%$q$ || tag AS tag FROM items",
        "SELECT id, E'\\t\\'%' || tag AS tag FROM items",
        "\ufeffSELECT id, tag\r\nFROM items;\r\n",
        "SELECT id, tag FROM items WHERE id % 2 = 0 OR id %10=3",
        "(SELECT id, tag FROM items)",
        "SELECT id, tag FROM items ORDER BY tag",
        "WITH tagged AS (SELECT * FROM items) SELECT i.id, t.tag FROM items AS i JOIN tagged AS t USING (id)",
        'SELECT I.ID, "items"."tag" AS TAG FROM ITEMS AS I JOIN items ON items.id = I.id',
    ],
)
def test_load_odd_definition_text_runs_as_written(make_case: MakeCase, definition: str) -> None:
    load_alter_and_load_again(
        make_case(ITEMS, definition),
        "UPDATE items SET tag = 'xx%s {}' WHERE id = 6; DELETE FROM items WHERE id IN (13, 20, 30); "
        "INSERT INTO items VALUES (1000, 'x100%%s')",
    )


def test_load_odd_names_are_quoted_everywhere(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TYPE "Mixed {Case}" AS ENUM ('a%', 'b{}');
        CREATE TABLE "Odd%s {Items}" (
            "I""d" bigint PRIMARY KEY, "100%" text COLLATE "C", "Kind" "Mixed {Case}" NOT NULL
        );
        CREATE TABLE "T%" ("K {}" "Mixed {Case}" PRIMARY KEY);
        INSERT INTO "T%" VALUES ('a%'), ('b{}');
        INSERT INTO "Odd%s {Items}"
        SELECT n, 'tag %s {} ' || n % 3, (ARRAY['a%', 'b{}']::"Mixed {Case}"[])[1 + n % 2]
        FROM generate_series(1, 30) AS n;
        """,
        """SELECT "It's"."I""d" AS "Item Id", "It's"."100%" AS "100%", "It's"."Kind" AS "{}", 'SELECT' AS "select"
        FROM "Odd%s {Items}" AS "It's" WHERE "100%" LIKE 'tag \\%s%{}%' ESCAPE '\\' -- {} %s;""",
        key=("Item Id", "100%"),
        driving=('Odd%s {Items}.I"d',),
        schema='My "100%" {app}',
        name="Odd_Links",
        indexes=(Index("100%", "{} DESC", unique=False), Index("select", name='By "100%" {}')),
        references=(references("{}", "T%.K {}", foreign_key=True), references("Item Id", 'Odd%s {Items}.I"d')),
    )
    load_alter_and_load_again(
        case,
        """
        UPDATE "Odd%s {Items}" SET "Kind" = 'b{}' WHERE "I""d" = 2;
        UPDATE "Odd%s {Items}" SET "100%" = NULL WHERE "I""d" = 3;
        UPDATE "Odd%s {Items}" SET "100%" = 'tag %s {} new' WHERE "I""d" = 4
        """,
    )
    assert all(result.passed for result in case.checks().values())
    narrowed = case.checks({"100%": "tag %s {} 1", "Item Id": "7"})
    assert narrowed["matches_definition"].figures["rows"] == 1
    assert all(result.passed for result in narrowed.values())


def test_load_rows_of_150_columns_are_kept(make_case: MakeCase) -> None:
    names = [f"c{position}" for position in range(150)]
    case = make_case(
        f"CREATE TABLE items (id bigint PRIMARY KEY, {', '.join(f'{name} int DEFAULT 1' for name in names)});"
        "INSERT INTO items VALUES (1), (2)",
        f"SELECT id, {', '.join(names)} FROM items",
    )
    load_alter_and_load_again(case, "UPDATE items SET c149 = NULL WHERE id = 2")


def test_load_key_only_read_model_is_kept(make_case: MakeCase) -> None:
    case = make_case(ITEMS, "SELECT DISTINCT tag, id FROM items", key=("id", "tag"))
    load_alter_and_load_again(case, "UPDATE items SET tag = 'new' WHERE id = 6; DELETE FROM items WHERE id = 7")


def test_load_null_key_values_are_kept(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE items (id bigint, tag text, label int, note text);
        INSERT INTO items
        SELECT nullif(n % 20, 0), nullif('tag ' || n % 3, 'tag 0'), nullif(n / 20 % 2, 0), 'note ' || n
        FROM generate_series(1, 120) AS n;
        """,
        "SELECT id, tag, label, min(note) AS note FROM items GROUP BY id, tag, label",
        key=("id", "tag", "label"),
    )
    load_alter_and_load_again(
        case,
        "UPDATE items SET note = 'a' WHERE id IS NULL AND tag IS NULL AND label IS NULL;"
        "DELETE FROM items WHERE id = 3 AND tag IS NULL; INSERT INTO items VALUES (NULL, 'new', NULL, NULL)",
    )


def test_load_equal_value_with_other_text_is_written(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, price numeric); INSERT INTO items VALUES (1, 1.0), (2, 2.0)",
        "SELECT id, price FROM items",
    )
    load_alter_and_load_again(case, "UPDATE items SET price = 1.000 WHERE id = 1")


def test_ranges_null_and_shared_ids_form_no_own_range(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE items (owner bigint, tag int);
        INSERT INTO items SELECT CASE WHEN n <= 2500 THEN 7 WHEN n <= 4000 THEN n END, n
        FROM generate_series(1, 7000) AS n;
        """,
        "SELECT owner, tag FROM items",
        key=("owner", "tag"),
        driving=("items.owner",),
    )
    ranges = case.loader().ranges
    assert [id_range.key for id_range in ranges] == [
        "items:min-000000007",
        "items:000000008-000003000",
        "items:000003001-000004000",
        "items:rest",
    ]
    assert sum(result.row_count for result in case.load()) == 7_000
    case.assert_right()


VALUES = st.sampled_from(["NULL", "0", "1", "2"])
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=12)


@pytest.fixture
def keyed(make_case: MakeCase) -> Case:
    return make_case(
        "CREATE TABLE items (id bigint, tag int, note int);",
        "SELECT id, tag, max(note) AS note FROM items GROUP BY id, tag",
        key=("id", "tag"),
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, after=ROWS)
@example(before=[("NULL", "NULL", "1")], after=[("NULL", "NULL", "NULL")])
def test_load_any_earlier_table_content_becomes_right(
    keyed: Case, before: list[tuple[str, ...]], after: list[tuple[str, ...]]
) -> None:
    for rows in (before, after):
        keyed.run("DELETE FROM items")
        if rows:
            keyed.run(f"INSERT INTO items VALUES {', '.join('(' + ', '.join(row) + ')' for row in rows)}")
        keyed.load(again=True)
        keyed.assert_right()
