"""Read models that are not applied, not loaded, not live, or not kept fresh."""

from __future__ import annotations

from collections.abc import Iterator

from denorm_assets.db.capture.declared import ModelCapture
from denorm_assets.db.control.declarations import superseded
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.doctor.finding import Finding, Trouble, advised, by_shell
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.health.kept_fresh import faults_of_refreshes, faults_of_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.automatic import as_registered, is_registered
from denorm_assets.sql.control import query

_NEXT_REFRESH = "the next refresh computes all rows"
"""The advice where nothing else is to be done."""
_NOTHING_OF_CAPTURE = ModelCapture(())
"""What capture lacks is told by object."""


def look_at_read_models(patient: Patient) -> Iterator[Finding]:
    """Each read model that `apply` has registered."""
    for system in patient.systems:
        with patient.database.session(system.schema) as session:
            registered = registrations(session, system)
            later = superseded(session, [system])
            for model in system.read_models:
                found = registered.get(model.name)
                if found is None:
                    continue
                if is_registered(system, model, found.code_version):
                    yield from _of_loading(session, system, model, found)
                elif not later:
                    what = "what is declared is not what was applied last"
                    yield Trouble("not_applied", what, f"{system.name}/{model.name}", by_shell("denorm-assets apply"))
                yield from _of_refreshes(session, f"{system.name}/{model.name}", found)


def _of_loading(session: Session, system: System, model: ReadModel, registered: Registration) -> Iterator[Finding]:
    full_name = f"{system.name}/{model.name}"
    if not as_registered(system, model, registered.code_version).driving:
        if registered.whole_version != registered.code_version:
            yield Trouble(
                "not_loaded", "it was never loaded", full_name, by_shell(f"denorm-assets refresh {full_name}")
            )
        return
    progress = range_progress(session, registered.model_id)
    missing = [item for item in progress if not item.done and not item.grown]
    if any(item.holder for item in missing):
        # Somebody is loading it.
        return
    if missing or not progress:
        what = f"{len(missing):,} of {len(progress):,} ranges are not loaded" if progress else "it was never loaded"
        fix = by_shell(f"denorm-assets backfill {full_name}")
        if registered.paused_at is not None:
            what, fix = f"{what}, and its backfill is paused", by_shell(f"denorm-assets resume {full_name}") + fix
        yield Trouble("not_loaded", what, full_name, fix)
    elif not registered.served:
        what = "all of its ranges are loaded, but it is not live: its indexes are missing, or changes wait"
        yield Trouble("not_live", what, full_name, by_shell("denorm-assets apply"))


def _of_refreshes(session: Session, full_name: str, registered: Registration) -> Iterator[Finding]:
    # The log is one trouble, whoever reads it; and so is a read model that others read.
    told_elsewhere = {"unlogged_since": None, "read_stale": None}
    health = {**session.one(query("drains", "health", model_id=registered.model_id)), **told_elsewhere}
    for fault in (
        *faults_of_sources(session, registered),
        *faults_of_refreshes(full_name, registered, _NOTHING_OF_CAPTURE, health),
    ):
        what = f"{fault.what} ({fault.detail})" if fault.detail else fault.what
        by_refresh = _NEXT_REFRESH in fault.advice
        fix = by_shell(f"denorm-assets refresh {full_name}") if by_refresh else advised(fault.advice)
        yield Trouble("not_fresh", what, full_name, fix)
