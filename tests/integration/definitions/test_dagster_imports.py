"""Dagster's private modules: which we import, and which of their names we spell ourselves."""

from __future__ import annotations

import ast
from pathlib import Path

from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage import tags
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

import denorm_assets
from denorm_assets.definitions import dagster_failure
from denorm_assets.definitions.instance.runs_under_way import UNDER_WAY
from denorm_assets.definitions.jobs import event_retention
from denorm_assets.definitions.sensors import alerts

PACKAGE = Path(denorm_assets.__file__).parent
ALLOWED = {
    "cli/dev_servers/guarded_dagster.py": {"dagster._cli"},
    "definitions/events/outcomes.py": {"dagster._core.storage.asset_check_execution_record"},
    "definitions/events/range_events.py": {
        "dagster._core.definitions.data_version",
        "dagster._core.definitions.source_asset",
    },
    "definitions/events/run_log.py": {"dagster._core.log_manager"},
    "definitions/instance/dagster_storage.py": {"dagster._core.storage.config", "dagster._serdes"},
    "definitions/instance/run_launcher.py": {
        "dagster._core.launcher.base",
        "dagster._core.storage.tags",
        "dagster._grpc.types",
    },
    "definitions/jobs/event_retention.py": {
        "dagster._core.storage.event_log.schema",
        "dagster._core.storage.event_log.sql_event_log",
    },
    "definitions/scheduling.py": {"dagster._core.definitions.unresolved_asset_job_definition"},
    "definitions/sensors/refresh.py": {"dagster._core.definitions.target"},
    # What Dagster raises for odd values has no public name.
    "definitions/translator.py": {"dagster._check"},
}
"""docs/decisions.md says of each why there is no public way."""


def private_imports(file: Path) -> set[str]:
    """The private modules of Dagster that `file` imports."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    return {module for module in modules if module.startswith("dagster._")}


def test_dagster_private_imports_are_only_in_allowed_files() -> None:
    found = {str(file.relative_to(PACKAGE)): private_imports(file) for file in PACKAGE.rglob("*.py")}
    assert {file: modules for file, modules in found.items() if modules} == ALLOWED


def test_dagster_names_spelled_here_equal_those_of_dagster() -> None:
    assert dagster_failure.RETRY_TAG == tags.RETRY_ON_ASSET_OR_OP_FAILURE_TAG
    assert alerts.WILL_RETRY_TAG == tags.WILL_RETRY_TAG
    assert alerts.STARTED_BY_ITSELF_TAGS == (
        tags.SCHEDULE_NAME_TAG,
        tags.SENSOR_NAME_TAG,
        tags.AUTOMATION_CONDITION_TAG,
    )
    assert set(UNDER_WAY) == set(IN_PROGRESS_RUN_STATUSES)
    assert event_retention.NO_RUN == RUNLESS_RUN_ID
    assert AssetCheckExecutionRecordStatus.PLANNED.value == event_retention.PLANNED
