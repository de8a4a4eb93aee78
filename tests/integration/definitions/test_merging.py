"""A stranger's Dagster project: its own resource, executor, assets up- and downstream, merged with ours."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from denorm_assets import (
    ConfigurationError,
    DatabaseResource,
    Debounce,
    Debounced,
    DeclarationError,
    DenormAsset,
    DenormTranslator,
    IdRanges,
    ReadModel,
    System,
    build_definitions,
)
from denorm_assets.db.control import told
from denorm_assets.db.postgres.database import OF_SHELL, Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.definitions.checks.refresh_reports import RunlessReports
from denorm_assets.definitions.events.advice import with_clicks
from denorm_assets.definitions.instance import noted_names
from denorm_assets.definitions.instance.noted_names import NotedNames
from denorm_assets.definitions.names import Names
from denorm_assets.errors import UnknownName
from denorm_assets.model.check_result import CheckResult
from tests.integration.definitions.conftest import ITEMS, Application
from tests.integration.definitions.graph import Graph
from tests.support.log_lines import LogLines
from tests.support.sensors import evaluate

RAW, REPORT, LINKS = dg.AssetKey(["raw", "items"]), dg.AssetKey("report"), dg.AssetKey(["shop", "links"])
SHOP = System(
    "shop",
    "app",
    read_models=(
        ReadModel(
            "links",
            "SELECT id, 100 / amount AS share FROM items",
            ("id",),
            IdRanges("items.id"),
            Debounced(Debounce(quiet=0, max_wait=0)),
        ),
    ),
)


class Warehouse(dg.ConfigurableResource[None]):
    """What this project calls its database."""

    path: str


@dg.asset(key=RAW)
def raw_items(database: Warehouse) -> None:
    """Loads the table that our read model reads."""
    assert database.path == "theirs"


@dg.asset(key=REPORT, deps=[LINKS], automation_condition=dg.AutomationCondition.eager())
def report(database: Warehouse) -> None:
    """Reads our read model."""
    assert database.path == "theirs"


@dg.op
def nothing() -> None:
    """Does nothing."""


@dg.job
def theirs() -> None:
    """A job of the project's own."""
    nothing()


def merged(*ours: dg.Definitions) -> dg.Definitions:
    """The project with our definitions."""
    project = dg.Definitions(
        assets=[raw_items, report],
        jobs=[theirs],
        resources={"database": Warehouse(path="theirs")},
        executor=dg.multiprocess_executor,
    )
    return dg.Definitions.merge(project, *ours)


def loaded_project(definitions: dg.Definitions, instance: dg.DagsterInstance, system: System = SHOP) -> Graph:
    """The project over a loaded, live read model, with its report made once."""
    graph = Graph(system, definitions, instance)
    for run in (graph.run_job("shop_setup"), graph.run_job("shop_items_backfill"), graph.run_job("shop_finish")):
        assert run.success, run.failure
    instance.report_runless_asset_event(dg.AssetMaterialization(RAW))
    instance.report_runless_asset_event(dg.AssetMaterialization(REPORT))
    return graph


def test_merge_own_resource_executor_and_jobs_are_unchanged() -> None:
    definitions = merged(build_definitions([SHOP]))
    dg.Definitions.validate_loadable(definitions)
    assert set(definitions.resources or {}) == {"database", "denorm_database"}
    assert definitions.executor is dg.multiprocess_executor
    assert definitions.resolve_job_def("theirs").executor_def.name == "multiprocess"
    jobs = definitions.get_repository_def().get_all_jobs()
    ours = {job.name: job.executor_def.name for job in jobs if job.name.startswith(("shop_", "denorm_"))}
    assert len(ours) > 8
    assert set(ours.values()) == {"in_process"}


def test_merge_own_job_and_asset_run_beside_ours(instance: dg.DagsterInstance) -> None:
    definitions = merged(build_definitions([SHOP]))
    assert definitions.resolve_job_def("theirs").execute_in_process(instance=instance).success
    run = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, asset_selection=[RAW]
    )
    assert run.success


