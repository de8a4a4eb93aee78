"""DDL that changes a read model's table in place: for an instant, and without rewriting it."""

from __future__ import annotations

from dataclasses import replace

from denorm_assets.model.catalog.described import Column
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.ddl.tables import column_definition
from denorm_assets.sql.statement import Literal, Statement, name, table

OUR_COLUMN = "denorm_assets added it"
"""The COMMENT of a column that was added in place: nobody else's column is ever dropped."""


def add_column(to: TableName, column: Column) -> Statement:
    """ADD COLUMN, empty: no row is rewritten. `to` carries its schema."""
    return Statement(
        "ALTER TABLE {table} ADD COLUMN {column}",
        {"table": table(to), "column": column_definition(replace(column, not_null=False))},
    )


def comment_on_column(of: TableName, column: str, comment: str = OUR_COLUMN) -> Statement:
    """COMMENT on a column; by default the one that tells it from others'."""
    assert of.schema is not None, "tables are named with their schema here"
    return Statement(
        "COMMENT ON COLUMN {column} IS {comment}",
        {"column": name(of.schema, of.name, column), "comment": Literal(comment)},
    )


def drop_column(of: TableName, column: str) -> Statement:
    """DROP COLUMN, refused by PostgreSQL where another object depends on it."""
    return Statement("ALTER TABLE {table} DROP COLUMN {column}", {"table": table(of), "column": name(column)})


def allow_null(of: TableName, column: str) -> Statement:
    """DROP NOT NULL."""
    return Statement(
        "ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL", {"table": table(of), "column": name(column)}
    )


def drop_foreign_key(of: TableName, constraint: str) -> Statement:
    """DROP CONSTRAINT; it locks the table referred to as well, for an instant."""
    return Statement(
        "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}",
        {"table": table(of), "constraint": name(constraint)},
    )
