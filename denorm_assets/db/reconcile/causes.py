"""Why a read model probably drifted, as far as the catalog shows it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from denorm_assets.db.capture.declared import DeclaredSource, model_capture
from denorm_assets.db.capture.state import SourceState, TriggerState, bypasses
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.introspection.changed_sources import changed_sources
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.catalog_object import State
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName

_DONE_TO_TRIGGERS: dict[State, str] = {"missing": "was dropped", "disabled": "is disabled", "edited": "was edited"}
_FIX = "`denorm-assets apply` fixes it"
_OWN_CONFIGURATION = "the server's own configuration"


def likely_causes(session: Session, system: System, model: ReadModel, registered: Registration) -> list[str]:
    """Sentences that name what the catalog shows and what explains unseen changes, the most specific first.

    Empty where the catalog shows nothing: then rows were changed by hand, or in a session that fired no triggers.
    Reads only what any role may read.
    """
    capture = model_capture(session, system, model)
    sources = [source.installed for source in capture.sources if source.installed is not None]
    changed = [change for change in changed_sources(session, registered.model_id) if change.is_in_place]
    return [
        *(f"{change}; {_FIX} where the definition still fits" for change in changed),
        *(cause for source in capture.sources for cause in _of_declared(source)),
        *_of_bypassing(session, sources),
        *_of_state(system, model, registered),
    ]


def _of_declared(source: DeclaredSource) -> list[str]:
    if source.installed is None:
        return [f"capture was never installed on {source.table}; {_FIX}"]
    causes = _of_source(source.installed)
    if not source.passed_on:
        causes.append(f"changes of {source.table} do not reach it; {_FIX}")
    return causes


def _of_source(source: SourceState) -> list[str]:
    if not source.is_there:
        return [f"the table {source.table} is gone; create it again, then {_FIX}"]
    if source.is_another:
        return [
            f"{source.table} is another table than the one that triggers were made on: it was dropped and made again, "
            f"another one took its name, or a dump was restored; {_FIX}"
        ]
    function = f"the capture function denorm.capture_{source.source_id} of {source.table}"
    if source.function == "missing":
        return [f"{function} is missing, and its triggers with it; {_FIX}"]
    causes: list[str] = []
    for table, triggers in groupby(source.triggers, key=lambda trigger: trigger.table):
        causes += _of_triggers(table, list(triggers))
    if source.function == "edited":
        causes.append(f"{function} was edited; {_FIX}")
    if source.members_changed and not causes:
        causes.append(f"partitions of {source.table} were attached or detached; {_FIX}")
    return causes


def _of_triggers(table: TableName, triggers: Sequence[TriggerState]) -> list[str]:
    lost = [trigger for trigger in triggers if trigger.state != "installed" and trigger.only_owner is None]
    if triggers[0].below and all(trigger.state == "missing" for trigger in triggers):
        return [f"the partition {table} has no capture triggers: it was attached or made after the others; {_FIX}"]
    causes: list[str] = []
    for state, what in _DONE_TO_TRIGGERS.items():
        events = [trigger.event for trigger in lost if trigger.state == state]
        if events:
            causes.append(f"on {table}, the capture trigger for {', '.join(events)} {what}; {_FIX}")
    return causes


def _of_bypassing(session: Session, sources: Sequence[SourceState]) -> list[str]:
    """What writes in the replica role, where it fires no trigger of ours on some tables."""
    return [
        f"{each.alter or _OWN_CONFIGURATION} sets session_replication_role = replica, under which no trigger fires; "
        "RESET it there"
        if each.relation is None
        else f"the subscription {each.subscription} writes to {each.relation}, for which no trigger of ours fires; "
        "`denorm-assets apply` says what that needs"
        for each in bypasses(session, sources)
    ]


def _of_state(system: System, model: ReadModel, registered: Registration) -> list[str]:
    if registered.state != "needs_rebuild":
        return []
    return [
        f"{system.name}/{model.name} needs a rebuild since its sources changed their shape; run `denorm-assets apply`"
    ]
