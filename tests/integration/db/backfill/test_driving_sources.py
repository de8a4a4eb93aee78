"""Ranges over every kind of driving source tile all of its IDs, so that no row is left out or loaded twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.db.control.ranges import extend_ranges, range_keys
from denorm_assets.errors import DefinitionError
from tests.integration.db.conftest import ITEMS_COPY, MakeCase
from tests.support.case import Case


def keys(case: Case) -> list[str]:
    return [item.key for item in case.progress()]


def rows_per_key(case: Case) -> dict[str, int | None]:
    return {item.key: item.row_count for item in case.progress()}


def test_backfill_empty_source_has_one_range_done_at_once(items: Callable[..., Case]) -> None:
    case = items(0)
    [result] = case.load()
    assert (result.key, result.outcome, result.row_count) == ("items:rest", "done", 0)
    case.assert_right()
    checks = case.checks()
    assert all(check.passed for check in checks.values()), checks
    case.finish()
    assert case.registered().state == "live"


def test_ranges_grown_source_appends_and_changes_none(items: Callable[..., Case]) -> None:
    case = items(0)
    case.load()
    seen: list[str] = keys(case)
    for last in (10, 1_999, 4_000, 4_500, 9_000):
        case.run(f"INSERT INTO items SELECT n, 'new' FROM generate_series(1, {last}) AS n ON CONFLICT DO NOTHING")
        before = case.rows("SELECT * FROM denorm.id_range WHERE position > 0 ORDER BY position")
        case.load(again=True)
        case.assert_right()
        assert case.rows("SELECT * FROM denorm.id_range WHERE position > 0 ORDER BY position")[: len(before)] == before
        assert set(seen) <= set(keys(case))
        seen = keys(case)
    bounded = [key for key in seen if key != "items:rest"]
    assert bounded[0].startswith("items:min-")
    assert bounded == sorted(bounded, key=lambda key: (not key.startswith("items:min"), key))
    assert seen[-1] == "items:rest"


def test_range_keys_grown_source_keep_order_of_creation(items: Callable[..., Case]) -> None:
    case = items(1_500)
    registered, described = case.registered(), case.described()
    with case.database.session() as session:
        extend_ranges(session, registered.range_set, described.drivers)
        first = range_keys(session, registered.range_set)
        case.run("INSERT INTO items SELECT n, '' FROM generate_series(1501, 5000) AS n")
        added = extend_ranges(session, registered.range_set, described.drivers)
        assert added
        assert extend_ranges(session, registered.range_set, described.drivers) == []
        assert range_keys(session, registered.range_set) == [*first, *added]


def test_ranges_rows_moved_out_of_rest_are_counted_once(items: Callable[..., Case]) -> None:
    case = items(1_000)
    case.load()
    case.run("INSERT INTO items SELECT n, '' FROM generate_series(1001, 2500) AS n")
    case.load(again=True)
    assert rows_per_key(case)["items:rest"] == 1_500
    case.run("INSERT INTO items SELECT n, '' FROM generate_series(2501, 4000) AS n")
    case.load(again=True)
    assert sum(rows or 0 for rows in rows_per_key(case).values()) == 4_000
    case.assert_right()


def test_backfill_interrupted_rest_after_growth_is_completed(items: Callable[..., Case]) -> None:
    """Its cursor may lie before where it begins now."""
    case = items(1_000)
    case.load()
    case.run("INSERT INTO items SELECT n, 'new' FROM generate_series(1001, 5500) AS n")
    version = case.registered().code_version
    case.run(
        "UPDATE denorm.range_progress SET cursor_id = '1100', cursor_version = %s, done_version = NULL"
        " WHERE key = 'items:rest'",
        (version,),
    )
    case.run("INSERT INTO links SELECT n, 'new' FROM generate_series(1001, 1100) AS n")
    case.load(batch_size=100)
    assert len(keys(case)) > 2
    case.assert_right()
    assert sum(rows or 0 for rows in rows_per_key(case).values()) == 5_500


def test_backfill_bigint_limits_and_huge_gaps_loads_all_rows(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE items (id bigint PRIMARY KEY, body text NOT NULL);
        INSERT INTO items SELECT n, 'low' FROM generate_series(1, 1500) AS n;
        INSERT INTO items SELECT 1000000000000 + n::bigint * 1000000007, 'high' FROM generate_series(1, 1500) AS n;
        INSERT INTO items VALUES (9223372036854775807, 'last'), (-9223372036854775808, 'first'), (0, 'zero');
        """,
        ITEMS_COPY,
    )
    case.load(batch_size=400)
    case.assert_right()
    assert [rows for rows in rows_per_key(case).values() if rows] == [1_000, 1_000, 1_000, 3]
    case.load(again=True, batch_size=400)
    case.run("DELETE FROM items WHERE id IN (9223372036854775807, -9223372036854775808)")
    case.load(again=True, batch_size=400)
    case.assert_right()


