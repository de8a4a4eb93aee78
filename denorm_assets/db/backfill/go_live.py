"""What follows a load: indexes, foreign keys, the changes made meanwhile, a last comparison; then a model is live."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from denorm_assets.db.capture.declared import go_live, require_captured
from denorm_assets.db.changes.dispatch import dispatch_changes
from denorm_assets.db.changes.drain import drain
from denorm_assets.db.changes.refresh_log import refresh_at_once
from denorm_assets.db.compare.compare import compare_settled
from denorm_assets.db.control.index_ownership import require_own_indexes
from denorm_assets.db.control.locks import finishing_lock, held
from denorm_assets.db.control.ranges import list_ranges, range_progress
from denorm_assets.db.control.registry import Registration, current_registration, registration
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.plan.objects import Step, plan_foreign_keys, plan_indexes
from denorm_assets.db.plan.run_steps import run_steps
from denorm_assets.db.plan.table_diff import require_table
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import BackfillIncomplete, RangeDiffers
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import tables
from denorm_assets.sql.rows.predicates import EVERY_ROW, in_range
from denorm_assets.sql.step import Stage

_LOG = logging.getLogger(__name__)
_BUILD_MEMORY = "256MB"


def is_loaded(database: Database, system: System, model: ReadModel) -> bool:
    """Whether all ranges of `model` are done, or it was loaded as a whole, at its present version."""
    with database.session(system.schema) as session:
        return _is_loaded(session, model, registration(session, system, model))


def _is_loaded(session: Session, model: ReadModel, registered: Registration) -> bool:
    if not model.driving:
        return registered.whole_version == registered.code_version
    progress = range_progress(session, registered.model_id)
    # What a live read model grew by was written by refreshes.
    return bool(progress) and all(item.done or item.grown for item in progress)


def plan_going_live(session: Session, described: DescribedModel, registered: Registration) -> list[Step]:
    """The step that declares a read model live that is loaded, and that nobody declared so yet."""
    if registered.served or not _is_loaded(session, described.model, registered):
        return []
    return [Step("read model", described.full_name, "go live", Stage.AFTER_LOAD)]


def finish_model(database: Database, system: System, model: ReadModel) -> list[Step]:
    """Build what comes after the load (indexes, foreign keys) and declare the read model live.

    Raises NotApplied or NeedsRebuild where declaration or table changed since, NotCaptured where changes of a source
    are not logged, BackfillIncomplete where a range is not done, UniqueIndexViolated or ForeignKeyViolated where the
    rows do not allow what is declared, RangeDiffers where the last comparison finds a difference that no pending change
    explains.
    """
    with database.session(system.schema) as session:
        described = describe(session, system, model)
        registered = current_registration(session, system, described)
        require_table(session, described, registered)
        require_own_indexes(session, described.table, model.indexes)
        _require_complete(session, described, registered)
        why = f"{described.full_name}: another process is building its indexes"
        # Not in a statement that waits for the lock: CREATE INDEX CONCURRENTLY would wait for that one.
        with held(session, finishing_lock(registered.model_id), why):
            live = registration(session, system, model).state == "live"
            if not live:
                require_captured(session, described, registered.model_id)
            session.set_session(maintenance_work_mem=_BUILD_MEMORY)
            steps = run_steps(
                lambda: plan_indexes(session, described, live=live), database, session, described.full_name
            )
            if not live:
                session.execute(tables.analyze(described))
            steps += _foreign_keys(database, session, described, registered)
            # What a view missed meanwhile has left a mark, and the next refresh follows it.
            if not live and not described.model.is_view:
                _catch_up(session, described, registered)
            retry_on_lock_timeout(session)(_go_live, session, described, registered)
        return steps


def _go_live(session: Session, described: DescribedModel, registered: Registration) -> None:
    with session.transaction():
        session.set_local(lock_timeout=session.yielding_lock_timeout)
        go_live(session, require_captured(session, described, registered.model_id))


def _foreign_keys(
    database: Database, session: Session, described: DescribedModel, registered: Registration
) -> list[Step]:
    def plan() -> list[Step]:
        return plan_foreign_keys(session, described)

    def plan_adding() -> list[Step]:
        return [replace(step, statements=step.statements[:1]) for step in plan() if step.action == "create"]

    steps = plan()
    if any(step.action != "keep" for step in steps):
        run_steps(plan_adding, database, session, described.full_name)
        session.set_session(lock_timeout=session.yielding_lock_timeout)
        # What was deleted while there were none leaves rows behind that only a drain takes away.
        refresh_at_once(session, described, registered.model_id, drain)
    run_steps(plan, database, session, described.full_name)
    return steps


def _catch_up(session: Session, described: DescribedModel, registered: Registration) -> None:
    """Drain what changed while the read model was loaded, and compare it once more. Raises RangeDiffers."""
    dispatch_changes(session)
    now: datetime = session.one(query("models", "now"))["now"]
    done = drain(session, described, registered.model_id, now)
    if done is not None and done.anchors != 0:
        _LOG.info(
            "%s: caught up with the changes made meanwhile, %s rows written", described.full_name, done.rows_written
        )
    segments = [
        (id_range.key, in_range(described, id_range))
        for id_range in list_ranges(session, registered.range_set, described.drivers)
    ]
    for key, within in segments if described.drivers else [("as a whole", EVERY_ROW)]:
        comparison = compare_settled(session, described, within, registered.model_id)
        # Where everything became stale meanwhile, the refresh that follows recomputes it.
        if comparison.wrong:
            raise RangeDiffers(described.full_name, key, str(comparison))


def _require_complete(session: Session, described: DescribedModel, registered: Registration) -> None:
    if not described.drivers:
        if registered.whole_version != registered.code_version:
            raise BackfillIncomplete(described.full_name, [], None)
        return
    progress = range_progress(session, registered.model_id)
    # What a live read model grew by was written by refreshes.
    missing = [item.key for item in progress if not item.done and not item.grown]
    if missing or not progress:
        raise BackfillIncomplete(described.full_name, missing, len(progress))
