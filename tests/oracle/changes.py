"""Generated changes: what applications do to their tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.choosing import Chooser
from tests.oracle.sources import ROLES, Source, insert, value

_CHANGEABLE = [role for role in ROLES if role != "id"]


@dataclass(frozen=True)
class Transaction:
    """Statements that are committed together, or rolled back."""

    statements: tuple[str, ...]
    commits: bool = True
    isolation: str = "READ COMMITTED"


def transaction(c: Chooser, sources: Sequence[Source], *, alone: bool = True) -> Transaction:
    """A transaction; where others run at the same time (not `alone`), none of its statements locks a table."""
    statements: list[str] = []
    for _ in range(c.count(1, 3)):
        statement = _statement(c, sources, alone)
        if c.chance(10):
            statements += ["SAVEPOINT p", statement, "ROLLBACK TO SAVEPOINT p"]
        else:
            statements.append(statement)
    isolation = "READ COMMITTED" if alone else c.pick(["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ"])
    return Transaction(tuple(statements), commits=not c.chance(8), isolation=isolation)


def _statement(c: Chooser, sources: Sequence[Source], alone: bool) -> str:
    source = c.pick(sources)
    kinds = ["insert", "update", "delete", "update", "insert", "update key", "upsert", "merge", "writable", "copy"]
    kind = c.pick([*kinds, "truncate"] if alone else kinds)
    if kind == "insert":
        return insert(c, source, c.count(1, 3))
    if kind == "copy":
        # The runner feeds one row.
        keys = value(c, source, "id")
        return f"COPY {source.name} ({source.column('id')}, {source.column('name')}) FROM STDIN -- {keys}"
    if kind == "update":
        return f"UPDATE {_target(c, source)} SET {_assignments(c, source)} WHERE {_where(c, source)}"
    if kind == "update key":
        return f"UPDATE {source.name} SET {source.column('id')} = {value(c, source, 'id')} WHERE {_one(c, source)}"
    if kind == "delete":
        return f"DELETE FROM {_target(c, source)} WHERE {_where(c, source)}"
    if kind == "truncate":
        return f"TRUNCATE {source.name} CASCADE"
    if kind == "upsert" and not source.loose:
        plain = insert(c, source, 1).removesuffix(" ON CONFLICT DO NOTHING")
        if " WHERE " not in plain:
            plain += " WHERE true"
        role = c.pick(_CHANGEABLE)
        return (
            f"{plain} ON CONFLICT ({source.column('id')}) DO UPDATE SET"
            f" {source.column(role)} = excluded.{source.column(role)}"
        )
    if kind == "merge":
        role = c.pick(_CHANGEABLE)
        return (
            f"MERGE INTO {source.name} AS t USING (SELECT {value(c, source, 'id')}::{source.key_type} AS id) AS m"
            f" ON t.{source.column('id')} = m.id"
            f" WHEN MATCHED AND t.{source.column('flag')} THEN DELETE"
            f" WHEN MATCHED THEN UPDATE SET {source.column(role)} = {value(c, source, role)}"
            f" WHEN NOT MATCHED THEN INSERT ({source.column('id')}, {source.column('name')}) VALUES (m.id, 'a')"
        )
    other = c.pick(sources)
    parts = [f"DELETE FROM {source.name} WHERE {_one(c, source)}"]
    parts.append(
        c.pick(
            [
                f"UPDATE {other.name} SET {_assignments(c, other)} WHERE {_where(c, other)}",
                f"DELETE FROM {other.name} WHERE {_where(c, other)}",
                insert(c, other, 1),
            ]
        )
    )
    return f"WITH w AS ({parts[0]} RETURNING 1), v AS ({parts[1]} RETURNING 1) SELECT 1"


def _target(c: Chooser, source: Source) -> str:
    return source.leaf(c.count(0, 1)) if source.partitioned and c.chance(30) else source.name


def _assignments(c: Chooser, source: Source) -> str:
    return ", ".join(
        f"{source.column(role)} = {value(c, source, role)}" for role in c.some(_CHANGEABLE, 1, 2)
    )


def _where(c: Chooser, source: Source) -> str:
    role = c.pick(["id", "ref", "grp", "name", "flag"])
    return c.pick([_one(c, source), f"{source.column(role)} = {value(c, source, role)}", "true"])


def _one(c: Chooser, source: Source) -> str:
    return f"{source.column('id')} IS NOT DISTINCT FROM {value(c, source, 'id')}"
