"""Event triggers that refuse what `apply` does. It is tried with temporary objects, and rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from denorm_assets.db.doctor.finding import Finding, Trouble, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DenormError
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import name


def look_at_event_triggers(patient: Patient) -> Iterator[Finding]:
    """Whether an event trigger refuses schema changes of ours."""
    with patient.looking() as session:
        triggers = session.rows(query("doctor", "event_triggers"))
    if not triggers:
        return
    with patient.database.session() as session:
        error = _refusal(session)
    if error is None:
        return
    context = error.diag.context or ""
    # Anything else that is refused has its own trouble: a privilege, for example.
    for row in (row for row in triggers if _names(context, row["function"])):
        what = (
            f"the event trigger refuses schema changes of the role {patient.role}, so `apply` fails "
            f"({error_reason(error)}); let its function allow the role, or disable it"
        )
        disable = statement("ALTER EVENT TRIGGER {trigger} DISABLE", trigger=name(row["name"]))
        yield Trouble("event_trigger", what, f"{row['name']}, which calls {row['function']}", by_sql(disable))


def _names(context: str, function: str) -> bool:
    """Whether the place of an error is in `function`, which PostgreSQL names with its schema or without."""
    return any(f"function {each}(" in context for each in (function, function.partition(".")[2]))


def _refusal(session: Session) -> psycopg.Error | None:
    """What schema changes raise; None where they are allowed."""
    try:
        with session.rehearsal():
            session.execute(query("doctor", "try_schema_changes"))
    except psycopg.Error as error:
        return error
    except DenormError as error:
        cause = error.__cause__
        return cause if isinstance(cause, psycopg.Error) else None
    return None
