"""The worker's process beside a Dagster project: it has no code location, and reports under the keys of one."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import dagster as dg
import pytest

from denorm_assets import DenormAsset, DenormTranslator, build_definitions
from denorm_assets.systems.selection import load_systems
from tests.integration.definitions.conftest import Application
from tests.integration.definitions.graph import Graph
from tests.support.case import wait_for
from tests.support.shell import Project

SOURCE = """\
from denorm_assets import Debounce, Debounced, IdRanges, ReadModel, System

LINKS = ReadModel(
    "links", "SELECT id, 100 / amount AS share FROM items", ("id",), IdRanges("items.id"),
    Debounced(Debounce(quiet=0, max_wait=0)),
)
SYSTEM = System("shop", "app", read_models=(LINKS,))
"""
_numbers = itertools.count()


class Ours(DenormTranslator):
    """Other keys."""

    def get_asset_key(self, asset: DenormAsset) -> dg.AssetKey:
        return super().get_asset_key(asset).with_prefix("warehouse")


@pytest.fixture
def home(tmp_path: Path) -> Generator[tuple[dg.DagsterInstance, Path]]:
    """An instance that another process can open, and its folder."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.instance_for_test(temp_dir=str(folder)) as made:
        yield made, folder


def test_worker_process_reports_under_keys_of_code_location(
    application: Application,
    home: tuple[dg.DagsterInstance, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instance, folder = home
    project = Project(tmp_path, f"reports_{os.getpid()}_{next(_numbers)}")
    project.write(SOURCE)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    [system] = load_systems((project.reference,))
    in_process = dg.Definitions(executor=dg.in_process_executor)
    graph = Graph(system, dg.Definitions.merge(in_process, build_definitions([system], translator=Ours())), instance)
    for run in (graph.run_job("shop_setup"), graph.run_job("shop_items_backfill"), graph.run_job("shop_finish")):
        assert run.success, run.failure
    links = dg.AssetKey(["warehouse", "shop", "links"])
    log = tmp_path / "worker.log"
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder),
        "DENORM_SYSTEMS": project.reference,
        "PYTHONPATH": str(tmp_path),
    }

    def refreshed() -> list[dg.AssetMaterialization]:
        records = instance.fetch_materializations(links, limit=10).records
        found = [record.asset_materialization for record in records]
        return [event for event in found if event is not None and "why" in event.metadata]

    with log.open("w") as output:
        command = [sys.executable, "-m", "denorm_assets", "worker"]
        worker = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            wait_for(lambda: "event=ready" in log.read_text(), "the worker to be ready")
            application.run("UPDATE app.items SET amount = 5 WHERE id = 7")
            wait_for(lambda: bool(refreshed()), "a report")
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(60)
    assert worker.returncode == 0, log.read_text()
    [event] = refreshed()
    assert event.metadata["why"].value == "changes of app.items: 1 change is pending, the changes have been quiet"
    assert {key.path[0] for key in instance.all_asset_keys()} == {"warehouse"}
    assert application.rows("SELECT driver FROM denorm.refresh ORDER BY id DESC LIMIT 1") == [("denorm_assets worker",)]
