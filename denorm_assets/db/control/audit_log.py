"""What reconciliations repaired."""

from __future__ import annotations

from typing import Any

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

AUDIT_DAYS = 90
"""How long repairs stay written down."""


def audited_rows(
    session: Session,
    system: System,
    model: ReadModel,
    *,
    at_most: int,
    days: int | None = None,
    reconciliation_id: int | None = None,
) -> list[dict[str, Any]]:
    """Repaired rows, newest first: model, repaired_at, segment, key, before, after (jsonb as Python values) and cause.

    Those of the last `days`, and of one reconciliation, where given.
    """
    if not control_schema.installed(session):
        return []
    asked = {"at_most": at_most, "days": days, "reconciliation_id": reconciliation_id}
    return session.rows(query("reconcile", "audited", system=system.name, name=model.name, **asked))
