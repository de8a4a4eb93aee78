"""Read models that need a rebuild no more, because somebody took back what had changed of their sources."""

from __future__ import annotations

from denorm_assets.db.capture.declared import go_live_stale, model_capture
from denorm_assets.db.capture.redefinitions import shows_something_else
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.introspection.changed_meaning import means_otherwise
from denorm_assets.db.introspection.changed_sources import changed_sources, why_unfit
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.plan.tables import plan_table
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, DenormError, NotCaptured, SourcesChanged
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.automatic import is_registered


def heals(session: Session, system: System, model: ReadModel, registered: Registration) -> bool:
    """Whether a read model that needed a rebuild is live again: its sources are what they were when it was applied.

    A view that it reads may select something else, where capture lacks nothing for that and its table fits. All of its
    rows are then stale: what was written meanwhile may have left no trace in the log.
    """
    if not _is_broken(system, model, registered):
        return False
    if any(not change.is_view for change in changed_sources(session, registered.model_id)):
        return False
    try:
        described = describe(session, system, model)
        # What `apply` has to build again, as when a table that it reads was replaced.
        rebuilt = described.model.is_view and shows_something_else(session, described)
        if rebuilt or means_otherwise(session, described):
            return False
        if plan_table(session, described, registered)[-1].action != "mark stale":
            return False
        go_live_stale(session, described, registered.model_id)
    except (DenormError, *TRANSIENT):
        return False
    return True


def require_healed(session: Session, system: System, model: ReadModel, registered: Registration) -> None:
    """Make a read model live again as `heals` does.

    Raises SourcesChanged or NotCaptured where it goes on needing a rebuild.
    """
    if not _is_broken(system, model, registered) or heals(session, system, model, registered):
        return
    try:
        describe(session, system, model)
        why = [str(change) for change in changed_sources(session, registered.model_id)]
    except DefinitionError as error:
        why = why_unfit(session, registered.model_id, error)
    faults = [str(fault) for fault in model_capture(session, system, model).faults]
    if faults and not why:
        raise NotCaptured(f"{system.name}/{model.name}", faults)
    raise SourcesChanged(f"{system.name}/{model.name}", why or ["what it reads or calls was replaced"])


def _is_broken(system: System, model: ReadModel, registered: Registration) -> bool:
    """Whether the present version was applied and needs a rebuild."""
    return registered.state == "needs_rebuild" and is_registered(system, model, registered.code_version)
