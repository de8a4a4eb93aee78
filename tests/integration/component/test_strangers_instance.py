"""A project of `create-dagster`, with a life of its own: merged with us by Python and by a component, and run.

Everything is as a stranger has it: SQLite storage, the default launcher, `dg dev` with its daemon, two databases.
"""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.integration.component.created import BIN, CreatedProject
from tests.integration.component.strangers import CRM_TABLES, FOLDER, SHOP_TABLES
from tests.integration.component.strangers.theirs import COUNTRIES, DAYS, TOTALS
from tests.integration.definitions.conftest import Application
from tests.support.dagster_tree import DagsterTree, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(2_400)]
REPORT, COUNTRY_REPORT = dg.AssetKey("revenue_report"), dg.AssetKey("country_report")
_LOOKS = ("dg list defs --json", "dg check defs")
_WARNING = re.compile(r"\w*Warning\b.*")
RANGES = ["orders:min-000001000", "orders:000001001-000001500", "orders:rest"]
_PATIENCE = 600.0
"""Seconds for what takes ten in a quiet hour: ours is not the only work on the machine."""
_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
  name locationOrLoadError { __typename ... on PythonError { message } }
} } } }"""
_RELOAD = "mutation ($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename } }"


class Stranger:
    """The stranger's project on an instance of its own."""

    def __init__(self, folder: Path, shop: Application, crm: Application) -> None:
        self.home = folder / "instance"
        self.home.mkdir()
        self.shop, self.crm = shop, crm
        settings = {
            "DAGSTER_HOME": str(self.home),
            "WAREHOUSE_URL": shop.url,
            "SHOP_DATABASE_URL": shop.url,
            "CRM_DATABASE_URL": crm.url,
            # A run that is not launched within a minute has failed otherwise.
            "DAGSTER_GRPC_TIMEOUT_SECONDS": str(round(_PATIENCE)),
        }
        (self.home / "dagster.yaml").touch()
        self.project = CreatedProject.create(folder, "strangers_project", settings)
        (self.project.defs / "theirs.py").write_text((FOLDER / "theirs.py").read_text())

    def merge(self) -> None:
        """Add our systems: one by Python, one as a component."""
        python = (FOLDER / "shop_read_models.py").read_text()
        (self.project.defs / "shop_read_models.py").write_text(python)
        (self.project.defs / "crm").mkdir()
        (self.project.defs / "crm" / "defs.yaml").write_text((FOLDER / "crm.yaml").read_text())

    def listed(self) -> tuple[dict[str, dict[str, Any]], set[str]]:
        """Sort and name -> what `dg list defs` says of it; and what that and `dg check defs` warn of."""
        said = [self.project.ended(command, PYTHONWARNINGS="default") for command in _LOOKS]
        assert [each.returncode for each in said] == [0, 0], said
        warned = {warning for each in said for warning in _WARNING.findall(each.stderr)}
        found: dict[str, list[dict[str, Any]]] = json.loads(said[0].stdout)
        listed = {
            f"{sort} {each.get('asset_key', '')} {each.get('name', '')}": each
            for sort, listed in found.items()
            for each in listed or ()
            # Until we are there, something stands in for assets of ours.
            if each.get("is_executable", True)
        }
        return listed, warned

    @contextmanager
    def instance(self) -> Generator[dg.DagsterInstance]:
        """Its instance, to look at."""
        with dg.DagsterInstance.from_config(str(self.home)) as found:
            yield found

    def ran(self, job: str) -> tuple[set[str], set[str]]:
        """Run a job of ops as `dg launch` does; returns its steps and how its executor announced itself."""
        self.project.run(f"dg launch --job {job}")
        with self.instance() as instance:
            [run, *_] = instance.get_runs(dg.RunsFilter(job_name=job))
            assert run.is_success
            said = {entry.user_message or "" for entry in instance.all_logs(run.run_id)}
            steps = {stats.step_key for stats in instance.get_run_step_stats(run.run_id)}
        return steps, {re.sub(r"\d+", "N", each) for each in said if each.startswith("Executing steps")}

    @contextmanager
    def dev(self, *command: str, location: str) -> Generator[DagsterTree]:
        """A command such as `dg dev`, running, with its code location loaded."""
        words = [str(BIN / command[0]), *command[1:]]
        tree = DagsterTree(self.home, self.project.environment, words, self.project.root, location)
        try:
            tree.start()
            wait_for(lambda: bool(_locations(tree)), _PATIENCE, "the code location is loaded", interval=1)
            assert _locations(tree) == {location: "RepositoryLocation"}, tree.log.read_text()[-3_000:]
            yield tree
        finally:
            tree.stop()

    @contextmanager
    def worker(self, systems: str) -> Generator[None]:
        """The resident worker of the first database."""
        environ = {**self.project.environment, "DENORM_DATABASE_URL": self.shop.url, "DENORM_SYSTEMS": systems}
        log = self.home / "worker.log"
        with log.open("wb") as output:
            process = subprocess.Popen([BIN / "denorm-assets", "worker"], env=environ, stdout=output, stderr=output)
        try:
            wait_for(lambda: "event=ready" in log.read_text(), _PATIENCE, f"the worker is ready; see {log}")
            yield
            [(driver,)] = self.shop.rows("SELECT driver FROM denorm.refresh ORDER BY id DESC LIMIT 1")
            assert driver == "denorm_assets worker"
        finally:
            process.terminate()
            assert process.wait(_PATIENCE) == 0


