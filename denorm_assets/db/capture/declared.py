"""Capture as a declaration asks for it, compared with what is installed; and going live, which needs all of it.

What must exist follows from the declaration, never from what the control schema knows: an `apply` that was killed, or
one of an older version, leaves less there than a read model needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.capture.expansions import estimated_texts, expansion_text, recompute_text
from denorm_assets.db.capture.install import adopt_recompute, keep_clock
from denorm_assets.db.capture.redefinitions import note_calls
from denorm_assets.db.capture.state import SourceState, source_states
from denorm_assets.db.introspection.changed_meaning import means_otherwise
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.sources import Sources, model_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, NotApplied, NotCaptured
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Realtime
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture.affected_anchors import logged_columns
from denorm_assets.sql.control import query

UNREADABLE = "its definition does not fit the database"
"""The fault that says why nothing can be derived from the declaration."""

RESTORED = "the database was restored from a dump since `apply` ran, and the table is a new one"
"""The fault of a source that says why everything about it is new; `apply` installs capture again."""

ALTERED = "its definition means something else since its sources changed"
"""The fault that `apply` fixes by resolving the definition again."""


@dataclass(frozen=True)
class Fault:
    """Something that capture lacks.

    Attributes:
        what: in words; `where` names the table, and the event or column.
        goes_on: whether changes from now on may be missed, and not only some that are past.
    """

    what: str
    where: str
    goes_on: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class DeclaredSource:
    """Capture on one source, for one read model or cache that reads it.

    Attributes:
        installed: None where capture was never installed on the table.
        unlogged: columns that the declaration needs, and that capture does not log or compare.
        passed_on: whether changes are expanded, and recomputed in real time, as the declaration asks for.
        broken: why they can no longer be expanded, None where they can.
        reshaped: whether columns that it uses were renamed, dropped or retyped since capture was installed for it.
    """

    table: TableName
    installed: SourceState | None
    unlogged: tuple[str, ...] = ()
    passed_on: bool = True
    broken: str | None = None
    reshaped: bool = False

    @property
    def faults_of_table(self) -> list[Fault]:
        """What capture on the table lacks. An outdated function still logs all that it should."""
        if self.installed is None:
            return [Fault("capture is not installed", str(self.table))]
        unlogged = [Fault("a column is not captured", f"{self.table}.{column}") for column in self.unlogged]
        return [*_faults_of(self.installed), *unlogged]

    @property
    def faults(self) -> list[Fault]:
        """What is missing or wrong, so that changes may be lost."""
        found = self.faults_of_table
        if self.reshaped and not found:
            found.append(Fault("columns changed since capture was installed", str(self.table)))
        if self.installed is not None and not self.passed_on:
            found.append(Fault("its changes do not reach this read model", str(self.table)))
        if self.broken is not None:
            found.append(Fault("a source changed its shape", self.broken))
        return found


@dataclass(frozen=True)
class ModelCapture:
    """Capture on all sources of a read model or cache.

    Attributes:
        unreadable: why its definition cannot be used in this database; `sources` are then those of the control schema.
        altered: the read model, if its definition means something else than when it was resolved.
    """

    sources: tuple[DeclaredSource, ...]
    unreadable: str | None = None
    altered: str | None = None

    @property
    def faults(self) -> list[Fault]:
        """Those of all sources."""
        found = [fault for source in self.sources for fault in source.faults]
        if self.altered is not None:
            found.append(Fault(ALTERED, self.altered))
        return found if self.unreadable is None else [*found, Fault(UNREADABLE, self.unreadable)]


def model_capture(session: Session, system: System, model: ReadModel) -> ModelCapture:
    """Capture on all sources of `model`."""
    return capture_of(session, system.name, model.name, lambda: describe(session, system, model))


def capture_of(
    session: Session, system: str, name: str, described: Callable[[], DescribedModel], *, of_cache: bool = False
) -> ModelCapture:
    """Capture for the read model or cache `name` of `system`, which `described` describes.

    Where somebody holds a source (TRUNCATE, ALTER TABLE), only what the control schema knows is looked at.
    """
    try:
        with session.transaction():
            # Whoever locks one source after another is not kept from it.
            session.set_local(lock_timeout=session.yielding_lock_timeout)
            found = described()
            altered = found.full_name if not of_cache and means_otherwise(session, found) else None
            return ModelCapture(declared_capture(session, found), altered=altered)
    except pg.LockNotAvailable:
        return ModelCapture(registered_capture(session, system, name))
    except DefinitionError as error:
        return ModelCapture(registered_capture(session, system, name), str(error))


def registered_capture(session: Session, system: str, name: str) -> tuple[DeclaredSource, ...]:
    """Capture for a read model or cache as the control schema knows it, whatever the declaration asks for."""
    dependencies = _dependencies(session, system, name)
    states = source_states(session, [*dependencies])
    return tuple(DeclaredSource(state.table, state, reshaped=dependencies[state.table]["reshaped"]) for state in states)


def declared_capture(
    session: Session, described: DescribedModel, sources: Sources | None = None
) -> tuple[DeclaredSource, ...]:
    """Capture on every source that changes of the read model or cache come from; `sources`, where they are known.

    Raises DefinitionError.
    """
    sources = sources or model_sources(session, described)
    realtime = isinstance(described.model.refresh, Realtime)
    states = {state.table: state for state in source_states(session, sources.watched, realtime=realtime)}
    dependencies = _dependencies(session, described.system, described.model.name)
    found: list[DeclaredSource] = []
    for table in sources.watched:
        state, dependency = states.get(table), dependencies.get(table)
        logged = logged_columns(sources.paths, table)
        compared = {*sources.used.get(table, ()), *logged}
        if state is None or dependency is None:
            found.append(DeclaredSource(table, state, passed_on=False))
            continue
        unlogged = {*logged} - {*state.logged} | compared - {*state.compared}
        passed_on = (
            not unlogged
            and dependency["expansion"] == expansion_text(session, described, sources, table, state.logged)
            and _recomputes(described, dependency)
        )
        broken, reshaped = dependency["broken"], dependency["reshaped"]
        found.append(DeclaredSource(table, state, tuple(sorted(unlogged)), passed_on, broken, reshaped))
    return tuple(found)


def _recomputes(described: DescribedModel, dependency: Mapping[str, Any]) -> bool:
    """Whether writing transactions recompute by this version, or by another one that people still read."""
    if dependency["code_version"] != described.code_version:
        return True
    held = (dependency["recompute"], dependency["estimated"])
    return held == (recompute_text(described), estimated_texts(described))


@dataclass(frozen=True)
class Captured:
    """Says that capture is on every declared source of a read model or cache, in the transaction under way.

    Only `require_captured` makes one.
    """

    described: DescribedModel
    model_id: int


def require_captured(
    session: Session, described: DescribedModel, model_id: int, sources: Sources | None = None
) -> Captured:
    """Raises NotCaptured where a declared source of the read model lacks anything of capture.

    `sources` are these, where they are known. Within a transaction nobody changes what the control schema knows of the
    read model until its end.
    """
    session.execute(query("models", "hold", model_id=model_id))
    declared = declared_capture(session, described, sources)
    faults = [str(fault) for source in declared for fault in source.faults if fault.goes_on]
    if faults:
        raise NotCaptured(described.full_name, faults)
    return Captured(described, model_id)


def go_live(session: Session, captured: Captured) -> None:
    """Declare the read model live. Raises NotApplied where another version of it was registered meanwhile."""
    named = {"model_id": captured.model_id, "code_version": captured.described.code_version}
    if not session.one(query("models", "go_live", **named))["is_current"]:
        raise NotApplied(f"the present version of {captured.described.full_name}")


def go_live_stale(session: Session, described: DescribedModel, model_id: int) -> None:
    """Declare a read model live whose rows the next refresh has to compute, all of them. Raises NotCaptured."""
    with session.transaction():
        session.set_local(lock_timeout=session.yielding_lock_timeout)
        # Were an expansion still broken, the next change would tell.
        session.execute(query("sources", "no_longer_broken", model_id=model_id))
        sources = model_sources(session, described)
        note_calls(session, described, sources, model_id)
        # A view whose text is executed may select something else now.
        adopt_recompute(session, described, model_id)
        keep_clock(session, described, sources, model_id)
        if sources.clock is None:
            session.execute(query("clocks", "forget", model_id=model_id))
        captured = require_captured(session, described, model_id, sources)
        session.execute(query("sources", "make_all_stale", model_ids=[model_id]))
        go_live(session, captured)


def _dependencies(session: Session, system: str, name: str) -> dict[TableName, Mapping[str, Any]]:
    rows = session.rows(query("sources", "dependencies", system=system, name=name))
    return {TableName(row["table"], row["schema"]): row for row in rows}


def _faults_of(state: SourceState) -> list[Fault]:
    found = [
        Fault(
            f"trigger {trigger.state}" + (f"; first {trigger.needs}" if trigger.needs is not None else ""),
            f"{trigger.table}, {trigger.event}",
        )
        if trigger.only_owner is None
        else Fault(f"changes of the subscription {trigger.subscription} are not captured", str(trigger.table))
        for trigger in state.lost
    ]
    if state.function in ("missing", "edited"):
        found.append(Fault(f"capture function {state.function}", str(state.table)))
    if state.restored:
        return [Fault(RESTORED, str(state.table))]
    if found:
        return found
    if state.is_another:
        return [Fault("another table took its place", str(state.table))]
    if state.members_changed:
        # All that are there now have their triggers.
        return [Fault("partitions changed since capture was installed", str(state.table), goes_on=False)]
    return []
