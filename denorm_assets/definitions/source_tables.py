"""The application's tables as external assets: Dagster shows them, the application writes them."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from denorm_assets.definitions.names import KINDS_TABLE, holder_of, source_key
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.schema_change import Expand, SoftDeletes
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse


def source_tables(model: ReadModel) -> tuple[TableName, ...]:
    """The tables that `model` reads. Raises DefinitionError."""
    return analyse(model.definition).tables


def changed_tables(work: Expand | SoftDeletes) -> tuple[TableName, ...]:
    """The tables that a phase's work declares that it changes."""
    return work.tables if isinstance(work, SoftDeletes) else tuple(key.table for key in work.identifiers.keys)


def source_specs(system: System, systems: Sequence[System]) -> list[dg.AssetSpec]:
    """One external asset per table of the application that a read model of `system` reads, or a phase changes.

    The table of a read model, of this or another of the `systems`, is that one's asset.
    """
    read_by: dict[TableName, list[str]] = {}
    for model in system.read_models:
        for table in source_tables(model):
            read_by.setdefault(table.within(system.schema), []).append(model.name)
    for phase in system.phases:
        for table in changed_tables(phase.work) if isinstance(phase.work, Expand | SoftDeletes) else ():
            read_by.setdefault(table.within(system.schema), [])
    for cache in system.caches:
        for table in analyse(cache.definition).tables:
            read_by.setdefault(table.within(system.schema), []).append(cache.name)
    return [
        dg.AssetSpec(
            source_key(system, table, systems),
            group_name=system.name,
            description="A table of the application" + (f", read by {', '.join(models)}." if models else "."),
            kinds=set(KINDS_TABLE),
            owners=system.owners,
            metadata={"dagster/table_name": str(table)},
        )
        for table, models in read_by.items()
        if holder_of(system, table, systems) is None
    ]
