"""Reconciliation from Dagster: what a person launches, and what the run, the asset and its check then show."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

from denorm_assets.definitions.build import build_definitions
from denorm_assets.model.system import System
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Finished, Graph

DRIFT = """
SET session_replication_role = replica;
DELETE FROM app.links WHERE id = 1200;
INSERT INTO app.links VALUES (9999, 1);
UPDATE app.links SET amount = amount + 1 WHERE id = 7;
"""


@pytest.fixture
def loaded(application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance) -> Graph:
    graph = Graph.of(make_shop("SELECT id, amount FROM items"), instance)
    graph.set_up()
    assert graph.materialize("links", "links_indexes", first=RANGES[0], last=RANGES[-1], pause=0.0).success
    return graph


def reconcile(graph: Graph, **config: Any) -> Finished:
    return graph.run_job("shop_reconcile", ops={"reconcile": config})


def shown(graph: Graph) -> AssetCheckExecutionRecord:
    """The check `reconciled` as the UI shows it."""
    key = dg.AssetCheckKey(graph.key("links"), "reconciled")
    [record] = graph.instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    return record


def observations(run: Finished) -> list[dg.AssetObservation]:
    return [
        event.asset_observation_data.asset_observation
        for event in run.events()
        if event.event_type is dg.DagsterEventType.ASSET_OBSERVATION
    ]


def records(found: dg.AssetObservation) -> list[Any]:
    value = found.metadata["details"]
    assert isinstance(value, dg.TableMetadataValue)
    return [record.data for record in value.records]


def test_reconcile_job_drift_is_repaired_and_each_row_shown(loaded: Graph, application: Application) -> None:
    application.run(DRIFT)
    run = reconcile(loaded)
    assert run.success
    [found] = observations(run)
    assert {row["key"] for row in records(found)} == {'{"id": 7}', '{"id": 1200}', '{"id": 9999}'}
    assert found.metadata["repaired"].value == 3
    assert found.description is not None
    assert "3 rows differed (1 missing, 1 too many, 1 altered) and were repaired" in found.description
    assert shown(loaded).status.value == "SUCCEEDED"
    assert application.rows("SELECT count(*) FROM app.links JOIN app.items USING (id, amount)") == [(2_500,)]


def test_reconcile_job_detect_fails_check_but_not_run(loaded: Graph, application: Application) -> None:
    application.run(DRIFT)
    assert reconcile(loaded, mode="detect").success
    assert shown(loaded).status.value == "FAILED"
    assert application.rows("SELECT count(*) FROM app.links JOIN app.items USING (id, amount)") == [(2_498,)]


def test_reconcile_job_ids_from_launchpad_limit_range(loaded: Graph, application: Application) -> None:
    application.run(DRIFT)
    assert observations(reconcile(loaded, from_id=1_100, to_id="1300"))[0].metadata["repaired"].value == 1


def test_reconcile_job_above_cap_fails_run_and_says_what_to_do(loaded: Graph, application: Application) -> None:
    application.run(DRIFT)
    run = reconcile(loaded, max_rows=2)
    assert not run.success
    assert "more than a repair may touch in one run" in run.failure
    assert "higher --max-rows" in run.failure
    assert shown(loaded).status.value == "FAILED"


def test_reconcile_job_bad_options_and_names_say_what_to_give(loaded: Graph) -> None:
    assert "max_share" not in reconcile(loaded, max_share=0.5).lines()
    assert "0.05 means 5 %. Correct the run's config" in reconcile(loaded, max_share=5.0).failure
    assert "shop/links" in reconcile(loaded, read_models=["lonks"]).failure


def test_reconcile_job_runs_nightly_and_launchpad_shows_options() -> None:
    definitions = build_definitions([TOPICS])
    schedule = definitions.resolve_schedule_def("topics_nightly_reconcile")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 3 * * *", "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    run_config = definitions.resolve_job_def("topics_reconcile").run_config
    assert run_config is not None
    assert run_config["ops"]["reconcile"]["config"] == {
        "mode": "repair",
        "read_models": [],
        "from_id": None,
        "to_id": None,
        "minutes": None,
        "max_active": None,
        "max_rows": 10_000,
        "max_share": 0.05,
    }


def test_reconciled_check_shows_result_of_last_reconciliation(loaded: Graph, application: Application) -> None:
    found = loaded.check()["shop/links", "reconciled"]
    assert found.passed
    assert str(found.description).startswith("compared when it went live at ")
    application.run(DRIFT)
    reconcile(loaded, mode="detect")
    found = loaded.check()["shop/links", "reconciled"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert (
        "UTC: 3 rows differ (1 missing, 1 too many, 1 altered); `denorm-assets reconcile shop/links --repair`"
        in str(found.description)
    )
    application.run(
        "UPDATE denorm.reconciliation SET started_at = started_at - '3 days'::interval,"
        " ended_at = ended_at - '3 days'::interval"
    )
    found = loaded.check()["shop/links", "reconciled"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "see that the schedule shop_nightly_reconcile runs" in str(found.description)


def test_reconciled_check_passes_once_all_ranges_are_reloaded(loaded: Graph, application: Application) -> None:
    application.run(DRIFT)
    reconcile(loaded, mode="detect")
    run = loaded.materialize("links", first=RANGES[0], pause=0.0)
    assert not run.checks()["shop/links", "reconciled"].passed
    run = loaded.materialize("links", first=RANGES[0], last=RANGES[-1], pause=0.0)
    found = run.checks()["shop/links", "reconciled"]
    assert found.passed
    assert "all of it was loaded again and compared" in str(found.description)
    # What drifts afterwards is found by the next one.
    application.run("SET session_replication_role = replica; DELETE FROM app.links WHERE id = 1201")
    reconcile(loaded, mode="detect")
    assert not loaded.check()["shop/links", "reconciled"].passed
