"""What depends on relations of ours, and is not ours."""

from __future__ import annotations

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import query


def dependents(session: Session, system: str, model: str | None, *, last: bool = False) -> list[str]:
    """What is not ours and depends on the relations of a system, or of one read model of it."""
    if not control_schema.installed(session):
        return []
    asked = query("uninstall", "others", system=system, name=model, last=last)
    return [row["object"] for row in session.rows(asked)]