def test_backfill_negative_ids_loads_all_rows(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id smallint PRIMARY KEY, body text NOT NULL);"
        "INSERT INTO items SELECT n, 'item' FROM generate_series(-1200, 1300) AS n",
        ITEMS_COPY,
    )
    case.load(batch_size=90)
    case.assert_right()
    assert keys(case) == ["items:min--00000201", "items:-00000200-000000799", "items:000000800-000001300", "items:rest"]
    case.run("INSERT INTO items VALUES (-32768, 'new'), (32767, 'new')")
    case.load(again=True)
    case.assert_right()


def test_backfill_many_rows_with_one_driving_id_loads_all_rows(make_case: MakeCase) -> None:
    """A driving column need not be unique: one ID with more rows than a range, and than a batch, holds."""
    case = make_case(
        """
        CREATE TABLE items (id bigint PRIMARY KEY, owner int NOT NULL);
        INSERT INTO items SELECT n, CASE WHEN n <= 4500 THEN 7 ELSE n % 50 END FROM generate_series(1, 6000) AS n;
        """,
        "SELECT owner, id FROM items",
        key=("owner", "id"),
        driving=("items.owner",),
    )
    results = case.load(batch_size=100)
    case.assert_right()
    assert sum(result.rows_written for result in results) == 6_000
    assert len(set(keys(case))) == len(keys(case))
    case.run("UPDATE items SET owner = 8 WHERE id < 100")
    case.load(again=True, batch_size=100)
    case.assert_right()


def test_backfill_rows_without_id_belong_to_rest(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE items (id bigint UNIQUE, body text NOT NULL UNIQUE);
        INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 1200) AS n;
        INSERT INTO items SELECT NULL, 'nameless ' || n FROM generate_series(1, 3300) AS n;
        """,
        ITEMS_COPY,
        key=("id", "body"),
    )
    case.load(batch_size=250)
    case.assert_right()
    assert rows_per_key(case)["items:rest"] == 3_300
    assert case.checks()["matches_definition"].passed
    case.run("DELETE FROM items WHERE body LIKE '%7'")
    case.run("UPDATE items SET id = 5000 WHERE body = 'nameless 1'; UPDATE items SET id = NULL WHERE id = 12")
    case.run("INSERT INTO links VALUES (NULL, 'extra')")
    assert not case.checks()["matches_definition"].passed
    case.load(again=True, batch_size=250)
    case.assert_right()


def test_backfill_only_rows_without_id_loads_one_range(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint UNIQUE, body text NOT NULL);"
        "INSERT INTO items SELECT NULL, n::text FROM generate_series(1, 2500) AS n",
        ITEMS_COPY,
        key=("id", "body"),
    )
    [result] = case.load(batch_size=100)
    assert (result.key, result.row_count) == ("items:rest", 2_500)
    case.assert_right()


UUIDS = """
CREATE TABLE items (id uuid PRIMARY KEY, body text NOT NULL);
INSERT INTO items SELECT md5(n::text)::uuid, 'item ' || n FROM generate_series(1, 2500) AS n;
INSERT INTO items VALUES
    ('00000000-0000-0000-0000-000000000000', 'nil'), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'max');
"""


def test_backfill_uuid_ids_from_nil_to_max_loads_all_rows(make_case: MakeCase) -> None:
    case = make_case(UUIDS, ITEMS_COPY)
    results = case.load(batch_size=130)
    case.assert_right()
    assert sum(result.rows_written for result in results) == 2_502
    assert [result.row_count for result in results] == [1_000, 1_000, 502, 0]
    case.run("DELETE FROM links; DELETE FROM items WHERE body = 'max'")
    case.load(again=True, batch_size=130)
    case.assert_right()


def test_backfill_nullable_uuid_ids_puts_nulls_into_rest(make_case: MakeCase) -> None:
    case = make_case(
        UUIDS.replace("PRIMARY KEY", "UNIQUE")
        + "INSERT INTO items SELECT NULL, n::text FROM generate_series(1, 20) AS n;",
        ITEMS_COPY,
        key=("id", "body"),
    )
    case.load(batch_size=130)
    case.assert_right()
    assert rows_per_key(case)["items:rest"] == 20
    case.run("DELETE FROM links")
    case.load(again=True, batch_size=130)
    case.assert_right()


def test_backfill_two_driving_sources_with_constant_loads_both(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE books (id uuid PRIMARY KEY, tags text[] NOT NULL);
        CREATE TABLE films (id uuid PRIMARY KEY, tags text[] NOT NULL);
        INSERT INTO books SELECT md5(n::text)::uuid, ARRAY['a', (n % 10)::text] FROM generate_series(1, 1300) AS n;
        INSERT INTO films SELECT md5(n::text)::uuid, ARRAY['b', (n % 10)::text] FROM generate_series(1, 1200) AS n;
        """,
        """
        SELECT 'book' AS kind, b.id, t.tag FROM books AS b CROSS JOIN LATERAL unnest(b.tags) AS t(tag)
        UNION ALL
        SELECT 'film', f.id, t.tag FROM films AS f CROSS JOIN LATERAL unnest(f.tags) AS t(tag)
        """,
        key=("kind", "id", "tag"),
        driving=("books.id", "films.id"),
    )
    results = case.load(batch_size=100)
    case.assert_right()
    assert sum(result.rows_written for result in results) == 5_000
    assert {result.key.split(":")[0] for result in results} == {"books", "films"}
    case.run("DELETE FROM books WHERE id < '50000000-0000-0000-0000-000000000000'; UPDATE films SET tags = '{c}'")
    case.run("DELETE FROM links WHERE tag = '3'; INSERT INTO links SELECT 'film', id, 'x' FROM books LIMIT 9")
    case.run("INSERT INTO links VALUES ('book', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'y')")
    case.load(again=True, batch_size=100)
    case.assert_right()
    assert all(check.passed for check in case.checks().values())


