"""The server and this machine: a standby, versions, clocks, and standbys that every commit waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from psycopg import pq

from denorm_assets.db.doctor.finding import Finding, Trouble, TroubleName, Unseen, by_hand, by_shell, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.postgres.server_url import DATABASE_URL
from denorm_assets.settings import NEWEST_POSTGRES
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import name

STANDBY: TroubleName = "standby"
_OLDEST_LIBPQ = 14
"""Older ones cannot tell why a login was refused."""
_CLOCK_FIX = "sudo timedatectl set-ntp true"


def look_at_standby(patient: Patient) -> Iterator[Finding]:
    """Whether the server takes writes."""
    if patient.standby:
        what = "the server is a standby, which takes no writes; nothing can be applied, refreshed or captured here"
        fix = by_hand(
            f"export {DATABASE_URL}=<the primary>; of several hosts, ?target_session_attrs=read-write chooses it"
        )
        yield Trouble(STANDBY, what, patient.database.address, fix)


def look_at_versions(patient: Patient) -> Iterator[Finding]:
    """Whether this release was tested with the server, and with the client library."""
    major = patient.number // 10_000
    if major > NEWEST_POSTGRES:
        yield Trouble(
            "untested_server",
            f"the server is PostgreSQL {major}; this release was tested with versions up to {NEWEST_POSTGRES}",
            patient.database.address,
            by_shell("pip install --upgrade denorm-assets"),
            needs_doing=False,
        )
    libpq = pq.version() // 10_000
    if libpq < _OLDEST_LIBPQ:
        yield Trouble(
            "old_client",
            f"the client library is libpq {libpq}, which does not tell why a login was refused",
            "this machine",
            by_shell('pip install --upgrade "psycopg[binary]"'),
            needs_doing=False,
        )


def look_at_clocks(patient: Patient, now: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Whether server and client agree about the time; `now` is the client's."""
    with patient.looking() as session:
        before = now()
        theirs: float = session.one(query("doctor", "now"))["now"]
        after = now()
    apart = theirs - (before + after) / 2
    if abs(apart) > patient.limits.clock_seconds + (after - before):
        which = "behind" if apart > 0 else "ahead of"
        what = (
            f"the clock of this machine is {abs(apart):,.0f} s {which} the server's: log lines and Dagster's runs show "
            "other times than refreshes do"
        )
        yield Trouble("clock", what, "this machine, or the server", by_shell(_CLOCK_FIX))


def look_at_synchronous_standbys(patient: Patient) -> Iterator[Finding]:
    """Whether commits wait for a standby that does not answer."""
    with patient.looking() as session:
        found = session.one(query("doctor", "synchronous_standbys"))
    if not found["names"] or not found["waits"]:
        return
    if not patient.sees_sessions:
        yield unseen_sessions(patient, "whether a synchronous standby answers")
    elif not found["answered"]:
        yield Trouble(
            "no_synchronous_standby",
            f"every commit waits for a standby ({found['names']}), and none is connected: refreshes and the "
            "application's writes hang",
            "synchronous_standby_names",
            by_sql("ALTER SYSTEM RESET synchronous_standby_names;", "SELECT pg_reload_conf();"),
        )


def unseen_sessions(patient: Patient, what: str) -> Unseen:
    """That `what` other roles' sessions do cannot be seen."""
    grant = statement("GRANT pg_read_all_stats TO {role}", role=name(patient.role))
    return Unseen(what, f"the role {patient.role} does not see what sessions of other roles do", by_sql(grant))
