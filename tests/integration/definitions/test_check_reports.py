"""Checks name the way to their repair, repairs report what they made true, and a cancelled run hides nothing."""

from __future__ import annotations

import re

import dagster as dg
import pytest

from denorm_assets.db.health.monitoring import MONITORED
from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.events.advice import CLICKS, with_clicks
from denorm_assets.definitions.events.outcomes import hidden_checks, last_outcomes
from denorm_assets.definitions.names import Names
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import System
from denorm_assets.systems.gallery import SYSTEM as GALLERY
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES, Graph
from tests.integration.definitions.test_alerts import plan_checks


def key(graph: Graph, name: str, asset: str = "links") -> dg.AssetCheckKey:
    return dg.AssetCheckKey(graph.key(asset), name)


def shown(graph: Graph, name: str) -> dg.AssetCheckEvaluation:
    """What Dagster shows of a check of `links`; it has been evaluated, and no run hides it."""
    assert hidden_checks(graph.instance, [key(graph, name)]) == []
    outcome = last_outcomes(graph.instance, [key(graph, name)])[key(graph, name)]
    assert outcome.planned is None
    return outcome.evaluation


def backfill(graph: Graph, **config: object) -> None:
    what = {"what_to_load": {"config": {"pause": 0.0, **config}}}
    assert graph.run_job("shop_items_backfill", resources=what).success


@pytest.fixture
def wrong(loaded: Graph, application: Application) -> Graph:
    """Rows of two ranges are wrong, and the checks say so."""
    application.run("DELETE FROM app.links WHERE id IN (5, 1200)")
    found = loaded.check()["shop/links", "matches_definition"]
    assert not found.passed
    assert found.metadata["partitions to materialize"].value == f"{RANGES[0]}, {RANGES[1]}"
    return loaded


@pytest.mark.parametrize("system", [TOPICS, SOCIAL, GALLERY, NOTEBOOKS], ids=lambda system: system.name)
def test_check_report_failed_check_names_existing_job_or_click(clean_environment: None, system: System) -> None:
    definitions = build_definitions([system])
    jobs = {job.name for job in definitions.resolve_all_job_defs()}
    sensors = {sensor.name for sensor in definitions.sensors or ()}
    for check in definitions.resolve_asset_graph().asset_check_keys:
        result = CheckResult(check.name, f"{system.name}/x", False, "It fails; run `denorm-assets apply`.")
        said = with_clicks(Names([system]), result)
        assert said.startswith("It fails; run `denorm-assets apply`. In Dagster: ")
        named = set(re.findall(rf"`({system.name}_\w+)`", said))
        assert named <= jobs | sensors, check
        assert named or "*Materialize*" in said, check


def test_check_report_names_with_own_clicks_are_checks(clean_environment: None) -> None:
    definitions = build_definitions([TOPICS, SOCIAL, GALLERY, NOTEBOOKS])
    names = {check.name for check in definitions.resolve_asset_graph().asset_check_keys}
    assert names | {*MONITORED, "same_rows", "fast_enough", "hit_ratio", "memory"} >= {*CLICKS}


def test_check_report_failed_shows_shell_and_dagster_repair(wrong: Graph) -> None:
    said = str(shown(wrong, "matches_definition").description)
    assert "run `denorm-assets backfill shop/links --again`" in said
    assert "In Dagster: launch the job `shop_reconcile`" in said
    assert "paste `partitions to materialize`" in said
    assert "In Dagster" not in str(shown(wrong, "backfill_complete").description)


def test_check_report_repair_stopped_at_cap_names_what_to_raise(loaded: Graph, application: Application) -> None:
    application.run("DELETE FROM app.links WHERE id <= 200")
    assert not loaded.run_job("shop_reconcile").success
    said = str(shown(loaded, "reconciled").description)
    raised = re.findall(r"raise `(\w+)` and `(\w+)` there", said)
    assert raised == [("max_rows", "max_share")]
    # Launched just so, it would stop there again.
    assert loaded.run_job("shop_reconcile", ops={"reconcile": {"max_rows": 1000, "max_share": 1.0}}).success
    assert shown(loaded, "reconciled").passed


def test_backfill_job_by_id_reports_check_it_fixed(wrong: Graph) -> None:
    backfill(wrong, again=True)
    found = shown(wrong, "matches_definition")
    assert found.passed
    assert found.description == "2 ranges that differed were loaded again and compared since"


def test_backfill_job_ranges_still_differing_keep_check_failed(wrong: Graph) -> None:
    backfill(wrong, to_id=1_000)
    assert not shown(wrong, "matches_definition").passed
    backfill(wrong, from_id=1_001, to_id=2_000)
    assert shown(wrong, "matches_definition").passed


def test_reconcile_job_reports_checks_it_fixed(wrong: Graph) -> None:
    assert wrong.run_job("shop_reconcile").success
    assert shown(wrong, "matches_definition").passed
    assert shown(wrong, "reconciled").passed


def test_reconcile_job_reports_check_of_cancelled_run(loaded: Graph) -> None:
    loaded.instance.wipe()
    loaded.instance.report_run_canceled(plan_checks(loaded, "matches_definition"))
    assert hidden_checks(loaded.instance, [key(loaded, "matches_definition")]) != []
    assert loaded.run_job("shop_reconcile").success
    assert shown(loaded, "matches_definition").passed


def test_setup_job_reports_checks_it_fixed(loaded: Graph, application: Application) -> None:
    application.run("DROP TRIGGER trg_denorm_insert ON app.items")
    assert not loaded.check()["shop/links", "kept_fresh"].passed
    assert loaded.run_job("shop_setup").success
    assert shown(loaded, "kept_fresh").passed


@pytest.mark.parametrize("ends", ["cancelled", "failed", "deleted"])
def test_ranges_sensor_check_hidden_by_cancelled_run_is_shown_again(wrong: Graph, ends: str) -> None:
    names = ("matches_definition", "backfill_complete", "kept_fresh", "reconciled")
    run = plan_checks(wrong, *names)
    assert hidden_checks(wrong.instance, [key(wrong, name) for name in names]) == []
    if ends == "cancelled":
        wrong.instance.report_run_canceled(run)
    elif ends == "failed":
        wrong.instance.report_run_failed(run)
    else:
        wrong.instance.delete_run(run.run_id)
    assert len(hidden_checks(wrong.instance, [key(wrong, name) for name in names])) == len(names)
    said = wrong.tick()
    assert isinstance(said, dg.SkipReason)
    assert str(said.skip_message).startswith("showed what a cancelled run hid: ")
    assert {name: shown(wrong, name).passed for name in names} == {
        **dict.fromkeys(names, True),
        "matches_definition": False,
    }
    assert str(shown(wrong, "matches_definition").description).startswith("As of 20")
    assert isinstance(shown(wrong, "matches_definition").metadata["found at"], dg.TimestampMetadataValue)
    again = wrong.tick()
    assert isinstance(again, dg.SkipReason)
    assert "hid" not in str(again.skip_message)


def test_ranges_sensor_unevaluated_check_of_cancelled_run_is_answered(shop: Graph) -> None:
    names = ("backfill_complete", "kept_fresh", "reconciled")
    shop.instance.report_run_canceled(plan_checks(shop, *names))
    shop.tick()
    assert not shown(shop, "backfill_complete").passed
    assert shown(shop, "kept_fresh").passed
