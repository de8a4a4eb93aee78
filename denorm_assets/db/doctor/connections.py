"""Connections: whether the server, the database and our login have enough of them left."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.doctor.finding import Finding, Fix, Trouble, by_hand, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Raw, name

_ROOM = 2
"""Times as many as are used are enough."""


def look_at_connections(patient: Patient) -> Iterator[Finding]:
    """Whether a worker, `apply` and a backfill find connections."""
    with patient.looking() as session:
        found = session.rows(query("doctor", "connections"))
    for row in found:
        free = row["most"] - row["used"]
        # A superuser meets no limit but the server's.
        if free < patient.limits.free_connections and (row["of"] == "server" or not patient.superuser):
            what = f"{max(free, 0)} of {row['most']} connections are left, so refreshes may be refused"
            yield Trouble(
                "few_connections", what, row["where"], _raise(patient, row["of"], _ROOM * row["setting"] + 10)
            )


def _raise(patient: Patient, of: str, most: int) -> Fix:
    if of == "server":
        change = f"ALTER SYSTEM SET max_connections = {most};"
        return by_hand(
            "end sessions that are not needed, or put a pooler in front", f"{change} then restart the server"
        )
    kind, whose = ("ROLE", patient.login) if of == "role" else ("DATABASE", patient.name)
    return by_sql(
        statement(f"ALTER {kind} {{whose}} CONNECTION LIMIT {{most}}", whose=name(whose), most=Raw(str(most)))
    )
