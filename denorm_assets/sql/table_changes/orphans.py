"""Rows that refer to nothing, found whether or not PostgreSQL keeps the foreign key."""

from __future__ import annotations

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.row_text import as_text
from denorm_assets.sql.statement import Listing, Statement, name, table


def unfound(of: TableName, columns: tuple[str, ...], to: TableName, to_columns: tuple[str, ...]) -> Statement:
    """How many rows have values in `columns` that no row of `to` has, and some of these. Parameter: at_most."""
    values = tuple(name("held", column) for column in columns)
    pairs = zip(to_columns, values, strict=True)
    return Statement(
        "WITH unfound AS (\n"
        "    SELECT {shown} AS value FROM {table} AS held\n"
        "    WHERE {given} AND NOT EXISTS (SELECT FROM {to} AS referred WHERE {equal})\n"
        ")\n"
        "SELECT count(*) AS rows,\n"
        "    ARRAY(SELECT DISTINCT value FROM unfound ORDER BY value LIMIT %(at_most)s) AS samples\n"
        "FROM unfound",
        {
            "shown": Listing(tuple(as_text(value) for value in values), " || ', ' || "),
            "table": table(of),
            "given": Listing(tuple(Statement("{value} IS NOT NULL", {"value": v}) for v in values), " AND "),
            "to": table(to),
            "equal": Listing(
                tuple(
                    Statement("{column} = {value}", {"column": name("referred", column), "value": value})
                    for column, value in pairs
                ),
                " AND ",
            ),
        },
    )
