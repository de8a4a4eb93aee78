"""A system's Dagster graph, run in this process as a run worker runs it, over a real database."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.execution.api import execute_run
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from denorm_assets.definitions.build import build_definitions
from denorm_assets.model.system import System
from tests.support.sensors import evaluate

_QUIET: Mapping[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
WHOLE_GRAPH = "__ASSET_JOB"
RANGES = ["items:min-000001000", "items:000001001-000002000", "items:000002001-000002500", "items:rest"]
"""What 2,500 items are cut into."""


@dataclass(frozen=True)
class Finished:
    """A run that came to its end."""

    instance: dg.DagsterInstance
    run: dg.DagsterRun

    @property
    def success(self) -> bool:
        """Whether Dagster shows it as succeeded."""
        return self.run.status is dg.DagsterRunStatus.SUCCESS

    @property
    def failure(self) -> str:
        """What the UI shows of the first step that failed."""
        [first, *_] = [event for event in self.events() if event.is_step_failure]
        data = first.step_failure_data
        assert data.user_failure_data is not None, data.error
        return data.user_failure_data.description or ""

    def events(self) -> Iterator[dg.DagsterEvent]:
        """Its events in order."""
        for entry in self.instance.all_logs(self.run.run_id):
            if entry.dagster_event is not None:
                yield entry.dagster_event

    def lines(self) -> list[str]:
        """What its steps logged for people."""
        return [entry.user_message for entry in self.instance.all_logs(self.run.run_id) if entry.dagster_event is None]

    def materializations(self) -> list[dg.AssetMaterialization]:
        """Its materializations in order."""
        return [
            event.step_materialization_data.materialization for event in self.events() if event.is_step_materialization
        ]

    def steps(self, event: str) -> list[str]:
        """The steps with an event of that type, by the last part of their asset's key."""
        return [str(found.step_key).rpartition("__")[2] for found in self.events() if found.event_type_value == event]

    def checks(self) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """(asset, check) -> its evaluation."""
        found = [
            event.asset_check_evaluation_data
            for event in self.events()
            if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
        ]
        return {(item.asset_key.to_user_string(), item.check_name): item for item in found}


@dataclass(frozen=True)
class Graph:
    """The graph of one system on one Dagster instance; the database is that of DENORM_DATABASE_URL."""

    system: System
    definitions: dg.Definitions
    instance: dg.DagsterInstance

    @classmethod
    def of(cls, system: System, instance: dg.DagsterInstance) -> Graph:
        """The graph as a code server would load it now."""
        in_process = dg.Definitions(executor=dg.in_process_executor)
        return cls(system, dg.Definitions.merge(in_process, build_definitions([system])), instance)

    def key(self, name: str) -> dg.AssetKey:
        """Asset key of what is called `name` in the system."""
        return dg.AssetKey([self.system.name, *name.split("/")])

    def run_job(
        self,
        job: str,
        names: Sequence[str] = (),
        *,
        tags: Mapping[str, str] | None = None,
        ops: Mapping[str, Mapping[str, Any]] | None = None,
        resources: Mapping[str, Any] | None = None,
        again: dg.DagsterRun | None = None,
        launched: Callable[[], object] | None = None,
    ) -> Finished:
        """Run a job, or some of its assets; `again` is the run that this one is a retry of.

        `ops` is config by op, and `resources` what the run config says of resources.
        """
        found = self.definitions.resolve_job_def(job)
        selection = {self.key(name) for name in names} or None
        if selection:
            found = found.get_subset(asset_selection=selection)
        config = {
            **_QUIET,
            "ops": {name: {"config": dict(given)} for name, given in (ops or {}).items()},
            "resources": dict(resources or {}),
        }
        run = self.instance.create_run_for_job(
            found,
            run_config=config,
            tags=tags,
            asset_selection=selection,
            root_run_id=(again.root_run_id or again.run_id) if again else None,
            parent_run_id=again.run_id if again else None,
        )
        if launched is not None:
            launched()
        execute_run(InMemoryJob(found), run, self.instance)
        ended = self.instance.get_run_by_id(run.run_id)
        assert ended is not None
        return Finished(self.instance, ended)

    def materialize(
        self,
        *names: str,
        first: str | None = None,
        last: str | None = None,
        again: dg.DagsterRun | None = None,
        launched: Callable[[], object] | None = None,
        **config: Any,
    ) -> Finished:
        """Materialize assets, for one partition or those from `first` to `last`; `config` is that of the first one.

        `launched` is called between the launch of the run and its first step.
        """
        tags: dict[str, str] = {}
        if first is not None:
            tags = {RANGE_START: first, RANGE_END: last} if last is not None else {"dagster/partition": first}
        op = self.key(names[0]).to_python_identifier()
        return self.run_job(
            WHOLE_GRAPH, names, tags=tags, ops={op: config} if config else None, again=again, launched=launched
        )

    def set_up(self) -> list[str]:
        """Create tables and ranges; returns the partitions of the first range set."""
        assert self.run_job(f"{self.system.name}_setup").success
        return self.partitions()

    def partitions(self) -> list[str]:
        """The partitions of the first read model that has some."""
        definitions = [
            spec.partitions_def
            for spec in self.definitions.resolve_all_asset_specs()
            if isinstance(spec.partitions_def, dg.DynamicPartitionsDefinition)
        ]
        return [key for found in definitions[:1] for key in self.instance.get_dynamic_partitions(found.name or "")]

    def green(self, name: str) -> set[str]:
        """The partitions of an asset that the UI shows as materialized."""
        return self.instance.get_materialized_partitions(self.key(name))

    def failed_partitions(self, name: str) -> set[str]:
        """The partitions of an asset that the UI shows as failed."""
        spec = self.definitions.resolve_assets_def(self.key(name)).partitions_def
        assert spec is not None
        with partition_loading_context(dynamic_partitions_store=self.instance) as context:
            status = get_and_update_asset_status_cache_value(
                self.instance,
                self.key(name),
                spec,
                context.dynamic_partitions_store,
                LoadingContextForTest(self.instance),
            )
            assert status is not None
            return set(status.deserialize_failed_partition_subsets(spec).get_partition_keys())

    def check(self) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """Run the job of all checks."""
        return self.run_job(f"{self.system.name}_checks").checks()

    def tick(self) -> dg.SensorResult | dg.SkipReason:
        """What the ranges sensor says now; partitions that it asks for are added, as the daemon does."""
        result = evaluate(self.definitions, "denorm_ranges", self.instance)
        if isinstance(result, dg.SensorResult):
            for request in result.dynamic_partitions_requests or ():
                if isinstance(request, dg.AddDynamicPartitionsRequest):
                    self.instance.add_dynamic_partitions(request.partitions_def_name, request.partition_keys)
                else:
                    for key in request.partition_keys:
                        self.instance.delete_dynamic_partition(request.partitions_def_name, key)
        assert isinstance(result, dg.SensorResult | dg.SkipReason)
        return result
