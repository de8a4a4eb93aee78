"""What read models may never be written to: the tables that they, or others, are computed from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.registry import registrations
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DeclarationError, DefinitionError, TargetIsSource
from denorm_assets.model.cached_set import as_read_model
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.analysis.reading_order import in_a_circle
from denorm_assets.sql.control import query


def require_no_source(session: Session, system: System, models: Iterable[ReadModel]) -> None:
    """Raises TargetIsSource where the table of one of `models` is a source of its own.

    DeclarationError, where it is one by what other read models read, of this system or another.
    A table that stands there and is not the read model's may be no source of anything else either. A table counts as
    read with its partitions, children and parents, and with what the views read that are read.
    """
    reads = _reads(session, system)
    reading = _reading(session, system, reads)
    registered = registrations(session, system)
    for model in models:
        name, target = f"{system.name}/{model.name}", TableName(model.name, system.schema)
        circle = _circle(name, reading)
        if circle:
            raise DeclarationError([in_a_circle(model, circle)])
        if target in reads.get(name, ()):
            raise TargetIsSource(name, str(target), "its own definition")
        found = registered.get(model.name)
        stands = session.row(query("catalog", "relation", schema=target.schema, table=target.name)) is not None
        if stands and (found is None or found.table != target):
            reader = next((reader for reader, tables in reads.items() if target in tables), None)
            if reader is not None:
                raise TargetIsSource(name, str(target), f"the definition of {reader}")
            if _is_captured(session, target):
                raise TargetIsSource(name, str(target), "a read model of another system")


def _reading(session: Session, system: System, reads: Mapping[str, set[TableName]]) -> dict[str, list[str]]:
    """Read model -> those that it reads: as declared where it is one of `system`, else as it is registered."""
    found = {f"{system.name}/{model.name}": TableName(model.name, system.schema) for model in system.read_models}
    held = {table: name for name, table in found.items()}
    registered: Sequence[Mapping[str, Any]] = ()
    if control_schema.installed(session):
        tables = list(dict.fromkeys(table for read in reads.values() for table in read))
        named = {"schemas": [table.schema for table in tables], "tables": [table.name for table in tables]}
        for row in session.rows(query("models", "among", **named)):
            held.setdefault(TableName(row["table"], row["schema"]), row["full_name"])
        registered = session.rows(query("models", "readings"))
    reading = {name: [held[table] for table in reads.get(name, ()) if table in held] for name in found}
    for row in registered:
        if row["reader"] not in found:
            reading.setdefault(row["reader"], []).append(row["read"])
    return reading


def _circle(name: str, reading: Mapping[str, Collection[str]]) -> list[str]:
    """The read models from `name` back to itself, each of which reads the next; empty where none is in between."""
    ways, seen = [[name]], {name}
    for way in ways:
        if len(way) > 1 and name in reading.get(way[-1], ()):
            return [*way, name]
        for read in reading.get(way[-1], ()):
            if read not in seen:
                seen.add(read)
                ways.append([*way, read])
    return []


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
