"""The stranger's definitions beside ours, as objects: what is theirs stays so, and lineage leads through ours."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from denorm_assets import DatabaseResource
from denorm_assets.definitions.events.outcomes import last_outcomes
from tests.integration.component.conftest import OF_DAGSTER, DagsterProject, load_yaml, project
from tests.integration.component.described import described
from tests.integration.component.strangers import FOLDER, SHOP_TABLES, shop_read_models, theirs
from tests.integration.component.strangers.theirs import COUNTRIES, DAYS, TOTALS
from tests.integration.definitions.conftest import Application, clean_environment, instance
from tests.integration.definitions.graph import Graph
from tests.support.sensors import evaluate

__all__ = ["DagsterProject", "clean_environment", "instance", "load_yaml", "project"]

pytestmark = OF_DAGSTER
ORDERS, LINES = dg.AssetKey(["dlt", "shop", "orders"]), dg.AssetKey(["dbt", "shop", "order_lines"])
REPORT, REPORT_OF_DAY = dg.AssetKey("revenue_report"), dg.AssetKey("report_of_day")
RANGES = ["orders:min-000001000", "orders:000001001-000001500", "orders:rest"]


@pytest.fixture
def crm(load_yaml: Callable[[str], dg.Definitions]) -> dg.Definitions:
    """The component's definitions."""
    return load_yaml((FOLDER / "crm.yaml").read_text())


@pytest.fixture
def merged(crm: dg.Definitions) -> dg.Definitions:
    """The project with both forms of ours."""
    return dg.Definitions.merge(theirs.defs, shop_read_models.defs, crm)


@pytest.fixture
def shop(new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, clean_environment: None) -> Application:
    """The first database, which is their warehouse, too."""
    made = Application(new_database())
    made.run(SHOP_TABLES)
    monkeypatch.setenv("WAREHOUSE_URL", made.url)
    monkeypatch.setenv("SHOP_DATABASE_URL", made.url)
    return made


@pytest.fixture
def loaded(shop: Application, merged: dg.Definitions, instance: dg.DagsterInstance) -> Graph:
    """The read model of the first database, loaded and live, and the report made once."""
    graph = Graph(shop_read_models.SHOP, merged, instance)
    for job in ("shop_setup", "shop_orders_backfill", "shop_finish"):
        run = graph.run_job(job)
        assert run.success, run.failure
    assert materialized(graph, REPORT).success
    return graph


def materialized(graph: Graph, key: dg.AssetKey, partition: str | None = None) -> dg.ExecuteInProcessResult:
    """Materialize an asset of theirs."""
    job = graph.definitions.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=graph.instance, asset_selection=[key], partition_key=partition)


def test_merge_order_of_definitions_does_not_matter(crm: dg.Definitions) -> None:
    parts = (theirs.defs, shop_read_models.defs, crm)
    [first, *others] = [described(dg.Definitions.merge(*order)) for order in itertools.permutations(parts)]
    assert [each for each in others if each != first] == []


