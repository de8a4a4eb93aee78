"""What read models may never be written to: the tables that they, or others, are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.registry import registrations
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, TargetIsSource
from denorm_assets.model.cached_set import as_read_model
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.control import query


def require_no_source(session: Session, system: System, models: Iterable[ReadModel]) -> None:
    """Raises TargetIsSource where the table of one of `models` is a source of its own.

    A table that stands there and is not the read model's may be no source of anything else either. A table counts as
    read with its partitions, children and parents, and with what the views read that are read.
    """
    reads = _reads(session, system)
    registered = registrations(session, system)
    for model in models:
        name, target = f"{system.name}/{model.name}", TableName(model.name, system.schema)
        if target in _computed_from(name, reads, system):
            raise TargetIsSource(name, str(target), "its own definition")
        found = registered.get(model.name)
        stands = session.row(query("catalog", "relation", schema=target.schema, table=target.name)) is not None
        if stands and (found is None or found.table != target):
            reader = next((reader for reader, tables in reads.items() if target in tables), None)
            if reader is not None:
                raise TargetIsSource(name, str(target), f"the definition of {reader}")
            if _is_captured(session, target):
                raise TargetIsSource(name, str(target), "a read model of another system")


def _computed_from(name: str, reads: Mapping[str, set[TableName]], system: System) -> set[TableName]:
    """The tables that a read model reads, and those that the read models among them read in turn."""
    found, todo = set[TableName](), [name]
    while todo:
        for table in reads.get(todo.pop(), set()) - found:
            found.add(table)
            if table.schema == system.schema:
                todo.append(f"{system.name}/{table.name}")
    return found


def _reads(session: Session, system: System) -> dict[str, set[TableName]]:
    """The tables that each read model and cache reads; what cannot be understood is refused where it is described."""
    named: dict[str, list[TableName]] = {}
    caches = ((f"the cache {cache.name}", as_read_model(cache)) for cache in system.caches)
    for reader, model in (*((f"{system.name}/{model.name}", model) for model in system.read_models), *caches):
        with suppress(DefinitionError):
            named[reader] = [table.within(system.schema) for table in analyse(model.definition).tables]
    tables = list(dict.fromkeys(table for found in named.values() for table in found))
    rows = session.rows(
        query("sources", "read_with", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    )
    related: dict[TableName, set[TableName]] = {table: {table} for table in tables}
    for row in rows:
        related[TableName(row["of_table"], row["of_schema"])].add(TableName(row["table"], row["schema"]))
    return {reader: set[TableName]().union(*(related[table] for table in found)) for reader, found in named.items()}


def _is_captured(session: Session, table: TableName) -> bool:
    if not control_schema.installed(session):
        return False
    return session.row(query("sources", "find", schema=table.schema, table=table.name)) is not None
