"""Replica identities: without one, PostgreSQL refuses to update or delete rows of a table that somebody publishes."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.postgres.session import Session
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import tables
from denorm_assets.sql.statement import Statement


def missing_identities(
    session: Session, schema: str, relations: Sequence[TableName]
) -> list[tuple[TableName, Statement]]:
    """The tables of these that have no replica identity, each with the statement that gives it one."""
    names = [relation.name for relation in relations]
    rows = session.rows(query("objects", "without_identity", schema=schema, tables=names))
    found = ((TableName(row["name"], schema), row["has_key"]) for row in rows)
    return [
        (relation, tables.identify_by_key(relation) if has_key else tables.identify_by_whole_row(relation))
        for relation, has_key in found
    ]
