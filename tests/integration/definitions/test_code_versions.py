"""A changed definition: its ranges are shown as outdated until they are loaded again, and only then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg
from dagster._core.definitions.data_version import (
    CachingStaleStatusResolver,
    StaleCauseCategory,
    StaleStatus,
    extract_data_provenance_from_entry,
    extract_data_version_from_entry,
)
from dagster._core.loader import LoadingContextForTest

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.definitions.checks.refresh_reports import RunlessReports
from denorm_assets.definitions.names import Names
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.system import System
from denorm_assets.sql.versions import code_version
from tests.integration.definitions.conftest import SHARES, Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.support.case import system_of


def resolver(graph: Graph) -> CachingStaleStatusResolver:
    loading = LoadingContextForTest(graph.instance)
    return CachingStaleStatusResolver(graph.instance, graph.definitions.resolve_asset_graph(), loading)


def outdated(graph: Graph) -> set[str]:
    """The ranges that the UI shows as out of date."""
    asked = resolver(graph)
    return {key for key in RANGES if asked.get_status(graph.key("links"), key) is StaleStatus.STALE}


def outdated_by_code(graph: Graph) -> set[str]:
    """The ranges that the UI shows with an outdated code version of their own."""
    asked = resolver(graph)
    return {
        key
        for key in RANGES
        for cause in asked.get_stale_causes(graph.key("links"), key)
        if cause.category is StaleCauseCategory.CODE and cause.asset_key == graph.key("links")
    }


def redefined(graph: Graph, text: str) -> Graph:
    """The graph after its definition was edited and its code reloaded."""
    model = graph.system.read_models[0]
    model.definition.path.write_text(text, encoding="utf-8")
    return Graph.of(replace(graph.system), graph.instance)


def test_loaded_ranges_set_up_again_stay_up_to_date(loaded: Graph, application: Application) -> None:
    assert outdated(loaded) == set()
    loaded.set_up()
    application.run("INSERT INTO app.items SELECT n, 1 FROM generate_series(2501, 4600) AS n")
    loaded.set_up()
    assert outdated(loaded) == set()


def test_changed_definition_outdates_each_range_until_reloaded(loaded: Graph, application: Application) -> None:
    changed = redefined(loaded, SHARES.replace("100 /", "200 /"))
    assert outdated(changed) == outdated_by_code(changed) == set(RANGES)

    run = changed.materialize("links", first=RANGES[0])
    assert run.failure.startswith("the present version of shop/links has not been created in this database.")

    assert changed.materialize("phase_1").success
    assert changed.materialize("links", first=RANGES[0]).success
    assert outdated(changed) == outdated_by_code(changed) == set(RANGES[1:])
    # The phase rebuilt what people read, and loading it again writes nothing.
    assert application.rows("SELECT DISTINCT share FROM app.links") == [(200,)]

    assert changed.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    assert outdated(changed) == set()


def test_backfill_complete_declaration_not_applied_warns(loaded: Graph) -> None:
    found = redefined(loaded, SHARES.replace("100 /", "200 /")).check()["shop/links", "backfill_complete"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description is not None
    assert found.description.startswith("its declaration is not the one that was applied last")


def test_materialize_before_changed_phase_fails_and_keeps_partitions(loaded: Graph) -> None:
    changed = redefined(loaded, SHARES.replace("100 /", "200 /"))
    run = changed.materialize("links", first=RANGES[0], last=RANGES[-1])
    assert run.failure.startswith("the present version of shop/links has not been created in this database.")
    assert changed.failed_partitions("links") == set()
    assert changed.green("links") == set(RANGES)
    assert outdated_by_code(changed) == set(RANGES)


def test_materialize_reloaded_ranges_keep_indexes_fresh(loaded: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 5 WHERE id < 1500")
    assert loaded.materialize("links", first=RANGES[0], last=RANGES[1], pause=0.0).success
    assert resolver(loaded).get_status(loaded.key("links_indexes")) is StaleStatus.FRESH


def test_runless_report_carries_code_and_data_version(loaded: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    [model] = loaded.system.read_models
    database = Database(application.url)
    refreshed = Refresher(database, [replace_refresh(loaded.system)]).look()
    RunlessReports(Names([loaded.system]), loaded.instance, database).add(refreshed)
    database.close()
    event = loaded.instance.get_latest_materialization_event(loaded.key("links"))
    assert event is not None
    assert event.run_id == ""
    provenance = extract_data_provenance_from_entry(event)
    assert provenance is not None
    assert provenance.code_version == code_version(loaded.system, model)
    assert set(provenance.input_data_versions) == {loaded.key("items_ranges"), loaded.key("source/items")}
    assert extract_data_version_from_entry(event) == dg.DataVersion(code_version(loaded.system, model))


def test_changed_definition_outdates_refreshed_model_without_ranges(
    application: Application, tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    system = system_of(tmp_path, SHARES, key=("id",), refresh=Debounced(Debounce(quiet=0, max_wait=0)))
    graph = Graph.of(system, instance)
    graph.set_up()
    assert graph.materialize("links", "links_indexes").success
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    database = Database(application.url)
    RunlessReports(Names([system]), instance, database).add(Refresher(database, [system]).look())
    event = instance.get_latest_materialization_event(graph.key("links"))
    assert event is not None
    assert event.run_id == ""
    assert resolver(graph).get_status(graph.key("links")) is StaleStatus.FRESH
    assert resolver(graph).get_status(graph.key("links_indexes")) is StaleStatus.FRESH
    changed = redefined(graph, SHARES.replace("100 /", "200 /"))
    [cause] = resolver(changed).get_stale_causes(graph.key("links"))
    assert cause.category is StaleCauseCategory.CODE
    # Until the phase has run, no refresh is tried that must fail.
    application.run("UPDATE app.items SET amount = 4 WHERE id = 7")
    [waits] = Refresher(database, [changed.system]).look()
    database.close()
    assert waits.decision.reason == "its definition changed: waits until its phase is materialized"
    assert (waits.error, waits.left, waits.drained) == (None, False, None)
    assert application.rows("SELECT count(*) FROM denorm.refresh WHERE status = 'failed'") == [(0,)]


def replace_refresh(system: System) -> System:
    """The same, refreshed at each look."""
    [phase] = system.phases
    models = tuple(replace(m, refresh=Debounced(Debounce(quiet=0, max_wait=0))) for m in phase.read_models)
    return replace(system, phases=(replace(phase, read_models=models),))
