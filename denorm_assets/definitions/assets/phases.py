"""Phases as assets: each creates the tables of its read models, empty; doing it twice does nothing."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import dagster as dg
from pydantic import Field

from denorm_assets.db.apply.apply import create_phase as create_phase_objects
from denorm_assets.db.apply.explain_models import explain_model
from denorm_assets.db.apply.explanation_tree import explanation_tree
from denorm_assets.db.control.confirmation import require_confirmed
from denorm_assets.db.control.declarations import require_not_superseded
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.plan.consent import Consent
from denorm_assets.db.postgres.session import Session
from denorm_assets.db.table_changes.phase_indexes import phase_indexes_used, phase_indexes_valid
from denorm_assets.db.table_changes.phase_work import IDENTIFIERS_EQUAL, check_identifiers, check_index_bytes
from denorm_assets.definitions.checks.combined import combined_blocking_result, combined_result
from denorm_assets.definitions.checks.phase_reports import report_made_true
from denorm_assets.definitions.dagster_failure import as_dagster_failure
from denorm_assets.definitions.events.columns import show_columns
from denorm_assets.definitions.events.metadata import steps_table
from denorm_assets.definitions.events.run_log import run_log
from denorm_assets.definitions.instance.target_database import open_database
from denorm_assets.definitions.names import Names, changed_tables, source_tables
from denorm_assets.errors import DenormError
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.schema_change import Fill, Switch
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.versions import phase_version

_BY_HAND = (
    "\n\nIt cannot be undone. Materialize it by itself, with the code that `denorm-assets plan` shows as `confirm` in "
    "the launchpad (shift-click on *Materialize*); without the code, it changes nothing and fails."
)


class PhaseConfig(dg.Config):
    """What a person agrees to, beyond what a phase does by itself."""

    adopt: list[str] = Field(
        default=[],
        description="Read models (system/name) that take over the table that has their name. The backfill makes its "
        "rows those of the definition; the run's log says how many differ.",
    )
    drop: bool = Field(
        default=False,
        description="true: drop columns that people read, or rows that were loaded, where a new definition needs it.",
    )

    back: bool = Field(default=False, description="true: go back to this declaration, after a later one was applied.")

    def consent(self) -> Consent:
        """The same for the database layer."""
        return Consent(frozenset(self.adopt), loss=self.drop)


class ByHandConfig(PhaseConfig):
    """Confirmation."""

    confirm: str = Field(default="", description="The code that `denorm-assets plan` shows: do it, for good.")


def phase_inputs(names: Names, system: System, phase: Phase, previous: Phase | None) -> list[dg.AssetKey]:
    """What the asset of a phase follows: the phase before it, what it reads, and phases elsewhere that create that."""
    read = dict.fromkeys(table for model in phase.read_models for table in source_tables(model))
    deps: dict[dg.AssetKey, None] = {}
    for table in read:
        found = names.holder_of(system, table)
        if found is None:
            deps[names.source_key(system, table)] = None
        elif found[0] is not system:
            deps |= dict.fromkeys(
                names.phase_key(found[0], each) for each in found[0].phases if found[1] in each.read_models
            )
        # Tables of its own read models are created by this phase, or by one before it.
    # What follows the first change follows its phase.
    deps |= dict.fromkeys(names.source_key(system, table) for table in changed_tables(phase))
    if previous is not None:
        deps[names.phase_key(system, previous)] = None
    if phase.by_hand and system.cutover is not None:
        deps[names.cutover_key(system)] = None
    return [*deps]


def _explanation(session: Session, system: System, model: ReadModel) -> dg.MarkdownMetadataValue:
    """How changes of its sources reach a read model, as `denorm-assets explain` draws it."""
    explained = explain_model(session, system, describe(session, system, model))
    return dg.MetadataValue.md("\n".join(["```text", *explanation_tree(explained), "```"]))


def phase_asset(names: Names, system: System, phase: Phase, previous: Phase | None) -> dg.AssetsDefinition:
    """The asset of one phase."""
    # As data version, too: doing it again puts nothing downstream out of date unless a definition changed.
    versions = phase_version(system, phase)

    def create(context: dg.AssetExecutionContext, config: PhaseConfig) -> dg.MaterializeResult[Any]:
        with as_dagster_failure(context), run_log(context), open_database(context, names) as target:
            if not config.back:
                with target.session() as session:
                    require_not_superseded(session, system)
            steps = create_phase_objects(target, system, phase, config.consent())
            report_made_true(names, context.instance, target, system, system.read_models)
            explanations: dict[str, dg.MetadataValue[Any]] = {}
            # One session, which parses each definition once.
            with target.session(system.schema) as session:
                for model in phase.read_models:
                    # After the phase has done its work, what is only for the eye fails no run.
                    with suppress(DenormError):
                        show_columns(names, session, system, model, context.instance)
                        explanations[f"how changes reach {model.name}"] = _explanation(session, system, model)
        metadata = {"steps": steps_table(steps), **explanations}
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(versions))

    decorate = dg.asset(
        required_resource_keys=names.resource_keys,
        key=names.phase_key(system, phase),
        group_name=system.name,
        description=phase.description + (_BY_HAND if phase.by_hand else ""),
        deps=phase_inputs(names, system, phase, previous),
        code_version=versions,
        kinds={"postgres", "schema"},
        owners=system.owners,
    )
    if not phase.by_hand:

        @decorate
        def create_phase(context: dg.AssetExecutionContext, config: PhaseConfig) -> dg.MaterializeResult[Any]:
            return create(context, config)

        return create_phase

    @decorate
    def create_by_hand(context: dg.AssetExecutionContext, config: ByHandConfig) -> dg.MaterializeResult[Any]:
        with as_dagster_failure(context), open_database(context, names) as target:
            require_confirmed(target, system, phase, config.confirm)
        return create(context, config)

    return create_by_hand


def phase_checks(names: Names, system: System, phase: Phase) -> list[dg.AssetChecksDefinition]:
    """The checks of a phase's indexes and of its work; none where it has neither."""
    checks: list[dg.AssetChecksDefinition] = []
    if phase.indexes:
        described = "Every index of the phase exists and is valid, and EXPLAIN shows it in the query it is for."
        checks.append(_check(names, system, phase, "indexes", described, phase_indexes_valid, phase_indexes_used))
    if isinstance(phase.work, Fill | Switch):
        described = "The uuid columns say what the text ones do, in every row; with the average bytes of both."
        looks = [check_identifiers, check_index_bytes] if isinstance(phase.work, Switch) else [check_identifiers]
        checks.append(_check(names, system, phase, IDENTIFIERS_EQUAL, described, *looks, blocking=True))
    return checks


def _check(
    names: Names,
    system: System,
    phase: Phase,
    name: str,
    description: str,
    *looks: Callable[[Session, System, Phase], CheckResult],
    blocking: bool = False,
) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=names.phase_key(system, phase),
        name=name,
        description=description,
        blocking=blocking,
        required_resource_keys=names.resource_keys,
    )
    def run_check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with (
            as_dagster_failure(context),
            open_database(context, names) as target,
            target.session(system.schema) as session,
        ):
            results = [look(session, system, phase) for look in looks]
        if blocking:
            return combined_blocking_result(names, context, name, results)
        return combined_result(names, name, results)

    return run_check
