"""What was made once and nobody needs any more: read models and indexes no longer declared, capture, leftovers."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from denorm_assets.db.apply.replace import drop_leftover, leftover_drop
from denorm_assets.db.apply.uninstall import (
    capture_drops,
    drop_order,
    relation_drops,
    require_flags_off,
    require_undepended,
    require_unread,
    run_drops,
)
from denorm_assets.db.cache.admin.register import cache_registrations, undeclared_caches
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.exclusive_access import alone_with
from denorm_assets.db.control.index_builds import begun, forget_gone_builds
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.introspection.sources import Sources
from denorm_assets.db.plan.consent import Consent
from denorm_assets.db.plan.partitioned_indexes import names_on_partitions, partitions_of
from denorm_assets.db.plan.tables import held_in_words
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, StillInUse
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.index import Index
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import analyse
from denorm_assets.sql.automatic import is_registered
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import indexes
from denorm_assets.sql.step import Stage, Step
from denorm_assets.sql.table_changes.soft_deletes import INDEX

_LOG = logging.getLogger(__name__)
_COMMENT = "denorm_assets "


def _require_droppable(session: Session, system: System) -> None:
    """Raises StillInUse where people may read a read model that is no longer declared, or something depends on it."""
    for name, found in _undeclared(session, system).items():
        if found.served:
            require_flags_off(session, system, f"{system.name}/{name}")
        require_unread(session, system.name, name, [system.name])
        require_undepended(session, system, name)


def _require_unread(
    session: Session, system: System, undeclared: Collection[str], watched: Mapping[str, Collection[TableName]]
) -> None:
    """Raises StillInUse where a declared read model or cache reads one that is no longer declared.

    The declaration decides, not what is registered: what read it until now may read another one from now on.
    """
    for name in undeclared:
        table = TableName(name, system.schema)
        going = {table, *partitions_of(session, table)}
        for reader, tables in watched.items():
            if going & {*tables}:
                raise StillInUse(
                    f"{system.name}/{name}",
                    f"{reader} reads it, and is still declared",
                    f"declare {name} again, or take {reader} out of the declaration as well",
                )


def plan_drops(session: Session, system: System, declared: Sequence[tuple[DescribedModel, Sources]]) -> list[Step]:
    """Steps that drop what the declaration no longer has; those that lose something say so. Raises StillInUse.

    `declared` are its read models and caches, each with what it reads.
    """
    registered = registrations(session, system)
    if not control_schema.installed(session):
        # `apply` migrates the control schema, and then plans them in full.
        return [
            Step("table", str(found.table), "drop", Stage.BEFORE_LOAD, loses=_lost_with(session, found))
            for found in _undeclared(session, system).values()
        ]
    if not registered and not cache_registrations(session, system):
        return []
    _require_droppable(session, system)
    steps = [*plan_leftovers(session, system)]
    for described, _ in declared:
        steps += _indexes(session, system, described, registered.get(described.model.name))
    steps += _begun_indexes(session, system)
    watched_by: dict[str, Collection[TableName]] = {}
    for model in system.read_models:
        # Of those whose definitions cannot be read before something else is done, what their text names.
        with suppress(DefinitionError):
            watched_by[f"{system.name}/{model.name}"] = [
                table.within(system.schema) for table in analyse(model.definition).tables
            ]
    watched_by |= {described.full_name: sources.watched for described, sources in declared}
    undeclared = _undeclared(session, system)
    _require_unread(session, system, undeclared, watched_by)
    watched = {source for sources in watched_by.values() for source in sources}
    for model in system.read_models:
        if all(described.model.name != model.name for described, _ in declared):
            # Beneath a view that is gone, or that it does not read any more.
            rows = session.rows(query("sources", "dependencies", system=system.name, name=model.name))
            watched |= {TableName(row["table"], row["schema"]) for row in rows}
    unneeded = query(
        "uninstall",
        "unneeded_sources",
        system=system.name,
        schemas=[source.schema for source in watched],
        tables=[source.name for source in watched],
    )
    steps += capture_drops(session, [row["source_id"] for row in session.rows(unneeded)])
    steps += undeclared_caches(session, system)
    order = drop_order(session, system)
    for name in sorted(undeclared, key=lambda name: order.index(name) if name in order else -1):
        found = undeclared[name]
        forget = query("uninstall", "forget_model", model_id=found.model_id)
        records = Step("records", f"{system.name}/{name}", "drop", Stage.BEFORE_LOAD, "", (forget,))
        lost = _lost_with(session, found)
        lost += _kept_by_rename(system, name, found, registered) if lost else ""
        steps += relation_drops(session, system, name, forget, loses=lost) or [records]
    return steps


def _lost_with(session: Session, registered: Registration) -> str:
    """What is lost with a read model, in words; empty where nobody reads it and it holds nothing."""
    rows = held_in_words(session, registered.table) if registered.table is not None else ""
    return ", ".join(part for part in (registered.state if registered.served or rows else "", rows) if part)


def _kept_by_rename(system: System, name: str, found: Registration, registered: Mapping[str, Registration]) -> str:
    """How its rows are kept where the declaration only calls it otherwise, in words; empty where it does not."""
    for model in system.read_models:
        if model.name not in registered and is_registered(system, replace(model, name=name), found.code_version):
            names = f"{system.name}/{name} {system.name}/{model.name}"
            return f"; `denorm-assets rename {names}` keeps it under its new name"
    return ""


def drop_undeclared(
    session: Session, system: System, declared: Sequence[tuple[DescribedModel, Sources]], consent: Consent
) -> list[Step]:
    """Do what `plan_drops` shows; returns the steps. Raises StillInUse, WouldBeLost or LockHeld."""
    drop_leftovers(session, system)
    steps = plan_drops(session, system, declared)
    consent.require(system.name, steps)
    if _undeclared(session, system):
        kept = [*(model.name for model in system.read_models), *(cache.name for cache in system.caches)]
        session.execute(query("uninstall", "stop", system=system.name, but=kept))
    run_drops(session, steps)
    forget_gone_builds(session, system.name)
    return steps


def plan_leftovers(session: Session, system: System) -> list[Step]:
    """Steps that drop what replacements left beside the read models, but for what is still read there."""
    return [_leftover_step(session, system, row) for row in _leftovers(session, system)]


def _leftovers(session: Session, system: System) -> list[Mapping[str, Any]]:
    if control_schema.version(session) is None:
        return []
    return [row for row in session.rows(query("replacing", "left_overs", system=system.name)) if not row["read"]]


def _leftover_step(session: Session, system: System, row: Mapping[str, Any]) -> Step:
    relation, lock = TableName(row["table"], row["schema"]), "none on tables of the application"
    drop = tuple(leftover_drop(session, system.name, relation))
    return Step("leftover", str(relation), "drop", Stage.BEFORE_LOAD, lock, drop)


def drop_leftovers(session: Session, system: System) -> list[Step]:
    """Drop these; waits for a replacement that is still under way. Returns the steps."""
    steps: list[Step] = []
    # What is dropped may have been the last to read another one.
    while found := _leftovers(session, system):
        for row in found:
            relation = TableName(row["table"], row["schema"])
            steps.append(_leftover_step(session, system, row))
            with alone_with(session, f"{system.name}/{row['name']}", row["model_id"]):
                drop_leftover(session, system.name, relation)
            _LOG.info("leftover %s: dropped", relation)
    return steps


def declared_indexes(system: System, table: TableName, own: Sequence[Index]) -> set[str]:
    """Names of all indexes that are declared for `table`: its read model's `own`, and those of phases."""
    of_phases = [w.index for phase in system.phases for w in phase.indexes if w.table.within(system.schema) == table]
    return {index.name_for(table.name) for index in (*own, *of_phases)}


