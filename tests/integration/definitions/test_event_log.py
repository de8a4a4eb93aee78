"""Dagster's event log under load: few events of each read model in an hour, and none for ever."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

import denorm_assets
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.definitions.checks import refresh_reports
from denorm_assets.definitions.checks.refresh_reports import RunlessReports
from denorm_assets.definitions.jobs.event_retention import prune_runless_events
from denorm_assets.definitions.names import Names
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.support.sensors import evaluate

PROJECT = Path(denorm_assets.__file__).parents[1]
AT_ONCE = Debounced(Debounce(quiet=0, max_wait=0))
A_FEW = 20
"""Events at once; forty more come in the hour after."""


@pytest.fixture
def live(application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance) -> Graph:
    """A live read model that is refreshed at each look."""
    graph = Graph.of(make_shop(refresh=AT_ONCE), instance)
    graph.set_up()
    assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    return graph


def runless(instance: dg.DagsterInstance, table: sa.Table = SqlEventLogStorageTable) -> int:
    """How many events are in the log that no run reported."""
    storage = cast(SqlEventLogStorage, instance.event_log_storage)
    with storage.index_connection() as connection:
        counted: Any = connection.execute(sa.select(sa.func.count()).select_from(table).where(table.c.run_id == ""))
        return int(counted.scalar())


def refresh(graph: Graph, application: Application, reports: RunlessReports, times: int) -> None:
    database = Database(application.url)
    for number in range(times):
        application.run(f"UPDATE app.items SET amount = {2 + number % 2} WHERE id = 7")
        reports.add(Refresher(database, [graph.system]).look())
    database.close()


def tick(graph: Graph) -> str:
    result = evaluate(graph.definitions, "denorm_refresh", graph.instance)
    assert isinstance(result, dg.SkipReason)
    return result.skip_message or ""


def test_event_log_many_worker_refreshes_are_few_events(live: Graph, application: Application) -> None:
    database = Database(application.url)
    reports = RunlessReports(Names([live.system]), live.instance, database, interval=0)
    refresh(live, application, reports, 60)
    assert runless(live.instance) <= A_FEW
    reports.finish()
    database.close()
    latest = live.instance.get_latest_materialization_event(live.key("links"))
    assert latest is not None
    assert latest.asset_materialization is not None
    # What was added up is said.
    assert cast(int, latest.asset_materialization.metadata["rows_written"].value) > 30


def test_event_log_many_sensor_refreshes_are_few_events(
    live: Graph, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_reports, "_INTERVAL_SECONDS", 0.0)
    for number in range(60):
        application.run(f"UPDATE app.items SET amount = {2 + number % 2} WHERE id = 7")
        assert "refreshed, 1 rows written" in tick(live)
    assert runless(live.instance) <= A_FEW


def test_event_log_alternating_failures_are_few_events(live: Graph, application: Application) -> None:
    database = Database(application.url)
    reports = RunlessReports(Names([live.system]), live.instance, database, interval=0)
    for number in range(30):
        application.run(f"UPDATE app.items SET amount = {number % 2} WHERE id = 7")
        reports.add(Refresher(database, [live.system]).look())
    database.close()
    assert runless(live.instance) <= A_FEW


def test_event_log_failure_in_busy_hour_is_reported_at_once(live: Graph, application: Application) -> None:
    def last() -> bool:
        key = dg.AssetCheckKey(live.key("links"), "kept_fresh")
        [record] = live.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.evaluation is not None
        return record.evaluation.passed

    database = Database(application.url)
    reports = RunlessReports(Names([live.system]), live.instance, database, interval=0)
    refresh(live, application, reports, 60)
    assert last()
    application.run("ALTER TABLE app.items RENAME COLUMN amount TO total")
    application.run("UPDATE app.items SET total = 5 WHERE id = 7")
    reports.add(Refresher(database, [live.system]).look())
    assert not last()
    application.run("ALTER TABLE app.items RENAME COLUMN total TO amount")
    application.run("UPDATE denorm.refresh SET started_at = now() - interval '1 hour'")
    reports.add(Refresher(database, [live.system]).look())
    assert last()
    assert runless(live.instance) <= A_FEW
    database.close()


def test_event_log_unchanged_check_is_not_reported_again(live: Graph, application: Application) -> None:
    database = Database(application.url)
    reports = RunlessReports(Names([live.system]), live.instance, database, interval=0)
    refresh(live, application, reports, 1)
    before = runless(live.instance)
    refresh(live, application, reports, 3)
    assert runless(live.instance) == before + 2, "two materializations, and no check"
    application.run("DROP TRIGGER trg_denorm_insert ON app.items")
    reports = RunlessReports(Names([live.system]), live.instance, database, interval=0)
    refresh(live, application, reports, 1)
    assert runless(live.instance) == before + 4
    database.close()


@pytest.fixture(params=["in memory", "SQLite", "PostgreSQL"])
def each_instance(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    new_database: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    clean_environment: None,
) -> Generator[dg.DagsterInstance]:
    """An instance on each of Dagster's storages."""
    if request.param == "in memory":
        with dg.DagsterInstance.ephemeral() as made:
            yield made
    elif request.param == "SQLite":
        with dg.instance_for_test(temp_dir=str(tmp_path)) as made:
            yield made
    else:
        monkeypatch.setenv("DENORM_DAGSTER_URL", new_database("template0"))
        shutil.copyfile(PROJECT / "dagster.yaml", tmp_path / "dagster.yaml")
        with dg.DagsterInstance.from_config(str(tmp_path)) as made:
            yield made


