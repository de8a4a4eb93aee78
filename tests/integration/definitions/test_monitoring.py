"""A system's health in Dagster: an asset whose materialization looks, and the check of each phase's objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import LiteralString

import dagster as dg
import pytest

from denorm_assets.definitions.assets.monitoring import MONITORING_CHECKS
from denorm_assets.definitions.checks.combined import parts_of
from denorm_assets.definitions.events.freshness import confirmed
from denorm_assets.definitions.names import Names
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import Graph
from tests.integration.definitions.test_checks import make_linked


def test_monitoring_job_reports_every_check_and_figures(loaded: Graph) -> None:
    run = loaded.run_job("shop_monitoring")
    assert run.success
    assert {name: [part.name for part in parts_of(found)] for (_, name), found in run.checks().items()} == {
        name: list(parts) for name, parts in MONITORING_CHECKS.items()
    }
    assert all(found.passed for found in run.checks().values())
    [event] = run.materializations()
    assert event.metadata["queue: pending"].value == 0
    assert event.metadata["change_log: bytes"].value is not None


def test_monitoring_job_before_apply_finds_nothing_wrong(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    run = Graph.of(make_shop(), instance).run_job("shop_monitoring")
    assert run.success
    assert {part.says for found in run.checks().values() for part in parts_of(found)} == {"nothing is created yet"}


def test_monitoring_job_lag_of_one_day_is_error(loaded: Graph, application: Application) -> None:
    application.run("UPDATE app.items SET amount = 2 WHERE id = 3")
    application.run("UPDATE denorm.change_log SET logged_at = now() - interval '1 day'")
    checks = loaded.run_job("shop_monitoring").checks()
    assert {name: found.severity for (_, name), found in checks.items() if not found.passed} == {
        "changes_arrive": dg.AssetCheckSeverity.ERROR
    }
    failed = [part for part in parts_of(checks["shop/monitoring", "changes_arrive"]) if not part.passed]
    assert {part.name: part.severity for part in failed} == {"queue": "ERROR", "change_log": "WARN"}


def test_catalog_check_lost_trigger_fails_until_phase_is_materialized(loaded: Graph, application: Application) -> None:
    application.run("DROP TRIGGER trg_denorm_update ON app.items")
    found = loaded.check()["shop/phase_1", "catalog"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "materialize shop/phase_1" in (found.description or "")
    run = loaded.materialize("phase_1")
    assert run.success
    assert run.checks()["shop/phase_1", "catalog"].passed


@pytest.mark.parametrize(
    "fault", ["DROP TRIGGER trg_denorm_update ON app.items", "ALTER TABLE app.items RENAME COLUMN amount TO total"]
)
def test_monitoring_job_uncaptured_changes_fail_queue_check(
    loaded: Graph, application: Application, fault: LiteralString
) -> None:
    application.run(fault)
    run = loaded.run_job("shop_monitoring")
    assert run.success, run.failure
    found = run.checks()["shop/monitoring", "changes_arrive"]
    assert not found.passed
    table = found.metadata["queue: details"]
    assert isinstance(table, dg.TableMetadataValue)
    assert {record.data["read model"] for record in table.records} == {"links"}


def test_monitoring_job_duplicate_index_only_warns(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    graph = make_linked(make_shop, instance, application)
    application.run("CREATE INDEX by_hand ON app.links (kind_id, id)")
    found = graph.run_job("shop_monitoring").checks()["shop/monitoring", "storage"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert [part.name for part in parts_of(found) if not part.passed] == ["duplicate_indexes"]
    assert (found.description or "").startswith("duplicate_indexes: ")


def test_confirmed_model_is_reported_as_materialization(loaded: Graph) -> None:
    event = confirmed(
        Names([loaded.system]),
        loaded.instance,
        loaded.system,
        loaded.system.read_models[0],
        "its rows were compared, and none differs",
    )
    loaded.instance.report_runless_asset_event(event)
    latest = loaded.instance.get_latest_materialization_event(loaded.key("links"))
    assert latest is not None
    assert latest.asset_materialization == event
