"""Asking PostgreSQL what a definition yields: its columns, their types, and how they are compared."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import psycopg
from psycopg import errors as pg
from psycopg.rows import DictRow

from denorm_assets.db.control import control_schema
from denorm_assets.db.introspection.declared_columns import check_names, check_tables, id_kind
from denorm_assets.db.introspection.name_resolution import VIEW_HEAD, Intruder, resolved
from denorm_assets.db.introspection.output_columns import output_columns
from denorm_assets.db.introspection.reach.anchor_choice import best_anchor
from denorm_assets.db.introspection.reach.clock_in_views import at_stored_time
from denorm_assets.db.introspection.reach.id_blocks import best_blocks, partial_aggregates
from denorm_assets.db.introspection.reach.narrowing import narrowed
from denorm_assets.db.introspection.refresh_choice import Choice, choose
from denorm_assets.db.introspection.sources import as_definition_error, model_sources
from denorm_assets.db.introspection.views_read import ViewsRead, beneath_views, views_read
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, MissingPrivilege
from denorm_assets.model.catalog.blocks import IdBlocks
from denorm_assets.model.catalog.described import Column, DescribedDriver, DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Auto, Full
from denorm_assets.model.system import System
from denorm_assets.sql.analysis.driving_columns import drivers_of
from denorm_assets.sql.analysis.read_definition import Analysis, analyse, analyse_printed
from denorm_assets.sql.analysis.refusal import Refusal
from denorm_assets.sql.automatic import BEFORE_AUTO, by_key, in_full, kinds, only_by_key
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import verbatim
from denorm_assets.sql.versions import code_version

_REMEDIES: dict[type[psycopg.Error], str] = {
    pg.UndefinedTable: "Correct the table's name, or create the table first (the application's own come before apply)",
    pg.UndefinedColumn: "Correct the column's name, or add the column to the table first",
    pg.UndefinedFunction: "Correct the function's name or the types of its arguments (a cast may be missing)",
    pg.AmbiguousColumn: "Write the table's alias before the column",
    pg.DuplicateColumn: "Give each output column a name of its own with AS",
}


@dataclass(frozen=True)
class _Read:
    """What PostgreSQL reads in a definition.

    Attributes:
        definition: as it is executed.
        analysis: where its columns come from, in tables beneath the `views` that it reads.
    """

    definition: str
    columns: tuple[Column, ...]
    analysis: Analysis
    views: ViewsRead


def describe(
    session: Session, system: System, model: ReadModel, version: str | None = None, *, again: bool = False
) -> DescribedModel:
    """What `model` is in this database; `session` must be one of the system's schema.

    Its definition is the text that was resolved when this version was registered (`version`, or else the read model's
    code version); before that, or `again`, what its names mean now. What `Auto()` stands for is what was registered;
    before that, what is chosen now. Leaves nothing behind. Raises DefinitionError with file and line.
    """
    of_version = {version or code_version(system, kind): kind for kind in kinds(model)}
    stored = _stored(session, system, model, list(of_version))
    if not isinstance(model.refresh, Auto):
        return _describe(session, system, model, version, stored, again=again)
    if stored is not None:
        found = _describe(session, system, of_version[stored["code_version"]], None, stored, again=again)
        return replace(found, auto=stored["auto_reason"] or only_by_key(model) or BEFORE_AUTO)
    if (why := only_by_key(model)) is not None:
        return replace(_describe(session, system, by_key(model)), auto=why)
    return _describe_chosen(session, system, model)


def choice_now(session: Session, system: System, model: ReadModel) -> Choice:
    """What would be chosen for a read model with `Auto()`, were it registered now.

    Raises DefinitionError where it cannot be kept by key.
    """
    described = _describe(session, system, by_key(model))
    return choose(session, described, model_sources(session, described))


def _describe_chosen(session: Session, system: System, model: ReadModel) -> DescribedModel:
    """The same as the kind that `Auto()` stands for, where neither is registered."""
    found = None
    try:
        found = _describe(session, system, by_key(model))
        choice = choose(session, found, model_sources(session, found))
    except DefinitionError as error:
        # Not by time: that would also accept what changes without a trace.
        view = replace(model, refresh=Full(model.refresh.debounce))
        try:
            described = _describe(session, system, view)
            model_sources(session, described)
        except DefinitionError:
            if found is None:
                raise error from None
            return found  # whoever asks for its sources is told why
        return replace(described, auto=error.problem)
    return replace(_describe(session, system, in_full(model)) if choice.in_full else found, auto=choice.why)


def _describe(
    session: Session,
    system: System,
    model: ReadModel,
    version: str | None = None,
    stored: DictRow | None = None,
    *,
    again: bool = False,
) -> DescribedModel:
    """The same of a declared kind; `stored` is what was registered of this version."""
    try:
        analysis = analyse(model.definition)
    except DefinitionError as error:
        raise _unread(session, model, error) from None
    if session.row(query("catalog", "closed_schema", schema=system.schema)):
        raise MissingPrivilege(session.role, f"no USAGE on the schema {system.schema}")
    version = version or code_version(system, model)
    found = None
    if stored is not None and stored["definition"] is not None and not again:
        # Where it no longer resolves, the text that people wrote says why, with its line.
        with suppress(psycopg.ProgrammingError):
            found = _columns(session, system, model, analysis, stored["definition"], trusted=True)
    read = found or _columns_as_written(session, system, model, analysis)
    columns = read.columns
    check_names(model, columns)
    check_tables(session, system, model, analysis)
    drivers = drivers_of(model, read.analysis, system.schema)
    types = {column.name: column.type for column in columns}
    described = DescribedModel(
        model=model,
        system=system.name,
        schema=system.schema,
        definition=read.definition,
        columns=columns,
        drivers=tuple(
            DescribedDriver(driver, id_kind(model, driver.output_column, types[driver.output_column]))
            for driver in drivers
        ),
        code_version=version,
    )
    if model.is_view:
        return described
    try:
        described = at_stored_time(session, described, read.views)
    except Refusal as refusal:
        raise as_definition_error(described, refusal) from refusal
    anchor = best_anchor(session, described) if stored is None else tuple(stored["anchor"] or ())
    described = replace(described, anchored_by=anchor)
    if described.anchor[0].type.endswith("[]"):
        raise DefinitionError(
            model.definition.path,
            None,
            f"changes would be traced to {described.anchor[0].name}, which is an array",
            f"Select another column and name it in `key` at {model.location}, or declare refresh=Full()",
        )
    described = replace(described, narrowed=narrowed(session, described, read.views))
    blocks = best_blocks(session, described, read.views) if stored is None else _stored_blocks(stored)
    described = replace(described, blocks=blocks)
    described = replace(described, partials=partial_aggregates(session, described, read.views))
    executed = any(each is not None for each in (described.without_views, described.narrowed, described.partials))
    return replace(described, views=read.views.signatures if executed else ())


def _stored_blocks(stored: DictRow) -> tuple[IdBlocks, ...]:
    return tuple(IdBlocks(alias, column, int(bits)) for alias, column, bits in stored["blocks"] or ())


def _stored(session: Session, system: System, model: ReadModel, versions: Sequence[str]) -> DictRow | None:
    named = {"system": system.name, "name": model.name, "code_versions": versions}
    # Whoever may not read the control schema can still be told what a definition would mean.
    with suppress(MissingPrivilege), session.transaction():
        if control_schema.installed(session):
            return session.row(query("models", "definition", **named))
    return None


def _columns_as_written(session: Session, system: System, model: ReadModel, analysis: Analysis) -> _Read:
    text = model.definition.text
    try:
        return _columns(session, system, model, analysis, text)
    except TRANSIENT:
        raise  # nothing is wrong with the definition
    except Intruder as intruder:
        raise DefinitionError(
            model.definition.path,
            None,
            str(intruder),
            "Write the schema of what you mean, for example OPERATOR(pg_catalog.=) or pg_catalog.lower(...), and let "
            "only trusted roles create objects in the application's schemas",
        ) from intruder
    except psycopg.Error as error:
        raise _definition_error(model, text, error) from error


def _columns(
    session: Session, system: System, model: ReadModel, analysis: Analysis, text: str, *, trusted: bool = False
) -> _Read:
    """What the definition `text` is; `analysis` is of the one that people wrote.

    A `trusted` text was printed when it was registered, and stays as it is: printed again, columns without a name in
    later branches of a UNION would get one, and what capture holds would no longer be what is executed.
    """
    with resolved(session, verbatim(text), trusted=trusted) as printed:
        if analysis.is_open:
            readable = session.one(query("definitions", "parsed"))["readable"].rstrip(";")
            analysis = analyse_printed(model.definition, readable)
        views = views_read(session, [table.within(system.schema) for table in analysis.tables])
        analysis = beneath_views(model.definition, analysis, views, system.schema)
        columns = output_columns(session, analysis, views, system.schema)
        return _Read(text if trusted else printed, columns, analysis, views)


def _unread(session: Session, model: ReadModel, error: DefinitionError) -> DefinitionError:
    """`error`, or where PostgreSQL finds no fault with the definition, that denorm-assets cannot read it."""
    if error.unread is None:
        return error
    try:
        with resolved(session, verbatim(model.definition.text)):
            pass
    except TRANSIENT:
        raise
    except (psycopg.Error, Intruder):
        return error
    return DefinitionError(
        error.path,
        error.line,
        f"denorm-assets cannot read the SQL{error.unread}, although PostgreSQL can",
        "Write that part in another way, or put it into an IMMUTABLE function",
    )


def _definition_error(model: ReadModel, text: str, error: psycopg.Error) -> DefinitionError:
    position = error.diag.statement_position
    line = None
    if position is not None:
        offset = int(position) - 1 - len(VIEW_HEAD)
        line = text.count("\n", 0, max(offset, 0)) + 1
    problem = error.diag.message_primary or str(error)
    if error.diag.message_hint:
        problem += f" ({error.diag.message_hint.rstrip('.')})"
    remedy = _REMEDIES.get(type(error), "Correct the SELECT there")
    return DefinitionError(model.definition.path, model.definition.line(line), problem, remedy)
