"""The event of a finished range: logged at once, so that its partition turns green and stays so if the run is killed.

Dagster by itself logs the events of all partitions of a run when the asset's function returns. They would come too
late, and twice; so what the function returns is marked as logged already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    DEFAULT_DATA_VERSION,
    NULL_EVENT_POINTER,
    extract_data_version_from_entry,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION

from denorm_assets.db.backfill.one_range import RangeResult, as_done
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import registration
from denorm_assets.db.postgres.database import Database
from denorm_assets.definitions.events.columns import COLUMN_SCHEMA
from denorm_assets.definitions.events.metadata import range_metadata, table_schema
from denorm_assets.definitions.events.shown import done_tag
from denorm_assets.definitions.names import Names, source_tables
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.versions import range_set_name

EVENTS_LOGGED_ALREADY: Mapping[str, bool] = {SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True}
"""Metadata of a result for which Dagster logs no event of its own; checks and downstream assets follow it all the same.

Dagster marks results with it whose function has logged its events.
"""


@dataclass(frozen=True)
class RangeEvents:
    """What the events of one run have in common.

    Attributes:
        provenance: as `provenance` says.
    """

    asset: dg.AssetKey
    provenance: Mapping[str, str]
    schema: dg.TableSchema

    @classmethod
    def of_run(
        cls, names: Names, instance: dg.DagsterInstance, system: System, described: DescribedModel
    ) -> RangeEvents:
        """For a run that loads `described` as it and its inputs are now."""
        tags = provenance(names, instance, system, described.model, described.code_version)
        return cls(names.model_key(system, described.model), tags, table_schema(described))

    def finished(self, result: RangeResult, found: str | None = None) -> dg.AssetMaterialization:
        """The materialization of one range; `found` says how it came to be, where no run loaded it."""
        return dg.AssetMaterialization(
            self.asset,
            partition=result.key,
            description=found,
            metadata={**range_metadata(result), COLUMN_SCHEMA: self.schema},
            tags={**self.provenance, **done_tag(result.done_at)},
        )


def provenance(
    names: Names, instance: dg.DagsterInstance, system: System, model: ReadModel, version: str
) -> dict[str, str]:
    """Tags of a materialization, by which Dagster tells what is out of date; `version` is the code version of the rows.

    It is their data version, too. Rows change all the time, and what follows a read model follows its definition: a
    checksum put the indexes out of date that no range could change.
    """
    tags = {CODE_VERSION_TAG: version, DATA_VERSION_TAG: version, DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
    return tags | _inputs(instance, model_inputs(names, system, model))


def is_shown_at(instance: dg.DagsterInstance, key: dg.AssetKey, version: str) -> bool:
    """Whether the latest event of an asset is of that data version."""
    record = instance.get_latest_data_version_record(key)
    return record is not None and extract_data_version_from_entry(record.event_log_entry) == dg.DataVersion(version)


def as_it_stands(
    instance: dg.DagsterInstance, key: dg.AssetKey, version: str, inputs: Iterable[dg.AssetKey], found: str
) -> dg.AssetMaterialization:
    """The event that says that what an asset makes is there, in that version; `found` says by what."""
    # Without a code version, Dagster takes none of the inputs' versions for known.
    tags = {CODE_VERSION_TAG: version, DATA_VERSION_TAG: version, DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
    return dg.AssetMaterialization(key, description=found, tags={**tags, **_inputs(instance, inputs)})


def _inputs(instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for key in keys:
        record = instance.get_latest_data_version_record(key)
        version = extract_data_version_from_entry(record.event_log_entry) if record else None
        tags[get_input_data_version_tag(key)] = (version or DEFAULT_DATA_VERSION).value
        tags[get_input_event_pointer_tag(key)] = str(record.storage_id) if record else NULL_EVENT_POINTER
    return tags


def as_recorded(database: Database, system: System, model: ReadModel, result: RangeResult) -> RangeResult:
    """`result`, or where another worker finished that range meanwhile, what it recorded."""
    if result.outcome != "left":
        return result
    with database.session(system.schema) as session:
        progress = range_progress(session, registration(session, system, model).model_id)
    return as_done(next(item for item in progress if item.key == result.key))


def model_inputs(names: Names, system: System, model: ReadModel) -> list[dg.AssetKey]:
    """What the asset of `model` depends on: its ranges, or else its phase, and what it reads.

    That are read models of any of the systems, and tables of the application.
    """
    if model.driving:
        above = names.ranges_key(system, range_set_name(system, model))
    else:
        above = next(names.phase_key(system, phase) for phase in system.phases if model in phase.read_models)
    return [above, *(names.source_key(system, table) for table in source_tables(model))]
