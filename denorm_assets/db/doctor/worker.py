"""The worker: whether its heartbeat is fresh, and whether refreshes keep up with changes."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.control.heartbeat import FRESH_SECONDS
from denorm_assets.db.control.locks import drain_lock
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.doctor.finding import Finding, Fix, Trouble, by_shell, by_sql
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.health.monitoring import queue
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

_WORKER = "denorm-assets worker"


def look_at_worker(patient: Patient) -> Iterator[Finding]:
    """Workers that ended without saying so, and systems whose changes wait for too long."""
    with patient.looking() as session:
        beats = {row["system"]: row for row in session.rows(query("doctor", "heartbeats"))}
    for system in patient.systems:
        beat = beats.get(system.name)
        gone = beat is not None and beat["seconds"] > FRESH_SECONDS
        if beat is not None and gone:
            what = (
                f"the last heartbeat of the worker {beat['holder']} is {beat['seconds']:,.0f} s old: nobody refreshes, "
                "unless sensors of Dagster do"
            )
            yield Trouble("worker_gone", what, f"the system {system.name}", by_shell(_WORKER))
        with patient.database.session(system.schema) as session:
            yield from _late(session, system, beating=beat is not None and not gone, told=gone)


def _late(session: Session, system: System, *, beating: bool, told: bool) -> Iterator[Finding]:
    registered = registrations(session, system)
    found = queue(session, system, registered)
    # Without figures, changes do not even wait: capture lacks something, which is a trouble of its own.
    if found.passed or not found.figures:
        return
    where = f"the system {system.name}"
    holding = _holding(session, registered)
    if holding is not None:
        yield Trouble("held_up", found.summary, where, holding)
    elif beating:
        yield Trouble("queue", found.summary, where, by_shell(f"denorm-assets refresh {system.name}"))
    elif not told:
        yield Trouble("no_worker", f"{found.summary}; no worker has a heartbeat", where, by_shell(_WORKER))


def _holding(session: Session, registered: dict[str, Registration]) -> Fix | None:
    """What ends the session that holds a lock which refreshes need; None where nobody does."""
    for found in registered.values():
        lock = drain_lock(found.model_id).name
        row = session.row(query("locks", "table_locks", model_id=found.model_id, drain=lock, rows=True))
        if row is not None:
            return by_sql(f"SELECT pg_terminate_backend({row['pid']});")
    return None
