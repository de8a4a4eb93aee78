"""One look at what is pending, and the refreshes that are due: what the sensor and the worker both do."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.capture.redefinitions import RedefinitionWatch
from denorm_assets.db.changes.causes import THE_CLOCK, Causes
from denorm_assets.db.changes.clock import ClockWatch
from denorm_assets.db.changes.dispatch import dispatch_changes, models_in_log
from denorm_assets.db.changes.drain import ANCHORS_PER_TRANSACTION
from denorm_assets.db.control.locks import drain_lock, holder
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.control.upstream import unloaded_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.refresh.one_refresh import ModelRefresher
from denorm_assets.db.refresh.recovery import heals
from denorm_assets.db.refresh.refresh_order import RefreshOrder
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.errors import LogStuck
from denorm_assets.model.debounce import Decision, Pending, decide
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.reading_order import full_name
from denorm_assets.sql.automatic import as_registered, kinds
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import code_version

_IN_LOG = Decision(False, None, "its changes are in the log: another process moves them on, or a source is locked")
_SHORT_MILLISECONDS = 2_000
_MOST_PENDING_OF_CACHES = 100_000
_LONGEST_LOG_WAIT = 60.0  # seconds between two attempts to move a log on that is stuck
_BYTES_OF_PENDING = 200
"""About as much does a row take that is pending, with its index."""


class Refresher:
    """Refreshes the read models of some systems.

    Attributes:
        due_in: seconds after the last look when a refresh becomes due by itself, if nothing changes until then.
    """

    def __init__(self, database: Database, systems: Sequence[System], causes: Causes | None = None) -> None:
        """Several that share the work share `causes`. Raises DeclarationError where read models read each other."""
        self._database = database
        declared = [(system, model) for system in systems for model in system.read_models]
        self._order = RefreshOrder(declared)
        self._refresher = ModelRefresher()
        self._redefinitions = RedefinitionWatch()
        self._clocks = ClockWatch(declared)
        self._causes = causes or Causes()
        self._by_time = {
            system.name for system, model in declared if any(kind.every is not None for kind in kinds(model))
        }
        self._log_again = self._log_wait = 0.0
        self.due_in = inf

    def look_for_redefinitions(self, session: Session) -> None:
        """What `look` does where nothing changed: notice DDL that changes values, and DDL that was taken back."""
        if not self._redefinitions.look(session):
            return
        broken = {(row["system"], row["name"]) for row in session.rows(query("models", "broken"))}
        if not broken:
            return
        ordered = [each for each in self._order.look(session)[0] if (each[0].name, each[1].name) in broken]
        for system, models in groupby(ordered, key=itemgetter(0)):
            with self._database.session(system.schema) as of_system:
                registered_models = registrations(of_system, system)
                for _, model in models:
                    if (registered := registered_models.get(model.name)) is not None:
                        heals(of_system, system, model, registered)

    def look(
        self,
        *,
        next_look: timedelta = timedelta(0),
        only_short: bool = False,
        seconds: float = inf,
        only: str | None = None,
        after: Sequence[Refreshed] = (),
        without: Collection[str] = (),
    ) -> list[Refreshed]:
        """Move the change log on, decide for every live read model, and refresh those that are due.

        A read model is looked at after those that it reads, and what their refreshes just changed counts as changed
        when their own sources did: a change does not wait out every debounce of a chain anew. One that reads a read
        model which is not loaded waits. `next_look` is how long it takes until the caller looks again. With
        `only_short`, what may take long (a whole read model, one whose last refresh failed or took long or that holds
        rows which do, or many changes) is left, and what turns out to take some seconds is left the next time; so is
        all that is due after so many `seconds`. `only` is the one read model (`system/name`) to refresh, after a look
        has left it; `after` are refreshes that others made since the last look; systems `without` are left alone. A
        failed refresh never keeps the others from theirs. Raises ServerUnreachable.
        """
        until = time.monotonic() + seconds
        with self._database.session() as session:
            session.set_session(lock_timeout=session.yielding_lock_timeout)
            stuck = None
            if only is None:
                self.look_for_redefinitions(session)
                stuck = self._move_log_on(session)
                self._causes.note_changes(dict.fromkeys(self._clocks.look(session), (THE_CLOCK,)))
            # What another process is moving on, or what waits for a locked table, is not pending yet.
            unreached = models_in_log(session)
            pending = self._pending(session)
            if only is None:
                self._shorten(session, {model_id: waiting.count for model_id, waiting in pending.items()})
            now: datetime = session.one(query("models", "now"))["now"]
            ordered, reading = self._order.look(session) if pending or after else self._order.known
        results: list[Refreshed] = []
        refreshed = {each.full_name: each.waited for each in after if each.drained is not None and each.waited}
        asked_for = [each for each in ordered if only in (None, full_name(each)) and each[0].name not in without]
        idle = not (pending or unreached or after)
        ordered = [each for each in asked_for if not idle or each[0].name in self._by_time]
        for system, models in groupby(ordered, key=itemgetter(0)):
            with self._database.session(system.schema) as session:
                session.set_session(lock_timeout=session.yielding_lock_timeout)
                registered_models = registrations(session, system)
                for _, model in models:
                    if (registered := registered_models.get(model.name)) is None:
                        continue
                    in_log, name = registered.model_id in unreached, f"{system.name}/{model.name}"
                    waiting = pending.get(registered.model_id)
                    if registered.state != "live":
                        if waiting is not None or in_log:
                            results.append(Refreshed(system, model, _waits_until_live(registered)))
                        continue
                    if in_log and stuck is not None:
                        results.append(Refreshed(system, model, _IN_LOG, error=stuck))
                    causes = [refreshed[read] for read in reading[name] if read in refreshed]
                    waiting = self._with_causes(session, registered.model_id, waiting, causes)
                    only_in_log = in_log and stuck is None and waiting is None
                    if only_in_log:
                        results.append(Refreshed(system, model, _IN_LOG))
                    if waiting is None and as_registered(system, model, registered.code_version).every is None:
                        continue
                    short_until = until if only_short else None
                    found = self._one(session, system, model, registered, waiting, now, next_look, short_until)
                    if found.decision.refresh or not only_in_log:
                        results.append(found)
                    if found.drained is not None and found.waited is not None:
                        refreshed[name] = found.waited
        waits = [(found.decision.until - now).total_seconds() for found in results if found.decision.until is not None]
        self.due_in = max(0.0, min([*waits, self._clocks.due_in]))
        return results

    def _with_causes(
        self, session: Session, model_id: int, waiting: Pending | None, causes: Sequence[Pending]
    ) -> Pending | None:
        """What is pending, with what the refreshes of read models just changed that it reads."""
        if not causes:
            return waiting
        self._move_log_on(session)
        return _caused(waiting, self._pending(session).get(model_id), causes)

    def _move_log_on(self, session: Session) -> str | None:
        """Move the log on, unless that failed a moment ago; returns why it failed now."""
        if time.monotonic() < self._log_again:
            return None
        try:
            self._causes.note_changes(dispatch_changes(session))
            self._log_wait = 0.0
        except pg.LockNotAvailable:
            # Somebody holds a source (TRUNCATE, ALTER TABLE): what is logged waits for the next look.
            pass
        except LogStuck as error:
            self._log_wait = min(_LONGEST_LOG_WAIT, 2 * self._log_wait or 1.0)
            self._log_again = time.monotonic() + self._log_wait
            return str(error)
        return None

    def _pending(self, session: Session) -> dict[int, Pending]:
        rows = session.rows(query("drains", "pending"))
        return {row["model_id"]: Pending(row["count"], row["first"], row["last"], row["everything"]) for row in rows}

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
        short_until: float | None,
    ) -> Refreshed:
        past = session.one(query("drains", "past_refreshes", model_id=registered.model_id))
        kind = as_registered(system, model, registered.code_version)
        every, completed_at = kind.every, past["completed_at"]
        decision = decide(
            now,
            pending,
            model.refresh.debounce,
            last_refresh=past["last_failure"],
            failures=past["failures"],
            whole=(completed_at, timedelta(milliseconds=past["last_ms"] or 0)) if completed_at else None,
            timed=None if every is None else _next_by_time(now, completed_at, every),
            next_look=next_look,
        )
        requested_at = pending.first if pending else now
        if not decision.refresh:
            return Refreshed(system, model, decision)
        if registered.code_version and registered.code_version != code_version(system, kind):
            waits = Decision(False, None, "its definition changed: waits until its phase is materialized")
            return Refreshed(system, model, waits)
        unloaded = unloaded_sources(session, registered.model_id)
        if unloaded:
            # Its rows would go, and come again with theirs.
            waits = Decision(False, None, f"waits until {' and '.join(unloaded)}, which it reads, is loaded")
            return Refreshed(system, model, waits)
        only_short = short_until is not None
        if only_short and (time.monotonic() > short_until or not _is_short(kind, pending, past)):
            return Refreshed(system, model, decision, left=True)
        began, causes = time.monotonic(), self._causes.take(registered.model_id)
        attempt = self._refresher.refresh(session, system, model, registered, requested_at, only_short=only_short)
        seconds = time.monotonic() - began
        if attempt.drained is None:
            self._causes.note(registered.model_id, causes)
        if attempt.error is not None:
            return Refreshed(system, model, decision, error=attempt.error, seconds=seconds)
        drained = attempt.drained
        held_by = holder(session, drain_lock(registered.model_id)) if drained is None else None
        waited = pending or Pending(1, now, now)
        found = Refreshed(system, model, decision, drained, held_by=held_by, waited=waited, seconds=seconds)
        return replace(found, causes=causes)


def _waits_until_live(registered: Registration) -> Decision:
    """Why what is pending for it is not refreshed."""
    if registered.state == "needs_rebuild":
        return Decision(False, None, "changes are pending; it needs a rebuild, as its check kept_fresh says")
    return Decision(False, None, "changes are pending; they are refreshed once it is loaded")


def _next_by_time(now: datetime, completed_at: datetime | None, every: float) -> datetime:
    """When time alone asks for a refresh; at once where the clock was set back behind the last one."""
    if completed_at is None or completed_at > now:
        return now
    return completed_at + timedelta(seconds=every)


def _caused(before: Pending | None, now: Pending | None, causes: Sequence[Pending]) -> Pending | None:
    """What is pending `now`, as if it had changed when what was refreshed meanwhile, because of `causes`, had."""
    if now is None:
        return before
    known = [*causes, *([before] if before is not None else [])]
    return replace(now, first=min(each.first for each in known), last=max(each.last for each in known))


def _is_short(model: ReadModel, pending: Pending | None, past: Mapping[str, Any]) -> bool:
    """Whether the refresh is likely to take a second or two at most."""
    return (
        not model.is_view
        and pending is not None
        and not pending.everything
        and pending.count <= ANCHORS_PER_TRANSACTION
        and past["failures"] == 0
        and not past["holds_slow"]
        and (past["last_ms"] or 0) <= _SHORT_MILLISECONDS
    )
