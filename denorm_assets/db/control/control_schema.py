"""The control schema `denorm` in the application's database, its migrations, and what it consists of."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from psycopg import errors as pg

from denorm_assets.db.postgres.compose import show
from denorm_assets.db.postgres.lock_retry import retry_on_lock_timeout
from denorm_assets.db.postgres.replica_identity import missing_identities
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import ControlSchemaClosed, ControlSchemaTaken, ControlSchemaTooNew, NotActingAsOwner
from denorm_assets.model.catalog.catalog_object import CatalogObject, State
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.control import migrations, query
from denorm_assets.sql.ddl import tables
from denorm_assets.sql.ddl.control_objects import (
    FOR_EVERYBODY,
    WITHOUT_KEY,
    ControlFunction,
    control_functions,
    control_relations,
    control_sequences,
)
from denorm_assets.sql.ddl.rights import revoke
from denorm_assets.sql.statement import Statement, verbatim

_LOG = logging.getLogger(__name__)
_APPLY = "run `denorm-assets apply`, or materialize a phase"


@dataclass(frozen=True)
class Migration:
    """What the control schema lacks.

    Attributes:
        versions: number and name of the migrations that were not applied yet.
        tables: statements that change its tables; writers of sources wait for these, because they write to one of them.
        functions: statements that create its functions again, and close them.
    """

    versions: tuple[tuple[int, str], ...]
    tables: tuple[Statement, ...]
    functions: tuple[Statement, ...]


def migrate(session: Session) -> list[str]:
    """Bring the control schema to this release's version, in one transaction; returns the migrations applied.

    Functions that differ from this release's, or that others may execute, are made again and closed. Called within a
    transaction, it keeps others from changing schemas until that ends. Raises ControlSchemaTooNew, ControlSchemaTaken,
    MissingPrivilege, or LockHeld where another process goes on changing them.
    """
    with session.transaction():
        require_own_schema(session)
        _ensure_migration_table(session)
        for attempt in retry_on_lock_timeout(session):
            with attempt, session.transaction():
                session.execute(query("schema", "lock_schema_changes"))
        lacking = _lacking(session, _applied_version(session))
        for attempt in retry_on_lock_timeout(session):
            with attempt, session.transaction():
                session.set_local(lock_timeout=session.short_lock_timeout)
                for statement in lacking.tables:
                    session.script(show(statement))
        for version, name in lacking.versions:
            session.execute(query("schema", "record_migration", version=version, name=name))
        for statement in lacking.functions:
            session.script(show(statement))
        session.execute(query("schema", "limit_log", bytes=session.log_limit_bytes))
    return [name for _, name in lacking.versions]


def migrate_told(session: Session) -> None:
    """The same, and log each migration."""
    for line in migration_lines(migrate(session)):
        _LOG.info("%s", line)


def migration_lines(applied: Sequence[str]) -> list[str]:
    """What is logged of these migrations; if they are all that there are, there was no control schema before."""
    if len(applied) == len(migrations()):
        return [f"control schema: created, version {migrations()[-1][0]}"]
    return [f"control schema: applied {name}" for name in applied]


def migration_statements(session: Session) -> list[Statement]:
    """What `migrate` would run. Raises ControlSchemaTooNew or ControlSchemaTaken."""
    require_own_schema(session)
    applied, statements = version(session), list[Statement]()
    if applied is None:
        if session.row(query("schema", "found_schema")) is None:
            statements.append(query("schema", "create_schema"))
        statements.append(query("schema", "create_migration_table"))
    lacking = _lacking(session, applied or 0)
    return [*statements, *lacking.tables, *lacking.functions]


def _lacking(session: Session, applied: int) -> Migration:
    pending = [migration for migration in migrations() if migration[0] > applied]
    if pending:
        # What older migrations make of its functions is replaced at once: only their last form stands in a file.
        identities = [tables.identify_by_whole_row(TableName(name, "denorm")) for name in WITHOUT_KEY]
        made = list(control_functions())
        opened = [revoke(each.name, each.arguments, None) for each in made if each.name not in FOR_EVERYBODY]
        flags_open = False
    else:
        identities = [identify for _, identify in _without_identity(session)]
        states = _function_states(session)
        made = [function for function, state in states if state != "installed"]
        opened = [revoke(each.name, each.arguments, None) for each, state in states if state == "missing"]
        rows = session.rows(query("objects", "open_functions", but=list(FOR_EVERYBODY)))
        opened += [revoke(row["name"], row["arguments"], row["role"]) for row in rows]
        flags_open = bool(session.one(query("schema", "flags_open"))["open"])
    return Migration(
        tuple((version, name) for version, name, _ in pending),
        (*(verbatim(text) for _, _, text in pending), *identities),
        (
            *(verbatim(function.statement) for function in made),
            *opened,
            *(() if flags_open else (query("schema", "open_flags"),)),
        ),
    )


def _without_identity(session: Session) -> list[tuple[TableName, Statement]]:
    return missing_identities(session, "denorm", [TableName(name, "denorm") for name in control_relations()])


def _ensure_migration_table(session: Session) -> None:
    """Make the table that schema changes are locked by; there is nothing else that strangers cannot lock as well."""
    while not session.one(query("schema", "has_migration_table"))["present"]:
        # Another process may make it at this moment: PostgreSQL waits for its end, and then refuses.
        with suppress(pg.UniqueViolation, pg.DuplicateSchema, pg.DuplicateTable), session.transaction():
            if session.row(query("schema", "found_schema")) is None:
                session.execute(query("schema", "create_schema"))
            session.execute(query("schema", "create_migration_table"))


def installed(session: Session) -> bool:
    """Whether the control schema is there at this release's version. Raises ControlSchemaTooNew."""
    return version(session) == migrations()[-1][0]


