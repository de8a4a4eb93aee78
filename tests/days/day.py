"""The product as people use it: started once by `denorm-assets dev`, beside a browser, a shell and who is alerted."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import psycopg
from dagster._core.scheduler.instigation import InstigatorTick
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord
from playwright.sync_api import Page
from psycopg.rows import TupleRow

from denorm_assets.model.read_model import ReadModel
from tests.browser.chromium import open_page
from tests.browser.product import Folder, Product, product_folder
from tests.dagster_tree import DagsterApi, open_instance, wait_for
from tests.days.house import SYSTEMS, build_house, read_models
from tests.days.receiver import Receiver, receiving
from tests.reports import REPORTS, Figure

PATIENCE = 180.0
"""Seconds for what takes one in a quiet hour, and a few ticks of 30 s: ours is not the only work on the machine."""
ALERT_TICK = 30.0
_RELOAD = """mutation { reloadRepositoryLocation(repositoryLocationName: "denorm_assets") {
  __typename ... on WorkspaceLocationEntry { locationOrLoadError { __typename ... on PythonError { message } } }
}}"""
_NODES = """{ assetNodes { assetKey { path } isMaterializable
  assetChecksOrError { ... on AssetChecks { checks { name } } }
} }"""
_TERMINATE = "mutation ($run: String!) { terminateRun(runId: $run) { __typename ... on PythonError { message } } }"


class Day:
    """One running product and what people have at hand.

    Attributes:
        began: when it was made.
        figures: what the present scenario measured.
    """

    def __init__(self, folder: Folder, alerts: Receiver) -> None:
        self.folder = folder
        self.alerts = alerts
        self.began = self.now()
        self.figures: list[Figure] = []
        self.page: Page
        self.product: Product
        self.api: DagsterApi
        self.instance: dg.DagsterInstance
        self._running = ExitStack()

    def start(self) -> None:
        """Start the product, which then is where it was before."""
        self.product = self._running.enter_context(self.folder.running())
        self.api = DagsterApi(self.product.url)
        self.instance = self._running.enter_context(
            open_instance(
                {
                    "DENORM_DAGSTER_URL": self.folder.server_url("DENORM_DAGSTER_URL"),
                    "DAGSTER_HOME": str(self.folder.home / "dagster"),
                }
            )
        )

    def stop(self) -> None:
        """Stop it with Ctrl-C."""
        self._running.close()

    def reload(self) -> None:
        """What *Reload* on the page of code locations does."""
        answer = self.api.graphql(_RELOAD)["reloadRepositoryLocation"]
        assert answer["__typename"] == "WorkspaceLocationEntry", answer
        assert answer["locationOrLoadError"]["__typename"] == "RepositoryLocation", answer

    def shell(self, *words: str) -> str:
        """What `denorm-assets` says in the shell of the same folder; AssertionError where it fails."""
        done = subprocess.run(
            [Path(sys.executable).with_name("denorm-assets"), *words],
            cwd=self.folder.root,
            env=dict(self.folder.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"denorm-assets {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def find_worker(self) -> psutil.Process | None:
        """The worker process of `dev`, if one is alive."""
        return next((each for each in self.folder.processes() if each.cmdline()[-1:] == ["worker"]), None)

    def worker(self) -> psutil.Process:
        """The worker process of `dev`."""
        found = self.find_worker()
        assert found is not None, "a worker is running"
        return found

    # The application's database.

    def rows(self, query: str, *parameters: object) -> list[TupleRow]:
        """What `query` yields in the schema of `topics`, in a connection of its own."""
        return self.product.rows(query, *parameters)

    def unseen(self, statement: str) -> None:
        """Change rows behind everybody's back: no trigger fires."""
        self.rows(f"SET session_replication_role = replica; {statement}")

    @contextmanager
    def locked(self, table: str) -> Generator[None]:
        """Keep everybody from reading `table`."""
        with psycopg.connect(self.product.database_url) as connection:
            connection.execute(f"LOCK TABLE topics.{table} IN ACCESS EXCLUSIVE MODE".encode())
            yield
            connection.rollback()

    def model(self, name: str) -> ReadModel:
        """A read model of `topics`, its definition as its file is now."""
        return read_models(self.folder.root)[name]

    def differing(self) -> dict[str, int]:
        """Read model of `topics` -> rows that table and definition do not share."""
        return {name: len(self.product.difference(found)) for name, found in read_models(self.folder.root).items()}

    def wait_until_right(self, seconds: float = PATIENCE) -> None:
        """Return once no read model of `topics` differs from its definition."""
        wait_for(lambda: not any(self.differing().values()), seconds, f"{self.differing()} differ no more", interval=1)

    def flag(self) -> int:
        """For how many of a hundred users the flag of `topics` is on."""
        [(percentage,)] = self.rows("SELECT percentage FROM denorm.flag WHERE name = 'topics_read_models'")
        return int(percentage)

    # Dagster's.

    def launch_checks(self, asset: str, *names: str) -> str:
        """Launch checks as *Execute* does; returns the run's ID."""
        return self.api.launch_run("__ASSET_JOB", asset.split("/"), checks=names)

    def check(self, asset: str, *names: str) -> bool:
        """Run checks to their end; returns whether all of them passed."""
        self.ended(self.launch_checks(asset, *names))
        return all(self.passed(asset, name) for name in names)

    def passed(self, asset: str, check: str) -> bool:
        """Whether the check passed when it was evaluated last."""
        return self._last(asset, check).passed

    def said(self, asset: str, check: str) -> str:
        """What it said then."""
        return self._last(asset, check).description or ""

    def _last(self, asset: str, check: str) -> dg.AssetCheckEvaluation:
        found = next((each.evaluation for each in self.executions(asset, check) if each.evaluation is not None), None)
        assert found is not None, f"{asset} {check} was never evaluated"
        return found

    def executions(self, asset: str, check: str, limit: int = 100) -> Sequence[AssetCheckExecutionRecord]:
        """What became of a check, latest first."""
        key = dg.AssetCheckKey(dg.AssetKey(asset.split("/")), check)
        return self.instance.event_log_storage.get_asset_check_execution_history(key, limit=limit)

    def green(self, asset: str) -> set[str]:
        """The partitions that Dagster shows as materialized, and not as failed."""
        return self.instance.get_materialized_partitions(dg.AssetKey(asset.split("/")))

    def assets(self) -> list[dg.AssetKey]:
        """What the code location defines and can materialize."""
        return [dg.AssetKey(node["assetKey"]["path"]) for node in self._nodes() if node["isMaterializable"]]

    def checks(self) -> list[dg.AssetCheckKey]:
        """All checks that the code location defines."""
        return [
            dg.AssetCheckKey(dg.AssetKey(node["assetKey"]["path"]), check["name"])
            for node in self._nodes()
            for check in node["assetChecksOrError"].get("checks", ())
        ]

    def _nodes(self) -> list[dict[str, Any]]:
        return self.api.graphql(_NODES)["assetNodes"]

    def failure(self, run_id: str) -> str:
        """What the first failure of a run says to people."""
        for entry in self.instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
            assert entry.dagster_event is not None
            found = entry.dagster_event.step_failure_data
            if found.user_failure_data is not None and found.user_failure_data.description:
                return found.user_failure_data.description
        return ""

    def run(self, run_id: str) -> dg.DagsterRun:
        """A run as it stands."""
        found = self.instance.get_run_by_id(run_id)
        assert found is not None
        return found

    def ended(self, run_id: str) -> dg.DagsterRun:
        """A run once it has ended."""
        wait_for(lambda: self.run(run_id).is_finished, PATIENCE, f"run {run_id} has ended", interval=0.5)
        return self.run(run_id)

    def started(self, run_id: str) -> None:
        """Return once a run is at its work."""
        begun = dg.DagsterRunStatus.STARTED
        wait_for(lambda: self.run(run_id).status is begun, PATIENCE, f"run {run_id} has started", interval=0.5)

    def terminate(self, run_id: str) -> None:
        """What *Terminate* does."""
        answer = self.api.graphql(_TERMINATE, run=run_id)["terminateRun"]
        assert answer["__typename"] == "TerminateRunSuccess", answer

    def runs_since(self, then: datetime) -> Sequence[dg.DagsterRun]:
        """Runs that were created after `then`."""
        return self.instance.get_runs(dg.RunsFilter(created_after=then))

    def ticks_since(self, then: datetime, names: Iterable[str] | None = None) -> list[tuple[str, InstigatorTick]]:
        """Ticks of sensors and schedules (all of them, or `names`) with the name, latest first of each."""
        wanted = None if names is None else set(names)
        return [
            (state.instigator_name, tick)
            for state in self.instance.all_instigator_state()
            if wanted is None or state.instigator_name in wanted
            for tick in self.instance.get_ticks(
                state.instigator_origin_id, state.selector_id, after=then.timestamp() - 0.001
            )
        ]

    def wait_for_ticks(self, sensor: str, count: int) -> list[InstigatorTick]:
        """The next `count` ticks of a sensor that begin from now on, once they have ended."""
        now = self.now()

        def found() -> list[InstigatorTick]:
            return [tick for _, tick in self.ticks_since(now, [sensor]) if tick.end_timestamp]

        wait_for(lambda: len(found()) >= count, PATIENCE + count * ALERT_TICK, f"{sensor} ticked {count} times")
        return found()

    def now(self) -> datetime:
        """The present moment by the clock of this machine."""
        return datetime.now().astimezone()

    def sleep(self, seconds: float) -> None:
        """Let time pass; for what must not happen meanwhile."""
        time.sleep(seconds)

    def measured(self, name: str, value: float, unit: str = "", **goal: float) -> None:
        """Take down a figure of the present scenario."""
        self.figures.append(Figure(name, value, unit, **goal))

    def measure_wrong_rows(self, after: str) -> None:
        """Take down how many rows of `topics` are wrong."""
        self.measured(f"rows wrong after {after}", sum(self.differing().values()), at_most=0)

    def screenshot(self, name: str) -> None:
        """Keep a picture to look at."""
        self.page.screenshot(path=REPORTS / "days" / f"{name}.png")


@contextmanager
def open_day(chromium: str) -> Generator[Day]:
    """The product, up; stopped with Ctrl-C at the end, which leaves no process behind."""
    with receiving() as alerts, product_folder(SYSTEMS, DENORM_ALERT_WEBHOOK=alerts.url) as folder:
        build_house(folder.root)
        day = Day(folder, alerts)
        try:
            day.start()
            with open_page(chromium, day.product.url) as day.page:
                yield day
        finally:
            day.stop()
