"""Keys of every kind: composite, of text, nullable, of types that compare in their own way."""

from __future__ import annotations

import time

import pytest

from denorm_assets.errors import DefinitionError, DuplicateKeys
from tests.integration.db.conftest import MakeCase


def test_backfill_composite_text_key_loads_all_rows(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE items (id bigint PRIMARY KEY, words text[] NOT NULL);
        INSERT INTO items SELECT n, ARRAY['Ñandú', '  blank ', 'tab' || chr(9), 'quote''"', '\\', '%s', '{0}', '🎈', '',
            repeat('x', 500) || n] FROM generate_series(1, 60) AS n;
        """,
        "SELECT i.id, w.word, upper(w.word) AS shout, w.place"
        " FROM items AS i CROSS JOIN LATERAL unnest(i.words) WITH ORDINALITY AS w(word, place)",
        key=("word", "shout", "id"),
    )
    case.load(batch_size=7)
    case.assert_right()
    case.run("UPDATE links SET place = 0 WHERE id % 5 = 0; DELETE FROM links WHERE word = '🎈'")
    case.run("UPDATE items SET words = words[3:] || '{new}' WHERE id % 4 = 0")
    case.load(again=True, batch_size=7)
    case.assert_right()


def test_backfill_nullable_key_treats_null_as_one_value(make_case: MakeCase) -> None:
    case = make_case(
        """
        CREATE TABLE items (id bigint PRIMARY KEY, colour text, size int);
        INSERT INTO items SELECT n, CASE WHEN n % 3 > 0 THEN 'red' END, CASE WHEN n % 2 > 0 THEN n END
            FROM generate_series(1, 1500) AS n;
        """,
        "SELECT id, colour, size, 'x' AS body FROM items",
        key=("id", "colour", "size"),
    )
    assert "NULLS NOT DISTINCT" in str(
        case.value(
            "SELECT string_agg(pg_get_indexdef(indexrelid), '') FROM pg_index WHERE indrelid = 'links'::regclass"
        )
    )
    case.load(batch_size=100)
    case.assert_right()
    case.run(
        "UPDATE items SET colour = NULL WHERE id % 5 = 0; UPDATE items SET size = 1 WHERE size IS NULL AND id < 99"
    )
    case.run("UPDATE links SET body = 'wrong' WHERE colour IS NULL AND id % 7 = 0")
    before = case.snapshot()
    kept = before.keys() - {row for side, row in case.differences() if side == "extra"}
    case.load(again=True, batch_size=100)
    case.assert_right()
    after = case.snapshot()
    assert {row: after[row] for row in kept} == {row: before[row] for row in kept}


def test_backfill_two_rows_with_null_key_are_duplicates(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint PRIMARY KEY, tags text[]);"
        "INSERT INTO items VALUES (1, '{a}'), (2, '{NULL,NULL}')",
        "SELECT i.id, t.tag, t.place FROM items AS i"
        " CROSS JOIN LATERAL unnest(i.tags) WITH ORDINALITY AS t(tag, place)",
        key=("id", "tag"),
    )
    with pytest.raises(DuplicateKeys, match=r"\(id=2, tag=NULL\) 2 times"):
        case.load()
    assert case.rows("SELECT * FROM links") == []


def test_backfill_nullable_key_is_matched_without_comparing_all_pairs(make_case: MakeCase) -> None:
    case = make_case(
        "CREATE TABLE items (id bigint UNIQUE, body text);"
        "INSERT INTO items SELECT n, 'item' FROM generate_series(1, 12000) AS n",
        "SELECT id, body, 1 AS one FROM items",
        key=("id", "body"),
    )
    case.loader()
    case.run("DELETE FROM denorm.id_range WHERE position > 0")
    case.load()
    case.run("UPDATE links SET one = 2 WHERE id % 2 = 0; DELETE FROM links WHERE id % 3 = 0")
    began = time.monotonic()
    case.load(again=True, batch_size=12_000)
    # 144 million pairs take 15 s.
    assert time.monotonic() - began < 5
    case.assert_right()


def test_declaration_key_not_among_output_columns_is_refused(make_case: MakeCase) -> None:
    with pytest.raises(DefinitionError, match=r"the key column nothing is not an output column \(there are body, id\)"):
        make_case(
            "CREATE TABLE items (id bigint PRIMARY KEY, body text)", "SELECT id, body FROM items", key=("id", "nothing")
        )
