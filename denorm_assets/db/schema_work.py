"""Doing planned schema work: tables before the load, indexes and foreign keys after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from denorm_assets.db import control_schema
from denorm_assets.db.description import describe
from denorm_assets.db.failures import TRANSIENT
from denorm_assets.db.planning import (
    Step,
    plan_control_schema,
    plan_foreign_keys,
    plan_indexes,
    plan_table,
    require_table,
)
from denorm_assets.db.ranges import range_progress
from denorm_assets.db.registry import (
    Registration,
    current_registration,
    find_registration,
    forget_progress,
    register,
    registration,
    set_state,
)
from denorm_assets.db.session import Database, Session
from denorm_assets.errors import BackfillIncomplete, ConfigurationError, ForeignKeyViolated, UniqueIndexViolated
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql import tables
from denorm_assets.sql.control import query

_LOCK_TIMEOUT = "100ms"
_BUILD_MEMORY = "256MB"
_POLL_SECONDS = 0.25


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
        with session.transaction():
            for name in control_schema.migrate(session):
                log(f"control schema: applied {name}")
            for described in described_models:
                step = plan_table(session, described)
                _create(session, system, step)
                register(session, system, described)
                if step.action == "create":
                    forget_progress(session, system, described.model)
                log(f"{step.kind} {step.name}: {step.action}")
                steps.append(step)
        return steps


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

    Raises NotApplied or NeedsRebuild where declaration or table changed since, BackfillIncomplete where a range is
    not done, UniqueIndexViolated or ForeignKeyViolated where the rows do not allow what is declared.
    """
    with database.session(system.schema) as session:
        described = describe(session, system, model)
        registered = current_registration(session, system, described)
        require_table(session, described)
        _require_complete(session, described, registered)
        with _alone(session, described, registered, log):
            live = registration(session, system, model).state == "live"
            session.set_session(maintenance_work_mem=_BUILD_MEMORY)
            steps = _work_through(lambda: plan_indexes(session, described, live=live), session, described, log)
            if not live:
                session.execute(tables.analyze(described))
            session.set_session(lock_timeout=_LOCK_TIMEOUT)
            steps += _work_through(lambda: plan_foreign_keys(session, described), session, described, log)
            set_state(session, registered.model_id, "live")
        return steps


@contextmanager
def _alone(
    session: Session, described: DescribedModel, registered: Registration, log: Callable[[str], None]
) -> Generator[None]:
    """Keep others from finishing the same read model meanwhile; waits for whoever does so already."""
    told = False
    # Asked again and again: a statement that waits for the lock would be one that CREATE INDEX CONCURRENTLY waits for.
    while not session.one(query("models", "begin_finishing", model_id=registered.model_id))["alone"]:
        if not told:
            log(f"{described.full_name}: another process is building its indexes, waiting")
            told = True
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        session.execute(query("models", "end_finishing", model_id=registered.model_id))


def _require_complete(session: Session, described: DescribedModel, registered: Registration) -> None:
    progress = range_progress(session, registered.model_id)
    missing = [item.key for item in progress if not item.done]
    if missing or not progress:
        raise BackfillIncomplete(described.full_name, missing, len(progress))


def _work_through(
    plan: Callable[[], list[Step]], session: Session, described: DescribedModel, log: Callable[[str], None]
) -> list[Step]:
    """Do the steps that `plan` yields; returns them.

    Plans anew after a deadlock or a lock timeout: CREATE INDEX CONCURRENTLY then leaves an invalid index behind.
    """
    first = plan()
    for attempt in Retrying(
        retry=retry_if_exception_type(TRANSIENT),
        stop=stop_after_attempt(50),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    ):
        with attempt:
            for step in plan() if attempt.retry_state.attempt_number > 1 else first:
                _run(session, described, step, log)
    return first


def _run(session: Session, described: DescribedModel, step: Step, log: Callable[[str], None]) -> None:
    try:
        for statement in step.statements:
            session.execute(statement)
    except pg.ForeignKeyViolation as error:
        raise ForeignKeyViolated(described.full_name, step.name, _detail(error)) from error
    except pg.UniqueViolation as error:
        raise UniqueIndexViolated(described.full_name, step.name, _detail(error)) from error
    log(f"{step.kind} {step.name}: {step.action}")


def _detail(error: psycopg.Error) -> str:
    return error.diag.message_detail or str(error)
