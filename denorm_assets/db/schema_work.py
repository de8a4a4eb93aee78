"""Doing planned schema work: tables before the load, indexes and foreign keys after it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from psycopg import errors as pg
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from denorm_assets.db import control_schema
from denorm_assets.db.description import describe
from denorm_assets.db.failures import TRANSIENT
from denorm_assets.db.planning import Step, plan_control_schema, plan_foreign_keys, plan_indexes, plan_table
from denorm_assets.db.ranges import range_progress
from denorm_assets.db.registry import Registration, find_registration, register, registration, set_state
from denorm_assets.db.session import Database, Session
from denorm_assets.errors import BackfillIncomplete, ForeignKeyViolated
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql import tables

_LOCK_TIMEOUT = "100ms"
_BUILD_MEMORY = "256MB"


def plan_system(database: Database, system: System) -> list[Step]:
    """All steps of `system` in order, those with nothing to do included. Changes nothing."""
    with database.session(system.schema) as session:
        steps = [plan_control_schema(session)]
        described_models = [describe(session, system, model) for model in system.read_models]
        steps += [plan_table(session, described) for described in described_models]
        for described in described_models:
            found = find_registration(session, system, described.model)
            live = found is not None and found.state == "live"
            steps += [*plan_indexes(session, described, live=live), *plan_foreign_keys(session, described)]
        return steps


def create_tables(
    database: Database, system: System, models: tuple[ReadModel, ...], log: Callable[[str], None]
) -> list[Step]:
    """Migrate the control schema, create the tables of `models` where they are missing, and register them.

    Doing it twice does nothing. Returns the steps. Raises DefinitionError, NeedsRebuild or MissingPrivilege, with
    nothing changed.
    """
    with database.session(system.schema) as session:
        described_models = [describe(session, system, model) for model in models]
        steps = [plan_control_schema(session)]
        for name in control_schema.migrate(session):
            log(f"control schema: applied {name}")
        with session.transaction():
            for described in described_models:
                step = plan_table(session, described)
                for statement in step.statements:
                    session.execute(statement)
                register(session, system, described)
                log(f"{step.kind} {step.name}: {step.action}")
                steps.append(step)
        return steps


def apply_system(database: Database, system: System, log: Callable[[str], None]) -> list[Step]:
    """Create the tables of all phases, and finish the read models whose ranges are all done; returns the steps."""
    steps: list[Step] = []
    for phase in system.phases:
        steps += create_tables(database, system, phase.read_models, log)
    for model in system.read_models:
        if is_loaded(database, system, model):
            steps += finish_model(database, system, model, log)
    return list({(step.kind, step.name): step for step in steps}.values())


def is_loaded(database: Database, system: System, model: ReadModel) -> bool:
    """Whether all ranges of `model` are done."""
    with database.session(system.schema) as session:
        progress = range_progress(session, registration(session, system, model).model_id)
    return bool(progress) and all(item.done for item in progress)


def finish_model(database: Database, system: System, model: ReadModel, log: Callable[[str], None]) -> list[Step]:
    """Build what comes after the load (indexes, foreign keys) and declare the read model live.

    Raises BackfillIncomplete where a range is not done, ForeignKeyViolated where rows refer to nothing.
    """
    with database.session(system.schema) as session:
        described = describe(session, system, model)
        registered = registration(session, system, model)
        _require_complete(session, described, registered)
        session.set_session(lock_timeout="0", maintenance_work_mem=_BUILD_MEMORY)
        live = registered.state == "live"
        steps = plan_indexes(session, described, live=live)
        for step in steps:
            _run(session, described, step, log)
        foreign_keys = plan_foreign_keys(session, described)
        session.set_session(lock_timeout=_LOCK_TIMEOUT)
        for step in foreign_keys:
            _run(session, described, step, log)
        if not live:
            session.execute(tables.analyze(described))
        set_state(session, registered.model_id, "live")
        return [*steps, *foreign_keys]


def _require_complete(session: Session, described: DescribedModel, registered: Registration) -> None:
    progress = range_progress(session, registered.model_id)
    missing = [item.key for item in progress if not item.done]
    if missing or not progress:
        raise BackfillIncomplete(described.full_name, missing, len(progress))


def _run(session: Session, described: DescribedModel, step: Step, log: Callable[[str], None]) -> None:
    retrying = Retrying(
        retry=retry_if_exception_type(TRANSIENT),
        stop=stop_after_attempt(50),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    )
    for statement in step.statements:
        try:
            retrying(session.execute, statement)
        except pg.ForeignKeyViolation as error:
            raise ForeignKeyViolated(described.full_name, step.name, _detail(error)) from error
    log(f"{step.kind} {step.name}: {step.action}")


def _detail(error: psycopg.Error) -> str:
    return error.diag.message_detail or str(error)