def _locations(tree: DagsterTree) -> dict[str, str]:
    entries = tree.graphql(_LOCATIONS)["workspaceOrError"]["locationEntries"]
    loaded = {entry["name"]: entry["locationOrLoadError"] for entry in entries}
    return {} if None in loaded.values() else {name: _type(found) for name, found in loaded.items()}


def _type(found: Mapping[str, str]) -> str:
    return found.get("message", found["__typename"])


@pytest.fixture
def stranger(new_database: Callable[[], str], tmp_path: Path) -> Stranger:
    """The project before we are in it."""
    shop, crm = Application(new_database()), Application(new_database())
    shop.run(SHOP_TABLES)
    crm.run(CRM_TABLES)
    return Stranger(tmp_path, shop, crm)


def finished(tree: DagsterTree, stranger: Stranger, run_id: str) -> dg.DagsterRun:
    """A run that succeeded."""
    with stranger.instance() as instance:

        def ended() -> bool:
            run = instance.get_run_by_id(run_id)
            return run is not None and run.is_finished

        wait_for(ended, _PATIENCE, f"run {run_id} has ended; see {tree.log}", interval=1)
        run = instance.get_run_by_id(run_id)
        assert run is not None
        failures = [entry.message for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)]
        assert run.is_success, (run.job_name, failures)
        return run


def materializations(instance: dg.DagsterInstance, key: dg.AssetKey) -> Iterator[tuple[int, dg.AssetMaterialization]]:
    """Storage ID and event, the newest first."""
    for record in instance.fetch_materializations(key, limit=100).records:
        if record.asset_materialization is not None:
            yield record.storage_id, record.asset_materialization


def reported(instance: dg.DagsterInstance, revenue: int) -> dg.EventLogRecord | None:
    """The last event of the report, if that shows `revenue`."""
    [record] = instance.fetch_materializations(REPORT, limit=1).records
    event = record.asset_materialization
    return record if event is not None and event.metadata["revenue"].value == revenue else None


def wait_for_revenue(stranger: Stranger, tree: DagsterTree, revenue: int) -> None:
    """Return once the report shows `revenue`; nobody but the automation sensor launches it."""
    with stranger.instance() as instance:

        def shown() -> bool:
            return reported(instance, revenue) is not None

        wait_for(shown, _PATIENCE, f"the report shows {revenue}; see {tree.log}", interval=1)
        record = reported(instance, revenue)
        run = None if record is None else instance.get_run_by_id(record.run_id)
        assert run is not None
        assert run.tags["dagster/sensor_name"] == "automation"


def change_and_wait(stranger: Stranger, tree: DagsterTree, statement: str, revenue: int) -> None:
    """Change a source; return once the report shows `revenue`, which it does after the refresh."""
    with stranger.instance() as instance:
        before, _ = next(materializations(instance, TOTALS))
        stranger.shop.run(statement)
        wait_for_revenue(stranger, tree, revenue)
        record = reported(instance, revenue)
        assert record is not None
        shown = [number for number, event in materializations(instance, TOTALS) if "rows_written" in event.metadata]
        assert [number for number in shown if before < number < record.storage_id] != []


