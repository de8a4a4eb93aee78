"""One look at what is pending, and the refreshes that are due: what the sensor and the worker both do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.blocking import failure_reason
from denorm_assets.db.change_log import move_log_on
from denorm_assets.db.description import describe
from denorm_assets.db.drain import ANCHORS_PER_TRANSACTION, drain
from denorm_assets.db.failures import TRANSIENT
from denorm_assets.db.locks import drain_lock, holder
from denorm_assets.db.redefinitions import RedefinitionWatch
from denorm_assets.db.refresh_log import Drained
from denorm_assets.db.registry import Registration, registrations, require_in_place, set_state
from denorm_assets.db.session import Database, Session
from denorm_assets.db.whole import refresh_whole_view
from denorm_assets.errors import DenormError, NeedsRebuild, NotApplied, RefreshFailed
from denorm_assets.model.debounce import Decision, Pending, decide
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import code_version


@dataclass(frozen=True)
class Refreshed:
    """What became of one read model in one look.

    Attributes:
        decision: whether a refresh was due, and if not, until when it waits.
        drained: what the refresh did; None where none was due, it was left, or another driver is at it.
        error: why the refresh failed; what was pending stays so.
        left: whether it is due, but no short work.
        held_by: the other driver that is at it, where that is known.
    """

    system: System
    model: ReadModel
    decision: Decision
    drained: Drained | None = None
    error: str | None = None
    left: bool = False
    held_by: str | None = None


_SHORT_MILLISECONDS = 2_000
_MOST_PENDING_OF_CACHES = 100_000
_BYTES_OF_PENDING = 200
"""About as much does a row take that is pending, with its index."""


class Refresher:
    """Refreshes the read models of some systems. Keeps what PostgreSQL said of a definition while its version holds."""

    def __init__(self, database: Database, systems: Sequence[System]) -> None:
        self._database = database
        self._systems = systems
        self._described: dict[tuple[str, str], DescribedModel] = {}
        self._redefinitions = RedefinitionWatch()

    def look(self, *, next_look: timedelta = timedelta(0), only_short: bool = False) -> list[Refreshed]:
        """Move the change log on, decide for every live read model, and refresh those that are due.

        `next_look` is how long it takes until the caller looks again. With `only_short`, what may take long (a whole
        read model, one whose last refresh failed or took long, or many changes) is left.
        A failed refresh never keeps the others from theirs. Raises ServerUnreachable.
        """
        with self._database.session() as session:
            session.set_session(lock_timeout=session.yielding_lock_timeout)
            # Where somebody holds a source (TRUNCATE, ALTER TABLE), what is logged waits for the next look.
            with suppress(pg.LockNotAvailable):
                move_log_on(session)
            self._redefinitions.look(session)
            pending = {
                row["model_id"]: Pending(row["count"], row["first"], row["last"], row["everything"])
                for row in session.rows(query("drains", "pending"))
            }
            self._shorten(session, {model_id: waiting.count for model_id, waiting in pending.items()})
            now: datetime = session.one(query("models", "now"))["now"]
        results: list[Refreshed] = []
        for system in self._systems:
            with self._database.session(system.schema) as session:
                session.set_session(lock_timeout=session.yielding_lock_timeout)
                registered_models = registrations(session, system)
                for model in system.read_models:
                    registered = registered_models.get(model.name)
                    if registered is None or registered.state != "live":
                        continue
                    waiting = pending.get(registered.model_id)
                    if waiting is not None or model.every is not None:
                        results.append(
                            self._one(session, system, model, registered, waiting, now, next_look, only_short)
                        )
        return results

    def _shorten(self, session: Session, pending: Mapping[int, int]) -> None:
        """Keep what is pending, so many rows of each model, from growing beyond all bounds."""
        many = [model_id for model_id, count in pending.items() if count > _MOST_PENDING_OF_CACHES]
        most = (session.log_limit_bytes or float("inf")) / _BYTES_OF_PENDING
        too_many = [model_id for model_id in many if pending[model_id] > most]
        if many:
            # Where a drain is taking some of them at this moment, the next look tries again.
            with suppress(pg.LockNotAvailable):
                session.execute(query("drains", "shorten", caches=many, models=too_many))

    def _one(
        self,
        session: Session,
        system: System,
        model: ReadModel,
        registered: Registration,
        pending: Pending | None,
        now: datetime,
        next_look: timedelta,
        only_short: bool,
    ) -> Refreshed:
        past = session.one(query("drains", "past_refreshes", model_id=registered.model_id))
        every, completed_at = model.every, past["completed_at"]
        decision = decide(
            now,
            pending,
            model.refresh.debounce,
            last_refresh=past["last_failure"],
            failures=past["failures"],
            timed=None if every is None else completed_at + timedelta(seconds=every) if completed_at else now,
            next_look=next_look,
        )
        requested_at = pending.first if pending else now
        if not decision.refresh:
            return Refreshed(system, model, decision)
        if only_short and not _is_short(model, pending, past):
            return Refreshed(system, model, decision, left=True)
        try:
            require_in_place(session, f"{system.name}/{model.name}", TableName(model.name, system.schema), registered)
            # First, because a definition that names a lost column can no longer be described.
            self._require_known_shapes(session, system, model, registered)
            described = self._describe(session, system, model)
            if registered.code_version != described.code_version:
                raise NotApplied(f"the present version of {described.full_name}")
            refresh = refresh_whole_view if model.is_view else drain
            drained = refresh(session, described, registered.model_id, requested_at)
        except (DenormError, *TRANSIENT) as error:
            self._described.pop((system.name, model.name), None)
            reason = failure_reason(session, registered.model_id, error)
            if not isinstance(error, RefreshFailed):
                # Written down like one that failed half-way: people see it, and the next one waits longer.
                failed = {"model_id": registered.model_id, "requested_at": requested_at, "error": reason}
                session.execute(query("drains", "record_failure", **failed))
            return Refreshed(system, model, decision, error=reason)
        held_by = holder(session, drain_lock(registered.model_id)) if drained is None else None
        return Refreshed(system, model, decision, drained, held_by=held_by)

    def _describe(self, session: Session, system: System, model: ReadModel) -> DescribedModel:
        key = (system.name, model.name)
        known = self._described.get(key)
        if known is None or known.code_version != code_version(system, model):
            self._described[key] = known = describe(session, system, model)
        return known

    def _require_known_shapes(
        self, session: Session, system: System, model: ReadModel, registered: Registration
    ) -> None:
        """Stop where a source's columns changed since capture was installed: what was logged may lack something."""
        changed = session.rows(query("sources", "changed_shapes", model_id=registered.model_id))
        if changed:
            set_state(session, registered.model_id, "needs_rebuild")
            sources = ", ".join(row["source"] for row in changed)
            raise NeedsRebuild(f"{system.name}/{model.name}", f"columns that it uses changed in {sources}")


def _is_short(model: ReadModel, pending: Pending | None, past: Mapping[str, Any]) -> bool:
    """Whether the refresh is likely to take a second or two at most."""
    return (
        not model.is_view
        and pending is not None
        and not pending.everything
        and pending.count <= ANCHORS_PER_TRANSACTION
        and past["failures"] == 0
        and (past["last_ms"] or 0) <= _SHORT_MILLISECONDS
    )
