"""Bringing a read model to another definition; people read the old rows until the new ones are compared."""

from __future__ import annotations

import psycopg

from denorm_assets.db.apply.activate_version import count_held, make_ranges, put_in_place
from denorm_assets.db.apply.preserve_attributes import attached
from denorm_assets.db.apply.replace import replace_relation
from denorm_assets.db.apply.uninstall import foreign_key_drops
from denorm_assets.db.capture.declared import require_captured
from denorm_assets.db.changes.drain import rebuild
from denorm_assets.db.compare.compare import compare
from denorm_assets.db.control.exclusive_access import alone_with
from denorm_assets.db.control.registry import registration
from denorm_assets.db.introspection.blockers import failure_reason
from denorm_assets.db.plan.make_way import dependents_left
from denorm_assets.db.plan.run_steps import log_step
from denorm_assets.db.plan.tables import plan_table
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DependedOn, KeyRepeated, RebuildFailed
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.system import System
from denorm_assets.sql.ddl import tables
from denorm_assets.sql.rows.predicates import EVERY_ROW
from denorm_assets.sql.rows.settled_digests import settled_digests
from denorm_assets.sql.step import Step

REBUILDS = ("rebuild", "replace")
"""Actions that wait until capture is installed for the new version."""
_ATTEMPTS = 3


def require_replaceable(session: Session, described: DescribedModel, steps: list[Step]) -> None:
    """Raises DependedOn where `steps` replace a relation on which something that is not ours depends."""
    if steps[-1].action not in ("replace", "recreate"):
        return
    others = [*dependents_left(session, described), *attached(session, described)]
    if others:
        raise DependedOn(described.full_name, str(described.table), others)


def rebuild_model(database: Database, session: Session, system: System, described: DescribedModel) -> None:
    """Rebuild the read model in place or beside, as `plan_table` says; capture is installed already.

    Interrupted anywhere, the old version is still the registered one, and doing it again goes on. Raises RebuildFailed,
    ReplaceBlocked, DependedOn or LockHeld; people then go on reading the old rows.
    """
    model_id = registration(session, system, described.model).model_id
    with alone_with(session, described.full_name, model_id):
        # Another process may have done it while we waited.
        steps = plan_table(session, described, registration(session, system, described.model))
        if steps[-1].action not in REBUILDS:
            return
        make_ranges(session, system, described)
        # Foreign keys come back once the rebuild is done. Until it commits, the application's deletions would wait for
        # it, and a table that is dropped would lock all that it refers to at once.
        for step in (*foreign_key_drops(session, described.table), *steps[:-1]):
            _in_short_tries(session, step)
            log_step(step)
        try:
            if steps[-1].action == "replace":
                replace_relation(database, session, system, described, model_id)
            else:
                _merge(session, system, described, model_id)
        except (*TRANSIENT, psycopg.OperationalError):
            raise
        except psycopg.Error as error:
            raise RebuildFailed(described.full_name, failure_reason(session, model_id, error)) from error
        log_step(steps[-1])


def _in_short_tries(session: Session, step: Step) -> None:
    for attempt in retry_on_lock_timeout(session):
        with attempt, session.transaction():
            session.set_local(lock_timeout=session.short_lock_timeout)
            for statement in step.statements:
                session.execute(statement)


class _Undetermined(Exception):
    """Everything became stale while the rows were being compared."""


def _merge(session: Session, system: System, described: DescribedModel, model_id: int) -> None:
    for last in (False,) * (_ATTEMPTS - 1) + (True,):
        try:
            for attempt in retry_on_lock_timeout(session):
                with attempt, session.transaction():
                    session.set_local(lock_timeout=session.yielding_lock_timeout)
                    rebuild(session, described, model_id)
                    _require_equal(session, described, model_id)
                    held = count_held(session, system, described)
                    put_in_place(session, system, require_captured(session, described, model_id), held)
                    session.execute(tables.comment_on_table(described))
            return
        except KeyRepeated as error:
            raise RebuildFailed(described.full_name, str(error)) from error
        except _Undetermined:
            if last:
                raise RebuildFailed(
                    described.full_name, "all of its rows kept becoming stale while they were compared"
                ) from None


def _require_equal(session: Session, described: DescribedModel, model_id: int) -> None:
    comparison = compare(session, described, EVERY_ROW)
    if comparison.equal:
        return
    found = session.one(settled_digests(described, model_id))
    if found["undetermined"]:
        raise _Undetermined
    if (found["defined_rows"], found["defined_checksum"]) != (found["held_rows"], found["held_checksum"]):
        raise RebuildFailed(described.full_name, f"the rows written differ from the definition ({comparison})")
