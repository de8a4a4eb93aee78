"""All that Dagster shows of definitions, as values that can be compared."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

_OF_THE_FILE = {"dagster/code_references", "dagster/component_origin"}
"""Where the declaration stands, which differs."""


def described(definitions: dg.Definitions) -> dict[str, dict[str, str]]:
    """Sort -> name -> everything that was given."""
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    return {
        "assets": {spec.key.to_user_string(): _asset(spec) for spec in definitions.resolve_all_asset_specs()},
        "checks": {
            str(key): repr((node.description, node.blocking, sorted(map(str, node.parent_entity_keys))))
            for key in graph.asset_check_keys
            for node in [graph.get(key)]
        },
        "jobs": {
            job.name: repr(
                (
                    job.description,
                    job.executor_def.name,
                    job.tags,
                    job.partitions_def,
                    sorted(n.name for n in job.nodes),
                )
            )
            for job in repository.get_all_jobs()
        },
        "sensors": {
            sensor.name: repr(
                (
                    sensor.sensor_type,
                    sensor.description,
                    sensor.default_status,
                    sensor.minimum_interval_seconds,
                    sorted(target.job_name for target in sensor.targets),
                    sorted(sensor.required_resource_keys),
                )
            )
            for sensor in repository.sensor_defs
        },
        "schedules": {
            schedule.name: repr(
                (schedule.cron_schedule, schedule.job_name, schedule.default_status, schedule.description)
            )
            for schedule in repository.schedule_defs
        },
        "resources": {name: repr(found) for name, found in (definitions.resources or {}).items()},
    }


def _asset(spec: dg.AssetSpec) -> str:
    return repr(
        (
            sorted((dep.asset_key.to_user_string(), repr(dep.partition_mapping)) for dep in spec.deps),
            spec.group_name,
            spec.description,
            spec.code_version,
            spec.automation_condition,
            spec.partitions_def,
            sorted(spec.owners),
            sorted(spec.tags.items()),
            sorted(spec.kinds),
            sorted((name, repr(value)) for name, value in _metadata(spec.metadata).items()),
        )
    )


def _metadata(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in _OF_THE_FILE}
