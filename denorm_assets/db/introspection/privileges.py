"""What a least-privilege set-up has to grant in this database, found from the declarations and the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from denorm_assets.db.introspection.row_security import guarded_among
from denorm_assets.db.introspection.sources import source_members
from denorm_assets.db.introspection.views_read import views_read
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.cached_set import as_read_model
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.analysis.reading_order import tables_of
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl.roles import Grant, Indexed, Needed, role_grants

_Owner = tuple[str, bool]


def least_privilege(session: Session, systems: Sequence[System], owner: str, reader: str) -> list[Grant]:
    """The grants for `owner`, who makes and keeps the read models, and `reader`, who reads them. Changes nothing.

    Raises what `needed` raises.
    """
    return role_grants(needed(session, systems, owner, reader), owner, reader)


def needed(session: Session, systems: Sequence[System], owner: str, reader: str) -> Needed:
    """What the systems need of this database, for `owner`, who makes and keeps the read models, and `reader`.

    Raises DefinitionError, or ConfigurationError where a table that a definition reads is not there or is none.
    """
    # Tables of read models are the owner's own, and may not be there yet.
    own = {table for system in systems for model in system.read_models for table in tables_of(system, model)}
    read = dict.fromkeys(
        table.within(system.schema)
        for system in systems
        for model in (*system.read_models, *map(as_read_model, system.caches))
        for table in analyse(model.definition).tables
        if table.within(system.schema) not in own
    )
    views = views_read(session, list(read))
    tables = views.in_place_of(list(read))
    try:
        members = source_members(session, tables, views)
    except Refusal as refusal:
        raise ConfigurationError(
            f"{_definitions_that_read(refusal.clause, systems)} reads {refusal.clause}: {refusal.reason}. "
            f"{refusal.remedy}, then run the same command again"
        ) from refusal
    sources = dict.fromkeys(member for each in members.values() for member in each)
    schemas = dict.fromkeys(system.schema for system in systems)
    referenced = dict.fromkeys(
        reference.to.within(system.schema)
        for system in systems
        for model in system.read_models
        for reference in model.references
        if reference.foreign_key
    )
    models = {TableName(model.name, system.schema) for system in systems for model in system.read_models}
    indexed = {
        found.table.within(system.schema) for system in systems for phase in system.phases for found in phase.indexes
    }
    owners = _owners(session, [*models, *indexed])
    present = session.one(query("roles", "present", names=[owner, reader]))
    references = [
        reference.to.within(system.schema)
        for system in systems
        for model in system.read_models
        for reference in model.references
    ]
    guarded = guarded_among(session, [*tables, *references], reader=owner)
    return Needed(
        database=present["database"],
        schemas=tuple(schemas),
        other_schemas=tuple(sorted({str(each.schema) for each in (*sources, *read)} - set(schemas))),
        sources=tuple(sources),
        views=tuple(table for table in read if table in views.views),
        referenced=tuple(referenced),
        read_models=tuple(sorted(models & owners.keys())),
        indexed=tuple(
            Indexed(tuple(sorted(tables)), owner, superuser)
            for (owner, superuser), tables in _by_owner(owners, indexed - models).items()
        ),
        guarded=tuple(guarded),
        present=frozenset(present["roles"]),
        control_owner=present["control_owner"],
        of_superuser=present["of_superuser"],
    )


def _definitions_that_read(table: str, systems: Sequence[System]) -> str:
    """The files of the definitions that name `table`."""
    found = [
        str(model.definition.path)
        for system in systems
        for model in (*system.read_models, *map(as_read_model, system.caches))
        for each in analyse(model.definition).tables
        if table == str(each.within(system.schema)) or table.endswith(f"the view {each.within(system.schema)} reads")
    ]
    # A partition is not named in the definition that reads it.
    return " and ".join(dict.fromkeys(found)) or "a definition"


def _by_owner(owners: Mapping[TableName, _Owner], tables: set[TableName]) -> dict[_Owner, list[TableName]]:
    found: dict[_Owner, list[TableName]] = {}
    for table in sorted(tables & owners.keys()):
        found.setdefault(owners[table], []).append(table)
    return found


def _owners(session: Session, tables: Sequence[TableName]) -> dict[TableName, _Owner]:
    """Of those tables that are there: who owns each, and whether that is a superuser."""
    rows = session.rows(
        query("roles", "tables", schemas=[table.schema for table in tables], tables=[table.name for table in tables])
    )
    return {TableName(row["table"], row["schema"]): (row["owner"], row["of_superuser"]) for row in rows}
