"""Checks of a read model that no run of Dagster's made: what the shell found, and what holds after a load elsewhere."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import dagster as dg

from denorm_assets.db.control.registry import Registration, registration
from denorm_assets.db.control.told import (
    RecordedCheck,
    RecordedReconciliation,
    recorded_checks,
    recorded_reconciliation,
)
from denorm_assets.db.health.matches_definition import matches_as_recorded
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.reconcile.reconcile import last_reconciliation
from denorm_assets.definitions.checks.checks import (
    KEPT_FRESH,
    MATCHES_DEFINITION,
    MODEL_CHECKS,
    RECONCILED,
    asset_check_evaluation,
    report_check,
)
from denorm_assets.definitions.checks.phase_reports import NO_ORPHANS, answers, report_made_true
from denorm_assets.definitions.checks.refresh_reports import report_checks
from denorm_assets.definitions.events.freshness import confirmed
from denorm_assets.definitions.events.outcomes import FOUND_AT, Outcome, last_outcomes
from denorm_assets.definitions.events.shown import reconciliation_tag, shows_reconciliation
from denorm_assets.definitions.names import Names
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

_RECORDED_AT = "recorded at"
"""Metadata of an evaluation: when PostgreSQL recorded what it says, by which it is known to be shown."""


def clock_skew(session: Session) -> float:
    """By how many seconds the clock here is ahead of that of PostgreSQL."""
    now: datetime = session.one(query("models", "now"))["now"]
    return time.time() - now.timestamp()


def report_recorded(
    names: Names, instance: dg.DagsterInstance, database: Database, system: System, model: ReadModel, *, loaded: bool
) -> list[str]:
    """Report what the shell's checks and reconciliations found and Dagster does not show; returns the checks' names.

    Where rows were just shown as `loaded`, what holds now as well. A check that ran in Dagster since says more.
    """
    key = names.model_key(system, model)
    checks = [check for name in (KEPT_FRESH, *MODEL_CHECKS) if names.includes(check := dg.AssetCheckKey(key, name))]
    wanted = {check.name for check in checks if check.name != NO_ORPHANS or model.references}
    outcomes = {check.name: outcome for check, outcome in last_outcomes(instance, checks).items()}
    # A tick that was killed may have shown the rows, and no check of them.
    unsaid = wanted - {NO_ORPHANS} - outcomes.keys()
    loaded = loaded or bool(unsaid and instance.fetch_materializations(key, limit=1).records)
    with database.session(system.schema) as session:
        registered, skew = registration(session, system, model), clock_skew(session)
        found = {
            each.result.name: (_in_the_shell(each), each.checked_at)
            for each in recorded_checks(session, registered.model_id)
            if each.result.name in wanted and not _is_shown(outcomes.get(each.result.name), each.checked_at, skew)
        }
        reconciliation = recorded_reconciliation(session, registered.model_id) if RECONCILED in wanted else None
        if reconciliation is not None and _is_shown(outcomes.get(RECONCILED), reconciliation.ended_at, skew):
            reconciliation = None
        if reconciliation is not None:
            result = last_reconciliation(session, f"{system.name}/{model.name}", registered)
            found[RECONCILED] = result, reconciliation.ended_at
        as_loaded = None
        if loaded and MATCHES_DEFINITION in unsaid - found.keys():
            as_loaded = _as_loaded(session, describe(session, system, model), registered)
    complete = reconciliation is not None and reconciliation.complete
    if reconciliation is not None and complete:
        _confirm(names, instance, system, model, reconciliation)
    for result, recorded_at in found.values():
        at: dict[str, dg.MetadataValue[Any]] = {
            _RECORDED_AT: dg.MetadataValue.text(recorded_at.isoformat()),
            FOUND_AT: dg.MetadataValue.timestamp(recorded_at.timestamp() + skew),
        }
        report_check(names, instance, asset_check_evaluation(names, key, result, **at))
    if as_loaded is not None:
        report_check(names, instance, asset_check_evaluation(names, key, as_loaded))
    if loaded or complete:
        unanswered = unsaid - {MATCHES_DEFINITION} - found.keys()
        for evaluation in answers(names, instance, database, system, model, unanswered):
            report_check(names, instance, evaluation)
        compared = reconciliation.summary if reconciliation is not None and complete else ""
        report_made_true(names, instance, database, system, [model], compared=compared)
        report_checks(names, instance, database, system, model)
    return sorted(found)


def _in_the_shell(recorded: RecordedCheck) -> CheckResult:
    at = f"{recorded.checked_at:%Y-%m-%d %H:%M:%S} UTC"
    return replace(recorded.result, summary=f"In the shell at {at}: {recorded.result.summary}")


def _is_shown(outcome: Outcome | None, recorded_at: datetime, skew: float) -> bool:
    """Whether Dagster shows what was recorded then, or found something since."""
    if outcome is None:
        return False
    shown = outcome.evaluation.metadata.get(_RECORDED_AT)
    if shown is not None and shown.value == recorded_at.isoformat():
        return True
    return outcome.evaluated_at >= recorded_at.timestamp() + skew


def _confirm(
    names: Names, instance: dg.DagsterInstance, system: System, model: ReadModel, found: RecordedReconciliation
) -> None:
    """Show that all rows were compared, once: freshness counts from that."""
    number = found.reconciliation_id
    if not shows_reconciliation(instance, names.model_key(system, model), number):
        event = confirmed(names, instance, system, model, found.summary, reconciliation_tag(number))
        instance.report_runless_asset_event(event)


def _as_loaded(session: Session, described: DescribedModel, registered: Registration) -> CheckResult:
    if described.drivers:
        return matches_as_recorded(session, described, registered)
    at = "" if registered.whole_at is None else f" at {registered.whole_at:%Y-%m-%d %H:%M:%S} UTC"
    summary = f"all rows were computed{at}; run this check by itself to compare everything now"
    figures: dict[str, int | float | str] = {"rows": registered.whole_rows or 0}
    return CheckResult(MATCHES_DEFINITION, described.full_name, True, summary, figures=figures)
