"""Checks reported without a run of theirs: what a repair made true, and what a cancelled run left hidden."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime

import dagster as dg

from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import registration
from denorm_assets.db.health import checks
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
    backfill_complete,
    report_check,
)
from denorm_assets.definitions.checks.refresh_reports import kept_fresh_evaluation
from denorm_assets.definitions.events.outcomes import Outcome, hidden_checks, last_outcomes
from denorm_assets.definitions.names import Names
from denorm_assets.errors import DenormError
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System

NO_ORPHANS, BACKFILL_COMPLETE = "no_orphans", "backfill_complete"


def report_made_true(
    names: Names,
    instance: dg.DagsterInstance,
    database: Database,
    system: System,
    models: Iterable[ReadModel],
    *,
    compared: str = "",
) -> None:
    """After a repair, report the checks of `models` that failed last, or that a cancelled run hides, and that pass now.

    `compared` says that all rows were compared, and equal the definition.
    """
    for model in models:
        key = names.model_key(system, model)
        keys = [dg.AssetCheckKey(key, name) for name in (KEPT_FRESH, *MODEL_CHECKS)]
        outcomes = {check.name: outcome for check, outcome in last_outcomes(instance, keys).items()}
        asked = {name for name, outcome in outcomes.items() if not outcome.evaluation.passed}
        asked |= {check.name for check in hidden_checks(instance, keys)}
        found = answers(names, instance, database, system, model, asked)
        if MATCHES_DEFINITION in asked:
            said = compared or _loaded_again(database, system, model, outcomes.get(MATCHES_DEFINITION))
            result = CheckResult(MATCHES_DEFINITION, f"{system.name}/{model.name}", bool(said), said)
            found.append(asset_check_evaluation(names, key, result))
        for evaluation in found:
            if evaluation.passed:
                report_check(names, instance, evaluation)


def report_hidden(
    names: Names, instance: dg.DagsterInstance, database: Database, system: System, keys: Iterable[dg.AssetCheckKey]
) -> list[str]:
    """Report those of `keys` again that a cancelled run hides; returns which.

    What reads rows is as it was, because a tick may not take long; where it never was looked at, nightly runs do so.
    """
    hidden = hidden_checks(instance, keys)
    outcomes = last_outcomes(instance, hidden)
    reported: list[dg.AssetCheckEvaluation] = []
    for model in system.read_models:
        of_model = {key.name for key in hidden if key.asset_key == names.model_key(system, model)}
        reported += answers(names, instance, database, system, model, of_model - {NO_ORPHANS})
    answered = {evaluation.asset_check_key for evaluation in reported}
    reported += [outcome.said_again() for key, outcome in outcomes.items() if key not in answered]
    for evaluation in reported:
        instance.report_runless_asset_event(evaluation)
    return [evaluation.asset_check_key.to_user_string() for evaluation in reported]


def answers(
    names: Names,
    instance: dg.DagsterInstance,
    database: Database,
    system: System,
    model: ReadModel,
    asked: Collection[str],
) -> list[dg.AssetCheckEvaluation]:
    """The checks `asked` of `model` as of now, without the comparison of rows, and without what cannot be answered."""
    key, found = names.model_key(system, model), list[dg.AssetCheckEvaluation]()
    with suppress(DenormError):
        if KEPT_FRESH in asked:
            found.append(kept_fresh_evaluation(names, database, system, model))
        if not {*asked} - {KEPT_FRESH, MATCHES_DEFINITION}:
            return found
        with database.session(system.schema) as session:
            described, registered = describe(session, system, model), registration(session, system, model)
            results = {
                NO_ORPHANS: lambda: checks.no_orphans(session, described),
                BACKFILL_COMPLETE: lambda: backfill_complete(instance, key, session, described, registered),
                RECONCILED: lambda: last_reconciliation(session, described.full_name, registered),
            }
            found += [asset_check_evaluation(names, key, answer()) for name, answer in results.items() if name in asked]
    return found


def _loaded_again(database: Database, system: System, model: ReadModel, failed: Outcome | None) -> str:
    """Says that each range was loaded and compared since that differed when `failed`; empty where not."""
    if failed is None:
        return ""
    listed = failed.evaluation.metadata.get(checks.RANGES_TO_LOAD)
    count = failed.evaluation.metadata.get("ranges that differ")
    differed = set(str(listed.value).split(", ")) if listed else set[str]()
    if not differed or count is None or count.value != len(differed):
        return ""
    then = datetime.fromtimestamp(failed.evaluated_at, UTC)
    with database.session(system.schema) as session:
        since = _done_since(session, registration(session, system, model).model_id, then)
    return f"{len(differed)} ranges that differed were loaded again and compared since" if differed <= since else ""


def _done_since(session: Session, model_id: int, then: datetime) -> set[str]:
    return {
        item.key for item in range_progress(session, model_id) if item.done and item.done_at and item.done_at > then
    }
