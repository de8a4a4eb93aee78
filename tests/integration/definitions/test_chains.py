"""Read models that read other ones, in Dagster: assets that follow each other, whatever their phases and systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.local_run import LocalGraph
from denorm_assets.errors import DeclarationError
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.integration.definitions.conftest import Application
from tests.support.live import wrong_rows

MakeModel = Callable[..., ReadModel]


@pytest.fixture
def model(tmp_path: Path) -> MakeModel:
    """A function that makes a read model."""

    def make(name: str, text: str, **declaration: object) -> ReadModel:
        path = tmp_path / f"{name}.sql"
        path.write_text(text)
        return replace(ReadModel(name, SqlFile(path), ("id",)), **declaration)

    return make


@pytest.fixture
def chain(model: MakeModel) -> System:
    """A view, ranges over it, and a whole table over both, the last one first, in two phases."""
    first = model("first", "SELECT id, amount FROM items", refresh=Full())
    second = model("second", "SELECT f.id, f.amount FROM first AS f", backfill=IdRanges("first.id"))
    third = model("third", "SELECT a.id, b.amount FROM first AS a JOIN second AS b ON b.id = a.id")
    return System("shop", "app", (Phase("phase_1", (second, first)), Phase("phase_2", (third,))))


def parents(definitions: dg.Definitions) -> dict[str, set[str]]:
    graph = definitions.resolve_asset_graph()
    return {
        key.to_user_string(): {each.to_user_string() for each in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }


def test_build_definitions_chained_models_depend_on_each_other(chain: System) -> None:
    found = parents(build_definitions([chain]))
    assert found["shop/first"] == {"shop/phase_1", "shop/source/items"}
    assert found["shop/second"] == {"shop/first_ranges", "shop/first"}
    assert found["shop/third"] == {"shop/phase_2", "shop/first", "shop/second"}
    assert found["shop/phase_1"] == {"shop/source/items"}
    assert found["shop/phase_2"] == {"shop/phase_1"}
    assert "shop/source/first" not in found


def test_build_definitions_model_of_other_system_is_external_source(chain: System, model: MakeModel) -> None:
    stats = System("stats", "stats", (Phase("phase_1", (model("totals", "SELECT id, amount FROM app.third"),)),))
    found = parents(build_definitions([stats, chain]))
    assert found["stats/totals"] == {"stats/phase_1", "stats/source/app/third"}
    assert found["stats/source/app/third"] == {"shop/third"}


def test_build_definitions_circle_of_models_is_refused(chain: System, model: MakeModel) -> None:
    models = {each.name: each for each in chain.read_models}
    models["first"] = model("first", "SELECT id, amount FROM third")
    with pytest.raises(DeclarationError, match="read models read each other in a circle"):
        build_definitions([replace(chain, phases=(Phase("phase_1", tuple(models.values())),))])


def test_local_graph_chained_models_load_and_checks_pass(
    application: Application, chain: System, instance: dg.DagsterInstance
) -> None:
    graph = LocalGraph([chain], instance)
    graph.set_up(chain)
    graph.backfill(chain)
    graph.finish(chain)
    assert wrong_rows(application.url, chain) == {"shop/first": 0, "shop/second": 0, "shop/third": 0}
    assert application.rows("SELECT count(*) FROM app.third") == [(2500,)]
    failed = [f"{each.asset} {each.check}: {each.summary}" for each in graph.check(chain) if not each.passed]
    assert failed == []
