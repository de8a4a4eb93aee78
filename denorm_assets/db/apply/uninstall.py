"""Removing all that we made for a system, and nothing else: found by what the catalog and its comments say is ours."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from graphlib import TopologicalSorter
from itertools import groupby
from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.plan.dependents import dependents
from denorm_assets.db.plan.partitioned_indexes import partitions_of
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.phase_work import plan_undo_all, undo_all_work, work_functions
from denorm_assets.errors import StillInUse
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture import capture_function
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import alterations, indexes, replacing
from denorm_assets.sql.ddl.control_objects import control_relations, control_sequences
from denorm_assets.sql.statement import Statement
from denorm_assets.sql.step import Stage, Step

_LOG = logging.getLogger(__name__)


def plan_uninstall(database: Database, system: System, before: Sequence[System] = ()) -> list[Step]:
    """What `uninstall` would remove, in order, once the systems `before` are removed. Changes nothing.

    Raises StillInUse where something that is not ours would go with it, or the application may be reading it.
    """
    with database.session(system.schema) as session:
        return _plan(session, system, before)


def uninstall(database: Database, system: System) -> list[Step]:
    """Remove all that we made for the system; returns the steps.

    Each step commits by itself and waits for locks in short tries, and what was interrupted resumes when it is called
    again. Raises StillInUse, with nothing changed.
    """
    with database.session(system.schema) as session:
        steps = _plan(session, system, ())
        if steps:
            session.execute(query("uninstall", "stop", system=system.name, but=[]))
            run_drops(session, _drops(session, system, [system.name]))
            undo_all_work(database, session, system)
            run_drops(session, steps[-1:])
    return steps


def run_drops(session: Session, steps: Sequence[Step]) -> None:
    """Do steps that drop something, each committed by itself, in short tries. Raises LockHeld."""
    session.set_session(lock_timeout=session.short_lock_timeout)
    for step in steps:
        retry_on_lock_timeout(session)(_run, session, step)
        _LOG.info("%s %s: dropped", step.kind, step.name)


def _plan(session: Session, system: System, before: Sequence[System]) -> list[Step]:
    if not control_schema.installed(session):
        return []
    gone = [system.name, *(each.name for each in before)]
    functions = [name for each in (system, *before) for name in work_functions(session, each)]
    last = not session.one(query("uninstall", "other_systems", gone=gone, functions=functions))["present"]
    require_unread(session, system.name, None, gone)
    _require_unused(session, system, last=last)
    return [
        *_drops(session, system, gone),
        *plan_undo_all(session, system),
        _control_rows(system, last=last),
    ]


def _drops(session: Session, system: System, gone: list[str]) -> list[Step]:
    sources = session.rows(query("uninstall", "sources_of", system=system.name, gone=gone))
    return [
        # First of all: a trigger that fires must find what it writes to.
        *capture_drops(session, [row["source_id"] for row in sources]),
        *relation_drops(session, system),
        *_indexes(session, system, gone),
    ]


def _require_unused(session: Session, system: System, *, last: bool) -> None:
    require_flags_off(session, system, system.name)
    require_undepended(session, system, last=last)
    others = (
        session.rows(query("uninstall", "in_control_schema", own=[*control_relations(), *control_sequences()]))
        if last
        else []
    )
    if others:
        objects = ", ".join(row["object"] for row in others)
        raise StillInUse(system.name, f"the schema denorm holds what is not ours: {objects}", "move or drop that first")


def require_flags_off(session: Session, system: System, name: str) -> None:
    """Raises StillInUse for `name` where a flag of the system is on, whether it is declared or not."""
    for row in session.rows(query("flags", "on", system=system.name)):
        raise StillInUse(
            name,
            f"its flag {row['name']} is on for {row['percentage']} % of the users, who read it",
            f"turn it off with `denorm-assets flag {system.name} --percentage 0`",
        )


def require_unread(session: Session, system: str, model: str | None, gone: Sequence[str]) -> None:
    """Raises StillInUse where a read model of a system that is not `gone` reads one of `system`, or that `model`."""
    for row in session.rows(query("uninstall", "readers", system=system, name=model, gone=list(gone))):
        reading = row["reader"].partition("/")[0]
        raise StillInUse(
            system if model is None else f"{system}/{model}",
            f"{row['reader']} reads {row['read']}",
            f"take {row['reader']} out of its declaration and run `denorm-assets apply {reading}` first, or uninstall "
            f"{reading} first",
        )


def require_undepended(session: Session, system: System, model: str | None = None, *, last: bool = False) -> None:
    """Raises StillInUse where something depends on the relations of `system`, or of one `model` of it.

    With `last`, the control schema goes too.
    """
    others = dependents(session, system.name, model, last=last)
    if others:
        name = system.name if model is None else f"{system.name}/{model}"
        raise StillInUse(name, f"what is not ours depends on it: {', '.join(others)}", "drop that first")


def capture_drops(session: Session, source_ids: Sequence[int]) -> list[Step]:
    """Steps that end the capture of some sources, and forget them."""
    rows = session.rows(query("uninstall", "captured", source_ids=list(source_ids)))
    steps: list[Step] = []
    for source_id, of_source in groupby(rows, key=lambda row: row["source_id"]):
        members = [TableName(row["table"], row["schema"]) for row in of_source if row["table"] is not None]
        dropped = (capture_function.drop_function(source_id), query("uninstall", "forget_source", source_id=source_id))
        name = ", ".join(str(member) for member in members) or f"source {source_id}"
        lock = "ACCESS EXCLUSIVE, for an instant" if members else ""
        steps.append(Step("capture", name, "drop", Stage.BEFORE_LOAD, lock, dropped))
    return steps


def relation_drops(
    session: Session, system: System, model: str | None = None, *after: Statement, loses: str = ""
) -> list[Step]:
    """Steps that drop the registered tables and views of a system, or of one `model` of it.

    Foreign keys go first, each in a transaction of its own: not all tables referred to are then locked at once. The
    statements `after` run in the same transaction as the last drop.
    """
    steps: list[Step] = []
    for row in _readers_first(session.rows(query("uninstall", "relations", system=system.name, name=model))):
        relation = TableName(row["table"], row["schema"])
        steps += foreign_key_drops(session, relation)
        kind = "materialized view" if row["kind"] == "m" else "table"
        lock = "ACCESS EXCLUSIVE on it, for an instant"
        drop = replacing.drop_relation(relation, row["kind"])
        steps.append(Step(kind, str(relation), "drop", Stage.BEFORE_LOAD, lock, (drop,), loses=loses))
    if steps and after:
        steps[-1] = replace(steps[-1], statements=(*steps[-1].statements, *after))
    return steps


def drop_order(session: Session, system: System) -> list[str]:
    """The read models of a system that have a table or view, each before those that PostgreSQL keeps for its sake."""
    rows = _readers_first(session.rows(query("uninstall", "relations", system=system.name, name=None)))
    return list(dict.fromkeys(row["name"] for row in rows))


def _readers_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    by_relation = {row["relation"]: row for row in rows}
    sorter = TopologicalSorter(dict.fromkeys(by_relation, ()))
    for row in rows:
        for read in (read for read in row["reads"] if read in by_relation):
            sorter.add(read, row["relation"])
    return [by_relation[relation] for relation in sorter.static_order()]


def foreign_key_drops(session: Session, table: TableName) -> list[Step]:
    """Steps that drop the foreign keys of a table and of its partitions."""
    return [
        Step(
            "foreign key",
            row["name"],
            "drop",
            Stage.BEFORE_LOAD,
            "ACCESS EXCLUSIVE on it and on what it references, for an instant",
            (alterations.drop_foreign_key(referring, row["name"]),),
        )
        for referring in (table, *partitions_of(session, table))
        for row in session.rows(query("catalog", "foreign_keys", schema=referring.schema, table=referring.name))
    ]


def _indexes(session: Session, system: System, gone: list[str]) -> list[Step]:
    declared = [(w.table.within(system.schema), w.index) for phase in system.phases for w in phase.indexes]
    tables = [table.name for table, _ in declared]
    old = [f"denorm_assets {indexes.index_hash(table, index)}" for table, index in declared]
    steps: list[Step] = []
    for row in session.rows(
        query("uninstall", "indexes", system=system.name, schema=system.schema, gone=gone, tables=tables, old=old)
    ):
        drop = indexes.drop_partitioned_index if row["partitioned"] else indexes.drop_index
        lock = "ACCESS EXCLUSIVE, for an instant" if row["partitioned"] else ""
        steps.append(Step("index", row["index"], "drop", Stage.BEFORE_LOAD, lock, (drop(row["schema"], row["index"]),)))
    return steps


def _control_rows(system: System, *, last: bool) -> Step:
    if last:
        return Step(
            "control schema", "denorm", "drop", Stage.BEFORE_LOAD, "", (query("uninstall", "drop_control_schema"),)
        )
    forget = query("uninstall", "forget", system=system.name)
    return Step("records", system.name, "drop", Stage.BEFORE_LOAD, "", (forget,))


def _run(session: Session, step: Step) -> None:
    # CONCURRENTLY runs in no transaction.
    with nullcontext() if step.kind == "index" else session.transaction():
        for statement in step.statements:
            session.execute(statement)
