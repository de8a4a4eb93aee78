"""`dg` in a project of `create-dagster`: the commands of the guide, and what they say of a faulty file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from denorm_assets import build_definitions
from tests.integration.component.created import CreatedProject
from tests.integration.component.every_feature import SHOP
from tests.integration.docs.pages import read

_GUIDE = read("docs/guides/existing-dagster-project.md")


@pytest.mark.long
def test_dg_commands_of_guide_run_in_created_project(tmp_path: Path) -> None:
    project = CreatedProject.create(tmp_path, "shop_project")
    lines = [line for line in _GUIDE.shell_lines if line.startswith("dg ")]
    said = {line: project.run(line) for line in lines}
    assert set(said) == {
        "dg list components",
        "dg scaffold defs denorm_assets.DenormSystemComponent shop",
        "dg check defs",
        "dg list defs",
    }
    assert "denorm_assets.DenormSystemComponent" in said["dg list components"]
    assert "Read models for PostgreSQL: one SELECT each" in said["dg list components"]
    assert "validated successfully." in said["dg check defs"]
    assert "All definitions loaded successfully." in said["dg check defs"]
    assert "shop/order_totals" in said["dg list defs"]
    assert sorted(path.name for path in (project.defs / "shop").iterdir()) == ["defs.yaml", "order_totals.sql"]
    assert _GUIDE.blocks("yaml") == [(project.defs / "shop" / "defs.yaml").read_text(encoding="utf-8")]
    found = json.loads(project.run("dg list defs --json"))
    assert {"shop_setup", "shop_checks"} <= {job["name"] for job in found["jobs"]}
    assert [resource["name"] for resource in found["resources"]] == ["denorm_database"]


def test_guide_names_all_that_is_added_to_a_project() -> None:
    repository = build_definitions([SHOP]).get_repository_def()
    added = {job.name for job in repository.get_all_jobs()} - {"__ASSET_JOB"}
    added |= {sensor.name for sensor in repository.sensor_defs} | {each.name for each in repository.schedule_defs}
    backfills = {name for name in added if name.endswith("_backfill")}
    missing = {name for name in added - backfills if f"`{name}`" not in _GUIDE.text}
    assert missing == set()


@pytest.mark.long
def test_dg_scaffold_python_form_is_loaded(tmp_path: Path) -> None:
    project = CreatedProject.create(tmp_path, "shop_project")
    project.run("dg scaffold defs denorm_assets.DenormSystemComponent my-shop --format python")
    assert "my_shop/order_totals" in project.run("dg list defs")


@pytest.mark.long
def test_dg_check_faulty_file_names_faults_with_their_lines(tmp_path: Path) -> None:
    project = CreatedProject.create(tmp_path, "shop_project")
    project.run("dg scaffold defs denorm_assets.DenormSystemComponent shop")
    file = project.defs / "shop" / "defs.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("key:", "keys:"), encoding="utf-8")
    checked = project.ended("dg check yaml")
    assert checked.returncode == 1
    assert "defs.yaml:15" in checked.stdout + checked.stderr
    file.write_text(text.replace("order_totals.sql", "totals.sql").replace("[order_id]", "[]"), encoding="utf-8")
    checked = project.ended("dg check defs")
    assert checked.returncode == 1
    said = checked.stdout + checked.stderr
    assert f"defs.yaml:12: read model 'order_totals': definition: {file.parent}/totals.sql is no file" in said
    assert "defs.yaml:12: read model 'order_totals': `key` is empty; name the columns that identify a row" in said
    assert f"Correct {file}, then run `dg check defs`" in said
