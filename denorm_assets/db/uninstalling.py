"""Removing all that we made for a system, and nothing else: found by what the catalog and its comments say is ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import groupby

from denorm_assets.db import control_schema
from denorm_assets.db.flags import read_flag
from denorm_assets.db.session import Database, Session
from denorm_assets.db.steps import Stage, Step
from denorm_assets.db.waiting import trying_again
from denorm_assets.errors import StillInUse
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import capture, indexes, replacing
from denorm_assets.sql.control import query


def plan_uninstall(database: Database, system: System, before: Sequence[System] = ()) -> list[Step]:
    """What `uninstall` would remove, in order, once the systems `before` are removed. Changes nothing.

    Raises StillInUse where something that is not ours would go with it, or the application may be reading it.
    """
    with database.session(system.schema) as session:
        return _plan(session, system, before)


def uninstall(database: Database, system: System, log: Callable[[str], None]) -> list[Step]:
    """Remove all that we made for the system; returns the steps.

    Each step commits by itself and waits for locks in short tries, and what was interrupted goes on when it is called
    again. Raises StillInUse, with nothing changed.
    """
    with database.session(system.schema) as session:
        steps = _plan(session, system, ())
        if steps:
            session.execute(query("uninstall", "stop", system=system.name))
        session.set_session(lock_timeout=session.short_lock_timeout)
        for step in steps:
            trying_again(session)(_run, session, step)
            log(f"{step.kind} {step.name}: dropped")
    return steps


def _plan(session: Session, system: System, before: Sequence[System]) -> list[Step]:
    if not control_schema.installed(session):
        return []
    gone = [system.name, *(each.name for each in before)]
    last = not session.one(query("uninstall", "other_systems", gone=gone))["present"]
    _require_unused(session, system, last=last)
    return [
        *_capture(session, system, gone),
        *_relations(session, system),
        *_indexes(session, system, gone),
        _control_rows(system, last=last),
    ]


def _require_unused(session: Session, system: System, *, last: bool) -> None:
    flag = read_flag(session, system) if system.cutover is not None else None
    if flag is not None and flag.percentage > 0:
        raise StillInUse(
            system.name,
            f"its flag {flag.name} is on for {flag.percentage} % of the users, who read it",
            f"turn it off with `denorm-assets flag {system.name} --percentage 0`",
        )
    others = [row["object"] for row in session.rows(query("uninstall", "others", system=system.name, last=last))]
    if others:
        raise StillInUse(
            system.name,
            f"what is not ours depends on it: {', '.join(others)}",
            "drop that first",
        )


def _capture(session: Session, system: System, gone: list[str]) -> list[Step]:
    """First of all: a trigger that fires must find what it writes to."""
    rows = session.rows(query("uninstall", "sources", system=system.name, gone=gone))
    steps: list[Step] = []
    for source_id, of_source in groupby(rows, key=lambda row: row["source_id"]):
        members = [TableName(row["table"], row["schema"]) for row in of_source if row["table"] is not None]
        dropped = (capture.drop_function(source_id), query("uninstall", "forget_source", source_id=source_id))
        name = ", ".join(str(member) for member in members) or f"source {source_id}"
        lock = "ACCESS EXCLUSIVE, for an instant" if members else ""
        steps.append(Step("capture", name, "drop", Stage.BEFORE_LOAD, lock, dropped))
    return steps


def _relations(session: Session, system: System) -> list[Step]:
    return [
        Step(
            "materialized view" if row["kind"] == "m" else "table",
            f"{row['schema']}.{row['table']}",
            "drop",
            Stage.BEFORE_LOAD,
            "ACCESS EXCLUSIVE on it and on what it references, for an instant",
            (replacing.drop_relation(TableName(row["table"], row["schema"]), row["kind"]),),
        )
        for row in session.rows(query("uninstall", "relations", system=system.name))
    ]


def _indexes(session: Session, system: System, gone: list[str]) -> list[Step]:
    steps: list[Step] = []
    for row in session.rows(query("uninstall", "indexes", schema=system.schema, gone=gone)):
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
