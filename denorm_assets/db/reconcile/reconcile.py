"""Reconciling a read model: compare segment by segment, find what drifted, repair it, and write down what was done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from denorm_assets.db.control import control_schema
from denorm_assets.db.control.audit_log import AUDIT_DAYS
from denorm_assets.db.control.feature_flags import flag_turned_off
from denorm_assets.db.control.locks import held_at_once, holder, reconcile_lock
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import Registration, current_registration
from denorm_assets.db.introspection.changed_sources import changed_sources
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.reconcile.reconciliation import Reconciliation
from denorm_assets.errors import ReconcileUnderWay
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

Chosen = tuple[System, ReadModel]

_LONG_AGO = timedelta(days=2)
"""Of a nightly job, so much means that one was missed."""


def reconcile_model(
    database: Database, system: System, model: ReadModel, options: ReconcileOptions, deadline: float | None = None
) -> Reconciled:
    """Compare `model` with its definition, repair it where `options` say so, and write down the outcome.

    What was compared longest ago comes first. No further segment is begun after `deadline` (by time.monotonic());
    segments that are left are the first ones next time.

    Raises DefinitionError, NotApplied, BadRange or ReconcileUnderWay.
    """
    with database.session(system.schema) as session:
        described = describe(session, system, model)
        registered = current_registration(session, system, described)
        if registered.state != "live":
            return _not_live(session, described, registered, options)
        lock = reconcile_lock(registered.model_id)
        with held_at_once(session, lock) as alone:
            if not alone:
                raise ReconcileUnderWay(described.full_name, holder(session, lock))
            mode = "repair" if options.repair else "detect"
            begun = session.one(query("reconcile", "begin", model_id=registered.model_id, mode=mode))
            work = Reconciliation(session, system, described, registered, options, begun["id"], deadline)
            done = work.view() if described.model.is_view else work.segments()
            done = replace(done, flag_off=flag_turned_off(session, system, done.check()))
            figures = {
                "passed": None if done.nothing_known else done.passed,
                "summary": done.summary,
                "figures": json.dumps(done.figures),
            }
            session.execute(query("reconcile", "end", reconciliation_id=begun["id"], **figures))
            session.execute(query("reconcile", "prune", model_id=registered.model_id, days=AUDIT_DAYS))
    return done


def longest_ago_first(database: Database, chosen: Sequence[Chosen]) -> list[Chosen]:
    """The same read models by when each was last begun to be reconciled, so that a short time is shared by all."""
    with database.session() as session:
        begun = {
            (row["system"], row["name"]): row["begun_at"]
            for row in (session.rows(query("reconcile", "last_begun")) if control_schema.installed(session) else [])
        }
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(chosen, key=lambda each: begun.get((each[0].name, each[1].name), never))


def last_reconciliation(session: Session, full_name: str, registered: Registration) -> CheckResult:
    """What the last finished reconciliation of a read model said, as a check; a warning where that is long ago.

    What went live counts as compared, because that is what going live asks for.
    """
    if registered.state != "live":
        return CheckResult("reconciled", full_name, True, "not live yet: what is loaded is compared by itself")
    row = session.row(query("reconcile", "last", model_id=registered.model_id))
    now: datetime = session.one(query("models", "now"))["now"]
    since = row["ended_at"] if row is not None else registered.live_at
    if since is None or now - since > _LONG_AGO:
        when = "never" if row is None else f"last at {since:%Y-%m-%d %H:%M:%S} UTC"
        summary = (
            f"it was reconciled {when}; see that the schedule {full_name.partition('/')[0]}_nightly_reconcile runs, or "
            f"run `denorm-assets reconcile {full_name}`"
        )
        return CheckResult("reconciled", full_name, False, summary, warning_only=True)
    at = f"{since:%Y-%m-%d %H:%M:%S} UTC"
    if row is None:
        summary = f"compared when it went live at {at}; the nightly reconciliation follows"
        return CheckResult("reconciled", full_name, True, summary)
    if row["passed"] is False and (again := _loaded_since(session, registered, since)) is not None:
        summary = f"at {at} rows were wrong; all of it was loaded again and compared by {again:%Y-%m-%d %H:%M:%S} UTC"
        return CheckResult("reconciled", full_name, True, summary)
    passed, summary = row["passed"], f"At {at}: {row['summary']}"
    return CheckResult("reconciled", full_name, bool(passed), summary, (), row["figures"], warning_only=passed is None)


def _loaded_since(session: Session, registered: Registration, then: datetime) -> datetime | None:
    """When the last segment of the read model was loaded and compared, if all of them were since `then`."""
    progress = range_progress(session, registered.model_id)
    done = [item.done_at if item.done else None for item in progress] or [registered.whole_at]
    at = [each for each in done if each is not None and each > then]
    return max(at) if len(at) == len(done) else None


def _not_live(
    session: Session, described: DescribedModel, registered: Registration, options: ReconcileOptions
) -> Reconciled:
    if registered.state == "needs_rebuild":
        changes = "; ".join(map(str, changed_sources(session, registered.model_id))) or "its sources changed"
        note = f"it needs a rebuild ({changes}): undo that, or run `denorm-assets apply` first"
        return Reconciled(described.full_name, options.repair, wrong=1, note=note)
    note = f"it is {registered.state}, not live: there is nothing to reconcile yet"
    return Reconciled(described.full_name, options.repair, note=note)