def test_backfill_two_driving_sources_with_equal_ids_loads_both(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE books (id int PRIMARY KEY); CREATE TABLE films (id int PRIMARY KEY);"
        "INSERT INTO books SELECT generate_series(1, 1500); INSERT INTO films SELECT generate_series(1000, 2500)",
        "SELECT 1 AS kind, id FROM books UNION ALL SELECT 2, id FROM films",
        key=("kind", "id"),
        driving=("books.id", "films.id"),
    )
    case.load(batch_size=333)
    case.assert_right()
    case.run("DELETE FROM books WHERE id % 2 = 0; DELETE FROM films WHERE id % 3 = 0")
    case.load(again=True, batch_size=333)
    case.assert_right()


def test_backfill_union_of_one_driving_source_loads_both_branches(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id int PRIMARY KEY, old text, new text);"
        "INSERT INTO items SELECT n, 'a' || n % 3, 'a' || n % 2 FROM generate_series(1, 1200) AS n",
        "SELECT id, old AS word FROM items UNION SELECT i.id, i.new FROM items AS i",
        key=("id", "word"),
    )
    case.load(batch_size=100)
    case.assert_right()


def test_backfill_partitioned_source_follows_its_partitions(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE items (id bigint NOT NULL, body text NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE items_low PARTITION OF items FOR VALUES FROM (MINVALUE) TO (1000);
        CREATE TABLE items_high PARTITION OF items FOR VALUES FROM (1000) TO (MAXVALUE) PARTITION BY HASH (id);
        CREATE TABLE items_high_0 PARTITION OF items_high FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE items_high_1 PARTITION OF items_high FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO items SELECT n, 'item ' || n FROM generate_series(-500, 2500) AS n;
        """,
        ITEMS_COPY,
    )
    case.load(batch_size=300)
    case.assert_right()
    case.run("ALTER TABLE items DETACH PARTITION items_low")
    case.load(again=True)
    case.assert_right()
    assert case.value("SELECT count(*) FROM links") == 1_501


def test_backfill_sources_in_several_schemas_reads_right_tables(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE SCHEMA "Other Shop"; CREATE SCHEMA third;
        CREATE TABLE "Other Shop".items (id bigint PRIMARY KEY, label_id int NOT NULL);
        CREATE TABLE third.labels (id int PRIMARY KEY, label text NOT NULL);
        CREATE TABLE public.extras (item_id bigint PRIMARY KEY, extra text NOT NULL);
        CREATE TABLE extras_in_app (item_id bigint PRIMARY KEY, extra text NOT NULL);
        INSERT INTO third.labels SELECT n, 'label ' || n FROM generate_series(1, 5) AS n;
        INSERT INTO "Other Shop".items SELECT n, 1 + n % 5 FROM generate_series(1, 1300) AS n;
        INSERT INTO extras SELECT n, 'p' FROM generate_series(1, 1300, 3) AS n;
        INSERT INTO extras_in_app SELECT n, 'a' FROM generate_series(1, 1300, 2) AS n;
        -- Decoys of the same names where nobody should look.
        CREATE TABLE items (id bigint PRIMARY KEY, label_id int NOT NULL);
        INSERT INTO items VALUES (99999, 1);
        """,
        """
        SELECT i.id, l.label, coalesce(e.extra, '') || coalesce(a.extra, '') AS extra
        FROM "Other Shop".items AS i
        JOIN third.labels AS l ON l.id = i.label_id
        LEFT JOIN public.extras AS e ON e.item_id = i.id
        LEFT JOIN extras_in_app AS a ON a.item_id = i.id
        """,
        driving=("Other Shop.items.id",),
    )
    case.load(batch_size=200)
    case.assert_right()
    assert case.value("SELECT count(DISTINCT extra) FROM links") == 4
    assert keys(case) == ["items:min-000001000", "items:000001001-000001300", "items:rest"]


@pytest.mark.parametrize("id_type", ["text", "numeric", "timestamptz", "date"])
def test_declaration_driving_id_of_other_type_is_refused(make_case: MakeCase, id_type: str) -> None:
    with pytest.raises(DefinitionError, match=r"has no ID ranges\. Drive the backfill by a column of type smallint"):
        make_case(f"CREATE TABLE items (id {id_type} PRIMARY KEY)", "SELECT id FROM items")
