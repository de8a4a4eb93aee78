"""Asset checks: the database layer's checks with Dagster's words around them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import dagster as dg

from denorm_assets.db.capture.declared import model_capture
from denorm_assets.db.control.feature_flags import turn_off_if_wrong
from denorm_assets.db.control.ranges import range_progress
from denorm_assets.db.control.registry import Registration, registration
from denorm_assets.db.health import checks
from denorm_assets.db.health.kept_fresh import kept_fresh
from denorm_assets.db.health.matches_definition import matches_as_recorded, matches_definition
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.postgres.session import Session
from denorm_assets.definitions.checks.combined import combined_blocking_result
from denorm_assets.definitions.dagster_failure import AnyContext, as_dagster_failure, never_retry
from denorm_assets.definitions.events.advice import with_clicks
from denorm_assets.definitions.events.metadata import check_metadata
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import PARTITION_TAGS, Names
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System

KEPT_FRESH = "kept_fresh"
RECONCILED = "reconciled"
MATCHES_DEFINITION = "matches_definition"
INDEXES_AND_FOREIGN_KEYS = "indexes_and_foreign_keys"
MODEL_CHECKS = (MATCHES_DEFINITION, "no_orphans", "backfill_complete", RECONCILED)
"""Checks of a read model whose answers only a run finds, besides `KEPT_FRESH`."""

Check = Callable[[dg.AssetCheckExecutionContext, Session, DescribedModel, Registration], CheckResult]


def model_checks(names: Names, system: System, model: ReadModel) -> list[dg.AssetChecksDefinition]:
    """All checks of one read model."""
    loaded, finished = names.model_key(system, model), names.indexes_key(system, model)
    return [
        _check(
            names,
            system,
            model,
            loaded,
            MATCHES_DEFINITION,
            "Table and definition hold the same rows, compared range by range. In a run that loads partitions, it "
            "reports the comparisons made there; by itself, it compares everything anew.",
            _matches,
            blocking=True,
        ),
        *(
            [_check(names, system, model, loaded, "no_orphans", "Every reference finds its row.", _no_orphans)]
            if model.references
            else []
        ),
        _check(
            names,
            system,
            model,
            loaded,
            "backfill_complete",
            "Every range is done and compared, and Dagster's partitions say the same as PostgreSQL, which alone "
            "decides: wiping or reporting materializations by hand changes no data and is named here.",
            lambda context, session, described, registered: backfill_complete(
                context.instance, loaded, session, described, registered
            ),
        ),
        _kept_fresh_check(names, system, model, loaded),
        _indexes_check(names, system, model, finished),
    ]


def asset_check_result(names: Names, result: CheckResult, **more: dg.MetadataValue[Any]) -> dg.AssetCheckResult:
    """A check's outcome as Dagster shows it, with `more` metadata."""
    return dg.AssetCheckResult(
        check_name=result.name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.WARN if result.warning_only else dg.AssetCheckSeverity.ERROR,
        description=with_clicks(names, result),
        metadata={**check_metadata(result), **more},
    )


def blocking_check_result(
    names: Names, context: AnyContext, result: CheckResult, **more: dg.MetadataValue[Any]
) -> dg.AssetCheckResult:
    """The same for a blocking check: where it fails its run, that is an answer and no fault, and is not retried."""
    if not result.passed and not result.warning_only:
        never_retry(context)
    return asset_check_result(names, result, **more)


def asset_check_evaluation(
    names: Names, key: dg.AssetKey, result: CheckResult, **more: dg.MetadataValue[Any]
) -> dg.AssetCheckEvaluation:
    """The same for an outcome that no run of the check found."""
    return as_evaluation(key, asset_check_result(names, result, **more))


def as_evaluation(key: dg.AssetKey, shown: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """A result of a check of the asset `key` that no run of the check found."""
    assert shown.check_name is not None, "ours all have names"
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=shown.check_name,
        passed=shown.passed,
        severity=shown.severity,
        metadata=shown.metadata,
        description=shown.description,
    )


