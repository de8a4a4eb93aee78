"""Refreshes in Dagster: the sensor that waits out the debounce, the run that it asks for, and what both show."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.db.refresh.worker import Worker
from denorm_assets.definitions.checks.refresh_reports import RunlessReports
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.sensors import sensors
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Debounced, Full, Refresh
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.support.log_lines import LogLines
from tests.support.sensors import evaluate
from tests.support.unseen import unseen

AT_ONCE = Debounce(quiet=0, max_wait=0)
LATER = Debounce(quiet=3600, max_wait=7200)


def kept(system: System, refresh: Refresh) -> System:
    [phase] = system.phases
    models = tuple(replace(model, refresh=refresh) for model in phase.read_models)
    return replace(system, phases=(replace(phase, read_models=models),))


@pytest.fixture
def live(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> Callable[[Refresh], Graph]:
    """A function that makes the graph of a live read model, kept as it says."""

    def make(refresh: Refresh) -> Graph:
        graph = Graph.of(kept(make_shop(), refresh), instance)
        graph.set_up()
        if graph.system.read_models[0].driving:
            assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
        else:
            assert graph.materialize("links", "links_indexes").success
        return graph

    return make


def tick(graph: Graph) -> dg.RunRequest | str:
    """What the refresh sensor asks for, or why it does not."""
    result = evaluate(graph.definitions, "denorm_refresh", graph.instance)
    if isinstance(result, dg.SkipReason):
        return result.skip_message or ""
    assert isinstance(result, list)
    [request] = result
    assert isinstance(request, dg.RunRequest)
    return request


def share(application: Application, item: int) -> int:
    [(found,)] = application.rows(f"SELECT share FROM app.links WHERE id = {item}")
    return found


def latest_check(graph: Graph, name: str) -> AssetCheckExecutionRecord:
    """The check as the UI shows it."""
    key = dg.AssetCheckKey(graph.key("links"), name)
    [record] = graph.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    return record


def test_refresh_sensor_before_apply_names_phase(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    assert tick(Graph.of(make_shop(), instance)) == "shop is not created yet; materialize its phase"


def test_refresh_sensor_pending_changes_wait_for_debounce(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Debounced(LATER))
    assert tick(graph) == "nothing is pending"
    application.run("UPDATE app.items SET amount = 5 WHERE id IN (7, 8)")
    assert "links: 2 changes are pending, waiting until " in str(tick(graph))
    assert str(tick(graph)).endswith(" for quiet")


def test_refresh_sensor_quiet_changes_are_refreshed_and_shown(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Debounced(AT_ONCE))
    application.run("UPDATE app.items SET amount = 5 WHERE id IN (7, 8)")
    said = "links: 2 changes are pending, the changes have been quiet; refreshed, 2 rows written"
    assert tick(graph) == said
    assert share(application, 7) == 20
    assert tick(graph) == "nothing is pending"
    event = graph.instance.get_latest_materialization_event(graph.key("links"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert (metadata["anchors"].value, metadata["rows_written"].value) == (2, 2)
    assert latest_check(graph, "kept_fresh").status.value == "SUCCEEDED"


@pytest.mark.parametrize(
    "spoil",
    [
        "TRUNCATE app.items",
        "INSERT INTO denorm.pending SELECT model_id, NULL, false, now() FROM denorm.refresh, generate_series(1, 20001)",
        "UPDATE denorm.refresh SET duration_ms = 2001",
        "UPDATE denorm.refresh SET status = 'failed', started_at = now() - interval '1 hour'",
    ],
    ids=["everything", "many changes", "took long", "failed"],
)
def test_refresh_sensor_long_refresh_requests_run(
    live: Callable[[Refresh], Graph], application: Application, spoil: str
) -> None:
    graph = live(Debounced(AT_ONCE))
    application.run(spoil)
    application.run("UPDATE app.items SET amount = 5 WHERE id IN (7, 8)")
    asked = tick(graph)
    assert isinstance(asked, dg.RunRequest)
    assert asked.tags["denorm/why"].endswith(" pending, the changes have been quiet")
    run = graph.run_job("shop_refresh")
    assert run.success
    [event] = run.materializations()
    assert event.asset_key == graph.key("links")
    assert tick(graph) == "nothing is pending"
    assert latest_check(graph, "kept_fresh").status.value == "SUCCEEDED"


def test_refresh_sensor_max_wait_before_next_tick_refreshes_now(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Debounced(Debounce(quiet=4, max_wait=4)))
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    said = "links: 1 change is pending, the longest wait ends before the next look; refreshed, 1 rows written"
    assert tick(graph) == said


def test_refresh_job_failure_fails_run_and_backs_off(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Full(AT_ONCE))
    application.run("UPDATE app.items SET amount = 0 WHERE id = 7")
    run = graph.run_job("shop_refresh")
    assert not run.success
    assert "shop/links: the refresh failed: division by zero" in run.failure
    assert "links: 1 change is pending, waiting until " in str(tick(graph))
    assert str(tick(graph)).endswith(" after 1 failures")
    application.run("UPDATE app.items SET amount = 1 WHERE id = 7")
    application.run("UPDATE denorm.refresh SET started_at = started_at - interval '1 hour'")
    assert graph.run_job("shop_refresh").success
    assert share(application, 7) == 100


def test_refresh_sensor_fresh_worker_heartbeat_skips(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Debounced(AT_ONCE))
    application.run("INSERT INTO denorm.worker VALUES ('shop', 'host process 7', now())")
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    assert tick(graph) == "the worker (host process 7) refreshes; this sensor stands back while it does"
    application.run("UPDATE denorm.worker SET beat_at = now() - interval '1 minute'")
    assert str(tick(graph)).endswith("refreshed, 1 rows written")


def test_worker_refresh_appears_on_asset_without_run(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Debounced(AT_ONCE))
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    database = Database(application.url)
    reports = RunlessReports(Names([graph.system]), graph.instance, database, interval=3600)
    reports.add(Refresher(database, [graph.system]).look())
    event = graph.instance.get_latest_materialization_event(graph.key("links"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert (metadata["rows_written"].value, metadata["dagster/row_count"].value) == (1, 2500)
    assert metadata["why"].value == "changes of app.items: 1 change is pending, the changes have been quiet"
    assert float(str(metadata["seconds"].value)) > 0
    assert graph.green("links") == set(RANGES), "the partitions stay what they were"
    for amount in (10, 20):
        application.run(f"UPDATE app.items SET amount = {amount} WHERE id = 7")
        reports.add(Refresher(database, [graph.system]).look())
    assert len(graph.instance.fetch_materializations(graph.key("links"), limit=100).records) == len(RANGES) + 1
    reports.finish()
    database.close()
    [latest, *_] = graph.instance.fetch_materializations(graph.key("links"), limit=1).records
    assert latest.asset_materialization is not None
    metadata = latest.asset_materialization.metadata
    assert (metadata["rows_written"].value, metadata["refreshes"].value) == (2, 2)


def test_worker_refresh_after_clock_moved_names_clock(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    application.run("ALTER TABLE app.items ADD COLUMN due timestamptz NOT NULL DEFAULT now() + interval '1 hour'")
    definition = "SELECT id, due < now() AS is_due FROM items"
    graph = Graph.of(make_shop(definition, refresh=Debounced(AT_ONCE, clock=0.001)), instance)
    graph.set_up()
    assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    database = Database(application.url)
    refresher = Refresher(database, [graph.system])
    refresher.look()
    application.run(unseen("UPDATE app.items SET due = now() WHERE id = 7"))
    [refreshed] = [found for found in refresher.look() if found.drained is not None]
    database.close()
    assert refreshed.why == "the clock moved on: 1 change is pending, the changes have been quiet"


@pytest.mark.parametrize("refresh", [Debounced(AT_ONCE), Full(AT_ONCE)], ids=["table", "view"])
def test_load_and_refresh_show_column_types(
    live: Callable[[Refresh], Graph], application: Application, refresh: Refresh
) -> None:
    def shown() -> list[tuple[str, str]]:
        event = graph.instance.get_latest_materialization_event(graph.key("links"))
        assert event is not None
        assert event.asset_materialization is not None
        schema = event.asset_materialization.metadata["dagster/column_schema"]
        assert isinstance(schema, dg.TableSchemaMetadataValue)
        return [(column.name, column.type) for column in schema.schema.columns]

    graph = live(refresh)
    types = [("id", "bigint"), ("share", "integer")]
    assert shown() == types
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    loaded = graph.instance.get_latest_materialization_event(graph.key("links"))
    assert graph.run_job("shop_refresh").success
    assert graph.instance.get_latest_materialization_event(graph.key("links")) != loaded
    assert shown() == types


def test_refresh_job_earlier_failed_check_stays_shown(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Debounced(AT_ONCE))
    application.run(unseen("UPDATE app.items SET amount = 2 WHERE id = 1"))
    assert not graph.check()["shop/links", "matches_definition"].passed
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    assert graph.run_job("shop_refresh").success
    record = latest_check(graph, "matches_definition")
    assert record.event is not None
    assert record.event.dagster_event is not None
    shown = record.event.dagster_event.asset_check_evaluation_data
    assert not shown.passed
    assert shown.target_materialization_data is None
    assert (shown.description or "").startswith("As of 20")
    assert "1 of 4 ranges differ" in (shown.description or "")


def test_worker_start_and_stop_are_logged(live: Callable[[Refresh], Graph], application: Application) -> None:
    graph = live(Debounced(AT_ONCE))
    database = Database(application.url)
    lines = LogLines()

    def stop(_done: Sequence[Refreshed]) -> None:
        worker.stop()

    worker = Worker(database, [graph.system], stop)
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    worker.run()
    database.close()
    assert share(application, 7) == 20
    assert application.rows("SELECT * FROM denorm.worker") == []
    assert lines == ["the worker keeps read models fresh", "the worker has stopped"]


def test_full_view_asset_has_no_partitions_and_checks_pass(
    live: Callable[[Refresh], Graph], application: Application
) -> None:
    graph = live(Full(AT_ONCE))
    assert application.rows("SELECT matviewname FROM pg_matviews") == [("links",)]
    checks = graph.check()
    assert all(found.passed for found in checks.values()), checks
    assert checks["shop/links", "matches_definition"].description == "2,500 rows equal the definition"
    spec = next(spec for spec in graph.definitions.resolve_all_asset_specs() if spec.key == graph.key("links"))
    assert spec.partitions_def is None
    assert "view" in spec.kinds


def test_ranges_sensor_view_requests_indexes_after_first_load(
    application: Application,
    make_shop: Callable[..., System],
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sensors, "_GRACE", timedelta(0))
    graph = Graph.of(kept(make_shop(), Full()), instance)
    graph.run_job("shop_setup")
    assert isinstance(graph.tick(), dg.SkipReason)
    assert graph.materialize("links").success
    ready = graph.tick()
    assert isinstance(ready, dg.SensorResult)
    assert [request.asset_selection for request in ready.run_requests or ()] == [[graph.key("links_indexes")]]


def test_read_model_with_full_refresh_is_view(make_shop: Callable[..., System]) -> None:
    model: ReadModel = kept(make_shop(), Full()).read_models[0]
    assert (model.is_view, model.driving) == (True, ())
