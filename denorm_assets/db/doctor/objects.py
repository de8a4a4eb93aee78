"""Objects of ours that are missing, disabled or edited, as `status --objects` finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from denorm_assets.db.apply.catalog_drift import system_objects
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.doctor.finding import Finding, Trouble, TroubleName, advised
from denorm_assets.db.doctor.patient import Patient
from denorm_assets.db.doctor.replication import captured_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.catalog_object import CatalogObject, State
from denorm_assets.model.system import System
from denorm_assets.sql.automatic import is_registered

_NAMES: Mapping[State, TroubleName] = {
    "missing": "missing_object",
    "disabled": "disabled_object",
    "edited": "edited_object",
}
"""An outdated object does what it was made for. That a declaration is not applied is a trouble of its own."""
_SHOWN = 3


def look_at_objects(patient: Patient) -> Iterator[Finding]:
    """Objects of all systems; those with the same state and fix are one trouble."""
    groups: dict[tuple[str, State, str], dict[str, CatalogObject]] = {}
    for system in patient.systems:
        with patient.database.session(system.schema) as session:
            registered = registrations(session, system)
            if not registered:
                continue
            elsewhere = _told_elsewhere(session, system, registered)
            found = system_objects(session, system)
        for each in found:
            if each.state in _NAMES and not elsewhere(each):
                fix = str(advised(each.remedy))
                groups.setdefault((each.kind, each.state, fix), {})[each.name] = each
    for (kind, state, _), members in groups.items():
        names, first = list(members), next(iter(members.values()))
        what = f"{len(names)} {_plural(kind)} {state}" if len(names) > 1 else f"the {kind} is {state}"
        effect = ": changes or rows may be missing" if any(each.is_serious for each in members.values()) else ""
        yield Trouble(_NAMES[state], f"{what}{effect}", _listed(names), advised(first.remedy))


def _told_elsewhere(
    session: Session, system: System, registered: Mapping[str, Registration]
) -> Callable[[CatalogObject], bool]:
    """Whether an object is told of as another trouble, with a fix that suits that."""
    subscribed = {
        f"{trigger.table}, {trigger.event}"
        for source in captured_sources(session)
        for trigger in source.lost
        if trigger.subscription is not None and trigger.only_owner is not None
    }
    # What a version needs that is not applied yet, it does not have yet.
    not_applied = tuple(
        f"{system.name}/{model.name} on "
        for model in system.read_models
        if model.name in registered and not is_registered(system, model, registered[model.name].code_version)
    )

    def told(each: CatalogObject) -> bool:
        if each.kind == "dependency":
            return each.name.startswith(not_applied)
        return each.kind == "trigger" and each.name in subscribed

    return told


def _plural(kind: str) -> str:
    ending = "ies are" if kind.endswith("y") else "es are" if kind.endswith("x") else "s are"
    return f"{kind.removesuffix('y') if kind.endswith('y') else kind}{ending}"


def _listed(names: Sequence[str]) -> str:
    shown = "; ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown}; and {len(names) - _SHOWN} more"
