"""The files that `dg scaffold defs` writes load, whatever their folder is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import dagster as dg
import pytest

from denorm_assets import DenormSystemComponent
from denorm_assets.definitions.component.scaffolder import SystemScaffolder
from tests.integration.component.conftest import OF_DAGSTER, DagsterProject
from tests.support.hidden import EXTRA_PACKAGES, hiding

pytestmark = OF_DAGSTER
_TYPE = "denorm_assets.DenormSystemComponent"
_TOTALS = "shop/order_totals"


def scaffold(
    project: DagsterProject,
    scaffold_format: Literal["yaml", "python"],
    *,
    append: bool = False,
    folder: Path | None = None,
) -> None:
    """Write the files into `defs/shop` or another `folder`, or add to its `defs.yaml`."""
    target = project.shop / "defs.yaml" if append else folder or project.shop
    params = SystemScaffolder.get_scaffold_params()()
    SystemScaffolder().scaffold(dg.ScaffoldRequest(_TYPE, target, scaffold_format, project.root, params, append))


def test_component_is_discovered_where_no_extra_is_installed(tmp_path: Path) -> None:
    # `dg` looks at everything that a registered module has.
    script = "from dagster.components.core.package_entry import discover_entry_point_package_objects as found; "
    script += "print(*(key.to_typename() for key in found() if key.namespace == 'denorm_assets'))"
    environment = {**os.environ, **hiding(tmp_path / "hiding", *EXTRA_PACKAGES)}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.stdout.split() == [_TYPE], ran.stderr


@pytest.mark.parametrize("scaffold_format", ["yaml", "python"])
def test_scaffold_files_are_system_of_example(
    project: DagsterProject, scaffold_format: Literal["yaml", "python"]
) -> None:
    scaffold(project, scaffold_format)
    definitions = project.load()
    dg.Definitions.validate_loadable(definitions)
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert {_TOTALS, "shop/source/order_lines"} <= keys


@pytest.mark.parametrize("first", ["yaml", "python"])
@pytest.mark.parametrize("second", ["yaml", "python"])
def test_scaffold_second_folder_has_resource_of_its_own(
    project: DagsterProject, first: Literal["yaml", "python"], second: Literal["yaml", "python"]
) -> None:
    crm = project.shop.with_name("crm")
    crm.mkdir()
    scaffold(project, first)
    scaffold(project, second, folder=crm)
    definitions = project.load()
    dg.Definitions.validate_loadable(definitions)
    assert set(definitions.resources or {}) == {"denorm_database", "crm_database"}
    sensors = {sensor.name for sensor in definitions.get_repository_def().sensor_defs}
    assert {"denorm_refresh", "denorm_refresh_crm_database"} <= sensors


def test_scaffold_added_to_file_keeps_definition_and_first_system(project: DagsterProject) -> None:
    scaffold(project, "yaml")
    (project.shop / "order_totals.sql").write_text("SELECT 1 AS order_id", encoding="utf-8")
    scaffold(project, "yaml", append=True)
    systems = DenormSystemComponent.systems_in(project.shop / "defs.yaml")
    assert [system.name for system in systems] == ["shop", "shop"]
    assert systems[1].read_models[0].definition.text == "SELECT 1 AS order_id"