def version(session: Session) -> int | None:
    """The version of the control schema, None where there is none.

    Raises ControlSchemaTooNew, ControlSchemaTaken, ControlSchemaClosed.
    """
    found = session.one(query("schema", "has_migration_table"))
    if not found["present"]:
        return None
    if not found["ours"]:
        raise ControlSchemaTaken("its table denorm.migration was not created by denorm-assets")
    if found["readable"] is False:
        raise ControlSchemaClosed(found["owner"], found["login"])
    return _applied_version(session)


def require_own_schema(session: Session) -> None:
    """Raises ControlSchemaTaken where the schema `denorm` is the application's, or somebody else's.

    Raises NotActingAsOwner where it was made for another role, which would own nothing of what is made there.
    """
    schema = session.row(query("schema", "found_schema"))
    if schema is None:
        return
    if not schema["trusted"]:
        raise ControlSchemaTaken(
            f"it belongs to the role {schema['owner']}, who could replace what denorm-assets creates there"
        )
    if version(session) is not None:
        return
    if schema["used"]:
        raise ControlSchemaTaken("it holds what denorm-assets did not create")
    if schema["of_another_role"]:
        raise NotActingAsOwner(schema["owner"], schema["login"])


def control_objects(session: Session) -> list[CatalogObject]:
    """The control schema, its tables, views, sequences and functions; the schema alone where it is not at this version.

    Raises ControlSchemaTooNew.
    """
    found = version(session)
    if found != migrations()[-1][0]:
        state: State = "missing" if found is None else "outdated"
        return [CatalogObject("control schema", "denorm", state, needed=True, remedy=_APPLY)]
    held = {row["name"]: row for row in session.rows(query("objects", "relations"))}
    return [
        CatalogObject("control schema", "denorm", "installed", needed=True),
        *(_relation_object("table", name, held.get(name)) for name in control_relations()),
        *(
            CatalogObject("replica identity", str(relation), "missing", needed=True, remedy=_APPLY)
            for relation, _ in _without_identity(session)
        ),
        *(_relation_object("sequence", name, held.get(name)) for name in control_sequences()),
        *(
            CatalogObject(
                "control function",
                f"denorm.{function.name}",
                state,
                needed=True,
                remedy="" if state == "installed" else _APPLY,
            )
            for function, state in _function_states(session)
        ),
    ]


def _relation_object(kind: str, name: str, held: Mapping[str, Any] | None) -> CatalogObject:
    """Without its owner's rights a table is as good as switched off."""
    state, remedy = "installed", ""
    if held is None:
        state = "missing"
        remedy = "restore it from a backup; or `denorm-assets uninstall`, `apply` and `backfill` again"
    elif held["closed"]:
        state = "disabled"
        named = f"SEQUENCE denorm.{name}" if kind == "sequence" else f"denorm.{name}"
        remedy = (
            f'its owner lost rights on it: GRANT ALL ON {named} TO "{held["owner"]}"; what changed since was not '
            "logged, so run `denorm-assets apply` and `denorm-assets backfill --again`"
        )
    return CatalogObject(f"control {kind}", f"denorm.{name}", state, needed=True, remedy=remedy)


def _function_states(session: Session) -> list[tuple[ControlFunction, State]]:
    held = {row["name"]: row for row in session.rows(query("objects", "functions"))}
    opened = {row["name"] for row in session.rows(query("objects", "open_functions", but=list(FOR_EVERYBODY)))}

    def state(function: ControlFunction) -> State:
        row = held.get(function.name)
        if row is None:
            return "missing"
        found = (row["body"], row["as_owner"], tuple(sorted(row["settings"])))
        wanted = (function.body, function.as_owner, function.settings)
        return "installed" if found == wanted and function.name not in opened else "edited"

    return [(function, state(function)) for function in control_functions()]


def _applied_version(session: Session) -> int:
    row = session.one(query("schema", "applied_version"))
    applied: int = row["version"]
    known = migrations()[-1][0]
    if row["first"] not in (None, migrations()[0][1]):
        raise ControlSchemaTaken("its table denorm.migration holds the migrations of something else")
    if applied > known:
        raise ControlSchemaTooNew(applied, known)
    return applied
