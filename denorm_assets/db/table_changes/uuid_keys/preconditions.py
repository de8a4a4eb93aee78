"""What could not be kept while keys are on other columns, refused before anything changes."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.uuid_keys.catalog import table_keys
from denorm_assets.db.table_changes.uuid_keys.columns import IdentifierColumn, to_text, to_uuid
from denorm_assets.db.table_changes.uuid_keys.twin_indexes import indexes_beside
from denorm_assets.errors import IdentifierRefused
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.table_changes import key_constraints, uuid_keys

_PLAIN = "Make it a plain one first"
_ODDITIES = {
    "deferrable": ("is DEFERRABLE, which a key that an index becomes is not", _PLAIN),
    "include": ("has INCLUDE columns, which would be lost", _PLAIN),
    "nulls": ("is NULLS NOT DISTINCT, which would be lost", _PLAIN),
    "overlaps": ("is WITHOUT OVERLAPS, which cannot be made of an index", "Leave the column out of the declaration"),
    "replica identity": (
        "is the table's REPLICA IDENTITY: without it, UPDATE and DELETE would fail where the table is published",
        "ALTER TABLE ... REPLICA IDENTITY DEFAULT (or FULL) first",
    ),
    "cluster": (
        "is what the table is clustered by (CLUSTER), which would be lost",
        "ALTER TABLE ... SET WITHOUT CLUSTER first",
    ),
    "options": (
        "has an index with storage parameters, a tablespace or a COMMENT of its own, which would be lost",
        "ALTER INDEX ... RESET (...) or SET TABLESPACE, or COMMENT ON INDEX ... IS NULL, first",
    ),
    "full": ("is MATCH FULL, which could not be made again", _PLAIN),
    "default": ("is SET DEFAULT, and uuid columns have none", _PLAIN),
    "some columns": ("is SET NULL for some columns only, which could not be made again", _PLAIN),
    "not valid": ("is not validated", "ALTER TABLE ... VALIDATE CONSTRAINT first"),
    "twice": ("refers to what another one does", "Drop one of both first"),
    "of an index": (
        "refers to a unique index that is no constraint",
        "ALTER TABLE ... ADD UNIQUE USING INDEX on that table first",
    ),
    "publication": (
        "has a list of columns or a WHERE for the table: UPDATE and DELETE would fail once its primary key is on uuid",
        "Publish the table as a whole, or give it REPLICA IDENTITY FULL, first",
    ),
    "of columns": (
        "runs where an identifier is written (UPDATE OF ...), which foreign keys between uuid columns would not do",
        "Make it run on any UPDATE",
    ),
    "grouped": (
        "shows columns that only its primary key determines (GROUP BY), which moves to the uuid column",
        "Name these columns in its GROUP BY, too",
    ),
    "later": (
        f"runs after ours ({uuid_keys.TRIGGER}; they fire by name) and may change an identifier unseen",
        "Rename it to what comes before",
    ),
}


def require_plain(session: Session, table: TableName, columns: Sequence[IdentifierColumn]) -> None:
    """Raises IdentifierRefused where keys could not move to `uuid` columns and back, or an application would notice."""
    names = [column.twin.text for column in columns]
    named = {"schema": table.schema, "table": table.name, "columns": names, "trigger": uuid_keys.TRIGGER}
    for row in session.rows(query("identifiers", "oddities", **named)):
        why, remedy = _ODDITIES[row["problem"]]
        raise IdentifierRefused(f"{table}.{names[0]}", f"the {row['object']} of its table {why}", remedy)
    for key in table_keys(session, table):
        on_text, on_uuid = to_text(columns, key.columns), to_uuid(columns, key.columns)
        if on_text == on_uuid:
            continue
        for wanted in (on_uuid, on_text) if key.is_primary else (on_uuid,):
            _require_free(session, table, names[0], key_constraints.key_index(table, wanted))
    for wanted in indexes_beside(session, table, columns):
        _require_free(session, table, names[0], wanted.name)


def _require_free(session: Session, table: TableName, column: str, index: str) -> None:
    if session.row(query("catalog", "relation", schema=table.schema, table=index)) is not None:
        what = f"an index for it would be called {index}, as something is"
        raise IdentifierRefused(f"{table}.{column}", what, "Rename that")
