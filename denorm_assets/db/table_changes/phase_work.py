"""Changes of the application's own tables that a phase declares: planned from the catalog, done, compared, undone."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from psycopg import errors as pg

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.exclusive_access import alone_at_work
from denorm_assets.db.plan.run_steps import run_steps
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.soft_deletes.mark import apply_soft_deletes, plan_soft_deletes, tables_of
from denorm_assets.db.table_changes.soft_deletes.undo import plan_soft_delete_undo
from denorm_assets.db.table_changes.uuid_keys.columns import Tables, identifier_columns
from denorm_assets.db.table_changes.uuid_keys.contract import plan_contract, require_contractible
from denorm_assets.db.table_changes.uuid_keys.expand import in_step, plan_expand
from denorm_assets.db.table_changes.uuid_keys.fill import fill, identifiers_equal, plan_fill, require_equal
from denorm_assets.db.table_changes.uuid_keys.storage import index_bytes
from denorm_assets.db.table_changes.uuid_keys.switch import plan_switch
from denorm_assets.db.table_changes.uuid_keys.undo import plan_undo, require_undoable
from denorm_assets.errors import MarkedMeanwhile, WorkNotDone, WorkNotUndone
from denorm_assets.model.catalog.catalog_object import CatalogObject, State
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.schema_change import (
    Contract,
    Expand,
    Fill,
    Identifiers,
    IdentifierWork,
    SoftDeletes,
    Switch,
)
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.step import Step
from denorm_assets.sql.table_changes import soft_deletes, uuid_keys
from denorm_assets.sql.table_changes.soft_deletes import live_view

IDENTIFIERS_EQUAL = "identifiers_equal"


def plan_work(session: Session, system: System, phase: Phase) -> list[Step]:
    """The steps of a phase's work as the tables are now; none where it declares none. Raises IdentifierRefused."""
    match phase.work:
        case None:
            return []
        case SoftDeletes() as work:
            return [step for step in plan_soft_deletes(session, system, work) if step.kind != "control schema"]
        case work:
            return _plan_identifiers(session, system, work)


def _plan_identifiers(session: Session, system: System, work: IdentifierWork) -> list[Step]:
    tables = identifier_columns(session, system, work.identifiers)
    match work:
        case Expand():
            return plan_expand(session, tables)
        case Fill():
            return plan_fill(session, tables)
        case Switch():
            return plan_switch(session, tables)
        case Contract():
            return plan_contract(tables)


def do_work(database: Database, system: System, phase: Phase) -> list[Step]:
    """Do the work of a phase; returns the steps. Killed, the next call goes on; done twice, it does nothing.

    Raises WorkNotDone where another phase has to be done before, IdentifierRefused, CannotSoftDelete, IdentifiersDiffer
    or LockHeld.
    """
    if phase.work is None:
        return []
    with database.session(system.schema) as session:
        # What is refused is refused before the control schema is made, which has the lock.
        plan_work(session, system, phase)
        control_schema.migrate_told(session)
        with alone_at_work(session, system.name):
            if isinstance(phase.work, SoftDeletes):
                return apply_soft_deletes(database, system, phase.work)
            return _do_identifiers(database, session, system, f"{system.name}/{phase.name}", phase.work)


def _do_identifiers(
    database: Database, session: Session, system: System, owner: str, work: IdentifierWork
) -> list[Step]:
    tables = identifier_columns(session, system, work.identifiers)
    if not isinstance(work, Expand):
        _require_expanded(owner, tables)
    if isinstance(work, Fill):
        return fill(session, tables)
    if isinstance(work, Switch | Contract):
        require_equal(session, tables)
    if isinstance(work, Contract):
        require_contractible(session, owner, tables)
    return run_steps(lambda: _plan_identifiers(session, system, work), database, session, owner)


def _require_expanded(owner: str, tables: Tables) -> None:
    for table, columns in tables.items():
        for column in columns:
            if not column.has_uuid:
                raise WorkNotDone(owner, f"{table}.{column.twin.uuid} does not exist yet")


def work_objects(session: Session, system: System, phase: Phase, *, apply: str) -> list[CatalogObject]:
    """The triggers that a phase's work needs, and whether they are as they were made; `apply` is the remedy."""
    if not isinstance(phase.work, Expand):
        return []
    objects: list[CatalogObject] = []
    for table, columns in _undoable(session, system, phase.work.identifiers).items():
        state: State = "missing" if not all(column.has_uuid for column in columns) else "installed"
        if state == "installed" and not in_step(session, table, columns):
            state = "edited"
        remedy = "" if state == "installed" else apply
        objects.append(CatalogObject("identifier trigger", str(table), state, needed=True, remedy=remedy))
    return objects