def report_check(names: Names, instance: dg.DagsterInstance, evaluation: dg.AssetCheckEvaluation) -> None:
    """Report the outcome of a check that no run of it found, unless the translator leaves that check out."""
    if names.includes(evaluation.asset_check_key):
        instance.report_runless_asset_event(evaluation)


def _check(
    names: Names,
    system: System,
    model: ReadModel,
    key: dg.AssetKey,
    name: str,
    description: str,
    evaluate: Check,
    *,
    blocking: bool = False,
) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key, name=name, description=description, blocking=blocking, required_resource_keys=names.resource_keys
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            described = describe(session, system, model)
            result = evaluate(context, session, described, registration(session, system, model))
            make_result = (
                partial(blocking_check_result, names, context) if blocking else partial(asset_check_result, names)
            )
            return make_result(turn_off_if_wrong(session, system, result))

    return run_check


def _indexes_check(names: Names, system: System, model: ReadModel, key: dg.AssetKey) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        required_resource_keys=names.resource_keys,
        asset=key,
        name=INDEXES_AND_FOREIGN_KEYS,
        description=(
            "Every declared index exists, is valid, and is the one declared; every foreign key that the declaration "
            "opts in to exists and is validated."
        ),
        blocking=True,
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            described = describe(session, system, model)
            # It raises NotApplied where there is nothing to look at.
            registration(session, system, model)
            results = [checks.indexes_valid(session, described), checks.foreign_keys_validated(session, described)]
            return combined_blocking_result(names, context, INDEXES_AND_FOREIGN_KEYS, results)

    return run_check


def _kept_fresh_check(names: Names, system: System, model: ReadModel, key: dg.AssetKey) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        required_resource_keys=names.resource_keys,
        asset=key,
        name=KEPT_FRESH,
        description=(
            "Changes of its sources reach it: their triggers are there, no anchor's rows fail, the last refresh "
            "succeeded. Reported again with each refresh."
        ),
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            name, registered = f"{system.name}/{model.name}", registration(session, system, model)
            capture = model_capture(session, system, model)
            return asset_check_result(names, kept_fresh(session, name, registered, capture))

    return run_check


def _loads_partitions(context: dg.AssetCheckExecutionContext) -> bool:
    return any(tag in context.run.tags for tag in PARTITION_TAGS)


def _matches(
    context: dg.AssetCheckExecutionContext, session: Session, described: DescribedModel, registered: Registration
) -> CheckResult:
    if _loads_partitions(context):
        return matches_as_recorded(session, described, registered)
    return matches_definition(session, described, registered)


def _no_orphans(
    _context: dg.AssetCheckExecutionContext, session: Session, described: DescribedModel, _registered: Registration
) -> CheckResult:
    return checks.no_orphans(session, described)


def backfill_complete(
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    session: Session,
    described: DescribedModel,
    registered: Registration,
) -> CheckResult:
    """The check of the database, with what Dagster believes of the asset and PostgreSQL does not, and vice versa."""
    result = checks.backfill_complete(session, described, registered)
    done = {item.key for item in range_progress(session, registered.model_id) if item.done}
    believed = instance.get_materialized_partitions(key)
    reported = sorted(believed - done)
    wiped = sorted(done - believed)
    if not reported and not wiped:
        return result
    notes: list[str] = []
    if reported:
        notes.append(f"Dagster shows {len(reported)} ranges as materialized that are not done ({reported[0]}, ...)")
    if wiped:
        shows = "which the ranges sensor shows"
        notes.append(f"{len(wiped)} ranges are done but not materialized in Dagster ({wiped[0]}, ...), {shows}")
    summary = f"{result.summary}. {'; '.join(notes)}. PostgreSQL decides; materialize those partitions to agree again"
    figures = {**result.figures, "reported by hand": len(reported), "wiped or done from the shell": len(wiped)}
    return CheckResult(result.name, result.model, False, summary, result.rows, figures, warning_only=True)
