"""Indexes of partitioned tables: one by one and beside readers and writers, which PostgreSQL does not do by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from denorm_assets.db.postgres.session import Session
from denorm_assets.model.index import Index
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import indexes
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.step import Stage, Step

_ROOM_FOR_NUMBER = 60


def partitions_of(session: Session, target: TableName) -> tuple[TableName, ...]:
    """The partitions of `target` in order of name; none where it is not partitioned."""
    rows = session.rows(query("catalog", "partitions", schema=target.schema, table=target.name))
    return tuple(TableName(row["name"], row["schema"]) for row in rows)


def names_on_partitions(declared: Iterable[str], partitions: int) -> set[str]:
    """What the `declared` indexes of a table are called on its partitions, until they are attached."""
    return {_numbered(name, number) for name in declared for number in range(1, partitions + 1)}


def _numbered(name: str, number: int) -> str:
    return f"{name.encode()[:_ROOM_FOR_NUMBER].decode(errors='ignore')}_{number}"


def plan_partitioned_index(
    session: Session,
    target: TableName,
    partitions: Sequence[TableName],
    index: Index,
    installed: Mapping[str, Mapping[str, Any]],
    stage: Stage,
    *,
    live: bool,
) -> Step:
    """The step for one index of `target`, which has `partitions`; `installed` are its indexes by name.

    In use, it is made empty on the table alone, then built CONCURRENTLY on each partition and attached: where that was
    interrupted, the partitions that are attached already are left alone.
    """
    assert target.schema is not None, "tables are named with their schema here"
    name = index.name_for(target.name)
    found = installed.get(name)
    same = found is not None and indexes.index_hash(target, index) in (found["comment"] or "")
    if found is not None and same and found["valid"]:
        return keep_index(target, index, found["comment"], stage)
    comment = indexes.comment_on_index(target, index)
    statements: list[Statement] = []
    if found is not None and not (same and live):
        statements.append(indexes.drop_partitioned_index(target.schema, name))
    dropped = bool(statements)
    if not live:
        statements += [indexes.create_index(target, index, concurrently=False), comment]
        lock = "SHARE on the table being loaded, readers go on"
        action = "rebuild" if found is not None else "create"
        return Step("index", name, action, stage, lock, tuple(statements), builds=(TableName(name, target.schema),))
    if found is None or dropped:
        statements += [indexes.create_index(target, index, concurrently=False, only=True), comment]
    attached: set[str] = set()
    if found is not None and not dropped:
        rows = session.rows(query("catalog", "attached_indexes", schema=target.schema, index=name))
        attached = {row["table"] for row in rows}
    for number, partition in enumerate(partitions, start=1):
        if partition.name not in attached:
            own = index.named(_numbered(name, number))
            statements += _built_beside_readers(partition, own, target.schema, name)
    lock = "SHARE UPDATE EXCLUSIVE, nobody waits"
    if dropped:
        lock = "ACCESS EXCLUSIVE for an instant, to drop the old one: readers wait"
    numbers = range(1, len(partitions) + 1)
    builds = tuple(TableName(each, target.schema) for each in (name, *(_numbered(name, number) for number in numbers)))
    action = "rebuild" if found is not None else "create"
    return Step("index", name, action, stage, lock, tuple(statements), builds=builds)


def keep_index(target: TableName, index: Index, comment: str, stage: Stage) -> Step:
    """The step for an index that is as declared; an older release's `comment` did not name the table."""
    same = comment == indexes.comment_text(target, index)
    statements = () if same else (indexes.comment_on_index(target, index),)
    return Step("index", index.name_for(target.name), "keep" if same else "comment", stage, statements=statements)


def _built_beside_readers(partition: TableName, own: Index, schema: str, name: str) -> list[Statement]:
    """Build `own` on one partition and attach it; what an interrupted build left under its name goes first."""
    assert partition.schema is not None, "tables are named with their schema here"
    own_name = own.name_for(partition.name)
    return [
        indexes.drop_index(partition.schema, own_name),
        indexes.create_index(partition, own, concurrently=True),
        indexes.attach_index(schema, name, own_name),
    ]
