"""The plan of a system: what brings the database to its declaration, read from the catalog."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from denorm_assets.db.apply.create_tables import create_tables, require_schema
from denorm_assets.db.apply.drop_undeclared import drop_undeclared, plan_drops
from denorm_assets.db.apply.foresee import Foreseen, foresee
from denorm_assets.db.apply.rebuild import REBUILDS
from denorm_assets.db.apply.unfit_models import unfit_models
from denorm_assets.db.backfill.go_live import finish_model, is_loaded, plan_going_live
from denorm_assets.db.cache.admin.register import (
    CacheRegistration,
    cache_registrations,
    describe_cache,
    install_caches,
    plan_caches,
)
from denorm_assets.db.capture.install import require_replication_seen, require_triggers
from denorm_assets.db.capture.objects import Declared
from denorm_assets.db.capture.plan import CapturePlan
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.protected_tables import require_no_source
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.row_security import require_all_rows, row_security_steps
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.plan.objects import (
    Stage,
    Step,
    plan_control_schema,
    plan_foreign_keys,
    plan_indexes,
    plan_phase_indexes,
)
from denorm_assets.db.plan.operations import Operation, Plan, Running
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.phase_indexes import build_phase_indexes, require_own_phase_indexes
from denorm_assets.db.table_changes.phase_work import do_work, plan_work
from denorm_assets.model.cached_set import as_read_model
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.analysis.reading_order import models_in_order
from denorm_assets.sql.automatic import as_registered, kind_in_words


def plan_system(database: Database, system: System, adopt: Collection[str] = ()) -> Plan:
    """All operations of `system` in order, those with nothing to do included. Changes nothing.

    `adopt` are the read models (`system/name`) that take over a table that is there already. One that fits the database
    no longer has a step `refused`, which says why, and is left out of all others. Raises DeclarationError
    where read models read each other or one of a later phase, and DefinitionError, NameTaken, NotAdoptable, NotInPlace,
    TargetIsSource, RowsHidden, SubscribedSource, DependedOn or StillInUse for what `apply` refuses.
    """
    models = models_in_order(system)
    with database.session(system.schema) as session:
        found = _look(session, system, system.phases, models, [as_read_model(cache) for cache in system.caches])
        # Another process may apply the same at this moment.
        with session.rehearsal():
            foreseen = _foresee(session, found, adopt)
            caches = [_with_sources(session, describe_cache(session, system, cache)) for cache in foreseen.caches]
            declared = [*_in_order(found, foreseen), *caches]
            capture = CapturePlan(session, declared)
            operations = _of_phases(session, found, foreseen, capture)
            operations += [_finish(session, found, each, foreseen) for each in foreseen.described]
            operations.append(_of_caches(session, system, caches, capture))
            last = _drops(session, found, declared)
    return Plan(tuple(operations), last, found.waiting, found.unfit)


def plan_phase(database: Database, system: System, phase: Phase, adopt: Collection[str] = ()) -> Plan:
    """The same for one phase: its work, its tables and their capture, its indexes. Raises what `plan_system` raises."""
    models = [model for model in models_in_order(system) if model in phase.read_models]
    with database.session(system.schema) as session:
        found = _look(session, system, (phase,), models)
        with session.rehearsal():
            foreseen = _foresee(session, found, adopt)
            capture = CapturePlan(session, _in_order(found, foreseen))
            operations = _of_phases(session, found, foreseen, capture)
    # A person said so.
    operations = [replace(each, by_hand=False) for each in operations]
    return Plan(tuple(operations), None, found.waiting, found.unfit)


@dataclass(frozen=True)
class _Found:
    """What is known before any table is planned.

    Attributes:
        control: the step of the control schema.
        works: the steps of each phase's work.
        waiting: read models whose definitions can be read once the work of a phase is done.
        unfit: those whose definitions no longer fit the database, and why; at first only of those that wait.
        ready: all others, each after those that it reads.
    """

    system: System
    control: Step
    works: Mapping[Phase, Sequence[Step]]
    waiting: Mapping[ReadModel, Phase]
    unfit: dict[ReadModel, str]
    ready: Sequence[ReadModel]
    registered: Mapping[str, Registration]


def _look(
    session: Session,
    system: System,
    phases: Sequence[Phase],
    models: Sequence[ReadModel],
    caches: Sequence[ReadModel] = (),
) -> _Found:
    # What is refused because of it, first.
    control = plan_control_schema(session)
    works = {phase: plan_work(session, system, phase) for phase in phases}
    waiting = _waiting(works)
    unfit = unfit_models(session, system, [model for model in models if model in waiting]) if waiting else {}
    if models:
        require_schema(session, system)
    require_all_rows(session, system, [*models, *caches])
    require_no_source(session, system, models)
    ready = [model for model in models if model not in waiting and model not in unfit]
    return _Found(system, control, works, waiting, unfit, ready, registrations(session, system))


def _foresee(session: Session, found: _Found, adopt: Collection[str]) -> Foreseen:
    foreseen = foresee(session, found.system, found.ready, adopt)
    found.unfit.update(foreseen.unfit)
    return foreseen


def _in_order(found: _Found, foreseen: Foreseen) -> list[Declared]:
    """The read models in the order in which `apply` has their sources captured."""
    return [
        (described, foreseen.sources[described.model.name])
        for phase in found.works
        for described in foreseen.described
        if _is_of(described.model, phase)
    ]


def _is_of(model: ReadModel, phase: Phase) -> bool:
    """Whether `model` is one of the phase, of whichever kind."""
    return any(each.name == model.name for each in phase.read_models)


def _of_phases(session: Session, found: _Found, foreseen: Foreseen, capture: CapturePlan) -> list[Operation]:
    def migrate(running: Running) -> Sequence[Step]:
        with running.database.session() as own:
            # What is refused is refused before anything is created.
            require_triggers(own, capture.needs)
            control_schema.migrate_told(own)
        return [found.control]

    system, operations = found.system, [Operation((found.control,), migrate)]
    for phase, work in found.works.items():
        # By default arguments, because each operation is of another phase.
        def run_work(running: Running, phase: Phase = phase) -> Sequence[Step]:
            return do_work(running.database, system, phase)

        def run_tables(running: Running, phase: Phase = phase) -> Sequence[Step]:
            models = tuple(model for model in phase.read_models if model not in found.unfit)
            return create_tables(running.database, system, models, running.consent, capture.needs)

        def run_indexes(running: Running, phase: Phase = phase) -> Sequence[Step]:
            return build_phase_indexes(running.database, system, phase)

        require_own_phase_indexes(session, system, phase)
        indexes = plan_phase_indexes(session, system, phase)
        for steps, run in (
            (work, run_work),
            (_tables(session, found, phase, foreseen, capture), run_tables),
            (indexes, run_indexes),
        ):
            operations.append(Operation(tuple(steps), run, phase.by_hand))
    return operations


def _tables(session: Session, found: _Found, phase: Phase, foreseen: Foreseen, capture: CapturePlan) -> list[Step]:
    """The tables of a phase and the capture of what they are computed from."""
    steps: list[Step] = []
    for model in (model for model in models_in_order(found.system) if model in phase.read_models):
        name = f"{found.system.schema}.{model.name}"
        if model in found.unfit:
            held = as_registered(found.system, model, found.registered[model.name].code_version)
            steps.append(Step(kind_in_words(held), name, "refused", Stage.BEFORE_LOAD, why=found.unfit[model]))
        elif model in found.waiting:
            why = f"once {found.waiting[model].name} is done, its definition can be read"
            steps.append(Step(kind_in_words(model), name, "create", Stage.BEFORE_LOAD, why=why))
        else:
            steps += foreseen.steps[model.name]
    declared = [each for each in _in_order(found, foreseen) if _is_of(each[0].model, phase)]
    return [*steps, *_capture(session, declared, capture, found.registered)]


def _capture(
    session: Session,
    declared: Sequence[Declared],
    capture: CapturePlan,
    registered: Mapping[str, Registration | CacheRegistration],
) -> list[Step]:
    require_replication_seen(session, declared)
    steps = capture.steps(declared)
    for held in (registered.get(described.model.name) for described, _ in declared):
        # An older control schema keeps no note of it.
        if held is not None and control_schema.installed(session):
            steps += row_security_steps(session, held.model_id)
    return steps


def _finish(session: Session, found: _Found, described: DescribedModel, foreseen: Foreseen) -> Operation:
    """What follows the load of a read model."""
    system, model = found.system, described.model
    action, registered = foreseen.steps[model.name][-1].action, found.registered.get(model.name)
    live = registered is not None and registered.served
    # What is replaced has its indexes when it takes the name.
    steps = [] if action == "replace" else plan_indexes(session, described, live=live, afresh=action == "recreate")
    steps += plan_foreign_keys(session, described, released=action in REBUILDS)
    if registered is not None and action == "keep":
        steps += plan_going_live(session, described, registered)

    def run(running: Running) -> Sequence[Step]:
        if is_loaded(running.database, system, model):
            return finish_model(running.database, system, model)
        return ()

    by_hand = any(phase.by_hand and _is_of(model, phase) for phase in system.phases)
    return Operation(tuple(steps), run, by_hand)


def _with_sources(session: Session, described: DescribedModel) -> Declared:
    return described, model_sources(session, described)


def _of_caches(session: Session, system: System, caches: Sequence[Declared], capture: CapturePlan) -> Operation:
    steps = plan_caches(session, system)
    steps += _capture(session, caches, capture, cache_registrations(session, system))

    def run(running: Running) -> Sequence[Step]:
        return install_caches(running.database, system, capture.needs)

    return Operation(tuple(steps), run)


def _drops(session: Session, found: _Found, declared: Sequence[Declared]) -> Operation:
    """What is no longer declared."""
    system = found.system

    def run(running: Running) -> Sequence[Step]:
        with running.database.session(system.schema) as own:
            described = [describe(own, system, model) for model in system.read_models if model not in found.unfit]
            described += [describe_cache(own, system, cache) for cache in system.caches]
            read = [_with_sources(own, each) for each in described]
            return drop_undeclared(own, system, read, running.consent)

    return Operation(tuple(plan_drops(session, system, declared)), run)


def _waiting(works: Mapping[Phase, Sequence[Step]]) -> dict[ReadModel, Phase]:
    """The read models whose sources may still change, each with the phase that has to be done before it."""
    waiting: dict[ReadModel, Phase] = {}
    undone: Phase | None = None
    for phase, work in works.items():
        if undone is None and not phase.by_hand and any(step.action != "keep" for step in work):
            undone = phase
        if undone is not None:
            waiting |= dict.fromkeys(phase.read_models, undone)
    return waiting
