"""DDL of secondary indexes and foreign keys, and what is installed of them."""

from __future__ import annotations

from hashlib import sha256

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.index import Index, IndexTerm, Reference
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.row_text import as_text
from denorm_assets.sql.statement import Listing, Literal, Raw, Statement, name, table


def create_index(target: TableName, index: Index, *, concurrently: bool, only: bool = False) -> Statement:
    """CREATE INDEX; `concurrently` where the table may be written meanwhile; `only`, to attach partitions' ones to."""
    return Statement(
        "CREATE {unique}INDEX {concurrently}{index} ON {only}{table}{using} ({terms}){where}",
        {
            "unique": Raw("UNIQUE " if index.unique else ""),
            "concurrently": Raw("CONCURRENTLY " if concurrently else ""),
            "index": name(index.name_for(target.name)),
            "only": Raw("ONLY " if only else ""),
            "table": table(target),
            "using": Raw("" if index.using == "btree" else f" USING {index.using}"),
            "terms": Listing(tuple(_term(term) for term in index.terms)),
            "where": Raw(f" WHERE {index.where}" if index.where else ""),
        },
    )


def _term(term: IndexTerm) -> Statement:
    after = "".join(f" {part}" for part in (term.opclass, term.order) if part)
    column = Raw(term.column) if term.is_expression else name(term.column)
    return Statement("{column}{after}", {"column": column, "after": Raw(after)})


def drop_index(schema: str, index_name: str) -> Statement:
    """DROP INDEX CONCURRENTLY, for an invalid or outdated one."""
    return Statement("DROP INDEX CONCURRENTLY IF EXISTS {index}", {"index": name(schema, index_name)})


def drop_partitioned_index(schema: str, index_name: str) -> Statement:
    """DROP INDEX of a partitioned one with what is attached to it; PostgreSQL cannot do that CONCURRENTLY."""
    return Statement("DROP INDEX IF EXISTS {index}", {"index": name(schema, index_name)})


def attach_index(schema: str, index_name: str, of_partition: str) -> Statement:
    """ALTER INDEX ... ATTACH PARTITION; with the last one the partitioned index becomes valid."""
    return Statement(
        "ALTER INDEX {index} ATTACH PARTITION {partition}",
        {"index": name(schema, index_name), "partition": name(schema, of_partition)},
    )


def index_hash(target: TableName, index: Index) -> str:
    """Short hash of an index as declared; its COMMENT carries it."""
    declared = repr((str(target), index.terms, index.unique, index.using, index.where))
    return sha256(declared.encode()).hexdigest()[:12]


def comment_text(target: TableName, index: Index) -> str:
    """What the COMMENT of an index says: whose it is, because LIKE copies it to other tables, and its hash."""
    return f"denorm_assets {target} {index_hash(target, index)}"


def comment_on_index(target: TableName, index: Index) -> Statement:
    """COMMENT with the hash of the declared index; `target` carries its schema."""
    assert target.schema is not None, "an index is commented on in its table's schema"
    return Statement(
        "COMMENT ON INDEX {index} IS {comment}",
        {
            "index": name(target.schema, index.name_for(target.name)),
            "comment": Literal(comment_text(target, index)),
        },
    )


def referring_tables(described: DescribedModel, reference: Reference) -> tuple[TableName, ...]:
    """The tables whose rows refer: the read model's, or those of its partitions that the reference is for."""
    partitions = described.partitions
    if not partitions:
        return (described.table,)
    return tuple(found.table for found in partitions if reference.partition in (None, found.value))


def add_foreign_key(described: DescribedModel, referring: TableName, reference: Reference) -> Statement:
    """ADD CONSTRAINT ... NOT VALID: takes effect for new rows at once and reads no old ones.

    `referring` is one of `referring_tables`: a partitioned table itself takes no NOT VALID ones.
    """
    return Statement(
        "ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({column})\n"
        "    REFERENCES {to} ({to_column}) ON UPDATE CASCADE ON DELETE CASCADE NOT VALID",
        {
            "table": table(referring),
            "constraint": name(reference.constraint_name(referring.name)),
            "column": name(reference.column),
            "to": table(reference.to.within(described.schema)),
            "to_column": name(reference.to_column),
        },
    )


def validate_foreign_key(referring: TableName, reference: Reference) -> Statement:
    """VALIDATE CONSTRAINT: reads all rows under a lock that blocks neither readers nor writers."""
    return Statement(
        "ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}",
        {"table": table(referring), "constraint": name(reference.constraint_name(referring.name))},
    )


def orphans(described: DescribedModel, reference: Reference, within: Statement, at_most: int) -> Statement:
    """Values of the reference's column that have no row in the table referred to, with how many rows hold each.

    Where the reference is for a partition, only that partition's rows are looked at.
    """
    held = described.table if reference.partition is None else referring_tables(described, reference)[0]
    return Statement(
        "SELECT {text} AS value, count(*) AS rows FROM {table} AS held\n"
        "WHERE {column} IS NOT NULL AND {within}\n"
        "    AND NOT EXISTS (SELECT FROM {to} AS referred WHERE {to_column} {equal} {held_column})\n"
        "GROUP BY {column} ORDER BY {column} LIMIT %(at_most)s",
        {
            "column": name(reference.column),
            "text": as_text(name(reference.column)),
            "equal": Raw(next(c.operators.equal for c in described.columns if c.name == reference.column)),
            "table": table(held),
            "within": within,
            "to": table(reference.to.within(described.schema)),
            "to_column": name("referred", reference.to_column),
            "held_column": name("held", reference.column),
        },
        {"at_most": at_most},
    )
