"""One look at what is pending, and the refreshes that are due: what the sensor and the worker both do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from denorm_assets.db.description import describe
from denorm_assets.db.drain import drain
from denorm_assets.db.refresh_log import Drained
from denorm_assets.db.registry import Registration, find_registration, set_state
from denorm_assets.db.session import Database, Session
from denorm_assets.db.whole import refresh_whole_view
from denorm_assets.errors import DenormError, NeedsRebuild, NotApplied, RefreshFailed
from denorm_assets.model.debounce import Decision, Pending, decide
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import code_version


@dataclass(frozen=True)
class Refreshed:
    """What became of one read model in one look.

    Attributes:
        decision: whether a refresh was due, and if not, until when it waits.
        drained: what the refresh did; None where none was due or another driver is at it.
        error: why the refresh failed; what was pending stays so.
    """

    system: System
    model: ReadModel
    decision: Decision
    drained: Drained | None = None
    error: str | None = None


class Refresher:
    """Refreshes the read models of some systems. Keeps what PostgreSQL said of a definition while its version holds."""

    def __init__(self, database: Database, systems: Sequence[System]) -> None:
        self._database = database
        self._systems = systems
        self._described: dict[tuple[str, str], DescribedModel] = {}

    def look(self, *, only_decide: bool = False) -> list[Refreshed]:
        """Move the change log on, decide for every live read model, and refresh those that are due.

        With `only_decide` nothing is refreshed.
        A failed refresh never keeps the others from theirs. Raises ServerUnreachable.
        """
        with self._database.session() as session:
            session.one(query("drains", "dispatch"))
            pending = {
                row["model_id"]: Pending(row["count"], row["first"], row["last"])
                for row in session.rows(query("drains", "pending"))
            }
            now: datetime = session.one(query("models", "now"))["now"]
        results: list[Refreshed] = []
        for system in self._systems:
            with self._database.session(system.schema) as session:
                for model in system.read_models:
                    registered = find_registration(session, system, model)
                    if registered is None or registered.state != "live":
                        continue
                    waiting = pending.get(registered.model_id)
                    if waiting is not None or _every(model) is not None:
                        results.append(self._one(session, system, model, registered, waiting, now, only_decide))
        return results

    def _one(
        self,
        session: Session,
        system: System,
        model: ReadModel,
        registered: Registration,
        pending: Pending | None,
        now: datetime,
        only_decide: bool,
    ) -> Refreshed:
        past = session.one(query("drains", "past_refreshes", model_id=registered.model_id))
        every, completed_at = _every(model), past["completed_at"]
        decision = decide(
            now,
            pending,
            model.refresh.debounce,
            last_refresh=past["last_failure"],
            failures=past["failures"],
            timed=None if every is None else completed_at + timedelta(seconds=every) if completed_at else now,
        )
        requested_at = pending.first if pending else now
        if only_decide or not decision.refresh:
            return Refreshed(system, model, decision)
        try:
            described = self._describe(session, system, model)
            if registered.code_version != described.code_version:
                raise NotApplied(f"the present version of {described.full_name}")
            self._require_known_shapes(session, described, registered)
            refresh = refresh_whole_view if model.is_view else drain
            drained = refresh(session, described, registered.model_id, requested_at)
        except DenormError as error:
            self._described.pop((system.name, model.name), None)
            if not isinstance(error, RefreshFailed):
                # Written down like one that failed half-way: people see it, and the next one waits longer.
                failed = {"model_id": registered.model_id, "requested_at": requested_at, "error": str(error)}
                session.execute(query("drains", "record_failure", **failed))
            return Refreshed(system, model, decision, error=str(error))
        return Refreshed(system, model, decision, drained)

    def _describe(self, session: Session, system: System, model: ReadModel) -> DescribedModel:
        key = (system.name, model.name)
        known = self._described.get(key)
        if known is None or known.code_version != code_version(system, model):
            self._described[key] = known = describe(session, system, model)
        return known

    def _require_known_shapes(self, session: Session, described: DescribedModel, registered: Registration) -> None:
        """Stop where a source's columns changed since capture was installed: what was logged may lack something."""
        changed = session.rows(query("sources", "changed_shapes", model_id=registered.model_id))
        if changed:
            set_state(session, registered.model_id, "needs_rebuild")
            sources = ", ".join(row["source"] for row in changed)
            raise NeedsRebuild(described.full_name, str(described.table), f"columns that it uses changed in {sources}")


def _every(model: ReadModel) -> float | None:
    return model.refresh.every if isinstance(model.refresh, Full) else None
