"""The code by which a person confirms what cannot be undone, where a request that nobody meant could ask for it."""

from __future__ import annotations

from secrets import compare_digest

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import NotConfirmed
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.control import query


def confirmation_codes(session: Session, system: System) -> dict[str, str]:
    """By the name of each phase that cannot be undone, its code in this database; none before `apply`."""
    if control_schema.version(session) is None:
        return {}
    return {phase.name: _code(session, system, phase) for phase in system.phases if phase.by_hand}


def require_confirmed(database: Database, system: System, phase: Phase, given: str) -> None:
    """Raises NotConfirmed unless `given` is the phase's code."""
    with database.session() as session:
        code = confirmation_codes(session, system).get(phase.name)
    if code is None or not compare_digest(code.encode(), given.strip().lower().encode()):
        raise NotConfirmed(system.name, phase.name, was_given=bool(given.strip()))


def _code(session: Session, system: System, phase: Phase) -> str:
    return str(session.one(query("schema", "confirmation_code", system=system.name, phase=phase.name))["code"])
