"""Driving columns: through which output column ranges select rows, and every reason why they cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.driving_columns import drivers_of
from denorm_assets.sql.analysis.read_definition import analyse

ITEMS, NOTES = TableName("items", "app"), TableName("notes", "app")


@pytest.fixture
def file(tmp_path: Path) -> SqlFile:
    return SqlFile(tmp_path / "feed.sql")


def drivers(file: SqlFile, text: str, key: str, *driving: str) -> tuple[Driver, ...]:
    file.path.write_text(text, encoding="utf-8")
    model = ReadModel("feed", file, tuple(key.split()), IdRanges(*driving))
    return drivers_of(model, analyse(file), "app")


@pytest.mark.parametrize(
    ("text", "key", "column"),
    [
        ("SELECT items.id FROM items", "id", "id"),
        ("SELECT i.id AS item_id FROM items AS i", "item_id", "item_id"),
        ("SELECT I.ID AS Item_Id FROM ITEMS AS I", "item_id", "item_id"),
        ("SELECT id FROM app.items", "id", "id"),
        ("SELECT t.tag, i.id FROM items AS i CROSS JOIN unnest(i.tags) AS t(tag)", "id tag", "id"),
        ("SELECT DISTINCT i.id FROM notes LEFT JOIN notes AS n ON true JOIN items AS i ON true", "id", "id"),
        # Of several output columns that are it, one in the key.
        ("SELECT i.id AS a, i.id AS b FROM items AS i", "b", "b"),
        ("SELECT x.id AS parent, y.id AS child FROM items AS x JOIN items AS y ON y.up = x.id", "child", "child"),
    ],
)
def test_drivers_one_source_uses_output_column_of_its_id(file: SqlFile, text: str, key: str, column: str) -> None:
    assert drivers(file, text, key, "items.id") == (Driver(ITEMS, "id", column),)


def test_drivers_source_in_other_schema_is_found(file: SqlFile) -> None:
    [driver] = drivers(file, "SELECT i.id FROM other.items AS i", "id", "other.items.id")
    assert driver.table == TableName("items", "other")
    assert driver.source == "items"


def test_drivers_quoted_names_are_compared_as_written(file: SqlFile) -> None:
    [driver] = drivers(file, 'SELECT "I"."Id" AS "Item" FROM "Items" AS "I"', "Item", "Items.Id")
    assert (driver.id_column, driver.output_column) == ("Id", "Item")
    with pytest.raises(DefinitionError, match=r"items\.id is not an output column"):
        drivers(file, 'SELECT "I"."Id" AS "Item" FROM "Items" AS "I"', "Item", "items.id")


def test_drivers_source_in_every_branch_needs_no_discriminator(file: SqlFile) -> None:
    text = "SELECT items.id, 'a' AS kind FROM items UNION ALL SELECT items.id, 'b' FROM items"
    assert drivers(file, text, "id kind", "items.id") == (Driver(ITEMS, "id", "id"),)


UNION = "SELECT i.id, {} AS kind, i.title FROM items AS i UNION ALL SELECT n.id, {}, n.body FROM notes AS n"


@pytest.mark.parametrize(
    ("item", "note"),
    [("'item'", "'note'"), ("1", "2"), ("TRUE", "FALSE"), ("CAST('item' AS TEXT)", "CAST('note' AS TEXT)")],
)
def test_drivers_two_branches_use_key_constant_as_discriminator(file: SqlFile, item: str, note: str) -> None:
    assert drivers(file, UNION.format(item, note), "id kind", "items.id", "notes.id") == (
        Driver(ITEMS, "id", "id", (("kind", item),)),
        Driver(NOTES, "id", "id", (("kind", note),)),
    )


def test_drivers_three_branches_of_two_sources_use_constants(file: SqlFile) -> None:
    text = (
        "SELECT i.id, 'item' AS kind, 1 AS part FROM items AS i UNION ALL SELECT n.id, 'note', 1 FROM notes AS n"
        " UNION ALL SELECT n.id, 'note', 2 FROM notes AS n"
    )
    assert [d.discriminators for d in drivers(file, text, "id kind part", "items.id", "notes.id")] == [
        (("kind", "'item'"),),
        (("kind", "'note'"),),
    ]


@pytest.mark.parametrize(
    ("text", "key", "driving", "message"),
    [
        (
            "SELECT i.id + 0 AS id FROM items AS i",
            "id",
            ["items.id"],
            "feed.sql: the driving column items.id is not an output column. Select it as it is, "
            "for example items.id AS id, with the table's alias before it; or drive the backfill by an ID column "
            "that is selected; or leave `backfill` out, and all rows are written at once",
        ),
        (
            "SELECT id FROM items JOIN notes ON true",
            "id",
            ["items.id"],
            "feed.sql: the driving column items.id is not an output column. Select it as it is, "
            "for example items.id AS id, with the table's alias before it; or drive the backfill by an ID column "
            "that is selected; or leave `backfill` out, and all rows are written at once",
        ),
        (
            'SELECT "Id" FROM "Items" JOIN notes ON true',
            "Id",
            ["Items.Id"],
            "feed.sql: the driving column Items.Id is not an output column. Select it as it is, "
            'for example "Items"."Id" AS "Id", with the table\'s alias before it; or drive the backfill by an ID '
            "column that is selected; or leave `backfill` out, and all rows are written at once",
        ),
        (
            "SELECT i.id FROM other.items AS i",
            "id",
            ["items.id"],
            "feed.sql: the driving column items.id is not an output column. Select it as it is, "
            "for example items.id AS id, with the table's alias before it; or drive the backfill by an ID column "
            "that is selected; or leave `backfill` out, and all rows are written at once",
        ),
        (
            "SELECT n.id AS note_id, i.id FROM notes AS n LEFT JOIN items AS i ON true",
            "note_id",
            ["items.id"],
            "feed.sql: an outer join leaves the driving column items.id NULL in rows that have no such ID. "
            "Drive the backfill by a column of the side that every row has",
        ),
        (
            "SELECT i.id AS item, i.slug FROM items AS i",
            "slug",
            ["items.id"],
            "feed.sql: the driving column items.id is selected as item, which is not part of the key (slug). Add it to "
            "`key`, or choose a driving column that is in it; a range could not tell its rows apart",
        ),
        (
            "SELECT i.id FROM items AS i UNION SELECT n.id FROM notes AS n",
            "id",
            ["items.id"],
            "feed.sql: branch 2 of the set operation selects no driving column, so no range reaches its rows. "
            "Name the ID column of that branch's table in IdRanges(...) and select it in the branch",
        ),
        (
            "SELECT i.id, n.id AS note_id FROM items AS i JOIN notes AS n ON true",
            "id note_id",
            ["items.id", "notes.id"],
            "feed.sql: its rows would belong to ranges of items.id and notes.id at once. "
            "Name one of them in IdRanges(...); several driving columns are for the branches of a UNION",
        ),
        (
            "SELECT i.id, i.up FROM items AS i UNION SELECT i.up, i.id FROM items AS i",
            "id up",
            ["items.id"],
            "feed.sql: the driving column items.id is another output column in each branch of the set operation. "
            "Select it at the same place in every branch that has it",
        ),
        (
            UNION.format("'item'", "'note'"),
            "id",
            ["items.id", "notes.id"],
            "feed.sql: nothing in the key tells the rows of items from those of the other driving sources. "
            "Select a constant per branch, for example 'items' AS source, and add that column to `key`",
        ),
    ],
)
def test_drivers_unusable_column_error_names_file_reason_and_remedy(
    file: SqlFile, text: str, key: str, driving: list[str], message: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        drivers(file, text, key, *driving)
    assert str(caught.value).replace(f"{file.path.parent}/", "") == message


@pytest.mark.parametrize(
    ("item", "note"), [("'same'", "'same'"), ("'item'", "n.kind"), ("i.kind", "'note'"), ("NULL", "'note'")]
)
def test_drivers_branches_without_distinct_constants_are_refused(file: SqlFile, item: str, note: str) -> None:
    with pytest.raises(DefinitionError, match="nothing in the key tells the rows of items"):
        drivers(file, UNION.format(item, note), "id kind", "items.id", "notes.id")
