"""What becomes of the tables of read models, told before anything is changed, where some of them read others."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import errors as pg

from denorm_assets.db.apply.rebuild import REBUILDS, require_replaceable
from denorm_assets.db.apply.replace import recapture_statements, replacement_statements
from denorm_assets.db.apply.uninstall import foreign_key_drops
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.index_ownership import require_own_indexes
from denorm_assets.db.control.registry import Registration, registrations
from denorm_assets.db.introspection.changed_meaning import describe_again
from denorm_assets.db.introspection.changed_sources import why_unfit
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.function_paths import require_names_found
from denorm_assets.db.introspection.name_resolution import resolved
from denorm_assets.db.introspection.runnable import require_plan
from denorm_assets.db.introspection.sources import Sources, model_sources
from denorm_assets.db.plan.tables import plan_table
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, DefinitionErrors
from denorm_assets.model.cached_set import Cache, as_read_model
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.reading_order import in_reading_order, read_by
from denorm_assets.sql.automatic import is_registered, kind_in_words
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import tables
from denorm_assets.sql.statement import Statement, verbatim
from denorm_assets.sql.step import Stage, Step


@dataclass
class Foreseen:
    """What is known of some read models beforehand.

    Attributes:
        described: those whose definitions can be read now, each after those that it reads.
        sources: name -> what it reads, for those.
        steps: name -> the steps of its table or view, for all but the unfit.
        unfit: those that were applied in their present version and can be read no more, and why. What became of their
            sources is said first: the definition is what it was.
        caches: those whose definitions can be read now.
    """

    described: list[DescribedModel] = field(default_factory=list[DescribedModel])
    sources: dict[str, Sources] = field(default_factory=dict[str, Sources])
    steps: dict[str, list[Step]] = field(default_factory=dict[str, list[Step]])
    unfit: dict[ReadModel, str] = field(default_factory=dict[ReadModel, str])
    caches: Sequence[Cache] = ()


def foresee(session: Session, system: System, models: Sequence[ReadModel], adopt: Collection[str] = ()) -> Foreseen:
    """Plan the tables of `models`; for the transaction under way, those that others read are there, empty.

    The caller rolls that back. Raises DefinitionError, also where a read model reads a column that another one loses,
    DefinitionErrors for several, and what `plan_table` raises.
    """
    registered = registrations(session, system)
    caches = [as_read_model(cache) for cache in system.caches]
    reading = read_by(((system, model) for model in models), ((system, cache) for cache in caches))
    read = {name for found in reading.values() for name in found}
    foreseen, absent, refused = Foreseen(), set[str](), list[DefinitionError]()
    for _, model in in_reading_order((system, model) for model in models):
        name = f"{system.name}/{model.name}"
        try:
            [described], altered = describe_again(session, system, [model])
            foreseen.sources[model.name] = model_sources(session, described)
            require_names_found(session, described)
            require_plan(session, described)
        except DefinitionError as error:
            # What it reads may be what `apply` creates or changes first.
            changing = [each for each in reading[name] if each in absent or _changes(foreseen, each)]
            held = registered.get(model.name)
            if not changing and held is not None and is_registered(system, model, held.code_version):
                foreseen.unfit[model] = "; ".join(why_unfit(session, held.model_id, error))
                continue
            absent.add(name)
            if not changing:
                refused.append(error if isinstance(model.definition, SqlFile) else error.of(name))
                continue
            foreseen.steps[model.name] = [_waiting(system, model, changing[0], applied=model.name in registered)]
            continue
        for each in foreseen.described:
            if each.full_name in reading[name]:
                _require_kept_columns(session, described, each)
        if altered:
            registered[model.name] = replace(registered[model.name], code_version="")
        of_table = plan_table(session, described, registered.get(model.name), adopt=name in adopt)
        if described.model.is_view and of_table[-1].action in ("keep", "mark stale"):
            of_table = [_following(of_table[-1], [each for each in reading[name] if _replaced(foreseen, each)])]
        require_replaceable(session, described, of_table)
        require_own_indexes(session, described.table, model.indexes)
        if of_table[-1].action != "keep":
            _require_columns_of_others(session, described)
        foreseen.described.append(described)
        if name in read and of_table[-1].action == "create" and not _stand_in(session, described):
            absent.add(name)
        further = _further(session, system, described, of_table[-1], registered.get(model.name))
        foreseen.steps[model.name] = [*of_table[:-1], replace(of_table[-1], statements=further)]
    if refused:
        raise refused[0] if len(refused) == 1 else DefinitionErrors(refused)
    foreseen.caches = [cache for cache in system.caches if absent.isdisjoint(reading[f"{system.name}/{cache.name}"])]
    return foreseen


@contextmanager
def foreseen_models(session: Session, system: System) -> Generator[list[DescribedModel]]:
    """The read models of `system`, each after those that it reads; for the block, what others read is there.

    Without those whose definitions cannot be read yet. Raises DefinitionError for all others that cannot.
    """
    declared = [(system, model) for model in system.read_models]
    reading, found = read_by(declared), list[DescribedModel]()
    read = {name for names in reading.values() for name in names}
    with session.rehearsal():
        for _, model in in_reading_order(declared):
            name = f"{system.name}/{model.name}"
            try:
                found.append(describe(session, system, model))
            except DefinitionError:
                if not reading[name]:
                    raise
                continue
            stands = session.row(query("catalog", "relation", schema=system.schema, table=model.name))
            if name in read and stands is None:
                _stand_in(session, found[-1])
        yield found


def _further(
    session: Session, system: System, described: DescribedModel, step: Step, registered: Registration | None
) -> tuple[Statement, ...]:
    """The statements of `step`, the one of the table itself, with those that only this database decides."""
    if registered is None or step.action not in ("recreate", *REBUILDS):
        return step.statements
    model_id = registered.model_id
    if step.action == "recreate":
        return (*step.statements, *recapture_statements(session, system, described, model_id))
    dropped = [each for drop in foreign_key_drops(session, described.table) for each in drop.statements]
    if step.action == "rebuild":
        return (*dropped, *step.statements)
    return (*dropped, *replacement_statements(session, system, described, model_id))


def _changes(foreseen: Foreseen, full_name: str) -> bool:
    return any(step.action != "keep" for step in _steps_of(foreseen, full_name))


def _replaced(foreseen: Foreseen, full_name: str) -> bool:
    return any(step.action in ("replace", "recreate") for step in _steps_of(foreseen, full_name)[-1:])


def _steps_of(foreseen: Foreseen, full_name: str) -> list[Step]:
    return foreseen.steps.get(full_name.partition("/")[2], [])


def _following(step: Step, replaced: Sequence[str]) -> Step:
    """The step of a view that has to be made again, because it would go on reading what was replaced."""
    if not replaced:
        return step
    lock = "ACCESS EXCLUSIVE on what it replaces, for an instant: readers wait"
    return replace(step, action="replace", lock=lock, why=f"it reads {' and '.join(replaced)}, which is replaced")


def _waiting(system: System, model: ReadModel, read: str, *, applied: bool) -> Step:
    kind, name = kind_in_words(model), f"{system.schema}.{model.name}"
    why = f"once {read} is as declared, its definition can be read"
    return Step(kind, name, "rebuild" if applied else "create", Stage.BEFORE_LOAD, why=why)


def _stand_in(session: Session, described: DescribedModel) -> bool:
    """Create the table; whether that was possible. A materialized view would not be known as a read model's."""
    if described.model.is_view:
        return False
    try:
        with session.transaction():
            session.execute(tables.create_table(described))
            for partition in described.partitions:
                session.execute(tables.create_partition(described, partition))
    except TRANSIENT:
        raise
    except psycopg.Error:
        return False
    return True


