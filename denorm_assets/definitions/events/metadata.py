"""Metadata shown on assets, materializations and check results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.plan.objects import Step
from denorm_assets.definitions.names import REFRESH_SENSOR, Names
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full, Realtime
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.lineage import Origin, column_lineage
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.automatic import kinds

RawMetadata = dict[str, dg.MetadataValue[Any] | dg.TableSchema | dg.TableColumnLineage | str | int | float]


def declared_metadata(names: Names, system: System, model: ReadModel) -> RawMetadata:
    """What is known of a read model before it was ever materialized: its table, columns, SQL and source files."""
    lineage = column_lineage(model.definition)
    return {
        "dagster/table_name": f"{system.schema}.{model.name}",
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(name, type="?", description=_column_description(model, name, lineage))
                for name in analyse(model.definition).output_names
            ]
        ),
        "dagster/column_lineage": dg.TableColumnLineage(
            {
                name: [dg.TableColumnDep(names.source_key(system, table), column) for table, column in origins]
                for name, origins in lineage.items()
            }
        ),
        "dagster/code_references": dg.CodeReferencesMetadataValue(
            code_references=[
                dg.LocalFileCodeReference(
                    file_path=str(model.location.path), line_number=model.location.line, label="declaration"
                ),
                dg.LocalFileCodeReference(file_path=str(model.definition.path), line_number=1, label="definition"),
            ]
        ),
        "key": ", ".join(model.key),
        "kept fresh": _kept_fresh(names, model),
        "definition": dg.MetadataValue.md(f"```sql\n{model.definition.text}\n```"),
    }


def _kept_fresh(names: Names, model: ReadModel) -> str:
    """By what and how soon. No automation of Dagster's own decides that, so its UI would show nothing."""
    quiet, longest = model.refresh.debounce.quiet, model.refresh.debounce.max_wait
    within = f"{quiet:g} to {longest:g} s after a change"
    if isinstance(model.refresh, Realtime):
        how = f"by the writing transaction where that is cheap, else by a refresh {within}"
    elif isinstance(model.refresh, Full):
        how = f"by a refresh of the whole view {within}" + (f", and every {model.every:g} s" if model.every else "")
    elif len(kinds(model)) > 1:
        how = f"by a refresh of the rows concerned, or of the whole view, {within}; `denorm-assets explain` says which"
    else:
        how = f"by a refresh of the rows concerned {within}"
    sensor = names.of_location(REFRESH_SENSOR)
    return f"{how}. Refreshes are made by `denorm-assets worker`, or else by the sensor {sensor} every 5 s"


def table_schema(described: DescribedModel) -> dg.TableSchema:
    """Columns and types as PostgreSQL describes them."""
    lineage = column_lineage(described.model.definition)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                type=column.type,
                constraints=dg.TableColumnConstraints(nullable=not column.not_null),
                description=_column_description(described.model, column.name, lineage),
            )
            for column in described.columns
        ]
    )


def _column_description(model: ReadModel, column: str, lineage: Mapping[str, Sequence[Origin]]) -> str | None:
    """Dagster's open-source UI draws no column lineage; its list of columns says the same in words."""
    origins = ", ".join(f"{table}.{name}" for table, name in lineage.get(column, ()))
    parts = ["part of the key"] if column in model.key else []
    return "; ".join([*parts, *([f"from {origins}"] if origins else [])]) or None


def range_metadata(result: RangeResult) -> RawMetadata:
    """What a finished range says of itself."""
    return {
        "dagster/partition_row_count": result.row_count,
        "checksum": result.checksum,
        "seconds": round(result.seconds, 3),
        "batches": result.batches,
        "rows_written": result.rows_written,
        "rows_removed": result.rows_removed,
    }


def steps_table(steps: Sequence[Step]) -> dg.TableMetadataValue:
    """Schema work as a table."""
    return table_value([{"object": step.kind, "name": step.name, "action": step.action} for step in steps])


def check_metadata(result: CheckResult) -> RawMetadata:
    """A check's figures, and its details as a table."""
    metadata: RawMetadata = dict(result.figures)
    if result.rows:
        metadata["details"] = table_value(result.rows)
    return metadata


def table_value(rows: Sequence[Row | Mapping[str, str]]) -> dg.TableMetadataValue:
    """Rows of one shape as table metadata."""
    names = list(rows[0]) if rows else ["nothing"]
    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: row[name] for name in names}) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, type=_column_type(rows, name)) for name in names]),
    )


def _column_type(rows: Sequence[Row | Mapping[str, str]], name: str) -> str:
    values = [row[name] for row in rows if row[name] is not None]
    if values and all(isinstance(value, int) for value in values):
        return "int"
    return "float" if values and all(isinstance(value, int | float) for value in values) else "string"
