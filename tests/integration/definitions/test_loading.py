"""What a newcomer's Dagster loads: without a database, without settings, and readable from left to right."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy

from denorm_assets.definitions.assets.monitoring import MONITORING_CHECKS
from denorm_assets.definitions.build import build_definitions
from denorm_assets.definitions.events.freshness import freshness_policy
from denorm_assets.model.refresh import Full
from denorm_assets.sql.versions import code_version
from denorm_assets.systems.notebooks import SYSTEM as NOTEBOOKS
from denorm_assets.systems.selection import load_systems
from denorm_assets.systems.social import SYSTEM as SOCIAL
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.stress.races.systems import RACE, RACE_NOW
from tests.support.shipped import SHIPPED_SYSTEMS

LOAD = """
from denorm_assets.definitions import defs
loaded = defs() if callable(defs) else defs
print(len(list(loaded.get_repository_def().asset_graph.get_all_asset_keys())))
"""
EVERYTHING = {
    "topics/source/entries": set[str](),
    "topics/source/topic_tags": set[str](),
    "topics/phase_1_link_tables": {"topics/source/entries", "topics/source/topic_tags"},
    "topics/entries_ranges": {"topics/phase_1_link_tables"},
    "topics/entry_topics": {"topics/entries_ranges", "topics/source/entries", "topics/source/topic_tags"},
    "topics/entry_topics_indexes": {"topics/entry_topics"},
    "topics/entry_title_topics": {"topics/entries_ranges", "topics/source/entries", "topics/source/topic_tags"},
    "topics/entry_title_topics_indexes": {"topics/entry_title_topics"},
    "topics/benchmark": {"topics/entry_topics_indexes", "topics/entry_title_topics_indexes"},
    "topics/cutover": {"topics/benchmark"},
    "topics/monitoring": {"topics/phase_1_link_tables"},
}
"""Asset -> what it follows."""


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return build_definitions([TOPICS])


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def load(folder: Path, systems: str) -> subprocess.CompletedProcess[str]:
    """Load the code location in an environment that names `systems`, and nothing else."""
    command, environ = [sys.executable, "-W", "ignore", "-c", LOAD], {"DENORM_SYSTEMS": systems}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)


def test_build_definitions_chosen_systems_load_without_database(tmp_path: Path) -> None:
    ended = load(tmp_path, ",".join(SHIPPED_SYSTEMS))
    shipped = build_definitions(load_systems(SHIPPED_SYSTEMS)).resolve_all_asset_specs()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{len(list(shipped))}\n", "")
    assert list(tmp_path.iterdir()) == []


def test_code_location_without_systems_says_how_to_choose_them(tmp_path: Path) -> None:
    ended = load(tmp_path, "")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "no systems are chosen. Name yours in DENORM_SYSTEMS" in ended.stderr


def test_build_definitions_assets_depend_from_sources_to_indexes(specs: dict[str, dg.AssetSpec]) -> None:
    assert {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs.items()} == EVERYTHING


def test_build_definitions_systems_with_same_model_names_load() -> None:
    dg.Definitions.validate_loadable(build_definitions([RACE, RACE_NOW]))


def test_assets_have_group_owner_description_and_kind(specs: dict[str, dg.AssetSpec]) -> None:
    for name, spec in specs.items():
        assert (spec.group_name, list(spec.owners)) == ("topics", ["team:press"]), name
        assert spec.description, name
        assert "postgres" in spec.kinds, name
    kinds = {name: spec.kinds - {"postgres"} for name, spec in specs.items()}
    assert kinds["topics/source/entries"] == kinds["topics/entry_topics"] == {"table"}
    assert kinds["topics/phase_1_link_tables"] == {"schema"}
    assert kinds["topics/entry_topics_indexes"] == {"index"}


def test_partitions_of_models_with_same_driving_source_are_shared(specs: dict[str, dg.AssetSpec]) -> None:
    partitioned = {name: spec.partitions_def for name, spec in specs.items() if spec.partitions_def is not None}
    assert set(partitioned) == {"topics/entry_topics", "topics/entry_title_topics"}
    assert set(partitioned.values()) == {dg.DynamicPartitionsDefinition(name="topics_entries")}


def test_asset_before_first_run_shows_table_columns_and_definition(
    specs: dict[str, dg.AssetSpec],
) -> None:
    spec, model = specs["topics/entry_topics"], TOPICS.read_model("entry_topics")
    assert spec.code_version == code_version(TOPICS, model)
    assert spec.metadata["dagster/table_name"] == "topics.entry_topics"
    schema = spec.metadata["dagster/column_schema"]
    assert [column.name for column in schema.columns] == ["entry_id", "topic_id", "published_at"]
    files = [
        Path(reference.file_path)
        for reference in spec.metadata["dagster/code_references"].code_references
        if isinstance(reference, dg.LocalFileCodeReference)
    ]
    assert [path.name for path in files] == ["declaration.py", "entry_topics.sql"]
    assert all(path.is_file() for path in files)
    assert model.definition.text in spec.metadata["definition"].value


@pytest.mark.parametrize("name", ["topics/entry_topics", "topics/entry_title_topics"])
def test_asset_shows_column_lineage(specs: dict[str, dg.AssetSpec], name: str) -> None:
    spec = specs[name]
    lineage = spec.metadata["dagster/column_lineage"].deps_by_column
    entries, topic_tags = dg.AssetKey(["topics", "source", "entries"]), dg.AssetKey(["topics", "source", "topic_tags"])
    assert {column: [(dep.asset_key, dep.column_name) for dep in deps] for column, deps in lineage.items()} == {
        "entry_id": [(entries, "id")],
        "topic_id": [(topic_tags, "topic_id")],
        "published_at": [(entries, "published_at")],
    }
    assert {dep.asset_key for deps in lineage.values() for dep in deps} <= {dep.asset_key for dep in spec.deps}
    assert [column.description for column in spec.metadata["dagster/column_schema"].columns] == [
        "part of the key; from entries.id",
        "part of the key; from topic_tags.topic_id",
        "from entries.published_at",
    ]


def test_build_definitions_has_all_jobs_sensors_schedules_and_checks(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert {name for name in repository.job_names if not name.startswith("__")} == {
        "topics_setup",
        "topics_entries_backfill",
        "topics_finish",
        "topics_checks",
        "topics_nightly_checks",
        "topics_refresh",
        "topics_reconcile",
        "topics_cutover",
        "topics_monitoring",
        "denorm_prune_events",
    }
    assert {(sensor.name, sensor.default_status) for sensor in repository.sensor_defs} == {
        ("denorm_ranges", dg.DefaultSensorStatus.RUNNING),
        ("denorm_refresh", dg.DefaultSensorStatus.RUNNING),
    }
    assert {
        (schedule.name, schedule.cron_schedule, schedule.execution_timezone) for schedule in repository.schedule_defs
    } == {
        ("topics_nightly_checks", "30 3 * * *", "UTC"),
        ("topics_nightly_reconcile", "0 3 * * *", "UTC"),
        ("topics_hourly_monitoring", "17 * * * *", "UTC"),
        ("denorm_nightly_prune_events", "45 4 * * *", "UTC"),
    }
    assert {each.default_status for each in repository.schedule_defs} == {dg.DefaultScheduleStatus.RUNNING}
    checks = {
        (key.asset_key.to_user_string(), key.name): repository.asset_graph.get(key).blocking
        for key in repository.asset_graph.asset_check_keys
    }
    assert checks == {
        (f"topics/{model}{suffix}", name): blocking
        for model in ("entry_topics", "entry_title_topics")
        for suffix, name, blocking in (
            ("", "matches_definition", True),
            ("", "no_orphans", False),
            ("", "backfill_complete", False),
            ("", "kept_fresh", False),
            ("", "reconciled", False),
            ("_indexes", "indexes_and_foreign_keys", True),
        )
    } | {
        ("topics/benchmark", "queries"): True,
        ("topics/phase_1_link_tables", "catalog"): False,
        **{("topics/monitoring", name): False for name in MONITORING_CHECKS},
    }


def test_jobs_sensors_and_schedules_have_descriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENORM_ALERT_COMMAND", "true")
    repository = build_definitions([TOPICS, SOCIAL, NOTEBOOKS]).get_repository_def()
    jobs = [repository.get_job(name) for name in repository.job_names if not name.startswith("__")]
    named = [*jobs, *repository.sensor_defs, *repository.schedule_defs]
    assert [each.name for each in named if not each.description] == []


def test_schedules_use_time_zone_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DENORM_TIME_ZONE", "Europe/Zurich")
    schedules = build_definitions([TOPICS]).get_repository_def().schedule_defs
    assert {schedule.execution_timezone for schedule in schedules} == {"Europe/Zurich"}


def test_freshness_policy_allows_one_night_without_report(specs: dict[str, dg.AssetSpec]) -> None:
    policy = specs["topics/entry_topics"].freshness_policy
    assert isinstance(policy, TimeWindowFreshnessPolicy)
    assert policy.warn_window is not None
    assert policy.warn_window.to_timedelta() == timedelta(hours=26)
    assert policy.fail_window.to_timedelta() == timedelta(hours=50)
    assert specs["topics/entry_topics_indexes"].freshness_policy is None


@pytest.mark.parametrize(
    ("every", "warn", "fail"), [(60, 15 * 60, 3_600), (1_800, 5_400, 18_000), (86_400, 259_200, 864_000)]
)
def test_freshness_policy_timed_view_allows_few_intervals(every: float, warn: float, fail: float) -> None:
    model = replace(TOPICS.read_model("entry_topics"), refresh=Full(every=every))
    policy = freshness_policy(model)
    assert isinstance(policy, TimeWindowFreshnessPolicy)
    assert policy.warn_window is not None
    assert policy.warn_window.to_timedelta().total_seconds() == warn
    assert policy.fail_window.to_timedelta().total_seconds() == fail
