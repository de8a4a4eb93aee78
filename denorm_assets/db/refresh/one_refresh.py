"""One refresh of one read model that is due: what has to hold before it, and its failure written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from denorm_assets.db.changes.drain import drain
from denorm_assets.db.changes.refresh_log import Drained
from denorm_assets.db.control.registry import Registration, require_in_place, set_state
from denorm_assets.db.introspection.blockers import failure_reason
from denorm_assets.db.introspection.changed_sources import changed_sources, why_unfit
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.refresh.full_refresh import refresh_whole_view
from denorm_assets.errors import DefinitionError, DenormError, NotApplied, RefreshFailed, Restored, SourcesChanged
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query


@dataclass(frozen=True)
class Attempt:
    """What came of a refresh: what it did (None: another process is refreshing the read model), or why it failed."""

    drained: Drained | None = None
    error: str | None = None


class ModelRefresher:
    """Refreshes read models.

    Keeps what PostgreSQL said of a definition while the read model's version and table are the same.
    """

    def __init__(self) -> None:
        """Nothing is described yet."""
        self._described: dict[tuple[str, str], tuple[tuple[str, int | None], DescribedModel]] = {}

    def refresh(
        self,
        session: Session,
        system: System,
        model: ReadModel,
        registered: Registration,
        requested_at: datetime,
        *,
        only_short: bool,
    ) -> Attempt:
        """Refresh `model` from what is pending; a failure is logged with its reason, and nothing pending is lost."""
        try:
            require_in_place(session, f"{system.name}/{model.name}", TableName(model.name, system.schema), registered)
            # First, because a definition that names a lost column can no longer be described.
            _require_known_shapes(session, system, model, registered)
            described = self._describe(session, system, model, registered)
            if registered.code_version != described.code_version:
                raise NotApplied(f"the present version of {described.full_name}")
            refresh = refresh_whole_view if described.model.is_view else partial(drain, only_short=only_short)
            return Attempt(refresh(session, described, registered.model_id, requested_at))
        except (DenormError, *TRANSIENT) as error:
            self._described.pop((system.name, model.name), None)
            reason = failure_reason(session, registered.model_id, error)
            if not isinstance(error, RefreshFailed):
                # Written down like one that failed half-way: people see it, and the next one waits longer.
                failed = {"model_id": registered.model_id, "requested_at": requested_at, "error": reason}
                session.execute(query("drains", "record_failure", **failed))
            return Attempt(error=reason)

    def _describe(self, session: Session, system: System, model: ReadModel, registered: Registration) -> DescribedModel:
        key = (system.name, model.name)
        # A column of a source that was retyped makes another table, and no other version.
        version = (registered.code_version, registered.relation)
        known = self._described.get(key)
        if known is None or known[0] != version or not _reads_same_views(session, known[1], registered.model_id):
            try:
                self._described[key] = (version, describe(session, system, model))
            except DefinitionError as error:
                set_state(session, registered.model_id, "needs_rebuild")
                why = why_unfit(session, registered.model_id, error)
                raise SourcesChanged(f"{system.name}/{model.name}", why) from error
        return self._described[key][1]


def _reads_same_views(session: Session, described: DescribedModel, model_id: int) -> bool:
    """Whether the views whose text is executed are those that are registered, which are those of now."""
    if not described.views:
        return True
    rows = session.rows(query("views", "signatures", model_id=model_id))
    return described.views == tuple(row["signature"] for row in rows)


def _require_known_shapes(session: Session, system: System, model: ReadModel, registered: Registration) -> None:
    """Stop where a source's columns changed since capture was installed: what was logged may lack something."""
    changed = changed_sources(session, registered.model_id)
    if not changed:
        return
    set_state(session, registered.model_id, "needs_rebuild")
    name = f"{system.name}/{model.name}"
    if any(change.restored for change in changed):
        raise Restored(name, ", ".join(dict.fromkeys(str(change.table) for change in changed)))
    raise SourcesChanged(name, [str(change) for change in changed])
