"""Transactions that are open for long: VACUUM keeps what was deleted since, and DDL waits for their locks."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.doctor.finding import Finding, Trouble, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.doctor.server import unseen_sessions
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Literal, name

_TIMEOUT = "10min"


def look_at_transactions(patient: Patient) -> Iterator[Finding]:
    """Transactions of other programs, and prepared ones, which no session holds."""
    since = {"seconds": patient.limits.transaction_seconds}
    with patient.looking() as session:
        open_ones = session.rows(query("doctor", "long_transactions", **since))
        prepared = session.rows(query("doctor", "prepared_transactions", **since))
    if not patient.sees_sessions:
        yield unseen_sessions(patient, "long transactions of other roles")
    for row in open_ones:
        effect = (
            "VACUUM keeps all rows that were deleted or changed since, so the change log and the read models grow"
            if row["holds_back"]
            else "`apply` and index builds wait for its locks"
        )
        what = f"the transaction is open for {_minutes(row['seconds'])} ({row['state']}): {effect}"
        fix = by_sql(f"SELECT pg_terminate_backend({row['pid']});")
        if str(row["state"]).startswith("idle in transaction"):
            timeout = "ALTER ROLE {role} SET idle_in_transaction_session_timeout = {timeout}"
            fix += by_sql(statement(timeout, role=name(row["role"]), timeout=Literal(_TIMEOUT)))
        where = f"PostgreSQL process {row['pid']} of {row['role']} ({row['program']})"
        yield Trouble("long_transaction", what, where, fix)
    for row in prepared:
        what = (
            f"the transaction was prepared {_minutes(row['seconds'])} ago and never ended: VACUUM keeps all rows that "
            "were deleted since, and its locks stay, also after a restart"
        )
        end = statement("ROLLBACK PREPARED {gid}", gid=Literal(row["gid"]))
        yield Trouble("prepared_transaction", what, f"{row['gid']} of {row['role']}", by_sql(end))


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:,.0f} minutes" if seconds >= 120 else f"{seconds} s"
