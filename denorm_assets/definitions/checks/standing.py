"""What stands as it is where a read model was given further ranges, which Dagster takes for a change of it.

It compares the data versions before and after, and a partition that was never materialized has none before.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.checks.refresh_reports import report_checks
from denorm_assets.definitions.events.range_events import as_it_stands, is_shown_at, model_inputs
from denorm_assets.definitions.names import Names
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.versions import code_version, finished_version


def report_standing(
    names: Names, instance: dg.DagsterInstance, database: Database, system: System, model: ReadModel
) -> None:
    """Say that further ranges of `model` put neither its indexes nor the read models after it out of date.

    Not of what was never made, or is declared otherwise than it was made. Of read models that have ranges themselves,
    each range would need an event.
    """
    key, version = names.indexes_key(system, model), finished_version(system, model)
    if is_shown_at(instance, key, version):
        said = "stands as it is: indexes hold ranges that were loaded since, too"
        inputs = [names.model_key(system, model)]
        instance.report_runless_asset_event(as_it_stands(instance, key, version, inputs, said))
    for its_system, reader in _readers(names, names.model_key(system, model)):
        key, version = names.model_key(its_system, reader), code_version(its_system, reader)
        if is_shown_at(instance, key, version):
            said = f"stands as it is: changes of {model.name} reach it, whatever range they are in"
            inputs = model_inputs(names, its_system, reader)
            instance.report_runless_asset_event(as_it_stands(instance, key, version, inputs, said))
            report_checks(names, instance, database, its_system, reader)


def _readers(names: Names, key: dg.AssetKey) -> Iterator[tuple[System, ReadModel]]:
    """The read models without ranges that read the one called `key`."""
    for system in names.systems:
        for model in system.read_models:
            if not model.driving and key in model_inputs(names, system, model):
                yield system, model