def test_existing_project_merged_by_python_and_component_keeps_its_own_and_follows_refreshes(
    stranger: Stranger,
) -> None:
    listed, warned = stranger.listed()
    hourly = stranger.ran("hourly")
    assert hourly[0] == {"extract", "publish"}
    assert any("multiprocess" in said for said in hourly[1])
    stranger.merge()

    merged, warned_of_us = stranger.listed()
    assert warned_of_us == warned
    changed = {name for name, each in listed.items() if merged[name] != each}
    assert changed == set(), "what is theirs is listed as before"
    assert len(merged) > len(listed) + 30
    resources = {each["name"] for name, each in merged.items() if name.startswith("resources ")}
    assert resources == {"crm_database", "database", "io_manager", "shop_database"}
    assert stranger.ran("hourly") == hourly

    with stranger.dev("dg", "dev", location="strangers_project") as tree:
        jobs = ("shop_setup", "shop_orders_backfill", "shop_finish", "crm_setup", "crm_load", "crm_finish")
        for job in jobs:
            finished(tree, stranger, tree.launch_run(job))
        finished(tree, stranger, tree.launch_run("__ASSET_JOB", COUNTRY_REPORT.path))
        finished(tree, stranger, tree.launch_run("__ASSET_JOB", REPORT.path))
        # A sensor of ours refreshes.
        update = "UPDATE shop.order_lines SET amount = {} WHERE id = 7"
        change_and_wait(stranger, tree, update.format(25), 30_015)
        # A worker does, and reports under their keys.
        with stranger.worker("strangers_project.defs.shop_read_models:SHOP"):
            change_and_wait(stranger, tree, update.format(11), 30_001)
        assert "/denorm_assets/" not in tree.log.read_text(), f"a frame of ours in {tree.log}"
        # The code location is loaded anew while they refresh.
        stranger.shop.run("UPDATE shop.order_lines SET amount = 20 WHERE id <= 300")
        tree.graphql(_RELOAD, name=tree.location)
        stranger.shop.run(update.format(21))
        wait_for_revenue(stranger, tree, 33_001)
        country_report_follows(stranger, tree)
        check = tree.launch_run("__ASSET_JOB", TOTALS.path, checks=["revenue_is_positive"])
        finished(tree, stranger, check)
        finished(tree, stranger, tree.launch_run("shop_checks"))
        # With their executor, a process for each step.
        finished(tree, stranger, tree.launch_range(TOTALS.path, RANGES[0], RANGES[1]))
        lineage_leads_both_ways(tree)
    with stranger.dev(
        "dagster", "dev", "-m", "strangers_project.definitions", location="strangers_project.definitions"
    ):
        pass


def country_report_follows(stranger: Stranger, tree: DagsterTree) -> None:
    """The report on the other database follows, too."""
    with stranger.instance() as instance:
        before, _ = next(materializations(instance, COUNTRY_REPORT))
        stranger.crm.run("INSERT INTO crm.customers VALUES (91, 'at')")

        def followed() -> bool:
            return next(materializations(instance, COUNTRY_REPORT))[0] > before

        wait_for(followed, _PATIENCE, f"the report follows; see {tree.log}", interval=1)
        _, event = next(materializations(instance, COUNTRIES))
        assert event.metadata["rows_written"].value == 1
    assert stranger.crm.rows("SELECT customers FROM crm.customers_by_country WHERE country = 'at'") == [(31,)]


def lineage_leads_both_ways(tree: DagsterTree) -> None:
    """What the UI draws: from their dbt model to our read model to their report, and back."""
    asked = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
      dependencyKeys { path } dependedByKeys { path } partitionKeys } } }"""

    def node(path: list[str]) -> dict[str, Any]:
        return tree.graphql(asked, key={"path": path})["assetNodeOrError"]

    lines, totals, report = (node(list(path)) for path in (("dbt", "shop", "order_lines"), TOTALS.path, REPORT.path))
    assert {"path": list(TOTALS.path)} in lines["dependedByKeys"]
    assert {"path": ["dbt", "shop", "order_lines"]} in totals["dependencyKeys"]
    assert {"path": list(REPORT.path)} in totals["dependedByKeys"]
    assert {"path": list(TOTALS.path)} in report["dependencyKeys"]
    assert lines["partitionKeys"] == list(DAYS.get_partition_keys())
    # `rest` is offered before anything is loaded.
    assert sorted(totals["partitionKeys"]) == sorted(RANGES)
