"""What a declaration says of columns and tables, compared with what the definition yields and the database holds."""

from __future__ import annotations

from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog.described import Column
from denorm_assets.model.ids import IdKind
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import Analysis
from denorm_assets.sql.control import query


def check_names(model: ReadModel, columns: tuple[Column, ...]) -> None:
    """Raises DefinitionError where the declaration names a column that the definition does not yield."""
    names = {column.name for column in columns}
    missing = [column for column in model.key if column not in names]
    if missing:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the key column {', '.join(missing)} is not an output column (there are {', '.join(sorted(names))})",
            f"Select it, or correct `key` at {model.location}",
        )
    ours = sorted(column for column in names if column.startswith("denorm_"))
    if ours:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the output column {', '.join(ours)} has a name such as our own statements use",
            "Give it another name with AS, one that does not begin with denorm_",
        )
    wanted = {term.column for index in model.indexes for term in index.terms if not term.is_expression} | {
        r.column for r in model.references
    }
    unknown = sorted(wanted - names)
    if unknown:
        raise DefinitionError(
            model.definition.path,
            None,
            f"an index or reference names {', '.join(unknown)}, which is not an output column",
            f"Select it, or correct the declaration at {model.location}",
        )


def check_tables(session: Session, system: System, model: ReadModel, analysis: Analysis) -> None:
    """Raises DefinitionError where a source is not where its name says, or what a reference names is not there."""
    for table in analysis.tables:
        wanted = table.within(system.schema)
        if session.row(query("catalog", "relation", schema=wanted.schema, table=wanted.name)) is None:
            raise DefinitionError(
                model.definition.path,
                None,
                f"the table {table.name} is not in the schema {system.schema}; it was only found by the search path",
                f"Write its schema before its name, for example public.{table.name}",
            )
    for reference in model.references:
        to = reference.to.within(system.schema)
        if reference.to_column not in _columns_of(session, to):
            raise DefinitionError(
                model.definition.path,
                None,
                f"the column {reference.column} refers to {to}.{reference.to_column}, which is not there",
                f"Correct the reference at {model.location}",
            )


def _columns_of(session: Session, table: TableName) -> set[str]:
    rows = session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name))
    return {row["name"] for row in rows}


def id_kind(model: ReadModel, column: str, type_name: str) -> IdKind:
    """The kind of IDs in a driving column. Raises DefinitionError where its type has no ranges."""
    kind = IdKind.of_type(type_name)
    if kind is None:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the driving column {column} is of type {type_name}, which has no ID ranges",
            "Drive the backfill by a column of type smallint, integer, bigint or uuid",
        )
    return kind
