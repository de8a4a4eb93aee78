"""Purging, verification and a check per index, as Dagster shows them."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_indexes import build_phase_indexes
from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.checks.combined import parts_of
from denorm_assets.model.index import Index, on
from denorm_assets.model.schema_change import Contract, Identifiers, SoftDeletes
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, QueryPair, System
from denorm_assets.model.table_name import TableName
from tests.integration.definitions.graph import Graph
from tests.support.soft_deleting import SHOP, Marking

VERIFICATIONS = ["types", "soft_deletes", "indexes", "foreign_keys", "orphans"]


@pytest.fixture
def system(tmp_path: Path) -> System:
    (tmp_path / "page.sql").write_text("SELECT id FROM app.items WHERE body = 'item 1'")
    file = SqlFile(tmp_path / "page.sql")
    marked = SoftDeletes((TableName("owners"), TableName("items"), TableName("notes")), keep_days=20)
    indexes = (
        on("items", Index("body"), query="page"),
        on("notes", Index("body", name="notes by body"), query="page"),
    )
    phases = (
        Phase("phase_1_soft_deletes", work=marked),
        Phase("phase_2_indexes", indexes=indexes),
        Phase("phase_3_contract", work=Contract(Identifiers("old.id"))),
    )
    return System("shop", "app", phases, (QueryPair("page", file, file, {}),))


@pytest.fixture
def shop(
    system: System,
    clean_environment: None,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Generator[Marking]:
    """The shop with soft deletes and indexes; two items were deleted, 15 and 25 days ago."""
    monkeypatch.setenv("DENORM_DATABASE_URL", database_url)
    database = Database(database_url)
    made = Marking(database, database_url)
    made.run(SHOP)
    made.apply()
    build_phase_indexes(database, system, system.phases[1])
    made.run("UPDATE app.items SET deleted_at = now() - interval '1 day' * (id * 10 - 65) WHERE id IN (8, 9)")
    made.run("CREATE TABLE app.old (id text PRIMARY KEY)")
    yield made
    database.close()


@pytest.fixture
def graph(shop: Marking, system: System, instance: dg.DagsterInstance) -> Graph:
    return Graph.of(system, instance)


def run_checks(graph: Graph, phase: str, names: set[str]) -> dict[str, dg.AssetCheckEvaluation]:
    job = graph.definitions.resolve_job_def("__ASSET_JOB").get_subset(
        asset_selection=set(),
        asset_check_selection={dg.AssetCheckKey(graph.key(phase), name) for name in names},
    )
    result = job.execute_in_process(instance=graph.instance)
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def purge(graph: Graph, **config: Any) -> dict[str, Any]:
    """Run the job; returns the metadata of the observation that it leaves."""
    run = graph.run_job("shop_purge", ops={"purge": config})
    assert run.success, run.failure
    [found] = [
        event.asset_observation_data.asset_observation
        for event in run.events()
        if event.event_type is dg.DagsterEventType.ASSET_OBSERVATION
    ]
    assert found.asset_key == graph.key("phase_1_soft_deletes")
    return {name: value.value for name, value in found.metadata.items() if name != "details"}


def test_purge_job_launchpad_shows_keep_days(system: System) -> None:
    repository = build_definitions([system]).get_repository_def()
    job = repository.get_job("shop_purge")
    assert job.run_config == {"ops": {"purge": {"config": {"keep_days": 20, "minutes": 120.0, "dry_run": False}}}}
    schedules = {schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs}
    assert schedules["shop_nightly_purge"] == "0 4 * * *"


def test_purge_job_purges_and_reports_observation(graph: Graph, shop: Marking) -> None:
    assert purge(graph, keep_days=20, dry_run=True) == {"purged": 0}
    assert purge(graph, keep_days=20) == {"purged": 1}
    assert shop.value("SELECT array_agg(id ORDER BY id) FROM app.items WHERE id > 6") == [7, 8, 10]
    assert purge(graph, keep_days=0) == {"purged": 1}


def test_schema_check_is_on_last_automatic_phase(graph: Graph, shop: Marking) -> None:
    keys = graph.definitions.get_repository_def().asset_graph.asset_check_keys
    assert {key.asset_key for key in keys if key.name == "schema"} == {graph.key("phase_2_indexes")}
    [found] = run_checks(graph, "phase_2_indexes", {"schema"}).values()
    assert [part.name for part in parts_of(found)] == VERIFICATIONS
    assert {part.name for part in parts_of(found) if part.passed} >= {"soft_deletes", "orphans"}
    shop.run("DROP VIEW app.items_live")
    [failed] = run_checks(graph, "phase_2_indexes", {"schema"}).values()
    assert not failed.passed
    said = {part.name: part.says for part in parts_of(failed)}
    assert said["soft_deletes"].startswith("1 faults in 9 columns, indexes and views")
    assert f"soft_deletes: {said['soft_deletes']}" in (failed.description or "").splitlines()


def test_phase_indexes_are_rows_of_one_check(graph: Graph, shop: Marking) -> None:
    [valid] = run_checks(graph, "phase_2_indexes", {"indexes"}).values()
    assert [part.passed for part in parts_of(valid)] == [True, False]
    assert valid.severity is dg.AssetCheckSeverity.WARN
    shop.run("DROP INDEX app.items_body_idx")
    [found] = run_checks(graph, "phase_2_indexes", {"indexes"}).values()
    assert not found.passed
    assert found.description is not None
    assert found.description.startswith(
        "indexes_valid: 1 of 2 indexes are missing, invalid or outdated: items_body_idx; materialize phase_2_indexes"
    )
    details = found.metadata["indexes_valid: details"]
    assert isinstance(details, dg.TableMetadataValue)
    rows = {record.data["index"]: record.data for record in details.records}
    assert (rows["items_body_idx"]["state"], rows["items_body_idx"]["bytes"]) == ("missing", None)
    held = rows["notes by body"]
    assert (held["state"], held["table"], held["query"], held["scans"]) == ("valid", "notes", "page", 0)
    assert isinstance(held["bytes"], int)
    assert held["bytes"] > 0
