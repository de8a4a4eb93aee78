"""What comparisons and checks report, and what a described read model says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.model.catalog.described import Column, DescribedDriver, DescribedModel
from denorm_assets.model.catalog.drivers import Driver
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.comparison import Comparison
from denorm_assets.model.ids import IdKind
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.table_name import TableName


def test_equal_means_as_many_rows_with_the_same_checksum() -> None:
    assert Comparison(5, "a:1", 5, "a:1").equal
    assert not Comparison(5, "a:1", 5, "a:2").equal
    assert not Comparison(5, "a:1", 4, "a:1").equal


def test_a_comparison_reads_as_a_sentence() -> None:
    assert str(Comparison(1_000, "a", 1_000, "a")) == "1,000 rows, equal"
    assert str(Comparison(1_000, "a", 999, "b")) == "999 rows in the table, 1,000 by the definition"


def test_a_difference_of_content_alone_is_told_apart_from_one_of_number() -> None:
    assert str(Comparison(1_000, "a", 1_000, "b")) == "1,000 rows on both sides, but not the same ones"


def test_a_check_result_needs_no_details() -> None:
    result = CheckResult("matches_definition", "shop/links", True, "fine")
    assert (result.rows, dict(result.figures), result.warning_only) == ((), {}, False)


def described(*columns: Column, key: tuple[str, ...] = ("item_id", "tag")) -> DescribedModel:
    items = DescribedDriver(Driver(TableName("items", "app"), "id", "item_id"), IdKind.INTEGER)
    tags = DescribedDriver(Driver(TableName("tags", "app"), "id", "item_id"), IdKind.UUID)
    model = ReadModel("links", SqlFile(Path("links.sql")), key, IdRanges("items.id", "tags.id"))
    return DescribedModel(model, "shop", "app", "SELECT", columns, (items, tags), "0" * 12)


def test_a_described_model_is_called_as_people_write_it() -> None:
    model = described(Column("item_id", "bigint"), Column("tag", "text"))
    assert model.full_name == "shop/links"
    assert model.table == TableName("links", "app")
    assert model.column_names == ("item_id", "tag")


def test_a_driver_is_found_by_its_source() -> None:
    assert described().driver("tags").kind is IdKind.UUID


@pytest.mark.parametrize(("item_not_null", "tag_not_null"), [(True, True), (True, False), (False, True)])
def test_a_key_is_not_null_where_none_of_its_columns_can_be(item_not_null: bool, tag_not_null: bool) -> None:
    model = described(
        Column("item_id", "bigint", not_null=item_not_null),
        Column("tag", "text", not_null=tag_not_null),
        Column("note", "text", not_null=False),
    )
    assert model.key_is_not_null == (item_not_null and tag_not_null)