def _undeclared(session: Session, system: System) -> dict[str, Registration]:
    declared = {model.name for model in system.read_models}
    return {name: found for name, found in registrations(session, system).items() if name not in declared}


def _indexes(
    session: Session, system: System, described: DescribedModel, registered: Registration | None
) -> list[Step]:
    """Ours on the read model's table that are no longer declared."""
    declared = declared_indexes(system, described.table, described.model.indexes)
    served = registered is not None and registered.served
    return [
        replace(step, loses="an index of what people read" if served and row["valid"] else "")
        for row in free_indexes(session, described.table)
        if is_ours(row) and row["name"] not in declared
        for step in (index_drop(described.schema, row),)
    ]


def _begun_indexes(session: Session, system: System) -> list[Step]:
    """What interrupted builds of indexes left that are no longer declared, on whichever table."""
    declared = {index.name_for(model.name) for model in system.read_models for index in model.indexes}
    declared |= {wanted.name for phase in system.phases for wanted in phase.indexes}
    declared |= {INDEX.name_for(table.name) for work in system.soft_deletes for table in work.tables}
    tables = [TableName(model.name, system.schema) for model in system.read_models]
    declared |= names_on_partitions(declared, max((len(partitions_of(session, table)) for table in tables), default=0))
    rows = begun(session, system.name)
    return [index_drop(row["schema"], row) for row in rows if row["name"] not in declared]


def is_ours(row: Mapping[str, Any]) -> bool:
    """Whether the COMMENT of an index, given as the catalog has it, says that we made it."""
    return (row["comment"] or "").startswith(_COMMENT)


def free_indexes(session: Session, table: TableName) -> list[Mapping[str, Any]]:
    """Indexes that neither a constraint nor a partitioned index needs."""
    rows = session.rows(query("catalog", "indexes", schema=table.schema, table=table.name))
    return [row for row in rows if not row["of_constraint"] and not row["attached"]]


def index_drop(schema: str, row: Mapping[str, Any]) -> Step:
    """The step that drops an index, given as the catalog has it."""
    name, partitioned = str(row["name"]), bool(row["partitioned"])
    drop = indexes.drop_partitioned_index if partitioned else indexes.drop_index
    lock = "ACCESS EXCLUSIVE on its table, for an instant" if partitioned else "SHARE UPDATE EXCLUSIVE, nobody waits"
    return Step("index", name, "drop", Stage.AFTER_LOAD, lock, (drop(schema, name),))
