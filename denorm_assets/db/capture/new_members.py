"""Partitions and children that a source gets while capture is on: they need triggers of their own."""

from __future__ import annotations

from contextlib import suppress

from denorm_assets.db.capture.state import trigger_states
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import MissingPrivilege
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture.capture_triggers import install_trigger
from denorm_assets.sql.control import query


def capture_new_members(session: Session, source: TableName) -> None:
    """Make the triggers that new partitions or children of `source` lack, in the transaction under way.

    Statements on the source itself were captured all along. What was written to a member directly was not, so all rows
    become stale unless it is still empty. Where we may not make triggers on it, the check `kept_fresh` goes on saying
    so. Raises LockNotAvailable.
    """
    named = {"schema": source.schema, "table": source.name}
    session.execute(query("sources", "hold", **named))
    source_id: int = session.one(query("sources", "numbered", **named))["id"]
    for trigger in trigger_states(session, {source: source_id}).get(source_id, []):
        if trigger.below and trigger.state == "missing" and trigger.only_owner is None:
            with suppress(MissingPrivilege), session.transaction():
                for statement in install_trigger(
                    trigger.table, source_id, trigger.event, trigger.name, trigger.enabled
                ):
                    session.execute(statement)
    # Looked at once nobody can write there without a trigger.
    for row in session.rows(query("sources", "new_members")):
        if row["id"] == source_id:
            if row["filled"]:
                session.execute(query("sources", "log_everything", **named))
            session.execute(query("sources", "note_members", source_id=source_id))


def has_unknown_members(session: Session, model_id: int) -> bool:
    """Whether a source of the read model has partitions or children that capture does not know yet."""
    return bool(session.one(query("sources", "unknown_members", model_id=model_id))["present"])


def doubt_unknown_members(session: Session, model_id: int) -> None:
    """Make all rows stale if some may have been computed from a partition or child that capture does not know.

    In the transaction that computed them: its locks keep such a table where it is until then. Once that is taken away
    again, nothing would tell of its rows.
    """
    if has_unknown_members(session, model_id):
        session.execute(query("sources", "make_all_stale", model_ids=[model_id]))
