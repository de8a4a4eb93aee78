"""The whole graph run in one process, as `denorm-assets dev` does."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pytest

from denorm_assets.definitions.assets.monitoring import MONITORING_CHECKS
from denorm_assets.definitions.local_run import LocalGraph, RunFailed
from denorm_assets.model.system import System
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import RANGES


def test_local_graph_run_makes_model_live_and_checks_pass(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    system = make_shop()
    graph = LocalGraph([system], instance)
    graph.set_up(system)
    graph.backfill(system)
    graph.finish(system)
    outcomes = graph.check(system)
    assert all(outcome.passed for outcome in outcomes)
    assert sorted(outcome.check for outcome in outcomes) == sorted(
        [
            *("backfill_complete", "catalog", "indexes_and_foreign_keys", "kept_fresh"),
            *("matches_definition", "reconciled", *MONITORING_CHECKS),
        ]
    )
    assert instance.get_materialized_partitions(dg.AssetKey(["shop", "links"])) == set(RANGES)

    application.run("DELETE FROM app.links WHERE id = 5")
    [failed] = [outcome for outcome in graph.check(system) if not outcome.passed]
    assert (failed.asset, failed.check) == ("shop/links", "matches_definition")
    assert failed.summary.startswith("1 of 4 ranges differ from the definition")


def test_local_graph_failed_step_names_job_and_reason(
    application: Application, make_shop: Callable[..., System], instance: dg.DagsterInstance
) -> None:
    application.run("UPDATE app.items SET amount = 0 WHERE id = 1500")
    system = make_shop()
    graph = LocalGraph([system], instance)
    graph.set_up(system)
    with pytest.raises(RunFailed, match=r"the run of shop_items_backfill failed: shop/links .* division by zero"):
        graph.backfill(system)
    with pytest.raises(RunFailed, match=r"the run of shop_finish failed: shop/links is not completely backfilled"):
        graph.finish(system)