def test_prune_runless_events_old_go_and_shown_ones_stay(
    application: Application, make_shop: Callable[..., System], each_instance: dg.DagsterInstance
) -> None:
    graph = Graph.of(make_shop(refresh=AT_ONCE), each_instance)
    graph.set_up()
    assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    links, stranger = graph.key("links"), dg.AssetKey("of_somebody_else")
    for number in range(5):
        each_instance.report_runless_asset_event(dg.AssetMaterialization(links, description=str(number)))
        each_instance.report_runless_asset_event(dg.AssetMaterialization(stranger))
        each_instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(asset_key=links, check_name="kept_fresh", passed=number != 4, metadata={})
        )
    each_instance.report_runless_asset_event(dg.AssetMaterialization(links, partition=RANGES[0]))
    assert prune_runless_events(each_instance, [links], timedelta(days=7)) == 0
    # With the observation of its column types.
    assert runless(each_instance) == 17
    # Days of before yesterday, which all of them are seen from the day after tomorrow.
    assert prune_runless_events(each_instance, [links], timedelta(days=-2)) == 8
    assert runless(each_instance) == 9
    assert runless(each_instance, AssetCheckExecutionsTable) == 1
    assert len(each_instance.fetch_materializations(stranger, limit=10).records) == 5
    assert graph.green("links") == set(RANGES)
    [latest] = [
        found.asset_materialization
        for found in each_instance.fetch_materializations(links, limit=100).records
        if found.run_id == "" and found.partition_key is None
    ]
    assert latest is not None
    assert latest.description == "4"
    key = dg.AssetCheckKey(links, "kept_fresh")
    [shown] = each_instance.event_log_storage.get_latest_asset_check_execution_by_key([key]).values()
    assert shown.evaluation is not None
    assert not shown.evaluation.passed
    assert prune_runless_events(each_instance, [links], timedelta(days=-2)) == 0


def test_prune_job_runs_nightly_and_refuses_negative_days(live: Graph) -> None:
    assert live.run_job("denorm_prune_events").success
    run = live.run_job("denorm_prune_events", ops={"prune": {"keep_days": -1.0}})
    assert run.failure == "keep_days is negative. Correct the run's config and launch it again"
    [schedule] = [found for found in live.definitions.get_repository_def().schedule_defs if "prune" in found.name]
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
