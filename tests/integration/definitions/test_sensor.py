"""The ranges sensor: first ranges, growth, and indexes once the last range is done; and why it waits."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest
from dagster._core.definitions.data_version import StaleStatus

from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.definitions.events.outcomes import last_outcomes
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.sensors import sensors
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.definitions.conftest import SHARES, Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.integration.definitions.test_code_versions import redefined, resolver


def waits_for(result: dg.SensorResult | dg.SkipReason) -> str:
    assert isinstance(result, dg.SkipReason), result
    return result.skip_message or ""


def requests(result: dg.SensorResult | dg.SkipReason) -> tuple[list[str], list[str]]:
    """(partitions to add, assets to materialize)."""
    assert isinstance(result, dg.SensorResult), result
    added: list[str] = []
    for request in result.dynamic_partitions_requests or ():
        assert isinstance(request, dg.AddDynamicPartitionsRequest)
        added += request.partition_keys
    wanted = [key.to_user_string() for run in result.run_requests or () for key in run.asset_selection or ()]
    return added, wanted


def status(graph: Graph, name: str) -> StaleStatus:
    """Whether the UI shows an asset as out of date."""
    return resolver(graph).get_status(graph.key(name))


def test_ranges_sensor_before_apply_names_phase_and_offers_rest(
    topics_graph: Graph,
) -> None:
    assert requests(topics_graph.tick()) == (["entries:rest"], [])
    assert waits_for(topics_graph.tick()) == "; ".join(
        f"{model.name} is not created yet; materialize its phase" for model in TOPICS.read_models
    )


def test_ranges_sensor_after_apply_adds_ranges_then_waits(shop: Graph, application: Application) -> None:
    fresh = Graph(shop.system, shop.definitions, dg.DagsterInstance.ephemeral())
    assert requests(fresh.tick()) == (RANGES, [])
    assert fresh.partitions() == RANGES
    assert waits_for(fresh.tick()) == "links: 0 of 4 ranges are done"
    fresh.instance.dispose()


def test_ranges_sensor_partly_loaded_counts_done_ranges(shop: Graph) -> None:
    shop.materialize("links", first=RANGES[0], last=RANGES[2], pause=0.0)
    assert waits_for(shop.tick()) == "links: 3 of 4 ranges are done"


def test_ranges_sensor_all_ranges_done_requests_indexes_once(shop: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    assert waits_for(shop.tick()) == "links is loaded; its indexes are requested in a moment"
    monkeypatch.setattr(sensors, "_GRACE", timedelta(0))
    first, second = shop.tick(), shop.tick()
    assert requests(first) == requests(second) == ([], ["shop/links_indexes"])
    assert isinstance(first, dg.SensorResult)
    assert isinstance(second, dg.SensorResult)
    # Dagster starts one run per key.
    [key], [same] = ([run.run_key for run in result.run_requests or ()] for result in (first, second))
    assert key
    assert key == same
    shop.materialize("links", first=RANGES[0])
    third = shop.tick()
    assert isinstance(third, dg.SensorResult)
    assert [run.run_key for run in third.run_requests or ()] != [key]


@pytest.mark.parametrize("whole_job", [True, False])
def test_ranges_sensor_indexes_being_built_are_not_requested(
    shop: Graph, monkeypatch: pytest.MonkeyPatch, whole_job: bool
) -> None:
    monkeypatch.setattr(sensors, "_GRACE", timedelta(0))
    shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    job = (
        shop.definitions.resolve_job_def("shop_finish")
        if whole_job
        else shop.definitions.resolve_implicit_global_asset_job_def()
    )
    shop.instance.create_run_for_job(
        job,
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=None if whole_job else frozenset({dg.AssetKey(["shop", "links_indexes"])}),
    )
    assert waits_for(shop.tick()) == "links is loaded; a run is at its indexes"


def test_ranges_sensor_live_model_requests_nothing(loaded: Graph) -> None:
    assert waits_for(loaded.tick()) == "links is live and its ranges cover the table"


GREW = ["items:000002501-000003500", "items:000003501-000004500"]
GROWTH = "INSERT INTO app.items SELECT n, 1 FROM generate_series(2501, 4600) AS n"


def refreshed(graph: Graph) -> None:
    """Refresh what is pending, as the refresh sensor does."""
    with DatabaseResource().open() as database:
        refresh_now(database, graph.system, graph.system.read_model("links"))


def test_ranges_sensor_growth_is_compared_and_shown(loaded: Graph, application: Application) -> None:
    application.run(GROWTH)
    refreshed(loaded)
    added, wanted = requests(loaded.tick())
    assert (added, wanted) == (GREW, [])
    # Not yet verified, and nobody has to do anything.
    complete = loaded.check()["shop/links", "backfill_complete"]
    assert (complete.passed, complete.severity) == (True, dg.AssetCheckSeverity.ERROR)
    said = complete.description or ""
    assert said.endswith("; 2 more, whose rows refreshes wrote, are verified by the ranges sensor")
    said = waits_for(loaded.tick())
    assert said == "links grew by 2 ranges that equal the definition; links is live and its ranges cover the table"
    assert loaded.green("links") == {*RANGES, *GREW}
    assert loaded.check()["shop/links", "backfill_complete"].description == (
        "all 6 ranges are done and compared; the read model is live"
    )
    assert waits_for(loaded.tick()) == "links is live and its ranges cover the table"


def test_ranges_sensor_growth_verified_by_shell_is_shown(loaded: Graph, application: Application) -> None:
    application.run(GROWTH)
    loaded.tick()
    with DatabaseResource().open() as database:
        options = BackfillOptions(pause=0)
        loader = ModelLoader(database, loaded.system, loaded.system.read_model("links"), options)
        assert len([*loader.load_keys(GREW)]) == 2
    assert loaded.green("links") == set(RANGES)
    assert waits_for(loaded.tick()).startswith("links grew by 2 ranges that equal the definition")
    assert loaded.green("links") == {*RANGES, *GREW}


def test_ranges_sensor_growth_keeps_indexes_fresh(loaded: Graph, application: Application) -> None:
    application.run(GROWTH)
    loaded.tick()
    loaded.tick()
    assert status(loaded, "links_indexes") is StaleStatus.FRESH
    # By hand, too.
    application.run("INSERT INTO app.items SELECT n, 1 FROM generate_series(4601, 8600) AS n")
    added, _ = requests(loaded.tick())
    assert status(loaded, "links_indexes") is StaleStatus.FRESH
    assert loaded.materialize("links", first=added[0], last=added[-1], pause=0.0).success
    assert loaded.materialize("links", first=RANGES[0]).success
    assert status(loaded, "links_indexes") is StaleStatus.FRESH


def test_ranges_sensor_growth_keeps_reader_without_ranges_fresh(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    shop = make_shop()
    counted = ReadModel("counted", "SELECT share, count(*) AS n FROM app.links GROUP BY share", ("share",))
    phases = (replace(shop.phases[0], read_models=(*shop.read_models, counted)),)
    graph = Graph.of(replace(shop, phases=phases), instance)
    graph.set_up()
    assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    assert graph.materialize("counted").success
    assert graph.materialize("counted_indexes").success
    assert all(found.passed for found in graph.check().values())
    application.run(GROWTH)
    graph.tick()
    graph.tick()
    assert graph.green("links") == {*RANGES, *GREW}
    assert status(graph, "counted") is StaleStatus.FRESH
    # Its checks are shown with it still.
    records = instance.fetch_materializations(graph.key("counted"), limit=1).records
    shown = last_outcomes(instance, [dg.AssetCheckKey(graph.key("counted"), "matches_definition")])
    assert [outcome.is_shown(instance, records[0]) for outcome in shown.values()] == [True]


def test_materialize_indexes_unverified_growth_is_allowed(loaded: Graph, application: Application) -> None:
    application.run(GROWTH)
    loaded.tick()
    assert loaded.materialize("links_indexes").success


def test_ranges_sensor_paused_model_is_left_alone(loaded: Graph, application: Application) -> None:
    application.run(GROWTH)
    loaded.tick()
    application.run("UPDATE denorm.read_model SET paused_at = now()")
    assert waits_for(loaded.tick()) == "links is live; 4 of 6 ranges are done"


def test_ranges_sensor_stray_partition_is_skipped_and_removed(loaded: Graph) -> None:
    loaded.instance.add_dynamic_partitions("shop_items", ["typed by hand"])
    run = loaded.materialize("links", first=RANGES[2], last="typed by hand", pause=0.0)
    assert run.success, run.failure
    assert any("typed by hand is no range, and is left out" in line for line in run.lines())
    run = loaded.materialize("links", first="typed by hand")
    assert not run.success
    assert "there is no range 'typed by hand'" in run.failure
    assert "In Dagster, delete that partition" in run.failure
    loaded.tick()
    assert loaded.partitions() == RANGES


def test_materialize_stray_partition_removed_before_run_is_named(loaded: Graph) -> None:
    loaded.instance.add_dynamic_partitions("shop_items", ["typed by hand"])

    def remove() -> None:
        loaded.instance.delete_dynamic_partition("shop_items", "typed by hand")

    run = loaded.materialize("links", first="typed by hand", launched=remove)
    assert "there is no range 'typed by hand'" in run.failure
    assert "In Dagster, delete that partition" in run.failure


def test_ranges_sensor_stray_partition_of_waiting_run_is_removed_after_it(loaded: Graph) -> None:
    loaded.instance.add_dynamic_partitions("shop_items", ["typed by hand"])
    run = loaded.materialize("links", first=RANGES[2], last="typed by hand", launched=loaded.tick)
    assert run.success, run.failure
    assert loaded.green("links") == set(RANGES)
    loaded.tick()
    assert loaded.partitions() == RANGES


def test_materialize_rest_on_new_system_loads_all_ranges(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    graph = Graph.of(make_shop(), instance)
    assert requests(graph.tick()) == (["items:rest"], [])
    # What "Materialize all" launches, one after the other: its partitions are those that were there when it was.
    assert graph.materialize("phase_1").success
    assert graph.materialize("items_ranges").success
    run = graph.materialize("links", first="items:rest", pause=0.0)
    assert run.success, run.failure
    assert graph.green("links") == set(RANGES)
    assert graph.materialize("links_indexes").success
    assert all(found.passed for found in graph.check().values())


def test_materialize_rest_after_other_ranges_loads_only_rest(shop: Graph) -> None:
    assert shop.materialize("links", first=RANGES[0]).success
    assert shop.materialize("links", first="items:rest").success
    assert shop.green("links") == {RANGES[0], "items:rest"}


def test_ranges_sensor_changed_definition_not_applied_requests_nothing(
    shop: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "_GRACE", timedelta(0))
    shop.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    changed = redefined(shop, SHARES.replace("100 /", "200 /"))
    assert waits_for(changed.tick()) == "the definition of links changed; materialize its phase"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://someone:hush-hush@127.0.0.1:9/nowhere", "cannot be reached"),
        ("mysql://someone:hush-hush@127.0.0.1/nowhere", "DENORM_DATABASE_URL is not the URL of a PostgreSQL database"),
        ("", "DENORM_DATABASE_URL is not set"),
    ],
)
def test_ranges_sensor_unusable_database_skips_without_password(
    shop: Graph, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("DENORM_DATABASE_URL", url)
    said = waits_for(shop.tick())
    assert reason in said
    assert "hush-hush" not in said
