"""Moving the change log on to what is pending."""

from __future__ import annotations

from denorm_assets.db.session import Session
from denorm_assets.sql.control import query


def move_log_on(session: Session) -> None:
    """Move logged changes to the pending anchors of each read model, in a transaction of its own.

    Where the log reached its limit, its file is emptied too, so that logging resumes.
    """
    if session.one(query("drains", "dispatch"))["stopped"]:
        session.maintain(query("drains", "vacuum_log"))
        session.one(query("drains", "dispatch"))
