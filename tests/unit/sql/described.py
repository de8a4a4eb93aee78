"""Described read models of different shapes, made by hand: what the generators are given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from denorm_assets.model.catalog.described import Column, DescribedDriver, DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.ids import IdKind
from denorm_assets.model.index import Index, references
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.table_name import TableName

_BIGINT_ID = Driver(TableName("items", "app"), "id", "item_id")


def _described(
    name: str,
    definition: str,
    key: tuple[str, ...],
    columns: tuple[Column, ...],
    drivers: tuple[Driver, ...] = (_BIGINT_ID,),
    kind: IdKind = IdKind.INTEGER,
    **declared: object,
) -> DescribedModel:
    ranges = IdRanges(*(f"{driver.table}.{driver.id_column}" for driver in drivers))
    model = ReadModel(name, SqlFile(Path(f"{name}.sql")), key, ranges, **declared)  # pyright: ignore[reportArgumentType]
    described = tuple(DescribedDriver(driver, kind) for driver in drivers)
    return DescribedModel(model, "shop", "app", definition, columns, described, "0123456789ab")


PLAIN = _described(
    "links",
    "SELECT id AS item_id, tag, note\nFROM items",
    ("item_id", "tag"),
    (Column("item_id", "bigint", not_null=True), Column("tag", "text", not_null=True), Column("note", "text")),
    indexes=(Index("tag", "item_id", unique=True), Index("note DESC NULLS LAST", name="by_note")),
    references=(references("item_id", "items.id", foreign_key=True), references("tag", "other.tags.name")),
)

KEY_ALONE = _described(
    "pairs",
    "SELECT DISTINCT id AS item_id, tag FROM items",
    ("item_id", "tag"),
    (Column("item_id", "bigint", not_null=True), Column("tag", "text", not_null=True)),
)

NULLABLE_KEY = _described(
    "per_tag",
    "SELECT id AS item_id, tag, label, note FROM items",
    ("item_id", "tag", "label"),
    (
        Column("item_id", "bigint", not_null=True),
        Column("tag", "text"),
        Column("label", "text", collation=("pg_catalog", "C")),
        Column("note", "numeric(10,2)"),
    ),
)

EQUALS = _described(
    "prices",
    "SELECT id AS item_id, price, max(paid) AS paid, tag FROM items GROUP BY id, price, tag",
    ("item_id", "price"),
    (
        Column("item_id", "bigint", not_null=True),
        Column("price", "numeric", not_null=True, exact=False, hashable=False),
        Column("paid", "numeric", exact=False),
        Column("tag", "text"),
    ),
)

UNHASHABLE = _described(
    "documents",
    "SELECT id AS item_id, body, spot FROM items",
    ("item_id",),
    (
        Column("item_id", "uuid", not_null=True),
        Column("body", "json", hashable=False),
        Column("spot", "point", hashable=False),
    ),
    kind=IdKind.UUID,
)

ODD = _described(
    "Odd_Links",
    'SELECT "It\'s".id AS "Item Id", "the ""tag""" AS "100%", \'{braces} %s\' AS "{}"\n'
    'FROM "Odd Items" AS "It\'s" WHERE "the ""tag""" LIKE \'%x%\' -- all of them',
    ("Item Id", "100%"),
    (
        Column("Item Id", "bigint", not_null=True),
        Column("100%", '"Mixed Case"', not_null=True, collation=("pg_catalog", "de%x-icu")),
        Column("{}", "text"),
    ),
    (Driver(TableName("Odd Items", "app"), "id", "Item Id", (("{}", "'{braces} %s'"),)),),
    indexes=(Index("100%", "{} DESC", unique=True),),
    references=(references("100%", 'Odd Tags.the "tag"', foreign_key=True),),
)

TWO_DRIVERS = _described(
    "feed",
    "SELECT id, 'item' AS kind, title FROM items UNION ALL SELECT id, 'note', body FROM notes",
    ("id", "kind"),
    (Column("id", "bigint", not_null=True), Column("kind", "text"), Column("title", "text")),
    (
        Driver(TableName("items", "app"), "id", "id", (("kind", "'item'"),)),
        Driver(TableName("notes", "app"), "id", "id", (("kind", "'note'"),)),
    ),
)

PARTITIONED = _described(
    "content_tags",
    "SELECT 'items' AS source, id AS item_id, tag FROM items UNION ALL SELECT 'it''s new', id, tag FROM others",
    ("source", "item_id", "tag"),
    (
        Column("source", "text", not_null=True),
        Column("item_id", "bigint", not_null=True),
        Column("tag", "text", not_null=True),
    ),
    (
        Driver(TableName("items", "app"), "id", "item_id", (("source", "'items'"),)),
        Driver(TableName("others", "app"), "id", "item_id", (("source", "'it''s new'"),)),
    ),
    partition_by="source",
    indexes=(Index("tag", "source", "item_id"),),
    references=(
        references("item_id", "items.id", foreign_key=True, partition="items"),
        references("item_id", "others.id", foreign_key=True, partition="it's new"),
        references("tag", "tags.name", foreign_key=True),
    ),
)

ANCHORED_BY_TWO = replace(NULLABLE_KEY, drivers=(), anchored_by=("item_id", "tag"))

ALL = {
    "plain": PLAIN,
    "key_alone": KEY_ALONE,
    "nullable_key": NULLABLE_KEY,
    "equals": EQUALS,
    "unhashable": UNHASHABLE,
    "odd_names": ODD,
    "two_drivers": TWO_DRIVERS,
    "partitioned": PARTITIONED,
}
