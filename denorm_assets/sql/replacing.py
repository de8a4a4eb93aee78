"""Statements that put one relation in the place of another."""

from __future__ import annotations

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Raw, Statement, name, table

_KINDS = {"m": "MATERIALIZED VIEW", "p": "TABLE", "r": "TABLE"}


def drop_relation(relation: TableName, kind: str) -> Statement:
    """DROP of a table (`r`, `p`) or view (`m`), refused by PostgreSQL where another object depends on it."""
    return Statement("DROP {kind} {relation}", {"kind": Raw(_KINDS[kind]), "relation": table(relation)})


def rename_relation(relation: TableName, kind: str, new_name: str) -> Statement:
    """ALTER ... RENAME TO."""
    return Statement(
        "ALTER {kind} {relation} RENAME TO {new}",
        {"kind": Raw(_KINDS[kind]), "relation": table(relation), "new": name(new_name)},
    )


def rename_index(schema: str, index: str, new_name: str) -> Statement:
    """ALTER INDEX ... RENAME TO; a constraint's index renames the constraint."""
    return Statement("ALTER INDEX {index} RENAME TO {new}", {"index": name(schema, index), "new": name(new_name)})


def grant_select(relation: TableName, role: str) -> Statement:
    """GRANT SELECT; the role PUBLIC has no name."""
    grantee = name(role) if role else Raw("PUBLIC")
    return Statement("GRANT SELECT ON {relation} TO {grantee}", {"relation": table(relation), "grantee": grantee})
