"""Names in Dagster: asset keys, groups, jobs, partition sets."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from denorm_assets.model.cached_set import Cache
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.reading_order import models_in_order, tables_of
from denorm_assets.sql.versions import range_set_name

KINDS_TABLE = frozenset({"postgres", "table"})
POOL = "target_database"
"""Concurrency pool of everything that loads rows; its limit is set in dagster.yaml or in the UI."""

PARTITION_TAGS = ("dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
"""Tags of a run that name its partition, or the first and the last one."""


def source_key(system: System, table: TableName, systems: Sequence[System]) -> dg.AssetKey:
    """Asset key of a table that `system` reads: of a read model of any of `systems`, or of the application."""
    found = holder_of(system, table, systems)
    if found is not None:
        return model_key(*found)
    schema = [table.schema] if table.schema and table.schema != system.schema else []
    return dg.AssetKey([system.name, "source", *schema, table.name])


def held_by(system: System, table: TableName) -> ReadModel | None:
    """The read model of the system whose table, or a partition of whose, it is."""
    wanted = table.within(system.schema)
    return next((model for model in system.read_models if wanted in tables_of(system, model)), None)


def holder_of(system: System, table: TableName, systems: Sequence[System]) -> tuple[System, ReadModel] | None:
    """The read model whose table, or a partition of whose, `system` reads, with its system."""
    wanted = table.within(system.schema)
    for each in (system, *systems):
        held = held_by(each, wanted)
        if held is not None:
            return each, held
    return None


def model_key(system: System, model: ReadModel) -> dg.AssetKey:
    """Asset key of a read model."""
    return dg.AssetKey([system.name, model.name])


def cache_key(system: System, cache: Cache) -> dg.AssetKey:
    """Asset key of a cached set or count."""
    return dg.AssetKey([system.name, cache.name])


def indexes_key(system: System, model: ReadModel) -> dg.AssetKey:
    """Asset key of what is built on a read model once it is loaded."""
    return dg.AssetKey([system.name, f"{model.name}_indexes"])


def ranges_key(system: System, range_set: str) -> dg.AssetKey:
    """Asset key of a set of ID ranges."""
    return dg.AssetKey([system.name, f"{range_set.removeprefix(f'{system.name}_')}_ranges"])


def phase_key(system: System, phase_name: str) -> dg.AssetKey:
    """Asset key of a phase."""
    return dg.AssetKey([system.name, phase_name])


def benchmark_key(system: System) -> dg.AssetKey:
    """Asset key of a system's benchmark."""
    return dg.AssetKey([system.name, "benchmark"])


def cutover_key(system: System) -> dg.AssetKey:
    """Asset key of a system's cutover."""
    return dg.AssetKey([system.name, "cutover"])


def monitoring_key(system: System) -> dg.AssetKey:
    """Asset key of a look at the health of a system."""
    return dg.AssetKey([system.name, "monitoring"])


def load_key(system: System) -> dg.AssetKey:
    """Asset key of a system's load test."""
    return dg.AssetKey([system.name, "load_test"])


def finish_job_name(system: System) -> str:
    """Name of the job that builds indexes and foreign keys."""
    return f"{system.name}_finish"


def backfill_job_name(range_set: str) -> str:
    """Name of the job that loads read models by ID, or by their ranges."""
    return f"{range_set}_backfill"


def models_by_range_set(system: System) -> dict[str, list[ReadModel]]:
    """Range set -> the read models that it drives, in reading order; those loaded as a whole are in none."""
    grouped: dict[str, list[ReadModel]] = {}
    for model in models_in_order(system):
        if not model.driving:
            continue
        grouped.setdefault(range_set_name(system, model), []).append(model)
    return grouped


def partitions_of(range_set: str) -> dg.DynamicPartitionsDefinition:
    """The partitions that the ranges of `range_set` are in Dagster."""
    return dg.DynamicPartitionsDefinition(name=range_set)
