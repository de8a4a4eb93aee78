"""A stranger's project with a `defs` folder: its own resource, executor, job and assets beside a component."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg
import pytest

from tests.integration.component.conftest import OF_DAGSTER, DagsterProject, project
from tests.integration.component.created import CreatedProject
from tests.integration.definitions.conftest import Application, application, clean_environment, instance
from tests.integration.definitions.test_merging import LINKS, RAW, REPORT, loaded_project, looked_at
from tests.support.sensors import evaluate

__all__ = ["application", "clean_environment", "instance", "project"]

pytestmark = OF_DAGSTER
_THEIRS = """\
import dagster as dg

from tests.integration.definitions.test_merging import merged

defs = merged()
"""
_SHOP = """\
type: denorm_assets.DenormSystemComponent

attributes:
  source_keys:
    items: raw/items
  systems:
    - name: shop
      schema: app
      read_models:
        - name: links
          definition: SELECT id, 100 / amount AS share FROM items
          key: [id]
          backfill: [items.id]
          refresh:
            kind: debounced
            quiet: 0
            max_wait: 0
"""


@pytest.fixture
def definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    """All of a project that `create-dagster` made, with their module and our component in `defs`."""
    created = CreatedProject.create(tmp_path, "strangers_project")
    (created.defs / "theirs.py").write_text(_THEIRS, encoding="utf-8")
    (created.defs / "shop").mkdir()
    (created.defs / "shop" / "defs.yaml").write_text(_SHOP, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(created.root / "src"), *sys.path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "strangers_project"]:
        monkeypatch.delitem(sys.modules, name)
    return dg.load_from_defs_folder(path_within_project=created.root)


def test_component_beside_strangers_definitions_changes_none_of_theirs(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)
    assert set(definitions.resources or {}) == {"database", "denorm_database"}
    assert definitions.resolve_job_def("theirs").executor_def.name == "multiprocess"
    jobs = definitions.get_repository_def().get_all_jobs()
    ours = {job.name: job.executor_def.name for job in jobs if job.name.startswith(("shop_", "denorm_"))}
    assert len(ours) > 8
    assert set(ours.values()) == {"in_process"}
    graph = definitions.resolve_asset_graph()
    assert RAW in graph.get(LINKS).parent_keys
    assert REPORT in graph.get(LINKS).child_keys


def test_component_refresh_starts_strangers_asset_downstream(
    application: Application, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    loaded_project(definitions, instance)
    cursor = looked_at(definitions, instance, None).cursor
    idle = looked_at(definitions, instance, cursor)
    assert idle.total_requested == 0
    application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
    said = evaluate(definitions, "denorm_refresh", instance)
    assert "refreshed, 1 rows written" in str(said)
    assert looked_at(definitions, instance, idle.cursor).get_num_requested(REPORT) == 1


def test_components_of_two_databases_live_in_one_project(project: DagsterProject) -> None:
    project.write({"defs.yaml": _SHOP})
    store = project.shop.with_name("store")
    store.mkdir()
    of_store = _SHOP.replace("name: shop", "name: store").replace(
        "attributes:", "attributes:\n  resource_key: store_db"
    )
    (store / "defs.yaml").write_text(of_store, encoding="utf-8")
    (project.shop.parent / "raw.py").write_text("import dagster as dg\n\nraw = dg.AssetSpec('raw/items')\n")
    definitions = project.load()
    dg.Definitions.validate_loadable(definitions)
    assert set(definitions.resources or {}) == {"denorm_database", "store_db"}
    sensors = {sensor.name for sensor in definitions.get_repository_def().sensor_defs}
    assert {"denorm_refresh", "denorm_refresh_store_db"} <= sensors
