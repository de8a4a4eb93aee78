"""The application's tables as external assets: Dagster shows them, the application writes them."""

from __future__ import annotations

import dagster as dg

from denorm_assets.definitions.names import KINDS_TABLE, Names
from denorm_assets.model.system import System


def source_specs(names: Names, system: System) -> list[dg.AssetSpec]:
    """One external asset per table of the application that a read model of `system` reads, or a phase changes.

    The table of a read model, of this or another of the systems, is that one's asset; one whose key the caller gives
    is the caller's.
    """
    return [
        dg.AssetSpec(
            names.source_key(system, table),
            group_name=system.name,
            description="A table of the application" + (f", read by {', '.join(readers)}." if readers else "."),
            kinds=set(KINDS_TABLE),
            owners=system.owners,
            metadata={"dagster/table_name": str(table)},
        )
        for table, readers in names.read_tables(system).items()
        if names.given_key(system, table) is None
    ]
