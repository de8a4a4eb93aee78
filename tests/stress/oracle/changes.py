"""Generated changes: what applications do to their tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.stress.oracle.choosing import Chooser
from tests.stress.oracle.sources import ROLES, Source, insert, value

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
    kinds: list[Callable[[Chooser, Source], str]] = [
        _insert,
        _update,
        _delete,
        _update,
        _insert,
        _update_key,
        _upsert,
        _merge,
        _copy,
    ]
    if alone:
        kinds.append(_truncate)
    kind = c.count(0, len(kinds) + 1)
    if kind >= len(kinds):
        return _writable(c, c.pick(sources), c.pick(sources)) if kind == len(kinds) else _leave_together(c, sources)
    return kinds[kind](c, c.pick(sources))


def _insert(c: Chooser, source: Source) -> str:
    return insert(c, source, c.count(1, 3))


def _copy(c: Chooser, source: Source) -> str:
    # The runner feeds one row, its key as the comment says.
    return f"COPY {source.name} ({source.column('id')}, {source.column('name')}) FROM STDIN -- {value(c, source, 'id')}"


def _update(c: Chooser, source: Source) -> str:
    return f"UPDATE {_target(c, source)} SET {_assignments(c, source)} WHERE {_where(c, source)}"


def _update_key(c: Chooser, source: Source) -> str:
    return f"UPDATE {source.name} SET {source.column('id')} = {value(c, source, 'id')} WHERE {_one(c, source)}"


def _delete(c: Chooser, source: Source) -> str:
    return f"DELETE FROM {_target(c, source)} WHERE {_where(c, source)}"


def _truncate(_: Chooser, source: Source) -> str:
    return f"TRUNCATE {source.name} CASCADE"


def _upsert(c: Chooser, source: Source) -> str:
    if source.loose:
        return _insert(c, source)
    plain = insert(c, source, 1).removesuffix(" ON CONFLICT DO NOTHING")
    if " WHERE " not in plain:
        plain += " WHERE true"
    column = source.column(c.pick(_CHANGEABLE))
    return f"{plain} ON CONFLICT ({source.column('id')}) DO UPDATE SET {column} = excluded.{column}"


def _merge(c: Chooser, source: Source) -> str:
    role = c.pick(_CHANGEABLE)
    return (
        f"MERGE INTO {source.name} AS t USING (SELECT {value(c, source, 'id')}::{source.key_type} AS id) AS m"
        f" ON t.{source.column('id')} = m.id"
        f" WHEN MATCHED AND t.{source.column('flag')} THEN DELETE"
        f" WHEN MATCHED THEN UPDATE SET {source.column(role)} = {value(c, source, role)}"
        f" WHEN NOT MATCHED THEN INSERT ({source.column('id')}, {source.column('name')}) VALUES (m.id, 'a')"
    )


def _writable(c: Chooser, source: Source, other: Source) -> str:
    second = c.pick([_update, _delete, _insert])(c, other)
    first = f"DELETE FROM {source.name} WHERE {_one(c, source)}"
    return f"WITH w AS ({first} RETURNING 1), v AS ({second} RETURNING 1) SELECT 1"


def _leave_together(c: Chooser, sources: Sequence[Source]) -> str:
    """Rows that may be joined, in one statement: none of them finds the others any more."""
    victims = c.some(sources, min(2, len(sources)), len(sources))
    wheres = [c.pick(["true", f"{each.column('n')} = {value(c, each, 'n')}"]) for each in victims]
    deletes = [f"DELETE FROM {of.name} WHERE {where} RETURNING 1" for of, where in zip(victims, wheres, strict=True)]
    return f"WITH {', '.join(f'd{n} AS ({text})' for n, text in enumerate(deletes))} SELECT 1"


def _target(c: Chooser, source: Source) -> str:
    return source.leaf(c.count(0, 1)) if source.partitioned and c.chance(30) else source.name


def _assignments(c: Chooser, source: Source) -> str:
    return ", ".join(f"{source.column(role)} = {value(c, source, role)}" for role in c.some(_CHANGEABLE, 1, 2))


def _where(c: Chooser, source: Source) -> str:
    role = c.pick(["id", "ref", "grp", "name", "flag"])
    return c.pick([_one(c, source), f"{source.column(role)} = {value(c, source, role)}", "true"])


def _one(c: Chooser, source: Source) -> str:
    return f"{source.column('id')} IS NOT DISTINCT FROM {value(c, source, 'id')}"
