"""Logical replication: subscriptions that write past capture, and slots that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.capture.state import SourceState, source_states
from denorm_assets.db.doctor.finding import Finding, Trouble, by_shell, by_sql, statement
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Literal, name


def captured_sources(session: Session) -> list[SourceState]:
    """Capture on all sources of the database."""
    tables = [TableName(row["table"], row["schema"]) for row in session.rows(query("doctor", "sources"))]
    return source_states(session, tables)


def look_at_subscriptions(patient: Patient) -> Iterator[Finding]:
    """Whether a subscription writes to a source whose owner alone may have triggers fire for that."""
    with patient.looking() as session:
        sources = captured_sources(session)
    told: set[TableName] = set()
    for trigger in (trigger for source in sources for trigger in source.lost):
        if trigger.subscription is None or trigger.only_owner is None or trigger.table in told:
            continue
        told.add(trigger.table)
        grant = statement("GRANT {owner} TO {role}", owner=name(trigger.only_owner), role=name(patient.role))
        what = (
            f"the subscription {trigger.subscription} writes to it, and logical replication fires no statement "
            "triggers: its changes are not captured"
        )
        yield Trouble("subscription", what, str(trigger.table), by_sql(grant) + by_shell("denorm-assets apply"))


def look_at_slots(patient: Patient) -> Iterator[Finding]:
    """Whether a replication slot that nobody reads fills the disk, or keeps VACUUM from the catalog."""
    limits = patient.limits
    with patient.looking() as session:
        found = session.rows(query("doctor", "idle_slots", bytes=limits.slot_bytes, seconds=limits.slot_seconds))
    for row in found:
        if row["lost"]:
            what = "the replication slot lost write-ahead log that its reader needs, and is of no use"
        else:
            since = "" if row["idle_seconds"] is None else f" for {row['idle_seconds'] / 60:,.0f} minutes"
            what = (
                f"nobody reads the replication slot{since}: it keeps {row['bytes'] / 1024**2:,.0f} MB of write-ahead "
                "log, which grow until the disk is full, and rows that VACUUM would remove"
            )
        drop = statement("SELECT pg_drop_replication_slot({slot})", slot=Literal(row["name"]))
        yield Trouble("idle_slot", what, f"replication slot {row['name']}", by_sql(drop))
