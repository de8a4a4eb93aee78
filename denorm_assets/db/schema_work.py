"""Doing planned schema work: tables and capture before the load; what follows the load is in `finishing`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from psycopg import errors as pg

from denorm_assets.db import control_schema
from denorm_assets.db.cache.registering import describe_cache, install_caches, plan_caches
from denorm_assets.db.capture import (
    capture_again,
    install_capture,
    require_capturable,
    require_replication_seen,
)
from denorm_assets.db.consent import NO_CONSENT, Consent
from denorm_assets.db.declarations import note_applied
from denorm_assets.db.declared_capture import go_live_stale
from denorm_assets.db.description import describe
from denorm_assets.db.finishing import finish_model, is_loaded
from denorm_assets.db.fitting import tell_unfit, unfit_models
from denorm_assets.db.foreseeing import Foreseen, foresee
from denorm_assets.db.function_paths import require_names_found
from denorm_assets.db.making_way import make_way
from denorm_assets.db.meaning import describe_again, forget_meaning
from denorm_assets.db.phase_indexes import build_phase_indexes, require_own_phase_indexes
from denorm_assets.db.planning import (
    Stage,
    Step,
    plan_capture,
    plan_control_schema,
    plan_foreign_keys,
    plan_indexes,
    plan_phase_indexes,
)
from denorm_assets.db.pruning import drop_leftovers, drop_undeclared, plan_drops
from denorm_assets.db.rebuilding import REBUILDS, rebuild_model, require_replaceable
from denorm_assets.db.registry import (
    find_registration,
    forget_progress,
    register,
    registration,
    registrations,
)
from denorm_assets.db.row_security import require_all_rows
from denorm_assets.db.schema_changes import do_work, is_done, plan_work
from denorm_assets.db.session import Database, Session
from denorm_assets.db.sources import model_sources
from denorm_assets.db.steps import report
from denorm_assets.db.table_planning import plan_table, rows_that_differ
from denorm_assets.db.targets import require_no_source
from denorm_assets.db.upstream import require_loaded
from denorm_assets.db.waiting import trying_again
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.cached_set import as_read_model
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.reading_order import in_layers, models_in_order
from denorm_assets.sql.session_zone import zone_sentences


def plan_system(database: Database, system: System, adopt: Collection[str] = ()) -> list[Step]:
    """All steps of `system` in order, those with nothing to do included. Changes nothing.

    `adopt` are the read models (`system/name`) that take over a table that is there already. One that fits the database
    no longer has a step `refused`, which says why, and is left out of all others. Raises DeclarationError
    where read models read each other or one of a later phase, and DefinitionError, NameTaken, NotAdoptable, NotInPlace,
    TargetIsSource, RowsHidden, SubscribedSource, DependedOn or StillInUse for what `apply` refuses.
    """
    ordered = models_in_order(system)
    with database.session(system.schema) as session:
        steps = [plan_control_schema(session)]
        works = {phase.name: plan_work(session, system, phase) for phase in system.phases}
        steps += [step for work in works.values() for step in work]
        waiting = _waiting(system, lambda phase: all(step.action == "keep" for step in works[phase.name]))
        unfit = unfit_models(session, system)
        require_all_rows(session, system, [*system.read_models, *map(as_read_model, system.caches)])
        for model, phase in waiting.items():
            name, why = f"{system.schema}.{model.name}", f"once {phase.name} is done, its definition can be read"
            steps.append(Step("view" if model.is_view else "table", name, "create", Stage.BEFORE_LOAD, why=why))
        for model, why in unfit.items():
            kind, name = "materialized view" if model.is_view else "table", f"{system.schema}.{model.name}"
            steps.append(Step(kind, name, "refused", Stage.BEFORE_LOAD, why=why))
        require_no_source(session, system, system.read_models)
        ready = [model for model in ordered if model not in waiting and model not in unfit]
        # Another process may apply the same at this moment.
        with session.rehearsal():
            foreseen = foresee(session, system, ready, adopt)
            steps += _plan_ready(session, system, foreseen)
    return _once_each(steps)


def _plan_ready(session: Session, system: System, foreseen: Foreseen) -> list[Step]:
    """The steps of a system whose phases' work is planned already, and whose tables are `foreseen`."""
    steps = [step for of_table in foreseen.steps.values() for step in of_table]
    registered = registrations(session, system)
    for described in foreseen.described:
        require_names_found(session, described)
        require_replication_seen(session, model_sources(session, described))
        steps += plan_capture(session, described)
    for described in foreseen.described:
        found, action = registered.get(described.model.name), foreseen.steps[described.model.name][-1].action
        live = found is not None and found.served
        steps += plan_indexes(session, described, live=live, afresh=action == "recreate")
        steps += plan_foreign_keys(session, described, released=action in REBUILDS)
    for phase in system.phases:
        require_own_phase_indexes(session, system, phase)
        steps += plan_phase_indexes(session, system, phase)
    described_caches = [describe_cache(session, system, cache) for cache in foreseen.caches]
    steps += plan_caches(session, system)
    for described in described_caches:
        require_replication_seen(session, model_sources(session, described))
        steps += plan_capture(session, described)
    return [*steps, *plan_drops(session, system, [*foreseen.described, *described_caches])]


