"""Creating the tables of read models, and having their sources captured; what follows the load is in `finishing`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from denorm_assets.db.apply.drop_undeclared import drop_leftovers
from denorm_assets.db.apply.foresee import foresee
from denorm_assets.db.apply.rebuild import REBUILDS, rebuild_model, require_replaceable
from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.capture.declared import go_live_stale
from denorm_assets.db.capture.install import (
    capture_again,
    install_capture,
    require_capturable,
    require_replication_seen,
)
from denorm_assets.db.capture.objects import NO_NEEDS, Declared, Needs
from denorm_assets.db.capture.plan import CapturePlan
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.protected_tables import require_no_source
from denorm_assets.db.control.registry import (
    find_registration,
    forget_progress,
    register,
    registration,
    registrations,
)
from denorm_assets.db.control.upstream import require_loaded
from denorm_assets.db.introspection.changed_meaning import describe_again, forget_meaning
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.function_paths import require_names_found
from denorm_assets.db.introspection.reach.shape import tables_read
from denorm_assets.db.introspection.row_security import require_all_rows
from denorm_assets.db.introspection.sources import Sources
from denorm_assets.db.plan.consent import NO_CONSENT, Consent
from denorm_assets.db.plan.make_way import depended_on
from denorm_assets.db.plan.objects import plan_control_schema
from denorm_assets.db.plan.operations import once_each
from denorm_assets.db.plan.tables import plan_table, rows_that_differ
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ConfigurationError
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.reading_order import in_layers, models_in_order
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.session_zone import zone_sentences
from denorm_assets.sql.step import Step

_LOG = logging.getLogger(__name__)


def adoption(database: Database, system: System, model: ReadModel) -> str:
    """How the rows of the table that `model` is to adopt differ from its definition, in words."""
    with database.session(system.schema) as session:
        return rows_that_differ(session, describe(session, system, model))


def create_tables(
    database: Database,
    system: System,
    models: tuple[ReadModel, ...],
    consent: Consent = NO_CONSENT,
    needs: Mapping[TableName, Needs] = NO_NEEDS,
) -> list[Step]:
    """Migrate the control schema, create the tables of `models` where they are missing, and register them.

    A read model that people read is brought to another version as a whole, and its indexes and foreign keys with it.
    Those that read others follow when these are as declared. How many rows of an adopted table differ is logged first.
    `needs` is what all of the system needs of capture on its sources. Doing it twice does nothing. Returns the steps.
    Raises DeclarationError, DefinitionError, NameTaken, NotAdoptable, NotInPlace, TargetIsSource, WouldBeLost,
    RowsHidden, SubscribedSource, DependedOn or MissingPrivilege with nothing changed, and whatever a rebuild raises.
    """
    models_in_order(system)
    layers = in_layers((system, model) for model in models)
    steps: list[Step] = []
    with database.session(system.schema) as session:
        require_schema(session, system)
        require_no_source(session, system, models)
        if len(layers) > 1:
            with session.rehearsal():
                for name, of_table in foresee(session, system, models, consent.adopt).steps.items():
                    consent.require(f"{system.name}/{name}", of_table)
        for layer in layers:
            steps += _create_layer(database, session, system, [model for _, model in layer], consent, needs)
        if any(step.action in ("replace", "recreate") for step in steps):
            # What was set aside for materialized views that are replaced too now.
            drop_leftovers(session, system)
    return once_each(steps)


def _create_layer(
    database: Database,
    session: Session,
    system: System,
    models: Sequence[ReadModel],
    consent: Consent,
    needs: Mapping[TableName, Needs],
) -> list[Step]:
    """The same for `models` that do not read each other, once those that they read are as declared."""
    described_models, altered = describe_again(session, system, models)
    declared: list[Declared] = []
    for described in described_models:
        require_names_found(session, described)
        declared.append((described, require_capturable(session, described)))
        for sentence in zone_sentences(declared[-1][1].zoned):
            _LOG.warning("%s: %s", described.full_name, sentence)
    require_replication_seen(session, declared)
    require_all_rows(session, system, models)
    for described in (each for each in described_models if each.full_name in consent.adopt):
        planned = plan_table(session, described, find_registration(session, system, described.model), adopt=True)
        if planned[-1].action == "adopt":
            _LOG.info("table %s is to be adopted: %s", described.table, rows_that_differ(session, described))
    steps, rebuilt, lines = retry_on_lock_timeout(session)(
        _declare, session, system, described_models, altered, consent
    )
    for line in lines:
        _LOG.info("%s", line)
    capture = CapturePlan(session, declared)
    # Before the first batch: what is written from now on is logged, and drained once everything is loaded.
    steps += capture.steps(declared)
    for described, sources in declared:
        _capture(session, system, described, sources, needs, rebuilt=described in rebuilt)
    for described in rebuilt:
        rebuild_model(database, session, system, described)
    for described in rebuilt:
        steps += finish_model(database, system, described.model)
    return steps


def _declare(
    session: Session, system: System, described_models: list[DescribedModel], altered: Collection[str], consent: Consent
) -> tuple[list[Step], list[DescribedModel], list[str]]:
    """Create and register what nobody reads yet, in one transaction.

    Returns the steps, what is to be rebuilt, and what is to be logged now that the transaction has committed.
    """
    steps = [plan_control_schema(session)]
    rebuilt: list[DescribedModel] = []
    with session.transaction():
        lines = control_schema.migration_lines(control_schema.migrate(session))
        session.set_local(lock_timeout=session.short_lock_timeout)
        for described in (each for each in described_models if each.model.name in altered):
            forget_meaning(session, system, described.model)
            lines.append(f"{described.full_name}: its definition means something else since its sources changed")
        registered = registrations(session, system)
        for described in described_models:
            adopts = described.full_name in consent.adopt
            of_table = plan_table(session, described, registered.get(described.model.name), adopt=adopts)
            require_replaceable(session, described, of_table)
            consent.require(described.full_name, of_table)
            steps += of_table
            if of_table[-1].action in REBUILDS:
                require_loaded(session, described.full_name, tables_read(session, described))
                rebuilt.append(described)
                continue
            for step in (step for step in of_table if step.action != "keep"):
                with depended_on(described):
                    for statement in step.statements:
                        session.execute(statement)
                lines.append(str(step))
            register(session, system, described)
            if of_table[-1].action in ("create", "recreate", "adopt"):
                forget_progress(session, system, described.model)
                capture_again(session, described.tables)
    return steps, rebuilt, lines


def _capture(
    session: Session,
    system: System,
    described: DescribedModel,
    sources: Sources,
    needs: Mapping[TableName, Needs],
    *,
    rebuilt: bool,
) -> None:
    registered = registration(session, system, described.model)
    serves_old = registered.code_version != described.code_version
    install_capture(session, described, sources, registered.model_id, needs=needs, serves_old=serves_old)
    # What is to be rebuilt goes live when it is: a view that reads a replaced table can be refreshed from that alone.
    if registered.state == "needs_rebuild" and not serves_old and not rebuilt:
        retry_on_lock_timeout(session)(go_live_stale, session, described, registered.model_id)
        _LOG.info("%s: its sources changed their shape, the next refresh recomputes all rows", described.full_name)


def require_schema(session: Session, system: System) -> None:
    """Raises ConfigurationError where the system's schema, in which its tables are to be, does not exist."""
    if session.row(query("catalog", "schema", schema=system.schema)) is None:
        raise ConfigurationError(
            f"the schema {system.schema!r} of the system {system.name} does not exist. Create it first "
            f"(it is the application's own), or correct `schema` at {system.location}"
        )
