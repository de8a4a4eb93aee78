"""Doing planned schema work: tables and capture before the load; what follows the load is in `finishing`."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import errors as pg

from denorm_assets.db import control_schema
from denorm_assets.db.capture import install_capture, require_capturable
from denorm_assets.db.description import describe
from denorm_assets.db.finishing import finish_model, is_loaded
from denorm_assets.db.phase_indexes import build_phase_indexes
from denorm_assets.db.planning import (
    Step,
    plan_capture,
    plan_control_schema,
    plan_foreign_keys,
    plan_indexes,
    plan_phase_indexes,
    plan_table,
)
from denorm_assets.db.registry import (
    find_registration,
    forget_progress,
    register,
    registration,
    set_state,
)
from denorm_assets.db.replacing import replace_relation
from denorm_assets.db.session import Database, Session
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.control import query


def plan_system(database: Database, system: System) -> list[Step]:
    """All steps of `system` in order, those with nothing to do included. Changes nothing."""
    with database.session(system.schema) as session:
        steps = [plan_control_schema(session)]
        described_models = [describe(session, system, model) for model in system.read_models]
        steps += [plan_table(session, described) for described in described_models]
        for described in described_models:
            steps += plan_capture(session, described)
        for described in described_models:
            found = find_registration(session, system, described.model)
            live = found is not None and found.state == "live"
            steps += [*plan_indexes(session, described, live=live), *plan_foreign_keys(session, described)]
        for phase in system.phases:
            steps += plan_phase_indexes(session, system, phase)
        return _once_each(steps)


def _once_each(steps: list[Step]) -> list[Step]:
    """One step per object: read models share sources, and what one of them needs there is done."""
    found: dict[tuple[str, str], Step] = {}
    for step in steps:
        held = found.setdefault((step.kind, step.name), step)
        if held.action == "keep":
            found[step.kind, step.name] = step
    return list(found.values())


def create_phase(database: Database, system: System, phase: Phase, log: Callable[[str], None]) -> list[Step]:
    """Create the tables of a phase and then its indexes; returns the steps. Raises what either does."""
    steps = create_tables(database, system, phase.read_models, log) if phase.read_models else []
    return [*steps, *build_phase_indexes(database, system, phase, log)]


def create_tables(
    database: Database, system: System, models: tuple[ReadModel, ...], log: Callable[[str], None]
) -> list[Step]:
    """Migrate the control schema, create the tables of `models` where they are missing, and register them.

    Doing it twice does nothing. Returns the steps. Raises DefinitionError, NeedsRebuild or MissingPrivilege, with
    nothing changed.
    """
    with database.session(system.schema) as session:
        described_models = [describe(session, system, model) for model in models]
        for described in described_models:
            require_capturable(session, described)
        steps = [plan_control_schema(session)]
        replaced: list[DescribedModel] = []
        with session.transaction():
            for name in control_schema.migrate(session):
                log(f"control schema: applied {name}")
            for described in described_models:
                step = plan_table(session, described)
                if step.action == "replace":
                    replaced.append(described)
                    continue
                _create(session, system, step)
                register(session, system, described)
                if step.action == "create":
                    forget_progress(session, system, described.model)
                log(f"{step.kind} {step.name}: {step.action}")
                steps.append(step)
        # Before the first batch: what is written from now on is logged, and drained once everything is loaded.
        for described in described_models:
            steps += plan_capture(session, described)
            _capture(session, system, described, log)
        for described in replaced:
            steps.append(plan_table(session, described))
            replace_relation(session, system, described, log)
        return steps


def _capture(session: Session, system: System, described: DescribedModel, log: Callable[[str], None]) -> None:
    registered = registration(session, system, described.model)
    install_capture(session, described, registered.model_id, log)
    if registered.state == "needs_rebuild":
        with session.transaction():
            session.execute(query("sources", "make_all_stale", model_id=registered.model_id))
            set_state(session, registered.model_id, "live")
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


def apply_system(database: Database, system: System, log: Callable[[str], None]) -> list[Step]:
    """Create the tables of all phases, and finish the read models whose ranges are all done; returns the steps."""
    steps: list[Step] = []
    for phase in system.phases:
        steps += create_phase(database, system, phase, log)
    for model in system.read_models:
        if is_loaded(database, system, model):
            steps += finish_model(database, system, model, log)
    return _once_each(steps)