def test_merge_keeps_all_that_is_theirs(merged: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(merged)
    before, after = described(theirs.defs), described(merged)
    changed = {
        (sort, name): (said, after[sort].get(name))
        for sort, found in before.items()
        for name, said in found.items()
        # The job of all assets, and what stood in for our assets.
        if name != "__ASSET_JOB" and "auto_created_stub_asset" not in said and after[sort].get(name) != said
    }
    assert changed == {}
    assert set(merged.resources or {}) == {"database", "io_manager", "shop_database", "crm_database"}
    assert merged.executor is theirs.defs.executor


@pytest.mark.parametrize("executor", [None, dg.in_process_executor, dg.multi_or_in_process_executor])
def test_merge_own_jobs_keep_executor_and_steps(crm: dg.Definitions, executor: dg.ExecutorDefinition | None) -> None:
    alone = dg.Definitions(
        assets=theirs.defs.assets, jobs=theirs.defs.jobs, resources=theirs.defs.resources, executor=executor
    )
    merged = dg.Definitions.merge(shop_read_models.defs, alone, crm)
    for name in ("nightly", "hourly", "crm_ingestion"):
        before, after = alone.resolve_job_def(name), merged.resolve_job_def(name)
        assert after.executor_def.name == before.executor_def.name
        assert [node.name for node in after.nodes] == [node.name for node in before.nodes]


def test_merge_lineage_leads_from_their_assets_through_ours_to_theirs(merged: dg.Definitions) -> None:
    graph = merged.resolve_asset_graph()
    ranges = dg.AssetKey(["analytics", "shop", "orders_ranges"])
    assert graph.get(TOTALS).parent_keys == {ORDERS, LINES, ranges}
    assert TOTALS in graph.get(LINES).child_keys
    assert {REPORT, REPORT_OF_DAY} <= graph.get(TOTALS).child_keys
    assert {TOTALS, REPORT} <= dg.AssetSelection.assets(LINES).downstream().resolve(graph)
    assert {TOTALS, LINES, ORDERS} <= dg.AssetSelection.assets(REPORT).upstream().resolve(graph)
    assert dg.AssetKey(["dbt", "crm", "customers"]) in graph.get(COUNTRIES).parent_keys
    assert not [key for key in graph.get_all_asset_keys() if "source" in key.path]
    lineage = graph.get(TOTALS).metadata["dagster/column_lineage"]
    assert lineage.deps_by_column["revenue"] == [dg.TableColumnDep(LINES, "amount")]
    assert graph.get(LINES).partitions_def == DAYS


def test_own_job_of_all_assets_can_leave_ours_out(crm: dg.Definitions) -> None:
    days = dg.AssetSelection.assets(LINES, REPORT_OF_DAY)
    ours = dg.AssetSelection.groups("read_models") | dg.AssetSelection.groups("crm")
    job = dg.define_asset_job("everything", dg.AssetSelection.all() - ours - days)
    with_job = dg.Definitions.merge(theirs.defs, dg.Definitions(jobs=[job]))
    merged = dg.Definitions.merge(with_job, shop_read_models.defs, crm)
    before, after = with_job.resolve_job_def("everything"), merged.resolve_job_def("everything")
    assert {node.name for node in after.nodes} == {node.name for node in before.nodes} != set()
    assert after.partitions_def is None


def test_refresh_starts_their_report_and_hands_nothing_to_their_io_manager(loaded: Graph, shop: Application) -> None:
    sensors = {sensor.name for sensor in loaded.definitions.get_repository_def().sensor_defs}
    assert {"new_files", "automation", "denorm_refresh_shop_database", "denorm_refresh_crm_database"} <= sensors
    idle = looked_at(loaded, looked_at(loaded, None).cursor)
    assert idle.get_num_requested(REPORT) == 0
    shop.run("UPDATE shop.order_lines SET amount = 25 WHERE id = 7")
    refresh(loaded, shop)
    after = looked_at(loaded, idle.cursor)
    assert after.get_num_requested(REPORT) == 1
    result = materialized(loaded, REPORT)
    [event] = result.asset_materializations_for_node("revenue_report")
    assert event.metadata["revenue"].value == 30_015
    assert looked_at(loaded, after.cursor).get_num_requested(REPORT) == 0
    assert materialized(loaded, LINES, "2026-01-02").success
    assert materialized(loaded, REPORT_OF_DAY, "2026-01-02").success
    assert len(loaded.instance.get_materialized_partitions(LINES)) == 1


def looked_at(graph: Graph, cursor: Any) -> dg.EvaluateAutomationConditionsResult:
    """One look of the automation sensor."""
    selection = dg.AssetSelection.groups("reports")
    return dg.evaluate_automation_conditions(
        graph.definitions, graph.instance, asset_selection=selection, cursor=cursor
    )


def refresh(graph: Graph, shop: Application) -> None:
    """One tick of our sensor of the first database."""
    database = DatabaseResource(url=shop.url)
    said = evaluate(graph.definitions, "denorm_refresh_shop_database", graph.instance, "shop_database", database)
    assert "refreshed, 1 rows written" in str(said)


def test_range_of_read_model_over_assets_with_days_is_materialized(loaded: Graph) -> None:
    mapping = loaded.definitions.resolve_asset_graph().get_partition_mapping(TOTALS, LINES)
    assert isinstance(mapping, dg.AllPartitionMapping)
    assert materialized(loaded, TOTALS, RANGES[0]).success


def test_own_check_of_read_model_runs_with_ours_and_is_not_reported_by_us(loaded: Graph, shop: Application) -> None:
    own = dg.AssetCheckKey(TOTALS, "revenue_is_positive")
    run = loaded.run_job("shop_checks")
    assert run.success, run.failure
    assert run.checks()["analytics/shop/order_totals", "revenue_is_positive"].passed
    history = loaded.instance.event_log_storage.get_asset_check_execution_history
    [evaluated] = history(own, limit=10)
    job = loaded.definitions.resolve_job_def("shop_checks").get_subset(asset_check_selection={own})
    planned = loaded.instance.create_run_for_job(job)
    loaded.instance.report_run_canceled(planned)
    shop.run("UPDATE shop.order_lines SET amount = 25 WHERE id = 7")
    refresh(loaded, shop)
    database = DatabaseResource(url=shop.url)
    for _ in range(2):
        evaluate(loaded.definitions, "denorm_ranges_shop_database", loaded.instance, "shop_database", database)
    assert [
        each.run_id for each in history(own, limit=10) if each.run_id not in {evaluated.run_id, planned.run_id}
    ] == []
    assert own in last_outcomes(loaded.instance, [own])
