"""Releases of denorm-assets and declarations: which the control schema, other processes and this one have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from psycopg import errors as pg

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.declarations import superseded
from denorm_assets.db.doctor.finding import LATER, Finding, Fix, Trouble, Unseen, by_hand, by_shell, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.doctor.server import unseen_sessions
from denorm_assets.db.postgres.application_name import RELEASE
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.errors import ControlSchemaClosed, ControlSchemaTaken, ControlSchemaTooNew
from denorm_assets.sql.control import migrations, query
from denorm_assets.sql.statement import name

_CONTROL_SCHEMA = "the schema denorm"
_NAMED = re.compile(r"denorm_assets (\d\S*)")


def look_at_control_schema(patient: Patient) -> tuple[Patient, list[Finding]]:
    """The patient, with whether the control schema can be read, and what is wrong with that."""
    newest = migrations()[-1][0]
    try:
        with patient.looking() as session:
            found = control_schema.version(session)
    except (ControlSchemaTooNew, ControlSchemaTaken, ControlSchemaClosed) as error:
        return patient, [Trouble("control_schema", str(error), _CONTROL_SCHEMA, _fix(error, patient))]
    except (pg.LockNotAvailable, pg.QueryCanceled) as error:
        return patient, [Unseen("everything that `apply` made", error_reason(error), by_hand(LATER))]
    if found is not None and found < newest:
        what = f"it is of an earlier release (version {found}; this release has {newest}), so nothing is refreshed"
        return patient, [Trouble("control_schema", what, _CONTROL_SCHEMA, by_shell("denorm-assets apply"))]
    return replace(patient, installed=found is not None), []


def _fix(error: ControlSchemaTooNew | ControlSchemaTaken | ControlSchemaClosed, patient: Patient) -> Fix:
    if isinstance(error, ControlSchemaTooNew):
        return by_shell("pip install --upgrade denorm-assets")
    if isinstance(error, ControlSchemaClosed):
        grant = "GRANT {owner} TO {login}"
        return by_sql(statement(grant, owner=name(error.owner), login=name(patient.login)))
    return by_hand("ALTER SCHEMA denorm RENAME TO ..., or give denorm-assets a database of its own")


def look_at_releases(patient: Patient) -> Iterator[Finding]:
    """Whether processes of another release are connected."""
    if not patient.sees_sessions:
        yield unseen_sessions(patient, "releases of other processes")
    with patient.looking() as session:
        rows = session.rows(query("doctor", "our_sessions"))
    for row in rows:
        match = _NAMED.match(row["program"])
        if match is not None and match[1] != RELEASE:
            what = f"a process of release {match[1]} runs beside release {RELEASE}: they may undo each other's work"
            where = f"PostgreSQL process {row['pid']} of {row['role']}, from {row['address'] or 'this machine'}"
            fix = by_hand(f"pip install denorm-assets=={RELEASE} there, and restart the process")
            yield Trouble("other_release", what, where, fix)


def look_at_declarations(patient: Patient) -> Iterator[Finding]:
    """Whether a later declaration than ours was applied."""
    with patient.looking() as session:
        found = superseded(session, patient.systems, whole=True)
    for system, error in found.items():
        # Not `apply --back`, which would take back what somebody applied on purpose.
        fix = by_hand("deploy the declaration that was applied last, and restart this process")
        yield Trouble("superseded", str(error), f"the system {system}", fix)
