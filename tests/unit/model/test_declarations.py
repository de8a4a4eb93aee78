"""Declarations: names, places, and finding what a person asks for."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from denorm_assets.errors import UnknownName
from denorm_assets.model.read_model import DrivingColumn, IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, QueryPair, System
from denorm_assets.model.table_name import TableName

FILE = SqlFile(Path("links.sql"))


def model(name: str = "links") -> ReadModel:
    return ReadModel(name, FILE, ("id",), IdRanges("items.id"))


@pytest.mark.parametrize(
    ("text", "name"),
    [("items", TableName("items")), ("app.items", TableName("items", "app")), ("Items", TableName("Items"))],
)
def test_table_name_parse_schema_is_optional(text: str, name: TableName) -> None:
    assert TableName.parse(text) == name
    assert str(name) == text


def test_table_name_without_schema_gets_system_schema() -> None:
    assert TableName("items").within("app") == TableName("items", "app")
    assert TableName("items", "other").within("app") == TableName("items", "other")


def test_id_ranges_several_columns_give_driving_columns() -> None:
    assert IdRanges("items.id", "app.tags.item_id").driving == (
        DrivingColumn(TableName("items"), "id"),
        DrivingColumn(TableName("tags", "app"), "item_id"),
    )


@pytest.mark.parametrize("columns", [(), ("items",), ("items.id", "tags"), ("",), (".id",), ("items.",)])
def test_id_ranges_column_without_table_raises(columns: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"table\.column"):
        IdRanges(*columns)


def test_declaration_location_is_file_and_line() -> None:
    frame = inspect.currentframe()
    assert frame is not None
    declared, line = ReadModel("links", FILE, ("id",), IdRanges("items.id")), frame.f_lineno
    assert str(declared.location) == f"{__file__}:{line}"
    assert str(System("shop", "app", ()).location) == f"{__file__}:{line + 2}"


def test_declaration_equality_ignores_location() -> None:
    assert model() == model()


def test_system_read_models_follow_phase_order() -> None:
    system = System("shop", "app", (Phase("one", (model("b"), model("a"))), Phase("two", (model("c"),))))
    assert [found.name for found in system.read_models] == ["b", "a", "c"]
    assert system.read_model("c") is system.phases[1].read_models[0]


def test_system_unknown_name_raises_with_known_names() -> None:
    queries = (QueryPair("for_topic", FILE, FILE, {}),)
    system = System("shop", "app", (Phase("one", (model("links"), model("more"))),), queries)
    with pytest.raises(UnknownName) as caught:
        system.read_model("likns")
    assert str(caught.value) == "there is no read model 'shop/likns'. Available: shop/links, shop/more"
    with pytest.raises(UnknownName) as caught:
        system.query("page")
    assert str(caught.value) == "there is no query 'page'. Available: for_topic"
