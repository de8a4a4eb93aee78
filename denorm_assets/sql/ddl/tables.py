"""DDL of a read model's table, derived from its definition."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.model.catalog.described import Column, DescribedModel
from denorm_assets.model.catalog.partition import Partition
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Listing, Literal, Name, Raw, Statement, columns, name, table


def create_table(described: DescribedModel) -> Statement:
    """CREATE TABLE with a primary key, or NULLS NOT DISTINCT uniqueness where a key column can be NULL.

    A partitioned one holds nothing until it has its partitions.
    """
    key = columns(described.model.key)
    uniqueness = (
        Statement("PRIMARY KEY ({key})", {"key": key})
        if described.key_is_not_null
        else Statement("UNIQUE NULLS NOT DISTINCT ({key})", {"key": key})
    )
    by = described.model.partition_by if described.partitions else None
    return Statement(
        "CREATE TABLE {table} (\n    {parts}\n){partitioned}",
        {
            "table": table(described.table),
            "partitioned": Statement(" PARTITION BY LIST ({by})", {"by": name(by)}) if by else Raw(""),
            "parts": Listing((*(column_definition(column) for column in described.columns), uniqueness), ",\n    "),
        },
    )


def create_like(relation: TableName, of: TableName) -> Statement:
    """CREATE TABLE of an empty one with the columns and the indexes of another."""
    return Statement("CREATE TABLE {table} (LIKE {of} INCLUDING INDEXES)", {"table": table(relation), "of": table(of)})


def create_partition(described: DescribedModel, partition: Partition) -> Statement:
    """CREATE TABLE of one partition; its key is made with it."""
    return Statement(
        "CREATE TABLE {partition} PARTITION OF {table} FOR VALUES IN ({constant})",
        {"partition": table(partition.table), "table": table(described.table), "constant": Raw(partition.constant)},
    )


def create_whole(described: DescribedModel, partitions: Sequence[Partition]) -> tuple[Statement, ...]:
    """Statements that create the table with these partitions, what tells its rows apart, and its comment."""
    without_key = () if described.key_is_not_null else (described.table, *(each.table for each in partitions))
    return (
        create_table(described),
        *(create_partition(described, partition) for partition in partitions),
        *(identify_by_whole_row(relation) for relation in without_key),
        comment_on_table(described),
    )


def identify_by_whole_row(relation: TableName) -> Statement:
    """ALTER TABLE that tells rows apart for logical replication where no key can.

    Without, PostgreSQL refuses to update or delete a row once somebody publishes the table (FOR ALL TABLES).
    """
    return Statement("ALTER TABLE {table} REPLICA IDENTITY FULL", {"table": table(relation)})


def identify_by_key(relation: TableName) -> Statement:
    """The same where the table has a primary key, which is what PostgreSQL uses by default."""
    return Statement("ALTER TABLE {table} REPLICA IDENTITY DEFAULT", {"table": table(relation)})


def comment_on_table(described: DescribedModel) -> Statement:
    """COMMENT that carries the code version, so that a listing shows what is installed."""
    return Statement(
        "COMMENT ON TABLE {table} IS {comment}",
        {"table": table(described.table), "comment": Literal(comment_text(described))},
    )


def comment_text(described: DescribedModel) -> str:
    """What the COMMENT of the read model's table or view says."""
    return comment_for(described.full_name, described.code_version)


def comment_for(full_name: str, code_version: str) -> str:
    """The same for the read model of that name; `denorm.owned_relation` reads how it begins."""
    return f"denorm_assets read model {full_name}, code version {code_version}"


def of_earlier_version(full_name: str) -> str:
    """The same of a view that reads what was replaced: it is the read model's, and of no code version."""
    return f"denorm_assets read model {full_name}, reads an earlier version of another read model"


def set_aside_text(system: str, name: str) -> str:
    """The same of a relation that was replaced, and that has this `name` until nothing reads it."""
    return f"denorm_assets read model {system}/{name}, set aside"


def analyze(described: DescribedModel) -> Statement:
    """ANALYZE of the table; freshly loaded tables have no statistics to plan by."""
    return Statement("ANALYZE {table}", {"table": table(described.table)})


def count_up_to(target: TableName, most: int) -> Statement:
    """How many rows a table has, counted no further than `most`."""
    return Statement(
        "SELECT count(*) AS counted FROM (SELECT FROM {table} LIMIT %(most)s) AS first",
        {"table": table(target)},
        {"most": most},
    )


def create_schema(schema: str) -> Statement:
    """CREATE SCHEMA for an example's tables."""
    return Statement("CREATE SCHEMA IF NOT EXISTS {schema}", {"schema": name(schema)})


def column_definition(column: Column) -> Statement:
    """Name, type, collation and NOT NULL of a column, as DDL writes it."""
    collation = (
        Statement(" COLLATE {collation}", {"collation": Name(column.collation)}) if column.collation else Raw("")
    )
    return Statement(
        "{name} {type}{collation}{null}",
        {
            "name": name(column.name),
            "type": Raw(column.type),
            "collation": collation,
            "null": Raw(" NOT NULL" if column.not_null else ""),
        },
    )
