"""Caches in Dagster: filled by a person, kept by the sensor, checked, and repaired by reconciliation."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import warnings
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from denorm_assets.db.cache.protocol.encoding import members_value
from denorm_assets.db.changes.causes import Causes
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.assets.caches import cache_asset, cache_checks, opened_cache
from denorm_assets.definitions.instance.target_database import DatabaseResource
from denorm_assets.definitions.jobs.reconcile import reconcile_job
from denorm_assets.definitions.names import Names
from denorm_assets.definitions.sensors.refresh import keep_caches
from denorm_assets.embedded.valkey import EmbeddedValkey
from denorm_assets.extras import REDIS
from denorm_assets.settings import load_settings
from denorm_assets.systems.social import SYSTEM
from tests.integration.cache.conftest import Votes
from tests.integration.definitions.graph import WHOLE_GRAPH, Graph
from tests.support.hidden import hide

BARE = replace(SYSTEM, phases=(), queries=(), cutover=None, load=None)
NAMES = Names([BARE])
"""The caches alone: their graph is set up in a moment."""


@pytest.fixture
def cached(
    clean_environment: None, votes_url: str, valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> Generator[Votes]:
    monkeypatch.setenv("DENORM_DATABASE_URL", votes_url)
    monkeypatch.setenv("DENORM_REDIS_URL", valkey_server.url())
    monkeypatch.setenv("DENORM_ENVIRONMENT", "tests")
    made = Votes(votes_url, valkey_server.url(), Database(votes_url))
    yield made
    made.close()


@pytest.fixture
def graph(cached: Votes, instance: dg.DagsterInstance) -> Graph:
    with warnings.catch_warnings():
        # As in build_definitions: code references are a beta of Dagster's.
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets = [cache_asset(NAMES, BARE, cache) for cache in BARE.caches]
    definitions = dg.Definitions(
        assets=assets,
        asset_checks=[check for cache in BARE.caches for check in cache_checks(NAMES, BARE, cache)],
        jobs=[reconcile_job(NAMES, BARE)],
        resources={NAMES.resource_key: DatabaseResource()},
        executor=dg.in_process_executor,
    )
    return Graph(BARE, definitions, instance)


def test_materialize_cache_fills_it_and_reports_counts(graph: Graph) -> None:
    run = graph.run_job(WHOLE_GRAPH, ["user_upvotes", "project_upvotes"])
    assert run.success, run.failure
    by_name = {found.asset_key.path[-1]: found.metadata for found in run.materializations()}
    assert by_name["user_upvotes"]["owners"].value == 20
    assert by_name["project_upvotes"]["loaded"].value == 20


def test_materialize_cache_ids_from_launchpad_limit_owners(graph: Graph) -> None:
    run = graph.materialize("user_upvotes", from_id=2, to_id="4")
    assert run.success, run.failure
    [found] = run.materializations()
    assert found.metadata["owners"].value == 3


def checks(graph: Graph) -> dict[str, Any]:
    assets = dg.AssetSelection.checks_for_assets(*(graph.key(cache.name) for cache in BARE.caches))
    definitions = dg.Definitions.merge(graph.definitions, dg.Definitions(jobs=[dg.define_asset_job("checks", assets)]))
    run = Graph(graph.system, definitions, graph.instance).run_job("checks")
    assert run.success, run.failure
    return {f"{asset.rpartition('/')[2]} {name}": found for (asset, name), found in run.checks().items()}


def test_reconcile_job_wrong_cache_value_is_deleted(graph: Graph, cached: Votes) -> None:
    assert graph.materialize("user_upvotes").success
    found = checks(graph)
    assert all(evaluation.passed for evaluation in found.values())
    assert found["user_upvotes matches_source"].description == "20 held values are what the definition says"
    with opened_cache(cached.database, load_settings(), SYSTEM, SYSTEM.cache("user_upvotes")) as access:
        assert access is not None
        slot, wrong = access.keys.slot(3), members_value(access.tag, [77])
    cached.raw("SET", slot, wrong)
    assert not checks(graph)["user_upvotes matches_source"].passed
    run = graph.run_job("social_reconcile")
    assert run.success, run.failure
    assert cached.raw("EXISTS", slot) == 0
    assert checks(graph)["user_upvotes matches_source"].passed


def test_keep_caches_changed_owners_are_deleted_and_counted(cached: Votes) -> None:
    cached.keep()
    cached.upvotes.members(1)
    cached.sql("DELETE FROM social.votes WHERE user_id = 1")
    assert sorted(keep_caches(cached.database, [SYSTEM], load_settings(), Causes())) == [
        "project_upvotes: 2 owners forgotten",
        "user_upvotes: 1 owners forgotten",
    ]
    assert cached.upvotes.members(1) == set()


def test_materialize_cache_without_redis_succeeds(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DENORM_REDIS_URL")
    run = graph.materialize("user_upvotes")
    assert run.success, run.failure
    assert "DENORM_REDIS_URL is not set" in str(run.materializations()[0].metadata["redis"].value)
    assert all(evaluation.passed for evaluation in checks(graph).values())


def test_materialize_cache_without_redis_package_names_extra(
    graph: Graph, cached: Votes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, REDIS)
    run = graph.materialize("user_upvotes")
    assert not run.success
    assert "Run `pip install 'denorm-assets[cache]'`, or unset DENORM_REDIS_URL" in run.failure
    # Read models are refreshed all the same.
    [kept] = keep_caches(cached.database, [SYSTEM], load_settings(), Causes())
    assert kept.startswith("caches are not kept: a cache in Redis (DENORM_REDIS_URL) needs the package redis")


def test_cache_checks_unreachable_redis_only_warn(graph: Graph, cached: Votes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENORM_REDIS_URL", "redis://127.0.0.1:1/0")
    found = checks(graph)
    assert not any(evaluation.passed for evaluation in found.values())
    assert {evaluation.severity for evaluation in found.values()} == {dg.AssetCheckSeverity.WARN}
    assert keep_caches(cached.database, [SYSTEM], load_settings(), Causes())[0].startswith(
        "caches are not kept: Redis at 127.0.0.1:1/0"
    )
    run = graph.run_job("social_reconcile")
    assert run.success, run.failure
