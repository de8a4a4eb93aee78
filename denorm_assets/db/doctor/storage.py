"""Room on disk, as far as SQL shows it: dead rows, tables without autovacuum, temporary files, and the change log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from denorm_assets.db.control.registry import registrations
from denorm_assets.db.doctor.finding import Finding, Fix, Trouble, Unseen, by_hand, by_shell, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.health.monitoring import change_log
from denorm_assets.db.health.table_costs import is_queue, wasted
from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import name

_LARGE_BYTES = 100 * 1024**2
_BYTES_PER_ROW = 10_000
"""A row of these takes some hundred bytes."""


def look_at_storage(patient: Patient) -> Iterator[Finding]:
    """What VACUUM has left undone in our tables."""
    with patient.looking() as session:
        owned = _owned(session, patient)
        for row in session.rows(query("doctor", "without_autovacuum", relations=owned)):
            reset = statement("ALTER TABLE {table} RESET (autovacuum_enabled)", table=name(row["schema"], row["table"]))
            what = "autovacuum is off for it, so its dead rows stay"
            yield Trouble("autovacuum_off", what, f"{row['schema']}.{row['table']}", by_sql(reset))
        found = session.rows(query("monitoring", "dead_rows", relations=owned))
    room = wasted(found, patient.limits.dead_rows_of_queue)
    for row in room.dead:
        what = f"{row['dead']:,} dead rows beside {row['live']:,} live ones, which every scan reads"
        yield Trouble("dead_rows", what, row["table"], _vacuum("ANALYZE", row))
    for row in found:
        few = is_queue(row) and row["live"] * _BYTES_PER_ROW < row["bytes"]
        if (few and row["bytes"] >= _LARGE_BYTES) or row in room.bloated:
            what = f"{row['bytes'] / 1024**2:,.0f} MB, and its {row['live']:,} rows need a small part of that"
            yield Trouble("bloat", what, row["table"], _vacuum("FULL, ANALYZE", row))


def _vacuum(options: str, row: Mapping[str, Any]) -> Fix:
    return by_sql(statement(f"VACUUM ({options}) {{table}}", table=name(row["schema"], row["name"])))


def _owned(session: Session, patient: Patient) -> list[int]:
    found = {
        row["relation"]
        for system in patient.systems
        for row in session.rows(query("monitoring", "owned", system=system.name))
    }
    return sorted(found)


def look_at_change_log(patient: Patient) -> Iterator[Finding]:
    """Whether the change log is full, so that nothing is logged."""
    for system in patient.systems:
        with patient.looking() as session:
            if not registrations(session, system):
                continue
            log = session.one(query("monitoring", "log_bytes"))
            if log["stopped"] or log["unlogged_since"] is not None:
                summary = change_log(session, system).summary
                yield Trouble("log_full", summary, "denorm.change_log", by_shell("denorm-assets refresh"))
        # There is one log for all systems.
        return


def look_at_temporary_files(patient: Patient) -> Iterator[Finding]:
    """Sessions whose sorts and joins fill the disk, and files that a session left behind."""
    with patient.looking() as session:
        if not session.one(query("doctor", "may_list_temporary_files"))["allowed"]:
            grant = statement("GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_tmpdir() TO {role}", role=name(patient.role))
            yield Unseen("temporary files", f"the role {patient.role} may not list them", by_sql(grant))
            return
        found = session.rows(query("doctor", "temporary_files", bytes=patient.limits.temporary_bytes))
    for row in found:
        what = f"{row['bytes'] / 1024**2:,.0f} MB of temporary files"
        if row["role"] is None:
            left = f"{what}, which a session left behind; PostgreSQL removes them when it starts"
            yield Trouble("temporary_files", left, "the default tablespace", by_hand("restart the server"))
        else:
            where = f"PostgreSQL process {row['pid']} of {row['role']}"
            end = by_sql(f"SELECT pg_terminate_backend({row['pid']});")
            yield Trouble("temporary_files", f"{what} of one statement", where, end)
