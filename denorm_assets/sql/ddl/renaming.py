"""Renames of tables, columns and constraints."""

from __future__ import annotations

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Statement, name, table


def rename_column(of: TableName, now: str, wanted: str) -> Statement:
    """RENAME of the column that is called `now`."""
    return Statement(
        "ALTER TABLE {table} RENAME COLUMN {now} TO {wanted}",
        {"table": table(of), "now": name(now), "wanted": name(wanted)},
    )


def move_table(now: TableName, wanted: TableName) -> list[Statement]:
    """The statements that give the table `now` the schema and the name of `wanted`; both carry schemas."""
    there = TableName(now.name, wanted.schema)
    statements: list[Statement] = []
    if now.schema != wanted.schema:
        parts = {"now": table(now), "schema": name(str(wanted.schema))}
        statements.append(Statement("ALTER TABLE {now} SET SCHEMA {schema}", parts))
    if now.name != wanted.name:
        statements.append(
            Statement("ALTER TABLE {there} RENAME TO {name}", {"there": table(there), "name": name(wanted.name)})
        )
    return statements


def rename_constraint(of: TableName, now: str, wanted: str) -> Statement:
    """RENAME of the constraint that is called `now`."""
    return Statement(
        "ALTER TABLE {table} RENAME CONSTRAINT {now} TO {wanted}",
        {"table": table(of), "now": name(now), "wanted": name(wanted)},
    )
