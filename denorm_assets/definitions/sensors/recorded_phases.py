"""Showing phases and sets of ranges that the shell made."""

# Dagster leaves these of its types partly open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from denorm_assets.db.apply.catalog_drift import catalog_check
from denorm_assets.db.control.ranges import range_keys
from denorm_assets.db.control.registry import Registration
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_work import plan_work
from denorm_assets.definitions.assets.phases import phase_inputs
from denorm_assets.definitions.checks.checks import asset_check_evaluation, report_check
from denorm_assets.definitions.events.range_events import as_it_stands, is_shown_at
from denorm_assets.definitions.names import Names, models_by_range_set
from denorm_assets.errors import DenormError
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.versions import phase_version

BY_NOBODY = "by no run of Dagster"


def show_phases(
    names: Names,
    database: Database,
    system: System,
    registered: Mapping[str, Registration],
    instance: dg.DagsterInstance,
) -> tuple[list[str], bool]:
    """Show phases that are done, each after the one before it; says which, and whether none is left but by hand.

    `registered` are the read models whose declared version is registered.
    """
    said: list[str] = []
    for previous, phase in zip([None, *system.phases], system.phases, strict=False):
        key, version = names.phase_key(system, phase), phase_version(system, phase)
        if is_shown_at(instance, key, version):
            continue
        if phase.by_hand:
            break
        catalog = _catalog_of_done(database, system, phase, registered)
        if catalog is None:
            return said, False
        inputs = phase_inputs(names, system, phase, previous)
        found = f"applied {BY_NOBODY}: {catalog.summary}"
        instance.report_runless_asset_event(as_it_stands(instance, key, version, inputs, found))
        report_check(names, instance, asset_check_evaluation(names, key, catalog))
        said.append(f"showed {phase.name}, applied {BY_NOBODY}")
    return said, True


def _catalog_of_done(
    database: Database, system: System, phase: Phase, registered: Mapping[str, Registration]
) -> CheckResult | None:
    """What the check of the catalog finds, where the phase has nothing left to do; None where it has, or may have."""
    if any(model.name not in registered for model in phase.read_models):
        return None
    try:
        with database.session(system.schema) as session:
            catalog = catalog_check(session, system, phase)
            left = [step for step in plan_work(session, system, phase) if step.action != "keep"]
    except DenormError:
        return None
    return catalog if not left and (catalog.passed or catalog.warning_only) else None


def show_range_sets(
    names: Names,
    database: Database,
    system: System,
    registered: Mapping[str, Registration],
    instance: dg.DagsterInstance,
) -> None:
    """Show the sets of ranges that are there."""
    for range_set, models in models_by_range_set(system).items():
        key = names.ranges_key(system, range_set)
        if models[0].name not in registered or is_shown_at(instance, key, range_set):
            continue
        with database.session(system.schema) as session:
            count = len(range_keys(session, range_set))
        phases = [phase for phase in system.phases if set(models) & set(phase.read_models)]
        inputs = [names.phase_key(system, phase) for phase in phases]
        if count:
            found = f"{count:,} ranges, made {BY_NOBODY}"
            instance.report_runless_asset_event(as_it_stands(instance, key, range_set, inputs, found))
