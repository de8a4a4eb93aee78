"""What Dagster shows of a read model before it was ever loaded, and of sensors that had nothing to do."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.model.refresh import Auto, Debounce, Debounced, Full, Realtime, Refresh
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import Graph
from tests.support.sensors import evaluate

COLUMNS = [("id", "bigint", "no"), ("share", "integer", "yes")]


def shown(graph: Graph) -> list[tuple[object, ...]]:
    """Columns, types and nullability, as the last observation of the read model shows them."""
    [*records] = graph.instance.fetch_observations(graph.key("links"), limit=9).records
    assert len(records) <= 1, "reported once"
    if not records:
        return []
    event = records[0].asset_event
    assert event is not None
    table = event.metadata["columns"]
    assert isinstance(table, dg.TableMetadataValue)
    schema = event.metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchemaMetadataValue)
    rows = [(row.data["column"], row.data["type"], row.data["may be NULL"]) for row in table.records]
    assert [(column.name, column.type) for column in schema.schema.columns] == [row[:2] for row in rows]
    return [*rows]


def test_phase_run_shows_column_types(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    graph = Graph.of(make_shop(), instance)
    assert shown(graph) == []
    graph.set_up()
    assert shown(graph) == COLUMNS
    graph.tick()
    graph.tick()
    assert graph.run_job("shop_setup").success
    assert shown(graph) == COLUMNS


def test_ranges_sensor_shows_columns_created_by_shell(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    graph = Graph.of(make_shop(), instance)
    with DatabaseResource().open() as database:
        apply_system(database, graph.system)
    assert shown(graph) == []
    graph.tick()
    assert shown(graph) == COLUMNS


def test_loaded_model_shows_its_own_columns(loaded: Graph) -> None:
    loaded.tick()
    assert shown(loaded) == COLUMNS, "of before the load"


@pytest.mark.parametrize(
    ("refresh", "said"),
    [
        (Debounced(Debounce(quiet=2, max_wait=9)), "by a refresh of the rows concerned 2 to 9 s after a change"),
        (Realtime(), "by the writing transaction where that is cheap, else by a refresh 0.2 to 1 s after a change"),
        (Full(every=60), "by a refresh of the whole view 1 to 5 s after a change, and every 60 s"),
        (Auto(), "by a refresh of the rows concerned"),
    ],
)
def test_asset_metadata_says_how_soon_changes_arrive(
    make_shop: Callable[..., System], clean_environment: None, refresh: Refresh, said: str
) -> None:
    shop = make_shop()
    [phase] = shop.phases
    [model] = phase.read_models
    shop = replace(shop, phases=(replace(phase, read_models=(replace(model, refresh=refresh),)),))
    [spec] = [spec for spec in build_definitions([shop]).resolve_all_asset_specs() if spec.key.path[-1] == "links"]
    assert str(spec.metadata["kept fresh"]).startswith(said)
    assert "denorm_refresh" in str(spec.metadata["kept fresh"])


def test_ranges_sensor_is_shown_on_models_and_indexes(
    make_shop: Callable[..., System], clean_environment: None
) -> None:
    definitions = build_definitions([make_shop()])
    selection = definitions.resolve_sensor_def("denorm_ranges").asset_selection
    assert selection is not None
    keys = selection.resolve(definitions.resolve_asset_graph())
    assert {key.to_user_string() for key in keys} == {"shop/links", "shop/links_indexes"}


def test_refresh_sensor_several_systems_are_named(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    shop = make_shop()
    [phase] = shop.phases
    others = replace(phase.read_models[0], name="others")
    store = replace(shop, name="store", cutover=None, phases=(replace(phase, read_models=(others,)),))
    definitions = build_definitions([shop, store])
    ranges = evaluate(definitions, "denorm_ranges", instance)
    assert isinstance(ranges, dg.SensorResult)
    refresh = evaluate(definitions, "denorm_refresh", instance)
    assert isinstance(refresh, dg.SkipReason)
    assert refresh.skip_message == (
        "shop is not created yet; materialize its phase; store is not created yet; materialize its phase"
    )


def test_run_alert_tick_without_failed_run_says_so(
    clean_environment: None,
    make_shop: Callable[..., System],
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DENORM_ALERT_COMMAND", f"{tmp_path}/nobody")
    definitions = build_definitions([make_shop()])
    sensor = definitions.resolve_sensor_def("denorm_alert_failed_runs")
    repository = definitions.get_repository_def()
    with dg.build_sensor_context(instance, repository_def=repository) as context:
        first = sensor.evaluate_tick(context)
    assert first.skip_message
    with dg.build_sensor_context(instance, cursor=first.cursor, repository_def=repository) as context:
        assert sensor.evaluate_tick(context).skip_message == "no run has failed since the last tick"
