"""Declarations: names, places, and finding what a person asks for."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from denorm_assets.errors import UnknownName
from denorm_assets.model.cached_set import CachedSet
from denorm_assets.model.read_model import DrivingColumn, IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile, SqlText
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


def test_read_model_definition_as_text_is_held_with_its_place() -> None:
    frame = inspect.currentframe()
    assert frame is not None
    declared = ReadModel("links", "SELECT id FROM items;", ("id",))
    line = frame.f_lineno - 1
    assert declared.definition == SqlText("SELECT id FROM items;")
    assert declared.definition.text == "SELECT id FROM items"
    assert isinstance(declared.definition, SqlText)
    assert str(declared.definition.location) == f"{__file__}:{line}"


def test_read_model_definition_replaced_by_text_keeps_everything_else() -> None:
    replaced = replace(model(), definition="SELECT 1 AS id")
    assert (replaced.name, replaced.definition.text, replaced.key) == ("links", "SELECT 1 AS id", ("id",))
    assert len({replaced, replace(replaced), model()}) == 2


def test_query_pair_and_caches_take_text() -> None:
    pair = QueryPair("page", "SELECT 1", "SELECT 2", {})
    members = CachedSet("likes", "SELECT user_id, item_id FROM likes", "user_id", "item_id")
    assert [sql.text for sql in (pair.before, pair.after)] == ["SELECT 1", "SELECT 2"]
    assert members.definition.text.startswith("SELECT user_id")


def test_system_read_models_without_phases_are_one_phase() -> None:
    frame = inspect.currentframe()
    assert frame is not None
    system = System("shop", read_models=(model(), model("tags")))
    assert system.location.line == frame.f_lineno - 1
    assert system.schema == "public"
    assert [(phase.name, [each.name for each in phase.read_models]) for phase in system.phases] == [
        ("tables", ["links", "tags"])
    ]
    assert replace(system, schema="app").read_models == system.read_models


def test_system_phases_and_read_models_are_refused() -> None:
    with pytest.raises(ValueError, match=r"system 'shop' has both phases and read_models. Name the read models in"):
        System("shop", phases=(Phase("one"),), read_models=(model(),))
