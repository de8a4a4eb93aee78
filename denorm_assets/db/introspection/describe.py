"""Asking PostgreSQL what a definition yields: its columns, their types, and how they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.rows import DictRow

from denorm_assets.db.control import control_schema
from denorm_assets.db.introspection.anchor_choice import best_anchor
from denorm_assets.db.introspection.name_resolution import VIEW_HEAD, Intruder, resolved
from denorm_assets.db.postgres.errors import TRANSIENT
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import DefinitionError, MissingPrivilege
from denorm_assets.model.catalog.described import BUILT_IN, Column, DescribedDriver, DescribedModel, Operators
from denorm_assets.model.ids import IdKind
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clock.definition_text import at_time, stored_time
from denorm_assets.sql.analysis.driving_columns import drivers_of
from denorm_assets.sql.analysis.read_definition import Analysis, analyse
from denorm_assets.sql.control import query
from denorm_assets.sql.parsed.choices import Equality, chosen_outputs
from denorm_assets.sql.parsed.query_tree import parse_tree
from denorm_assets.sql.statement import Raw, Statement, verbatim
from denorm_assets.sql.versions import code_version

_REMEDIES: dict[type[psycopg.Error], str] = {
    pg.UndefinedTable: "Correct the table's name, or create the table first (the application's own come before apply)",
    pg.UndefinedColumn: "Correct the column's name, or add the column to the table first",
    pg.UndefinedFunction: "Correct the function's name or the types of its arguments (a cast may be missing)",
    pg.AmbiguousColumn: "Write the table's alias before the column",
    pg.DuplicateColumn: "Give each output column a name of its own with AS",
}


def describe(
    session: Session, system: System, model: ReadModel, version: str | None = None, *, again: bool = False
) -> DescribedModel:
    """What `model` is in this database; `session` must be one of the system's schema.

    Its definition is the text that was resolved when this version was registered (`version`, or else the read model's
    code version); before that, or `again`, what its names mean now. Leaves nothing behind.
    Raises DefinitionError with file and line.
    """
    try:
        analysis = analyse(model.definition)
    except DefinitionError as error:
        raise _unread(session, model, error) from None
    if session.row(query("catalog", "closed_schema", schema=system.schema)):
        raise MissingPrivilege(session.role, f"no USAGE on the schema {system.schema}")
    version = version or code_version(system, model)
    found = None
    stored = _stored(session, system, model, version)
    if stored is not None and stored["definition"] is not None and not again:
        # Where it no longer resolves, the text that people wrote says why, with its line.
        with suppress(psycopg.ProgrammingError):
            found = _columns(session, system, model, analysis, stored["definition"], trusted=True)
    definition, columns = found or _columns_as_written(session, system, model, analysis)
    _check_names(model, columns)
    _check_tables(session, system, model, analysis)
    drivers = drivers_of(model, analysis, system.schema)
    types = {column.name: column.type for column in columns}
    described = DescribedModel(
        model=model,
        system=system.name,
        schema=system.schema,
        definition=definition,
        columns=columns,
        drivers=tuple(
            DescribedDriver(driver, _id_kind(model, driver.output_column, types[driver.output_column]))
            for driver in drivers
        ),
        code_version=version,
        at_clock=None if model.is_view else at_time(definition, stored_time(system.name, model.name)),
    )
    if model.is_view:
        return described
    anchor = best_anchor(session, described) if stored is None else stored["anchor"]
    described = replace(described, anchored_by=anchor)
    if described.anchor.type.endswith("[]"):
        raise DefinitionError(
            model.definition.path,
            None,
            f"changes would be traced to {described.anchor.name}, which is an array",
            f"Put another column first in `key` at {model.location}, or use refresh=Full()",
        )
    return described


def _stored(session: Session, system: System, model: ReadModel, version: str) -> DictRow | None:
    named = {"system": system.name, "name": model.name, "code_version": version}
    # Whoever may not read the control schema can still be told what a definition would mean.
    with suppress(MissingPrivilege), session.transaction():
        if control_schema.installed(session):
            return session.row(query("models", "definition", **named))
    return None


def _columns_as_written(
    session: Session, system: System, model: ReadModel, analysis: Analysis
) -> tuple[str, tuple[Column, ...]]:
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
) -> tuple[str, tuple[Column, ...]]:
    """The definition `text` as it is executed, and its output columns."""
    with resolved(session, verbatim(text), trusted=trusted) as definition:
        rows = session.rows(query("catalog", "view_columns"))
        not_null = _not_null_outputs(session, analysis, system.schema)
        chosen = _chosen(session, rows)
        columns = tuple(
            Column(
                name=row["name"],
                type=row["type"],
                collation=tuple(row["collation"]) if row["collation"] else None,
                not_null=row["name"] in not_null,
                exact=row["exact"],
                hashable=row["exact"] or (row["name"] in chosen and _is_hashable(session, row["type"])),
                operators=Operators(*row["operators"]) if row["operators"] else BUILT_IN,
            )
            for row in rows
        )
    return definition, columns


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


def _chosen(session: Session, columns: Sequence[Mapping[str, Any]]) -> set[str]:
    """The output columns in which the resolved definition chooses among equal values that may look different."""
    if all(column["exact"] for column in columns):
        return set()
    found = session.one(query("catalog", "equality"))
    equality = Equality(frozenset(found["exact"]), frozenset(found["loose"]), frozenset(found["steady"]))
    chosen = chosen_outputs(parse_tree(found["tree"]), equality)
    return {column["name"] for column, is_chosen in zip(columns, chosen, strict=True) if is_chosen}


def _definition_error(model: ReadModel, text: str, error: psycopg.Error) -> DefinitionError:
    position = error.diag.statement_position
    line = None
    if position is not None:
        offset = int(position) - 1 - len(VIEW_HEAD)
        line = text.count("\n", 0, max(offset, 0)) + 1
    problem = error.diag.message_primary or str(error)
    if error.diag.message_hint:
        problem += f" ({error.diag.message_hint.rstrip('.')})"
    return DefinitionError(model.definition.path, line, problem, _REMEDIES.get(type(error), "Correct the SELECT there"))


def _not_null_outputs(session: Session, analysis: Analysis, schema: str) -> set[str]:
    """Output columns that are, in every branch, a NOT NULL column of a source that no outer join null-extends."""
    known: dict[TableName, set[str]] = {}

    def never_null(position: int) -> bool:
        for branch in analysis.branches:
            output = branch[position]
            if output.source is None:
                if output.constant is None:
                    return False
                continue
            table = output.source.table.within(schema)
            if table not in known:
                known[table] = _not_null_columns(session, table)
            if output.source.null_extended or output.source.column not in known[table]:
                return False
        return True

    return {name for position, name in enumerate(analysis.output_names) if never_null(position)}


def _not_null_columns(session: Session, table: TableName) -> set[str]:
    rows = session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name))
    return {row["name"] for row in rows if row["not_null"]}


def _is_hashable(session: Session, type_name: str) -> bool:
    """Whether rows with a column of this type can be hashed; PostgreSQL is asked to do it once."""
    try:
        with session.transaction():
            session.execute(Statement("SELECT hash_record_extended(ROW(NULL::{type}), 0)", {"type": Raw(type_name)}))
    except pg.UndefinedFunction:
        return False
    return True


def _check_names(model: ReadModel, columns: tuple[Column, ...]) -> None:
    names = {column.name for column in columns}
    missing = [column for column in model.key if column not in names]
    if missing:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the key column {', '.join(missing)} is not an output column (there are {', '.join(sorted(names))})",
            f"Select it, or correct `key` at {model.location}",
        )
    ours = sorted(column for column in names if column.startswith("denorm_"))
    if ours:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the output column {', '.join(ours)} has a name such as our own statements use",
            "Give it another name with AS, one that does not begin with denorm_",
        )
    wanted = {term.column for index in model.indexes for term in index.terms if not term.is_expression} | {
        r.column for r in model.references
    }
    unknown = sorted(wanted - names)
    if unknown:
        raise DefinitionError(
            model.definition.path,
            None,
            f"an index or reference names {', '.join(unknown)}, which is not an output column",
            f"Select it, or correct the declaration at {model.location}",
        )


def _check_tables(session: Session, system: System, model: ReadModel, analysis: Analysis) -> None:
    """Every source has to be where its name says, and everything referred to has to be there."""
    for table in analysis.tables:
        wanted = table.within(system.schema)
        if session.row(query("catalog", "relation", schema=wanted.schema, table=wanted.name)) is None:
            raise DefinitionError(
                model.definition.path,
                None,
                f"the table {table.name} is not in the schema {system.schema}; it was only found by the search path",
                f"Write its schema before its name, for example public.{table.name}",
            )
    for reference in model.references:
        to = reference.to.within(system.schema)
        if reference.to_column not in _columns_of(session, to):
            raise DefinitionError(
                model.definition.path,
                None,
                f"the column {reference.column} refers to {to}.{reference.to_column}, which is not there",
                f"Correct the reference at {model.location}",
            )


def _columns_of(session: Session, table: TableName) -> set[str]:
    rows = session.rows(query("catalog", "table_columns", schema=table.schema, table=table.name))
    return {row["name"] for row in rows}


def _id_kind(model: ReadModel, column: str, type_name: str) -> IdKind:
    kind = IdKind.of_type(type_name)
    if kind is None:
        raise DefinitionError(
            model.definition.path,
            None,
            f"the driving column {column} is of type {type_name}, which has no ID ranges",
            "Drive the backfill by a column of type smallint, integer, bigint or uuid",
        )
    return kind