def _once_each(steps: list[Step]) -> list[Step]:
    """One step per object: read models share sources, and what one of them needs there is done."""
    found: dict[tuple[str, str], Step] = {}
    for step in steps:
        held = found.setdefault((step.kind, step.name), step)
        if held.action == "keep":
            found[step.kind, step.name] = step
    return list(found.values())


def waiting_models(session: Session, system: System) -> dict[ReadModel, Phase]:
    """The read models whose sources may still change, each with the phase that has to be done before it."""
    return _waiting(system, lambda phase: is_done(session, system, phase))


def _waiting(system: System, done: Callable[[Phase], bool]) -> dict[ReadModel, Phase]:
    waiting: dict[ReadModel, Phase] = {}
    undone: Phase | None = None
    for phase in system.phases:
        if undone is None and not phase.by_hand and not done(phase):
            undone = phase
        if undone is not None:
            waiting |= dict.fromkeys(phase.read_models, undone)
    return waiting


def only_readable(database: Database, system: System) -> System:
    """The same system without the read models whose definitions cannot be read yet, or no more."""
    with database.session(system.schema) as session:
        waiting = {*waiting_models(session, system), *unfit_models(session, system)}
    phases = (
        replace(phase, read_models=tuple(model for model in phase.read_models if model not in waiting))
        for phase in system.phases
    )
    return replace(system, phases=tuple(phases)) if waiting else system


def create_phase(
    database: Database, system: System, phase: Phase, log: Callable[[str], None], consent: Consent = NO_CONSENT
) -> list[Step]:
    """Do a phase's work, create its tables and then its indexes; returns the steps.

    Raises what each does, and NoLongerFits in the end for read models that were left out.
    """
    with database.session(system.schema) as session:
        unfit = {model: why for model, why in unfit_models(session, system).items() if model in phase.read_models}
    steps = _create_phase(database, system, phase, log, consent, unfit)
    # Not before it is done: what fails may be aborted.
    with database.session() as session:
        note_applied(session, system)
    tell_unfit(system, unfit)
    return steps


def _create_phase(
    database: Database,
    system: System,
    phase: Phase,
    log: Callable[[str], None],
    consent: Consent,
    unfit: Collection[ReadModel],
) -> list[Step]:
    steps = do_work(database, system, phase, log)
    models = tuple(model for model in phase.read_models if model not in unfit)
    if models:
        steps += create_tables(database, system, models, log, consent)
    return [*steps, *build_phase_indexes(database, system, phase, log)]


def adoption(database: Database, system: System, model: ReadModel) -> str:
    """How the rows of the table that `model` is to adopt differ from its definition, in words."""
    with database.session(system.schema) as session:
        return rows_that_differ(session, describe(session, system, model))


def create_tables(
    database: Database,
    system: System,
    models: tuple[ReadModel, ...],
    log: Callable[[str], None],
    consent: Consent = NO_CONSENT,
) -> list[Step]:
    """Migrate the control schema, create the tables of `models` where they are missing, and register them.

    A read model that people read is brought to another version as a whole, and its indexes and foreign keys with it.
    Those that read others follow when these are as declared. How many rows of an adopted table differ is logged first.
    Doing it twice does nothing. Returns the steps. Raises DeclarationError, DefinitionError, NameTaken, NotAdoptable,
    NotInPlace, TargetIsSource, WouldBeLost, RowsHidden, SubscribedSource, DependedOn or MissingPrivilege with nothing
    changed, and whatever a rebuild raises.
    """
    models_in_order(system)
    layers = in_layers((system, model) for model in models)
    steps: list[Step] = []
    with database.session(system.schema) as session:
        require_no_source(session, system, models)
        if len(layers) > 1:
            with session.rehearsal():
                for name, of_table in foresee(session, system, models, consent.adopt).steps.items():
                    consent.require(f"{system.name}/{name}", of_table)
        for layer in layers:
            steps += _create_layer(database, session, system, [model for _, model in layer], log, consent)
        if any(step.action == "replace" for step in steps):
            # What was set aside for materialized views that are replaced too now.
            drop_leftovers(session, system, log)
    return _once_each(steps)


def _create_layer(
    database: Database,
    session: Session,
    system: System,
    models: Sequence[ReadModel],
    log: Callable[[str], None],
    consent: Consent,
) -> list[Step]:
    """The same for `models` that do not read each other, once those that they read are as declared."""
    described_models, altered = describe_again(session, system, models)
    for described in described_models:
        require_names_found(session, described)
        for sentence in zone_sentences(require_capturable(session, described).zoned):
            log(f"{described.full_name}: {sentence}")
    require_all_rows(session, system, models)
    for described in (each for each in described_models if each.full_name in consent.adopt):
        planned = plan_table(session, described, find_registration(session, system, described.model), adopt=True)
        if planned[-1].action == "adopt":
            log(f"table {described.table} is to be adopted: {rows_that_differ(session, described)}")
    steps, rebuilt, lines = trying_again(session)(_declare, session, system, described_models, altered, consent)
    for line in lines:
        log(line)
    # Before the first batch: what is written from now on is logged, and drained once everything is loaded.
    for described in described_models:
        steps += plan_capture(session, described)
        _capture(session, system, described, log, rebuilt=described in rebuilt)
    for described in rebuilt:
        rebuild_model(database, session, system, described, log)
    for described in rebuilt:
        steps += finish_model(database, system, described.model, log)
    return steps


