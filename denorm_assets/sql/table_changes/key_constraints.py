"""SQL that moves primary keys, other unique keys and foreign keys between text identifiers and the `uuid` columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Listing, Literal, Part, Raw, Statement, columns, name, table
from denorm_assets.sql.table_changes.uuid_keys import Twin, cut

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key: what it is called, what refers to what, and what happens then (letters as in `pg_constraint`)."""

    name: str
    columns: tuple[str, ...]
    to: TableName
    to_columns: tuple[str, ...]
    on_update: str
    on_delete: str
    is_deferrable: bool
    is_deferred: bool


@dataclass(frozen=True)
class IndexShape:
    """What an index is over, but for its name and table.

    Attributes:
        columns: its columns in order; `orders` what is said of each of them, as SQL (` DESC`).
        included: the columns that it holds besides.
        method: btree, hash, ...
        predicate: of which rows it is, as SQL; None of all.
    """

    columns: tuple[str, ...]
    orders: tuple[str, ...]
    included: tuple[str, ...]
    method: str
    predicate: str | None
    is_unique: bool


def not_null_check(column: str) -> str:
    """Name of the constraint that proves a column free of NULLs before it is declared so."""
    return cut(f"denorm_{column}_not_null")


def add_not_null_check(of: TableName, column: str) -> Statement:
    """ADD CONSTRAINT ... CHECK (column IS NOT NULL) NOT VALID: reads no row."""
    return Statement(
        "ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID",
        {"table": table(of), "check": name(not_null_check(column)), "column": name(column)},
    )


def with_text_check(column: str) -> str:
    """Name of the constraint by which a `uuid` column has a value where the text one has."""
    return cut(f"denorm_{column}_with_text")


def add_with_text_check(of: TableName, twin: Twin) -> Statement:
    """ADD CONSTRAINT of it, NOT VALID: reads no row. It goes with either column.

    A text that is no UUID was refused by the foreign key on it; on the `uuid` column, it would be none.
    """
    return Statement(
        "ALTER TABLE {table} ADD CONSTRAINT {check} CHECK (({text} IS NULL) = ({uuid} IS NULL)) NOT VALID",
        {
            "table": table(of),
            "check": name(with_text_check(twin.uuid)),
            "text": name(twin.text),
            "uuid": name(twin.uuid),
        },
    )


def validate(of: TableName, constraint: str) -> Statement:
    """VALIDATE CONSTRAINT: reads all rows under a lock that blocks neither readers nor writers."""
    return Statement(
        "ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}", {"table": table(of), "constraint": name(constraint)}
    )


def set_not_null(of: TableName, column: str) -> Statement:
    """SET NOT NULL, which a validated check spares from reading the table."""
    return Statement("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL", _column(of, column))


def _column(of: TableName, column: str) -> dict[str, Part]:
    return {"table": table(of), "column": name(column)}


def drop_constraint(of: TableName, constraint: str) -> Statement:
    """DROP CONSTRAINT; that of a foreign key locks the table referred to as well, for an instant."""
    return Statement(
        "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}",
        {"table": table(of), "constraint": name(constraint)},
    )


def key_index(of: TableName, key: Sequence[str]) -> str:
    """Name of the unique index over the columns `key`."""
    return cut(f"{of.name}_{'_'.join(key)}_key")


def create_unique_index(of: TableName, key: Sequence[str]) -> Statement:
    """CREATE UNIQUE INDEX CONCURRENTLY."""
    return Statement(
        "CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} ({columns})",
        {"index": name(key_index(of, key)), "table": table(of), "columns": columns(tuple(key))},
    )


def index_beside(index: str) -> str:
    """Name of the index on `uuid` columns that does what `index` does on text."""
    return cut(f"{index}_uid")


def reference_index(of: TableName, referring: Sequence[str]) -> str:
    """Name of an index by which a foreign key finds the rows that refer by the columns `referring`."""
    return cut(f"{of.name}_{'_'.join(referring)}_idx")


def create_index(of: TableName, index: str, shape: IndexShape) -> Statement:
    """CREATE INDEX CONCURRENTLY."""
    parts = tuple(
        Statement("{column}{order}", {"column": name(column), "order": Raw(order)})
        for column, order in zip(shape.columns, shape.orders, strict=True)
    )
    include = Statement(" INCLUDE ({columns})", {"columns": columns(shape.included)}) if shape.included else Raw("")
    return Statement(
        "CREATE {unique}INDEX CONCURRENTLY {index} ON {table} USING {method} ({parts}){include}{where}",
        {
            "unique": Raw("UNIQUE " if shape.is_unique else ""),
            "index": name(index),
            "table": table(of),
            "method": name(shape.method),
            "parts": Listing(parts),
            "include": include,
            "where": Raw("" if shape.predicate is None else f" WHERE {shape.predicate}"),
        },
    )


def move_primary_key(of: TableName, constraint: str, index: str) -> Statement:
    """The primary key `constraint` becomes one of the unique index `index`, whose columns have no NULLs."""
    return Statement(
        "ALTER TABLE {table} DROP CONSTRAINT {constraint}, ADD CONSTRAINT {constraint} PRIMARY KEY USING INDEX {index}",
        {"table": table(of), "constraint": name(constraint), "index": name(index)},
    )


def comment_on_constraint(of: TableName, constraint: str, comment: str | None) -> tuple[Statement, ...]:
    """COMMENT ON CONSTRAINT, for one that takes the place of another; nothing where that had none."""
    if comment is None:
        return ()
    parts: dict[str, Part] = {"constraint": name(constraint), "table": table(of), "comment": Literal(comment)}
    return (Statement("COMMENT ON CONSTRAINT {constraint} ON {table} IS {comment}", parts),)


def add_unique(of: TableName, index: str) -> Statement:
    """A UNIQUE constraint of a unique index, called like it."""
    return Statement(
        "ALTER TABLE {table} ADD CONSTRAINT {index} UNIQUE USING INDEX {index}",
        {"table": table(of), "index": name(index)},
    )


def reference_name(of: TableName, referring: Sequence[str]) -> str:
    """Name of a foreign key of the columns `referring`."""
    return cut(f"{of.name}_{'_'.join(referring)}_fkey")


def add_reference(of: TableName, key: ForeignKey) -> Statement:
    """ADD CONSTRAINT ... FOREIGN KEY ... NOT VALID: takes effect for new rows at once and reads no old ones."""
    deferring = (" DEFERRABLE" if key.is_deferrable else "") + (" INITIALLY DEFERRED" if key.is_deferred else "")
    return Statement(
        "ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({columns})\n"
        "    REFERENCES {to} ({to_columns}) ON UPDATE {on_update} ON DELETE {on_delete}{deferring} NOT VALID",
        {
            "table": table(of),
            "constraint": name(key.name),
            "columns": columns(key.columns),
            "to": table(key.to),
            "to_columns": columns(key.to_columns),
            "on_update": Raw(_ACTIONS[key.on_update]),
            "on_delete": Raw(_ACTIONS[key.on_delete]),
            "deferring": Raw(deferring),
        },
    )
