"""DDL of secondary indexes and foreign keys, and what is installed of them."""

from __future__ import annotations

from hashlib import sha256

from denorm_assets.model.described import DescribedModel
from denorm_assets.model.index import Index, Reference
from denorm_assets.sql.statement import Listing, Literal, Raw, Statement, name, table


def create_index(described: DescribedModel, index: Index, *, concurrently: bool) -> Statement:
    """CREATE INDEX; `concurrently` where the table may be written meanwhile."""
    return Statement(
        "CREATE {unique}INDEX {concurrently}{index} ON {table} ({terms})",
        {
            "unique": Raw("UNIQUE " if index.unique else ""),
            "concurrently": Raw("CONCURRENTLY " if concurrently else ""),
            "index": name(index.name_for(described.model.name)),
            "table": table(described.table),
            "terms": Listing(
                tuple(
                    Statement(
                        "{column}{order}", {"column": name(t.column), "order": Raw(f" {t.order}" if t.order else "")}
                    )
                    for t in index.terms
                )
            ),
        },
    )


def drop_index(schema: str, index_name: str) -> Statement:
    """DROP INDEX CONCURRENTLY, for an invalid or outdated one."""
    return Statement("DROP INDEX CONCURRENTLY IF EXISTS {index}", {"index": name(schema, index_name)})


def index_hash(described: DescribedModel, index: Index) -> str:
    """Short hash of an index as declared; its COMMENT carries it."""
    declared = repr((described.full_name, index.terms, index.unique))
    return sha256(declared.encode()).hexdigest()[:12]


def comment_on_index(described: DescribedModel, index: Index) -> Statement:
    """COMMENT with the hash of the declared index."""
    return Statement(
        "COMMENT ON INDEX {index} IS {comment}",
        {
            "index": name(described.schema, index.name_for(described.model.name)),
            "comment": Literal(f"denorm_assets {index_hash(described, index)}"),
        },
    )


def add_foreign_key(described: DescribedModel, reference: Reference) -> Statement:
    """ADD CONSTRAINT ... NOT VALID: takes effect for new rows at once and reads no old ones."""
    return Statement(
        "ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({column})\n"
        "    REFERENCES {to} ({to_column}) ON DELETE CASCADE NOT VALID",
        {
            "table": table(described.table),
            "constraint": name(reference.constraint_name(described.model.name)),
            "column": name(reference.column),
            "to": table(reference.to.within(described.schema)),
            "to_column": name(reference.to_column),
        },
    )


def validate_foreign_key(described: DescribedModel, reference: Reference) -> Statement:
    """VALIDATE CONSTRAINT: reads all rows under a lock that blocks neither readers nor writers."""
    return Statement(
        "ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}",
        {"table": table(described.table), "constraint": name(reference.constraint_name(described.model.name))},
    )


def orphans(described: DescribedModel, reference: Reference, within: Statement, at_most: int) -> Statement:
    """Values of the reference's column that have no row in the table referred to, with how many rows hold each."""
    return Statement(
        "SELECT {column}::text AS value, count(*) AS rows FROM {table} AS held\n"
        "WHERE {column} IS NOT NULL AND {within}\n"
        "    AND NOT EXISTS (SELECT FROM {to} AS referred WHERE {to_column} = {held_column})\n"
        "GROUP BY {column} ORDER BY {column} LIMIT %(at_most)s",
        {
            "column": name(reference.column),
            "table": table(described.table),
            "within": within,
            "to": table(reference.to.within(described.schema)),
            "to_column": name("referred", reference.to_column),
            "held_column": name("held", reference.column),
        },
        {"at_most": at_most},
    )
