"""Catalog drift: every object of ours in a system, and whether it is still as we made it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from denorm_assets.db.cache.admin.register import cache_registrations, describe_cache
from denorm_assets.db.capture.declared import DeclaredSource, ModelCapture, capture_of, model_capture
from denorm_assets.db.capture.state import SourceState
from denorm_assets.db.control.control_schema import control_objects
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.row_security import row_security_objects
from denorm_assets.db.plan.relation_state import foreign_key_objects, index_objects, relation_objects
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.phase_work import work_objects
from denorm_assets.errors import DefinitionError
from denorm_assets.model.catalog.catalog_object import CatalogObject
from denorm_assets.model.check_result import CheckResult, Row
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System

_ROWS_SHOWN = 50
_NOT_NEEDED_TO_LOOK = ("control function", "replica identity")
"""Of the control schema: without all else, nothing is known of a system."""
_AFTER_LOAD = ("live", "needs_rebuild")
"""Before a read model is live, its indexes and foreign keys are still to come."""


def system_objects(session: Session, system: System) -> list[CatalogObject]:
    """Every object of ours in `system`. Changes nothing. Raises ControlSchemaTooNew."""
    return phase_objects(session, system, system.phases)


def phase_objects(session: Session, system: System, phases: Sequence[Phase]) -> list[CatalogObject]:
    """The objects of some phases: the control schema, their read models and these models' sources, their indexes."""
    objects = control_objects(session)
    if any(each.state != "installed" for each in objects if each.kind not in _NOT_NEEDED_TO_LOOK):
        return objects
    registered = registrations(session, system)
    for phase in phases:
        apply = f"run `denorm-assets apply`, or materialize {system.name}/{phase.name}"
        objects += work_objects(session, system, phase, apply=apply)
        for model in phase.read_models:
            capture = model_capture(session, system, model)
            objects += _capture_objects(f"{system.name}/{model.name}", capture, apply)
            if model.name in registered:
                name = f"{system.schema}.{model.name}"
                objects += row_security_objects(session, registered[model.name].model_id, name, apply)
            objects += _model_objects(session, system, model, registered.get(model.name), apply)
        for table in dict.fromkeys(found.table for found in phase.indexes):
            of_table = [found.index for found in phase.indexes if found.table == table]
            objects += index_objects(session, table.within(system.schema), of_table, apply=apply)
    if phases and phases[-1] == system.phases[-1]:
        # Caches follow the last phase, and their sources may be nobody else's.
        apply = "run `denorm-assets apply`, or materialize the caches"
        for cache in system.caches:
            describing = partial(describe_cache, session, system, cache)
            capture = capture_of(session, system.name, cache.name, describing, of_cache=True)
            objects += _capture_objects(f"{system.name}/{cache.name}", capture, apply)
        for name, found in cache_registrations(session, system).items():
            objects += row_security_objects(session, found.model_id, f"{system.name}/{name}", apply)
    return _once_each(objects)


def _once_each(objects: Sequence[CatalogObject]) -> list[CatalogObject]:
    """Read models share sources: what is not as one of them needs it is not as it was made."""
    found: dict[tuple[str, str], CatalogObject] = {}
    for each in objects:
        held = found.setdefault((each.kind, each.name), each)
        if not held.is_serious and (each.is_serious or held.state == "installed"):
            found[each.kind, each.name] = each
    return list(found.values())


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


def _capture_objects(full_name: str, capture: ModelCapture, apply: str) -> list[CatalogObject]:
    """Those of all sources of a read model or cache, and that their changes reach it."""
    objects: list[CatalogObject] = []
    for source in capture.sources:
        if source.installed is None:
            objects.append(CatalogObject("capture", str(source.table), "missing", needed=True, remedy=apply))
        else:
            objects += _source_objects(source.installed, apply)
            objects.append(_dependency(full_name, source, apply))
    if capture.altered is not None:
        objects.append(CatalogObject("definition", full_name, "edited", needed=True, remedy=apply))
    return objects


def _dependency(full_name: str, source: DeclaredSource, apply: str) -> CatalogObject:
    name = f"{full_name} on {source.table}"
    if source.passed_on and not source.unlogged:
        return CatalogObject("dependency", name, "installed", needed=True)
    return CatalogObject("dependency", name, "missing", needed=True, remedy=apply)


def _source_objects(source: SourceState, apply: str) -> list[CatalogObject]:
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