def _require_columns_of_others(session: Session, described: DescribedModel) -> None:
    """Raises DefinitionError where a read model of another system reads a column that `described` no longer has."""
    if not control_schema.installed(session):
        return
    for row in session.rows(query("models", "readers_elsewhere", system=described.system, name=described.model.name)):
        # What its own system has to correct first is told there.
        with suppress(pg.ProgrammingError):
            for column in _columns_read(session, row["definition"], described):
                raise DefinitionError(
                    described.model.definition.path,
                    None,
                    f"{row['full_name']} reads {described.table}.{column}, which this definition no longer has",
                    f"Keep {column}, or take it out of {row['full_name']} and run "
                    f"`denorm-assets apply {row['system']}` first",
                )


def _columns_read(session: Session, definition: str, read: DescribedModel) -> list[str]:
    """The columns of the table of `read` that a resolved definition names, and that `read` no longer has."""
    with resolved(session, verbatim(definition), trusted=True):
        rows = session.rows(query("sources", "resolved_columns", schema=read.schema, table=read.model.name))
    return [row["name"] for row in rows if row["name"] not in read.column_names]


def _require_kept_columns(session: Session, reader: DescribedModel, read: DescribedModel) -> None:
    """Raises DefinitionError where `reader` reads a column that the table of `read` has, and its definition has not."""
    for column in _columns_read(session, reader.definition, read):
        raise DefinitionError(
            reader.model.definition.path,
            None,
            f"it reads {read.table}.{column}, which the definition of {read.full_name} no longer has",
            f"Keep {column} in {read.model.definition.path}, or take it out here as well",
        )
