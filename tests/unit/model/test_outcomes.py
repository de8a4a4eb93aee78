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


def test_comparison_equal_needs_same_count_and_checksum() -> None:
    assert Comparison(5, "a:1", 5, "a:1").equal
    assert not Comparison(5, "a:1", 5, "a:2").equal
    assert not Comparison(5, "a:1", 4, "a:1").equal


def test_comparison_text_reads_as_sentence() -> None:
    assert str(Comparison(1_000, "a", 1_000, "a")) == "1,000 rows, equal"
    assert str(Comparison(1_000, "a", 999, "b")) == "999 rows in the table, 1,000 by the definition"


def test_comparison_text_same_count_other_rows_says_so() -> None:
    assert str(Comparison(1_000, "a", 1_000, "b")) == "1,000 rows on both sides, but not the same ones"


def test_check_result_without_details_has_empty_defaults() -> None:
    result = CheckResult("matches_definition", "shop/links", True, "fine")
    assert (result.rows, dict(result.figures), result.warning_only) == ((), {}, False)


def described(*columns: Column, key: tuple[str, ...] = ("item_id", "tag")) -> DescribedModel:
    items = DescribedDriver(Driver(TableName("items", "app"), "id", "item_id"), IdKind.INTEGER)
    tags = DescribedDriver(Driver(TableName("tags", "app"), "id", "item_id"), IdKind.UUID)
    model = ReadModel("links", SqlFile(Path("links.sql")), key, IdRanges("items.id", "tags.id"))
    return DescribedModel(model, "shop", "app", "SELECT", columns, (items, tags), "0" * 12)


def test_described_model_names_are_those_people_write() -> None:
    model = described(Column("item_id", "bigint"), Column("tag", "text"))
    assert model.full_name == "shop/links"
    assert model.table == TableName("links", "app")
    assert model.column_names == ("item_id", "tag")


def test_described_model_driver_is_found_by_source() -> None:
    assert described().driver("tags").kind is IdKind.UUID


@pytest.mark.parametrize(("item_not_null", "tag_not_null"), [(True, True), (True, False), (False, True)])
def test_described_model_key_not_null_needs_all_columns_not_null(item_not_null: bool, tag_not_null: bool) -> None:
    model = described(
        Column("item_id", "bigint", not_null=item_not_null),
        Column("tag", "text", not_null=tag_not_null),
        Column("note", "text", not_null=False),
    )
    assert model.key_is_not_null == (item_not_null and tag_not_null)
