"""Dagster's side of a day: what its UI asks for, and what its storage then holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorTick
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

from tests.support.dagster_tree import DagsterApi, wait_for

PATIENCE = 180.0
"""Seconds for what takes one in a quiet hour, and a few ticks of 30 s: ours is not the only work on the machine."""
ALERT_TICK = 30.0
_RELOAD = """mutation { reloadRepositoryLocation(repositoryLocationName: "denorm_assets") {
  __typename ... on WorkspaceLocationEntry { locationOrLoadError { __typename ... on PythonError { message } } }
}}"""
_NODES = """{ assetNodes { assetKey { path } isMaterializable
  assetChecksOrError { ... on AssetChecks { checks { name } } }
} }"""
_PARTITIONS = "query ($keys: [AssetKeyInput!]) { assetNodes(assetKeys: $keys) { partitionStats { numFailed } } }"
_TERMINATE = "mutation ($run: String!) { terminateRun(runId: $run) { __typename ... on PythonError { message } } }"


class Instance:
    """A running instance: `api` is what its UI asks, `instance` its storage."""

    api: DagsterApi
    instance: dg.DagsterInstance

    def reload(self) -> None:
        """What *Reload* on the page of code locations does."""
        answer = self.api.graphql(_RELOAD)["reloadRepositoryLocation"]
        assert answer["__typename"] == "WorkspaceLocationEntry", answer
        assert answer["locationOrLoadError"]["__typename"] == "RepositoryLocation", answer

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

    def loaded(self, asset: str) -> set[str]:
        """The partitions that have a materialization."""
        return self.instance.get_materialized_partitions(dg.AssetKey(asset.split("/")))

    def red(self, asset: str) -> int:
        """How many partitions the UI shows as failed."""
        [node] = self.api.graphql(_PARTITIONS, keys=[{"path": asset.split("/")}])["assetNodes"]
        return int(node["partitionStats"]["numFailed"])

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