def _declare(
    session: Session, system: System, described_models: list[DescribedModel], altered: Collection[str], consent: Consent
) -> tuple[list[Step], list[DescribedModel], list[str]]:
    """Create and register what nobody reads yet, in one transaction.

    Returns the steps, what is to be rebuilt, and what is to be logged now that the transaction has committed.
    """
    steps = [plan_control_schema(session)]
    rebuilt: list[DescribedModel] = []
    with session.transaction():
        lines = [f"control schema: applied {name}" for name in control_schema.migrate(session)]
        session.set_local(lock_timeout=session.short_lock_timeout)
        for described in (each for each in described_models if each.model.name in altered):
            forget_meaning(session, system, described.model)
            lines.append(f"{described.full_name}: its definition means something else since its sources changed")
        registered = registrations(session, system)
        for described in described_models:
            adopts = described.full_name in consent.adopt
            of_table = plan_table(session, described, registered.get(described.model.name), adopt=adopts)
            require_replaceable(session, described, of_table)
            consent.require(described.full_name, of_table)
            steps += of_table
            if of_table[-1].action in REBUILDS:
                require_loaded(session, described)
                rebuilt.append(described)
                continue
            if of_table[-1].action == "recreate":
                # In place of its first statement, the DROP.
                make_way(session, described, registered[described.model.name].model_id)
                of_table = [replace(of_table[-1], statements=of_table[-1].statements[1:])]
            for step in of_table:
                _create(session, system, step)
                report(lines.append, step)
            register(session, system, described)
            if of_table[-1].action in ("create", "recreate", "adopt"):
                forget_progress(session, system, described.model)
                capture_again(session, described.tables)
    return steps, rebuilt, lines


def _capture(
    session: Session, system: System, described: DescribedModel, log: Callable[[str], None], *, rebuilt: bool
) -> None:
    registered = registration(session, system, described.model)
    serves_old = registered.code_version != described.code_version
    install_capture(session, described, registered.model_id, log, serves_old=serves_old)
    # What is to be rebuilt goes live when it is: a view that reads a replaced table can be refreshed from that alone.
    if registered.state == "needs_rebuild" and not serves_old and not rebuilt:
        trying_again(session)(go_live_stale, session, described, registered.model_id)
        log(f"{described.full_name}: its sources changed their shape, the next refresh recomputes all rows")


def _create(session: Session, system: System, step: Step) -> None:
    try:
        for statement in step.statements:
            session.execute(statement)
    except pg.InvalidSchemaName as error:
        raise ConfigurationError(
            f"the schema {system.schema!r} of the system {system.name} does not exist. Create it first "
            f"(it is the application's own), or correct `schema` at {system.location}"
        ) from error


def _require_consent(database: Database, system: System, log: Callable[[str], None], consent: Consent) -> None:
    """Raises WouldBeLost where `apply_system` would lose something without `consent`, and what `plan_system` raises.

    An older control schema is migrated first: it does not tell yet what is ours.
    """
    with database.session(system.schema) as session:
        if control_schema.version(session) is not None:
            for name in control_schema.migrate(session):
                log(f"control schema: applied {name}")
    consent.require(system.name, plan_system(database, system, consent.adopt))


def apply_system(
    database: Database, system: System, log: Callable[[str], None], consent: Consent = NO_CONSENT
) -> list[Step]:
    """Do what `plan_system` shows, but for what has to wait for a load or for a person; returns the steps.

    Raises WouldBeLost where something would be lost without `consent`, and what `plan_system` raises, with nothing of
    the system changed; and what `create_phase` and `finish_model` raise. Read models that fit the database no longer
    are left as they are, and NoLongerFits names them in the end.
    """
    _require_consent(database, system, log, consent)
    with database.session(system.schema) as session:
        unfit = unfit_models(session, system)
    steps: list[Step] = []
    for phase in (phase for phase in system.phases if not phase.by_hand):
        steps += _create_phase(database, system, phase, log, consent, unfit)
    for model in models_in_order(system):
        if model not in unfit and is_loaded(database, system, model):
            steps += finish_model(database, system, model, log)
    steps += install_caches(database, system, log)
    with database.session(system.schema) as session:
        declared = [describe(session, system, model) for model in system.read_models if model not in unfit]
        declared += [describe_cache(session, system, cache) for cache in system.caches]
        steps += drop_undeclared(session, system, declared, log, consent)
        note_applied(session, system)
    tell_unfit(system, unfit)
    return _once_each(steps)
