"""Refreshing one read model at once, whatever its debounce says."""

from __future__ import annotations

from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.changes.drain import drain
from denorm_assets.db.changes.refresh_log import Drained, refresh_at_once
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import current_registration, registration
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.full_refresh import load_whole
from denorm_assets.db.refresh.recovery import require_healed
from denorm_assets.errors import BackfillIncomplete
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query


def refresh_now(database: Database, system: System, model: ReadModel) -> Drained:
    """Refresh `model` from all that is pending, or as a whole where it has no ranges, which makes it live as well.

    Waits for whoever refreshes it at this moment. Raises NotApplied, SourcesChanged, NotCaptured,
    BackfillIncomplete or RefreshFailed.
    """
    with database.session(system.schema) as session:
        require_healed(session, system, model, registration(session, system, model))
    if not model.driving:
        loaded = load_whole(database, system, model)
        finish_model(database, system, model)
        return loaded.drained
    with database.session(system.schema) as session:
        described = describe(session, system, model)
        registered = current_registration(session, system, described)
        if registered.state != "live":
            progress = range_progress(session, registered.model_id)
            missing = [item.key for item in progress if not item.done]
            raise BackfillIncomplete(described.full_name, missing, len(progress))
        # A person asks: what failed before may not any more.
        session.execute(query("drains", "retry_quarantine", model_id=registered.model_id))
        return refresh_at_once(session, described, registered.model_id, drain)
