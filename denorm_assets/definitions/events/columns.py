"""Types of a read model's columns, which only PostgreSQL knows: shown before the first load, and by every event."""

from __future__ import annotations

from contextlib import suppress

import dagster as dg

from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.definitions.events.metadata import RawMetadata, table_schema, table_value
from denorm_assets.definitions.names import Names
from denorm_assets.errors import DenormError
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.automatic import described_sentence

COLUMN_SCHEMA = "dagster/column_schema"
"""Dagster shows the columns of an asset by its latest materialization alone, so each has to have them."""


def column_metadata(database: Database, system: System, model: ReadModel) -> RawMetadata:
    """The same as metadata of an event, with what `Auto()` stands for.

    None where the definition no longer fits the database, which a check says.
    """
    with suppress(DenormError), database.session(system.schema) as session:
        described = describe(session, system, model)
        kept = described_sentence(described)
        return {COLUMN_SCHEMA: table_schema(described), **({} if kept is None else {"kept fresh": kept})}
    return {}


def show_columns(
    names: Names, session: Session, system: System, model: ReadModel, instance: dg.DagsterInstance
) -> None:
    """Report an observation of a created read model, unless Dagster has an event that shows its columns as they are."""
    asset = names.model_key(system, model)
    if instance.fetch_materializations(asset, limit=1).records:
        return
    schema = table_schema(describe(session, system, model))
    shown = instance.fetch_observations(asset, limit=1).records
    if any(
        record.asset_event and record.asset_event.metadata.get(COLUMN_SCHEMA) == dg.TableSchemaMetadataValue(schema)
        for record in shown
    ):
        return
    columns: list[dict[str, str]] = [
        {
            "column": column.name,
            "type": column.type,
            "may be NULL": "yes" if column.constraints.nullable else "no",
            "what": column.description or "",
        }
        for column in schema.columns
    ]
    instance.report_runless_asset_event(
        dg.AssetObservation(
            asset,
            description="created; nothing is loaded yet",
            # The UI draws the schema of materializations only, and tables of observations.
            metadata={"columns": table_value(columns), COLUMN_SCHEMA: schema},
        )
    )