def check_identifiers(session: Session, system: System, phase: Phase) -> CheckResult:
    """Whether text identifiers and the columns in their place say the same."""
    return identifiers_equal(session, f"{system.name}/{phase.name}", _tables_of(session, system, phase))


def check_index_bytes(session: Session, system: System, phase: Phase) -> CheckResult:
    """What the indexes of keys take on either kind of column; says so, and passes."""
    return index_bytes(session, f"{system.name}/{phase.name}", _tables_of(session, system, phase))


def _tables_of(session: Session, system: System, phase: Phase) -> Tables:
    assert isinstance(phase.work, IdentifierWork), "only such phases have these checks"
    return identifier_columns(session, system, phase.work.identifiers)


def undo_work(database: Database, system: System, phase: Phase) -> list[Step]:
    """Take back the work of a phase, and that of all phases about the same identifiers; returns the steps.

    Killed, the next call goes on. Raises WorkNotUndone, with nothing changed, LockHeld, or MarkedMeanwhile.
    """
    owner, work = f"{system.name}/{phase.name}", phase.work
    if work is None:
        raise _no_work(owner)
    with database.session(system.schema) as session, _alone_if_made(session, system):
        if isinstance(work, SoftDeletes):
            return _undo_soft_deletes(database, session, system, work)

        def tables() -> Tables:
            return identifier_columns(session, system, work.identifiers, refusing=False)

        require_undoable(session, owner, tables())
        return run_steps(lambda: plan_undo(session, tables()), database, session, owner)


def plan_undo_work(database: Database, system: System, phase: Phase) -> list[Step]:
    """What `undo_work` would do. Changes nothing. Raises WorkNotUndone."""
    owner, work = f"{system.name}/{phase.name}", phase.work
    if work is None:
        raise _no_work(owner)
    with database.session(system.schema) as session:
        if isinstance(work, SoftDeletes):
            return plan_soft_delete_undo(session, system, work)
        tables = identifier_columns(session, system, work.identifiers, refusing=False)
        require_undoable(session, owner, tables)
        return plan_undo(session, tables)


def _no_work(owner: str) -> WorkNotUndone:
    return WorkNotUndone(owner, "it changes no table of the application", "see `denorm-assets uninstall`")


@contextmanager
def _alone_if_made(session: Session, system: System) -> Generator[None]:
    """Hold the system's lock for the block. Without a control schema there is no lock, and hardly anything to undo."""
    if control_schema.version(session) is None:
        yield
        return
    control_schema.migrate_told(session)
    with alone_at_work(session, system.name):
        yield


def _undo_soft_deletes(database: Database, session: Session, system: System, work: SoftDeletes) -> list[Step]:
    try:
        return run_steps(lambda: plan_soft_delete_undo(session, system, work), database, session, system.name)
    except pg.RaiseException as error:
        raise MarkedMeanwhile(system.name, error.diag.message_primary or str(error)) from error


def work_functions(session: Session, system: System) -> list[str]:
    """Names of the functions in the control schema that a system's changes of tables need."""
    changed = [_undoable(session, system, each) for each in system.identifiers]
    marked = [table for work in system.soft_deletes for table in tables_of(system, work)]
    return [
        *(uuid_keys.function_name(table).parts[-1] for tables in changed for table in tables),
        *(soft_deletes.function_name(table) for table in marked),
    ]


def plan_undo_all(session: Session, system: System) -> list[Step]:
    """What `undo_all_work` would do. Changes nothing. Raises WorkNotUndone, also where rows are marked."""
    steps: list[Step] = []
    for work in system.soft_deletes:
        steps += plan_soft_delete_undo(session, system, work, uninstalling=True)
    going = {live_view(table) for work in system.soft_deletes for table in tables_of(system, work)}
    going |= {TableName(model.name, system.schema) for model in system.read_models}
    for each in system.identifiers:
        tables = _undoable(session, system, each)
        if tables:
            require_undoable(session, system.name, tables, but=going)
            steps += plan_undo(session, tables)
    return steps


def undo_all_work(database: Database, session: Session, system: System) -> None:
    """Take back all changes of the application's tables that can be; dropped text columns cannot. Raises LockHeld."""
    with alone_at_work(session, system.name):
        for work in system.soft_deletes:
            _undo_soft_deletes(database, session, system, work)
        for each in system.identifiers:

            def plan(each: Identifiers = each) -> list[Step]:
                return plan_undo(session, _undoable(session, system, each))

            run_steps(plan, database, session, system.name)


def _undoable(session: Session, system: System, declared: Identifiers) -> Tables:
    # Whatever else was dropped or changed meanwhile: what we did to the other tables is still there.
    tables = identifier_columns(session, system, declared, refusing=False)
    contracted = any(not column.has_text for columns in tables.values() for column in columns)
    return {} if contracted else tables
