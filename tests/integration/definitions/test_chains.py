"""Read models that read other ones, in Dagster: assets that follow each other, whatever their phases and systems."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import extract_data_provenance_from_entry

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.db.refresh.worker import Worker
from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.checks.refresh_reports import RunlessReports
from denorm_assets.definitions.local_run import LocalGraph
from denorm_assets.definitions.names import Names
from denorm_assets.errors import DeclarationError
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.integration.definitions.conftest import Application
from tests.support.case import wait_for
from tests.support.live import pending, wrong_rows
from tests.support.sensors import evaluate

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


@pytest.fixture
def stats(model: MakeModel) -> System:
    """Over the read models of `chain`: a diamond, and what reads both of its sides."""
    left = model("by_second", "SELECT s.id, s.amount FROM app.second AS s", backfill=IdRanges("app.second.id"))
    right = model("by_third", "SELECT t.id, t.amount * 2 AS twice FROM app.third AS t", refresh=Full())
    both = model("both", "SELECT l.id, l.amount, r.twice FROM by_second AS l JOIN by_third AS r ON r.id = l.id")
    return System("stats", "stats", (Phase("phase_1", (both, left, right)),))


def test_build_definitions_model_depends_on_model_of_other_system(chain: System, stats: System) -> None:
    definitions = build_definitions([stats, chain])
    found = parents(definitions)
    assert found["stats/by_second"] == {"stats/second_ranges", "shop/second"}
    assert found["stats/by_third"] == {"stats/phase_1", "shop/third"}
    assert found["stats/both"] == {"stats/phase_1", "stats/by_second", "stats/by_third"}
    # Tables are created where those that they read are.
    assert found["stats/phase_1"] == {"shop/phase_1", "shop/phase_2"}
    assert not [key for key in found if key.startswith("stats/source")]
    by_third = definitions.resolve_asset_graph().get(dg.AssetKey(["stats", "by_third"]))
    lineage = by_third.metadata["dagster/column_lineage"]
    assert lineage.deps_by_column["twice"] == [dg.TableColumnDep(dg.AssetKey(["shop", "third"]), "amount")]


def test_build_definitions_model_over_model_with_other_ranges_may_need_any_of_them(
    chain: System, stats: System
) -> None:
    graph = build_definitions([stats, chain]).resolve_asset_graph()
    mapping = graph.get_partition_mapping(dg.AssetKey(["stats", "by_second"]), dg.AssetKey(["shop", "second"]))
    assert isinstance(mapping, dg.AllPartitionMapping)


def test_build_definitions_model_over_model_with_same_ranges_needs_its_own(model: MakeModel) -> None:
    below = model("below", "SELECT id, amount FROM items", backfill=IdRanges("items.id"))
    above = model("above", "SELECT i.id FROM items AS i JOIN below AS b ON b.id = i.id", backfill=IdRanges("items.id"))
    graph = build_definitions([System("shop", "app", (Phase("phase_1", (below, above)),))]).resolve_asset_graph()
    mapping = graph.get_partition_mapping(dg.AssetKey(["shop", "above"]), dg.AssetKey(["shop", "below"]))
    assert isinstance(mapping, dg.IdentityPartitionMapping)


def test_build_definitions_model_of_system_that_is_not_loaded_is_external(stats: System) -> None:
    assert parents(build_definitions([stats]))["stats/by_third"] == {"stats/phase_1", "stats/source/app/third"}


def test_build_definitions_circle_across_systems_is_refused(chain: System, model: MakeModel) -> None:
    models = {each.name: each for each in chain.read_models}
    models["first"] = model("first", "SELECT id, amount FROM stats.totals")
    shop = replace(chain, phases=(Phase("phase_1", tuple(models.values())),))
    stats = System("stats", "stats", (Phase("phase_1", (model("totals", "SELECT id, amount FROM app.third"),)),))
    with pytest.raises(DeclarationError, match="read models read each other in a circle"):
        build_definitions([stats, shop])


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


@pytest.fixture
def loaded(
    application: Application, chain: System, stats: System, instance: dg.DagsterInstance
) -> tuple[LocalGraph, list[System]]:
    """Both systems, live."""
    application.run("CREATE SCHEMA stats")
    systems = [stats, chain]
    graph = LocalGraph(systems, instance)
    for system in (chain, stats):
        graph.set_up(system)
        graph.backfill(system)
        graph.finish(system)
    return graph, systems


def drive_by_sensor(application: Application, systems: Sequence[System], instance: dg.DagsterInstance) -> list[str]:
    """Tick the refresh sensor and run what it asks for until all is fresh; returns what it said."""
    definitions, said = build_definitions(systems), list[str]()

    def tick() -> bool:
        result = evaluate(definitions, "denorm_refresh", instance)
        if isinstance(result, dg.SkipReason):
            said.append(result.skip_message or "")
        else:
            assert isinstance(result, list)
            for request in result:
                assert isinstance(request, dg.RunRequest)
                assert request.job_name is not None
                said.append(request.job_name)
                assert definitions.resolve_job_def(request.job_name).execute_in_process(instance=instance).success
        return pending(application.url) == 0

    wait_for(tick, "the sensor to refresh all")
    return said


def drive_by_worker(application: Application, systems: Sequence[System]) -> list[str]:
    """Let a worker refresh all; returns the read models in the order in which it did."""
    refreshed: list[str] = []
    database = Database(application.url, pool_size=10)
    worker = Worker(database, systems, lambda done: refreshed.extend(found.full_name for found in done))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        wait_for(lambda: pending(application.url) == 0, "the worker to refresh all")
    finally:
        worker.stop()
        thread.join()
        database.close()
    return refreshed


CHANGES = (
    "UPDATE app.items SET amount = amount + 1 WHERE id % 7 = 0",
    "DELETE FROM app.items WHERE id % 11 = 0",
)


@pytest.mark.long
def test_refreshes_across_systems_by_look_follow_reading_order(
    application: Application, loaded: tuple[LocalGraph, list[System]], instance: dg.DagsterInstance
) -> None:
    """The events name the inputs of the other system."""
    graph, systems = loaded
    application.run(CHANGES[0])
    database = Database(application.url)
    reports = RunlessReports(Names(systems), instance, database, interval=0)
    refreshed: list[str] = []

    def look() -> bool:
        looked = [found for found in Refresher(database, systems).look() if found.drained or found.error]
        assert [found.error for found in looked if found.error] == []
        refreshed.extend(found.full_name for found in looked)
        reports.add(looked)
        return pending(application.url) == 0

    wait_for(look, "all changes to be refreshed")
    database.close()
    ordered = ["shop/first", "shop/second", "shop/third", "stats/by_third", "stats/both"]
    assert [name for name in dict.fromkeys(refreshed) if name in ordered] == ordered
    assert refreshed.index("shop/second") < refreshed.index("stats/by_second") < refreshed.index("stats/both")
    for system in systems:
        assert set(wrong_rows(application.url, system).values()) == {0}
        failed = [f"{each.asset} {each.check}: {each.summary}" for each in graph.check(system) if not each.passed]
        assert failed == []
    event = instance.get_latest_materialization_event(dg.AssetKey(["stats", "by_third"]))
    assert event is not None
    provenance = extract_data_provenance_from_entry(event)
    assert provenance is not None
    assert set(provenance.input_data_versions) == {dg.AssetKey(["stats", "phase_1"]), dg.AssetKey(["shop", "third"])}


def test_refreshes_across_systems_by_sensor_and_by_worker_are_right_at_rest(
    application: Application, loaded: tuple[LocalGraph, list[System]], instance: dg.DagsterInstance
) -> None:
    _, systems = loaded
    for change in CHANGES:
        application.run(change)
        said = drive_by_sensor(application, systems, instance)
        # Views are refreshed by runs of their systems.
        assert {"shop_refresh", "stats_refresh"} <= {*said}
        assert {count for each in systems for count in wrong_rows(application.url, each).values()} == {0}
        application.run(change)
        drive_by_worker(application, systems)
        assert {count for each in systems for count in wrong_rows(application.url, each).values()} == {0}