@pytest.mark.parametrize(
    "source_keys",
    [{"items": "raw/items"}, {"app.items": ["raw", "items"]}, {"items": RAW}, {"app.items": RAW}.get],
    ids=["table", "schema and table", "key", "function"],
)
def test_source_keys_own_asset_is_upstream(
    source_keys: Mapping[str, dg.AssetKey] | Callable[[str], dg.AssetKey | None],
) -> None:
    graph = merged(build_definitions([SHOP], source_keys=source_keys)).resolve_asset_graph()
    assert graph.get(LINKS).parent_keys == {RAW, dg.AssetKey(["shop", "items_ranges"])}
    assert graph.get(dg.AssetKey(["shop", "tables"])).parent_keys == {RAW}
    assert graph.get(LINKS).child_keys == {REPORT, dg.AssetKey(["shop", "links_indexes"])}
    assert not [key for key in graph.get_all_asset_keys() if "source" in key.path]
    lineage = graph.get(LINKS).metadata["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column["id"] == [dg.TableColumnDep(RAW, "id")]


def test_automation_condition_downstream_of_read_model_starts_after_refresh(
    application: Application, instance: dg.DagsterInstance
) -> None:
    definitions = merged(build_definitions([SHOP], source_keys={"items": "raw/items"}))
    loaded_project(definitions, instance)
    cursor = looked_at(definitions, instance, None).cursor
    idle = looked_at(definitions, instance, cursor)
    assert idle.total_requested == 0
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    said = evaluate(definitions, "denorm_refresh", instance)
    assert isinstance(said, dg.SkipReason)
    assert "refreshed, 1 rows written" in str(said.skip_message)
    after = looked_at(definitions, instance, idle.cursor)
    assert after.get_num_requested(REPORT) == 1
    assert looked_at(definitions, instance, after.cursor).total_requested == 0


def looked_at(definitions: dg.Definitions, instance: dg.DagsterInstance, cursor: Any) -> Any:
    """One look of the automation sensor."""
    return dg.evaluate_automation_conditions(
        definitions, instance, asset_selection=dg.AssetSelection.all(), cursor=cursor
    )


class Ours(DenormTranslator):
    """Everything a translator can say."""

    def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
        return super().get_asset_key(asset).with_prefix("warehouse")

    def get_group_name(self, asset: DenormAsset) -> str:
        return "read_models" if asset.kind == "read_model" else "denorm"

    def get_tags(self, asset: DenormAsset) -> Mapping[str, str]:
        return {"kind": asset.kind, "name": asset.name}

    def get_owners(self, asset: DenormAsset) -> list[str]:
        return ["team:data"]

    def get_description(self, asset: DenormAsset, default: str) -> str:
        return f"{asset.system.name}: {default}"

    def get_automation_condition(self, asset: DenormAsset) -> dg.AutomationCondition[Any] | None:
        return dg.AutomationCondition.on_missing() if asset.kind == "indexes" else None

    def includes_check(self, asset: DenormAsset, check_name: str) -> bool:
        return check_name not in {"reconciled", "kept_fresh", "storage"}


def test_translator_is_heard_of_every_asset_and_check() -> None:
    definitions = build_definitions([SHOP], translator=Ours())
    dg.Definitions.validate_loadable(definitions)
    specs = {
        spec.key.to_user_string().removeprefix("warehouse/shop/"): spec
        for spec in definitions.resolve_all_asset_specs()
    }
    assert {name: spec.tags["kind"] for name, spec in specs.items()} == {
        "source/items": "source_table",
        "tables": "phase",
        "items_ranges": "ranges",
        "links": "read_model",
        "links_indexes": "indexes",
        "monitoring": "monitoring",
    }
    assert {spec.group_name for spec in specs.values()} == {"read_models", "denorm"}
    assert all(list(spec.owners) == ["team:data"] for spec in specs.values())
    assert all((spec.description or "").startswith("shop: ") for spec in specs.values())
    assert [name for name, spec in specs.items() if spec.automation_condition] == ["links_indexes"]
    assert "postgres" in specs["links"].kinds
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert {"matches_definition", "backfill_complete", "changes_arrive"} <= checks
    assert not checks & {"reconciled", "kept_fresh", "storage"}


def test_translated_assets_are_loaded_refreshed_and_checked_under_their_keys(
    application: Application, instance: dg.DagsterInstance
) -> None:
    definitions = merged(build_definitions([SHOP], translator=Ours()))
    graph = loaded_project(definitions, instance)
    links = LINKS.with_prefix("warehouse")
    assert len(instance.get_materialized_partitions(links)) == 4
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    evaluate(definitions, "denorm_refresh", instance)
    event = instance.get_latest_materialization_event(links)
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["rows_written"].value == 1
    for job in ("shop_checks", "shop_nightly_checks", "shop_monitoring", "shop_reconcile"):
        run = graph.run_job(job)
        assert run.success, run.failure
    history = instance.event_log_storage.get_asset_check_execution_history
    assert history(dg.AssetCheckKey(links, "matches_definition"), limit=1)
    assert not [name for name in ("kept_fresh", "reconciled") if history(dg.AssetCheckKey(links, name), limit=1)]
    assert {key.path[0] for key in instance.all_asset_keys()} == {"warehouse", "raw", "report"}


def worker_reports(graph: Graph, application: Application) -> None:
    """A refresh by a worker, which has no code location, reported to the instance."""
    database = Database(application.url)
    reports = RunlessReports(None, graph.instance, database, interval=0)
    reports.called(NotedNames([graph.system], graph.instance, database).look())
    reports.add(Refresher(database, [graph.system]).look())
    reports.finish()
    database.close()


def test_worker_reports_reach_translated_keys(application: Application, instance: dg.DagsterInstance) -> None:
    definitions = merged(build_definitions([SHOP], translator=Ours(), source_keys={"items": "raw/items"}))
    graph = loaded_project(definitions, instance)
    links = LINKS.with_prefix("warehouse")
    before = len(instance.fetch_materializations(links, limit=100).records)
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    worker_reports(graph, application)
    [latest, *earlier] = instance.fetch_materializations(links, limit=100).records
    assert len(earlier) == before
    assert latest.asset_materialization is not None
    assert latest.asset_materialization.metadata["rows_written"].value == 1
    assert "dagster/input_data_version/raw/items" in (latest.asset_materialization.tags or {})
    history = instance.event_log_storage.get_asset_check_execution_history
    assert not history(dg.AssetCheckKey(links, "kept_fresh"), limit=1), "the translator leaves it out"
    assert {key.path[0] for key in instance.all_asset_keys()} == {"warehouse", "raw", "report"}


def test_worker_report_starts_asset_downstream(application: Application, instance: dg.DagsterInstance) -> None:
    definitions = merged(build_definitions([SHOP], source_keys={"items": "raw/items"}))
    graph = loaded_project(definitions, instance)
    idle = looked_at(definitions, instance, looked_at(definitions, instance, None).cursor)
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    worker_reports(graph, application)
    after = looked_at(definitions, instance, idle.cursor)
    assert after.get_num_requested(REPORT) == 1
    assert looked_at(definitions, instance, after.cursor).total_requested == 0


def test_shell_refresh_starts_asset_downstream(
    application: Application, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "GRACE_SECONDS", 0.0)
    definitions = merged(build_definitions([SHOP], source_keys={"items": "raw/items"}))
    loaded_project(definitions, instance)
    evaluate(definitions, "denorm_ranges", instance)
    idle = looked_at(definitions, instance, looked_at(definitions, instance, None).cursor)
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    database = Database(application.url, application_name=OF_SHELL)
    refresh_now(database, SHOP, SHOP.read_models[0])
    database.close()
    said = evaluate(definitions, "denorm_ranges", instance)
    assert isinstance(said, dg.SkipReason)
    assert "showed 1 refreshes of links that nobody reported" in str(said.skip_message)
    after = looked_at(definitions, instance, idle.cursor)
    assert after.get_num_requested(REPORT) == 1
    evaluate(definitions, "denorm_ranges", instance)
    assert looked_at(definitions, instance, after.cursor).total_requested == 0


def test_worker_before_code_location_noted_keys_waits_and_says_so(
    application: Application, instance: dg.DagsterInstance
) -> None:
    with dg.DagsterInstance.ephemeral() as another:
        loaded_project(merged(build_definitions([SHOP])), another)
    database, lines = Database(application.url), LogLines()
    noted = NotedNames([SHOP], instance, database)
    reports = RunlessReports(None, instance, database, interval=0)
    for amount in (5, 10):
        application.run(f"UPDATE app.items SET amount = {amount} WHERE id = 7")
        reports.add(Refresher(database, [SHOP]).look())
        reports.called(noted.look())
    assert [*instance.all_asset_keys()] == []
    assert len([line for line in lines if line.startswith("Dagster is not told of refreshes yet")]) == 1
    evaluate(merged(build_definitions([SHOP], translator=Ours())), "denorm_ranges", instance)
    reports.called(NotedNames([SHOP], instance, database).look())
    reports.add([])
    database.close()
    [latest, *_] = instance.fetch_materializations(LINKS.with_prefix("warehouse"), limit=1).records
    assert latest.asset_materialization is not None
    assert latest.asset_materialization.metadata["refreshes"].value == 2


def test_worker_code_location_with_other_keys_is_followed(
    application: Application, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded_project(merged(build_definitions([SHOP])), instance)
    monkeypatch.setattr(noted_names, "_LOOK_AGAIN_SECONDS", 0.0)
    database = Database(application.url)
    noted = NotedNames([SHOP], instance, database)
    before = noted.look()
    assert before is not None
    assert before.model_key(SHOP, SHOP.read_models[0]) == LINKS
    evaluate(merged(build_definitions([SHOP], translator=Ours())), "denorm_ranges", instance)
    after = noted.look()
    database.close()
    assert after is not None
    assert after.model_key(SHOP, SHOP.read_models[0]) == LINKS.with_prefix("warehouse")


def test_merge_second_database_texts_name_its_own_sensor() -> None:
    definitions = build_definitions([SHOP], resource_key="store_database")
    spec = next(spec for spec in definitions.resolve_all_asset_specs() if spec.key == LINKS)
    assert "or else by the sensor denorm_refresh_store_database" in str(spec.metadata["kept fresh"])
    ranges = next(spec for spec in definitions.resolve_all_asset_specs() if spec.key.path[-1] == "items_ranges")
    assert "the sensor `denorm_ranges_store_database`" in (ranges.description or "")
    failed = CheckResult("queue", "shop", False, "changes wait")
    assert "the sensor `denorm_refresh_store_database` runs" in with_clicks(
        Names([SHOP], resource_key="store_database"), failed
    )


def test_merge_two_databases_each_is_reached_by_its_own_resource(
    application: Application,
    instance: dg.DagsterInstance,
    new_database: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Application(new_database("template0"))
    other.run(ITEMS)
    monkeypatch.setenv("STORE_DATABASE_URL", other.url)
    store = replace(SHOP, name="store")
    second = build_definitions(
        [store], database=DatabaseResource(url=dg.EnvVar("STORE_DATABASE_URL")), resource_key="store_database"
    )
    definitions = merged(build_definitions([SHOP]), second)
    dg.Definitions.validate_loadable(definitions)
    assert {sensor.name for sensor in definitions.sensors or ()} == {
        "denorm_ranges",
        "denorm_refresh",
        "denorm_ranges_store_database",
        "denorm_refresh_store_database",
    }
    for system, theirs_has in ((store, False), (SHOP, True)):
        run = Graph(system, definitions, instance).run_job(f"{system.name}_setup")
        assert run.success, run.failure
        assert bool(application.rows("SELECT to_regclass('app.links')")[0][0]) is theirs_has
        assert other.rows("SELECT to_regclass('app.links')")[0][0] == "app.links"


def test_source_keys_unknown_table_is_refused() -> None:
    with pytest.raises(UnknownName) as raised:
        build_definitions([SHOP], source_keys={"orders": "raw/orders"})
    assert str(raised.value) == (
        "there is no source table 'orders'. Available: app.items. Correct source_keys; a read model's key is translated"
    )


def test_translator_one_key_for_two_assets_is_refused() -> None:
    class Same(DenormTranslator):
        def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
            return dg.AssetKey(asset.name)

    with pytest.raises(ConfigurationError) as raised:
        build_definitions([SHOP], translator=Same())
    assert str(raised.value) == (
        "the translator gives read model shop/links and indexes shop/links one asset key, links. Return another one "
        "for either in get_asset_key"
    )


def test_build_definitions_database_that_is_no_resource_is_refused() -> None:
    url: Any = "postgresql://host/shop"
    with pytest.raises(ConfigurationError) as raised:
        build_definitions([SHOP], database=url)
    assert str(raised.value) == (
        "build_definitions was given a str as its database. Give it a DatabaseResource, for example "
        "DatabaseResource(url=dagster.EnvVar('SHOP_DATABASE_URL'))"
    )


def test_build_definitions_faulty_declaration_is_refused() -> None:
    with pytest.raises(DeclarationError, match="`key` is empty"):
        build_definitions([System("shop", read_models=(ReadModel("links", "SELECT 1 AS id", ()),))])
