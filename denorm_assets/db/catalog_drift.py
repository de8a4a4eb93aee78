"""Catalog drift: every object of ours in a system, and whether it is still as we made it."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.db.cache.registering import cache_registrations
from denorm_assets.db.capture_state import SourceState, source_states
from denorm_assets.db.control_schema import control_objects
from denorm_assets.db.description import describe
from denorm_assets.db.registry import Registration, registrations
from denorm_assets.db.relation_drift import foreign_key_objects, index_objects, relation_objects
from denorm_assets.db.row_security import row_security_objects
from denorm_assets.db.schema_changes import work_objects
from denorm_assets.db.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog_object import CatalogObject
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System

_ROWS_SHOWN = 50
_AFTER_LOAD = ("live", "needs_rebuild")
"""Before a read model is live, its indexes and foreign keys are still to come."""


def system_objects(session: Session, system: System) -> list[CatalogObject]:
    """Every object of ours in `system`. Changes nothing. Raises ControlSchemaTooNew."""
    return phase_objects(session, system, system.phases)


def phase_objects(session: Session, system: System, phases: Sequence[Phase]) -> list[CatalogObject]:
    """The objects of some phases: the control schema, their read models and these models' sources, their indexes."""
    objects = control_objects(session)
    if any(each.state != "installed" for each in objects if each.kind != "control function"):
        return objects
    registered = registrations(session, system)
    for phase in phases:
        apply = f"run `denorm-assets apply`, or materialize {system.name}/{phase.name}"
        objects += work_objects(session, system, phase, apply=apply)
        ids = [registered[model.name].model_id for model in phase.read_models if model.name in registered]
        for source in source_states(session, ids):
            objects += _capture_objects(source, apply)
        for model in phase.read_models:
            if model.name in registered:
                name = f"{system.schema}.{model.name}"
                objects += row_security_objects(session, registered[model.name].model_id, name, apply)
            objects += _model_objects(session, system, model, registered.get(model.name), apply)
        for table in dict.fromkeys(found.table for found in phase.indexes):
            of_table = [found.index for found in phase.indexes if found.table == table]
            objects += index_objects(session, table.within(system.schema), of_table, apply=apply)
    if phases and phases[-1] == system.phases[-1]:
        # Caches follow the last phase, and their sources may be nobody else's.
        of_caches = {name: found.model_id for name, found in cache_registrations(session, system).items()}
        apply = "run `denorm-assets apply`, or materialize the caches"
        for source in source_states(session, list(of_caches.values())):
            objects += _capture_objects(source, apply)
        for name, model_id in of_caches.items():
            objects += row_security_objects(session, model_id, f"{system.name}/{name}", apply)
    return list({(each.kind, each.name): each for each in objects}.values())


def catalog_check(session: Session, system: System, phase: Phase) -> CheckResult:
    """Whether every object of the phase is as we made it. A warning where no row can be wrong for it."""
    objects = phase_objects(session, system, [phase])
    drifted = [each for each in objects if each.state != "installed"]
    rows: tuple[Row, ...] = tuple(
        {"object": each.kind, "name": each.name, "state": each.state, "what to do": each.remedy}
        for each in sorted(drifted, key=lambda each: not each.is_serious)
    )
    serious = [each for each in drifted if each.is_serious]
    if not drifted:
        summary = f"all {len(objects)} objects are installed as they were made"
    else:
        first = next(iter(serious or drifted))
        summary = (
            f"{len(drifted)} of {len(objects)} objects are not as they were made, for example the {first.kind} "
            f"{first.name}: {first.state}; {first.remedy}"
        )
    return CheckResult(
        "catalog",
        f"{system.name}/{phase.name}",
        not drifted,
        summary,
        rows[:_ROWS_SHOWN],
        {"objects": len(objects), "not as made": len(drifted), "of these serious": len(serious)},
        warning_only=not serious,
    )


def _capture_objects(source: SourceState, apply: str) -> list[CatalogObject]:
    if not source.is_there:
        remedy = f"create it, or take it out of the definitions; then {apply}"
        return [CatalogObject("source", str(source.table), "missing", needed=True, remedy=remedy)]
    function = CatalogObject(
        "capture function",
        f"denorm.capture_{source.source_id} of {source.table}",
        source.function,
        needed=True,
        remedy="" if source.function == "installed" else apply,
    )
    changed = [
        CatalogObject("source", str(source.table), "edited", needed=True, remedy=apply)
        for different in (source.is_another or source.members_changed or source.columns_changed,)
        if different
    ]
    return [
        *changed,
        function,
        *(
            CatalogObject(
                "trigger",
                f"{trigger.table}, {trigger.event}",
                trigger.state,
                needed=True,
                remedy="" if trigger.state == "installed" else apply,
            )
            for trigger in source.triggers
        ),
    ]


def _model_objects(
    session: Session, system: System, model: ReadModel, registered: Registration | None, apply: str
) -> list[CatalogObject]:
    try:
        described = describe(session, system, model)
    except DefinitionError as error:
        # Something that it reads is gone or another.
        return [CatalogObject("definition", f"{system.name}/{model.name}", "edited", needed=True, remedy=str(error))]
    objects = relation_objects(session, described, registered, apply=apply)
    if registered is not None and registered.state in _AFTER_LOAD and objects[0].state == "installed":
        finish = f"run `denorm-assets apply`, or materialize {described.full_name}_indexes"
        objects += index_objects(session, described.table, model.indexes, apply=finish)
        objects += foreign_key_objects(session, described, apply=finish)
    return objects
