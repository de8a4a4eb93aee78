"""The order of read models that read other ones: whatever the order in which they are declared."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from denorm_assets.errors import DeclarationError
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.analysis.reading_order import (
    in_layers,
    in_reading_order,
    models_in_order,
    read_by,
    systems_in_order,
)

MakeModel = Callable[..., ReadModel]


@pytest.fixture
def model(tmp_path: Path) -> MakeModel:
    """A function that makes a read model that joins tables by `id`."""

    def make(name: str, *read: str) -> ReadModel:
        first, *others = read
        joins = "".join(f" JOIN {each} USING (id)" for each in others)
        path = tmp_path / f"{name}.sql"
        path.write_text(f"SELECT id FROM {first}{joins}")
        return ReadModel(name, SqlFile(path), ("id",))

    return make


def system(*models: ReadModel, name: str = "shop", schema: str = "app") -> System:
    return System(name, schema, (Phase("phase_1", models),))


def names(models: list[ReadModel]) -> list[str]:
    return [each.name for each in models]


def test_reading_order_diamond_any_declaration_order_is_sorted(model: MakeModel) -> None:
    declared = [model("a", "games"), model("b", "a"), model("c", "games", "a"), model("d", "b", "app.c")]
    for order in itertools.permutations(declared):
        ordered = names(models_in_order(system(*order)))
        assert ordered[0] == "a"
        assert ordered[3] == "d"
    layers = in_layers((system(*declared), each) for each in declared)
    assert [[each.name for _, each in layer] for layer in layers] == [["a"], ["b", "c"], ["d"]]


def test_reading_order_independent_models_keep_declared_order(model: MakeModel) -> None:
    declared = [model(name, "games") for name in ("z", "m", "a", "k")]
    assert names(models_in_order(system(*declared))) == ["z", "m", "a", "k"]


def test_reading_order_circle_is_refused_by_name(model: MakeModel) -> None:
    declared = [model("a", "games", "c"), model("b", "a"), model("c", "b"), model("d", "games")]
    with pytest.raises(DeclarationError) as caught:
        models_in_order(system(*declared))
    assert "read models read each other in a circle" in str(caught.value)
    assert any(
        f"{x} reads {y}, which reads {z}, which reads {x};" in str(caught.value)
        for x, y, z in (
            ("shop/a", "shop/c", "shop/b"),
            ("shop/b", "shop/a", "shop/c"),
            ("shop/c", "shop/b", "shop/a"),
        )
    )
    assert "test_reading_order.py:" in str(caught.value)


def test_reading_order_model_of_later_phase_is_refused(model: MakeModel) -> None:
    early, late = model("early", "late"), model("late", "games")
    phases = (Phase("phase_1", (early,)), Phase("phase_2", (late,)))
    with pytest.raises(
        DeclarationError, match=r"shop/early reads shop/late, which the later phase 'phase_2' creates; move shop/early"
    ):
        models_in_order(System("shop", "app", phases))
    assert names(models_in_order(System("shop", "app", phases[::-1]))) == ["late", "early"]


def test_reading_order_model_of_other_system_comes_first(model: MakeModel) -> None:
    stats = system(model("totals", "app.cards"), name="stats", schema="stats")
    shop = system(model("cards", "orders"))
    ordered = in_reading_order((each, found) for each in (stats, shop) for found in each.read_models)
    assert [f"{each.name}/{found.name}" for each, found in ordered] == ["shop/cards", "stats/totals"]


def test_systems_in_order_readers_follow_systems_they_read(model: MakeModel) -> None:
    stats = system(model("totals", "app.cards"), name="stats", schema="stats")
    other = system(model("alone", "orders"), name="other", schema="other")
    shop = system(model("cards", "orders"))
    assert [each.name for each in systems_in_order([stats, other, shop])] == ["other", "shop", "stats"]
    both = system(model("cards", "orders"), model("more", "stats.totals"))
    assert [each.name for each in systems_in_order([stats, both])] == ["stats", "shop"]


def test_reading_order_partition_counts_as_its_table(tmp_path: Path, model: MakeModel) -> None:
    path = tmp_path / "links.sql"
    path.write_text("SELECT 'photo' AS kind, id FROM photos UNION ALL SELECT 'video', id FROM videos")
    links = ReadModel("links", SqlFile(path), ("kind", "id"), IdRanges("photos.id", "videos.id"), partition_by="kind")
    declared = [model("of_photos", "links_photo"), links]
    assert read_by((system(*declared), each) for each in declared)["shop/of_photos"] == ["shop/links"]


def test_reading_order_cte_with_model_name_is_not_model(tmp_path: Path, model: MakeModel) -> None:
    path = tmp_path / "b.sql"
    path.write_text("WITH a AS (SELECT id FROM games) SELECT a.id FROM a")
    b = ReadModel("b", SqlFile(path), ("id",))
    declared = [b, model("a", "b")]
    assert names(models_in_order(system(*declared))) == ["b", "a"]


def test_reading_order_broken_definition_is_not_refused_here(tmp_path: Path, model: MakeModel) -> None:
    path = tmp_path / "broken.sql"
    path.write_text("SELECT id FROM (")
    broken = ReadModel("broken", SqlFile(path), ("id",))
    assert names(models_in_order(system(broken, replace(model("a", "games"))))) == ["broken", "a"]
