"""A refresh as Dagster shows it: a materialization of the read model, and the check that it is kept fresh."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from denorm_assets.db.checks import kept_fresh
from denorm_assets.db.description import describe
from denorm_assets.db.refreshing import Refreshed
from denorm_assets.db.registry import registration
from denorm_assets.db.session import Database
from denorm_assets.definitions.checks import KEPT_FRESH, asset_check_result
from denorm_assets.definitions.names import model_key


def refresh_materialization(refreshed: Refreshed) -> dg.AssetMaterialization | None:
    """The event of a refresh that did something; None where it failed or another driver was at it."""
    drained = refreshed.drained
    if drained is None:
        return None
    return dg.AssetMaterialization(
        model_key(refreshed.system, refreshed.model),
        description="refreshed from its pending changes",
        metadata={
            "anchors": "all of them" if drained.anchors is None else drained.anchors,
            "rows_written": drained.rows_written,
            "rows_removed": drained.rows_removed,
            "quarantined": drained.quarantined,
            "why": refreshed.decision.reason,
        },
    )


def kept_fresh_evaluation(database: Database, refreshed: Refreshed) -> dg.AssetCheckEvaluation:
    """The check's outcome after a refresh; it replaces the one shown before."""
    system, model = refreshed.system, refreshed.model
    with database.session(system.schema) as session:
        described = describe(session, system, model)
        result = asset_check_result(kept_fresh(session, described, registration(session, system, model)))
    return dg.AssetCheckEvaluation(
        asset_key=model_key(system, model),
        check_name=KEPT_FRESH,
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
        description=result.description,
    )


def report_runless(instance: dg.DagsterInstance, database: Database, refreshes: Sequence[Refreshed]) -> None:
    """Report refreshes that no run made, as the resident worker does."""
    for refreshed in refreshes:
        event = refresh_materialization(refreshed)
        if event is not None:
            instance.report_runless_asset_event(event)
        instance.report_runless_asset_event(kept_fresh_evaluation(database, refreshed))
