"""One definition: declared as given, loaded, kept fresh through all changes of its application, judged after each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from denorm_assets.db.control.control_schema import migrate
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DefinitionError, DenormError
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.analysis.explain import BY_KEY
from denorm_assets.sql.analysis.refusal import Refusal
from tests.conftest import Server
from tests.stress.reach.corpus import Application, Defined
from tests.stress.reach.outcome import Outcome
from tests.support.live import bring_up, pending
from tests.support.stored_clock import at_stored_clock

SCHEMA = "app"
_DATABASE = "reach"
_LONGEST_WAIT = 0.5
_ORIGIN: LiteralString = """
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.oid = %s AND a.attnum = %s AND c.relkind IN ('r', 'p')
    AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'uuid'::regtype)
"""
_DIFFERENCES: LiteralString = """
WITH defined AS MATERIALIZED (SELECT ROW({columns})::text AS row FROM (
{definition}
) AS d), held AS MATERIALIZED (SELECT ROW({columns})::text AS row FROM {table} AS h)
SELECT (SELECT count(*) FROM (TABLE defined EXCEPT ALL TABLE held) AS x)
    + (SELECT count(*) FROM (TABLE held EXCEPT ALL TABLE defined) AS x)
"""
Interfere = Callable[[psycopg.Connection[Any]], None]


def prepare(server: Server, application: Application) -> str:
    """Create a database with the schema and data of `application`; returns its name, for a template."""
    name = f"{_DATABASE}_{application.name}"
    url = server.create(name)
    with connect(url) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}".encode())
        for text in (application.schema, application.data):
            connection.execute(text.encode())
        connection.execute("ANALYZE")
    database = Database(url)
    with database.session() as session:
        migrate(session)
    database.close()
    return name


@contextmanager
def connect(url: str) -> Generator[psycopg.Connection[tuple[Any, ...]]]:
    """A fresh autocommit connection whose unqualified names mean the application's schema."""
    options = f"-c search_path={SCHEMA},public -c timezone=UTC"
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        yield connection


def run(
    server: Server, template: str, application: Application, defined: Defined, interfere: Interfere | None = None
) -> Outcome:
    """What comes of `defined` in a copy of the database `template`; `interfere` runs before each comparison."""
    outcome = Outcome(application.name, defined.name, bool(defined.undeterministic))
    began = time.monotonic()
    name = f"{_DATABASE}_one"
    url = server.create(name, template)
    database = Database(url)
    try:
        with tempfile.TemporaryDirectory(prefix="denorm-reach-") as folder:
            system = _accept(database, url, defined, Path(folder), outcome)
            if system is not None:
                _keep(database, url, system, application, outcome, interfere)
    except (DenormError, psycopg.Error) as error:
        outcome.failed.append(_first_line(error))
    finally:
        database.close()
        server.drop(name)
    outcome.seconds = time.monotonic() - began
    return outcome


def _accept(database: Database, url: str, defined: Defined, folder: Path, outcome: Outcome) -> System | None:
    """The system that was applied and loaded; None where it was refused.

    A key that ID ranges tile is loaded by them; where that is refused, as a whole.
    """
    driving = driving_column(url, defined)
    for backfill in [IdRanges(driving), None] if driving else [None]:
        system = _declare(defined, folder, backfill)
        outcome.refused = ""
        try:
            outcome.classes = classes(database, system, system.read_models[0])
            outcome.whole = whole_among(defined.large, outcome.classes)
            bring_up(database, system)
        except DefinitionError as error:
            outcome.refused, outcome.reason = explained(error)
        else:
            return system
    return None


def _declare(defined: Defined, folder: Path, backfill: IdRanges | None) -> System:
    path = folder / f"{defined.name}.sql"
    path.write_text(defined.text, encoding="utf-8")
    model = ReadModel(defined.name, SqlFile(path), defined.key, backfill, Debounced(Debounce(quiet=0)))
    return System("reach", SCHEMA, (Phase("phase_1", (model,)),))


def driving_column(url: str, defined: Defined) -> str | None:
    """The `table.column` that the first column of the key shows unchanged, if ID ranges can tile it."""
    with connect(url) as connection:
        cursor = connection.execute(_limited(defined.text))
        assert cursor.description is not None
        assert cursor.pgresult is not None
        names = [column.name for column in cursor.description]
        if defined.key[0] not in names:
            return None
        position = names.index(defined.key[0])
        origin = (cursor.pgresult.ftable(position), cursor.pgresult.ftablecol(position))
        found = connection.execute(_ORIGIN, origin).fetchone()
        return None if found is None else f"{found[0]}.{found[1]}"


def classes(database: Database, system: System, model: ReadModel) -> dict[str, str]:
    """Source -> its class: `by key`, or why every change there recomputes everything. Raises DefinitionError."""
    with database.session(system.schema) as session:
        sources = model_sources(session, describe(session, system, model))
    return {source.name: sources.whole.get(source, BY_KEY) for source in sources.columns}


def whole_among(large: Sequence[str], found: Mapping[str, str]) -> tuple[str, ...]:
    """Those of the sources `large` every change of which recomputes everything."""
    return tuple(source for source, of_source in found.items() if of_source != BY_KEY and source in large)


def _keep(
    database: Database,
    url: str,
    system: System,
    application: Application,
    outcome: Outcome,
    interfere: Interfere | None,
) -> None:
    refresher = Refresher(database, [system])
    for block in ("", *application.changes):
        with connect(url) as connection, connection.transaction():
            connection.execute(block.encode())
        _, fault = settle(refresher, url)
        if fault:
            outcome.failed.append(fault)
            return
        with connect(url) as connection:
            if interfere is not None:
                interfere(connection)
            model = system.read_models[0]
            text = at_stored_clock(connection, system.name, model.name, model.definition.text)
            outcome.wrong += differences(connection, model.name, text)


def settle(refresher: Refresher, url: str, most_looks: int = 50) -> tuple[list[Refreshed], str]:
    """Refresh until nothing is pending; returns all refreshes, and what failed or empty text."""
    done: list[Refreshed] = []
    for _ in range(most_looks):
        looked = refresher.look()
        done += looked
        for each in looked:
            if each.error is not None:
                return done, f"refresh: {each.error.splitlines()[0]}"
            if each.drained is not None and each.drained.quarantined:
                return done, "refresh: quarantined rows"
        if pending(url) == 0:
            return done, ""
        # A refresh that takes long is due less often.
        time.sleep(min(refresher.due_in, _LONGEST_WAIT))
    return done, f"refresh: changes are still pending after {most_looks} looks"


def differences(connection: psycopg.Connection[Any], table: str, text: str) -> int:
    """How many rows are in `table` or in `text` only.

    Rows are compared as text, so that values which are equal but look different count as different.
    """
    names = [column.name for column in connection.execute(_limited(text)).description or ()]
    query = sql.SQL(_DIFFERENCES).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, names)),
        definition=sql.SQL(cast(LiteralString, text)),
        table=sql.Identifier(SCHEMA, table),
    )
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _limited(text: str) -> bytes:
    return f"SELECT * FROM (\n{text}\n) AS d LIMIT 0".encode()


def explained(error: DefinitionError) -> tuple[str, str]:
    """The first line of the error, without the file's folder, and its reason without what it is about."""
    message = _first_line(error).partition(f"{error.path.name}:")[2].strip() or _first_line(error)
    refusal = error.__cause__
    return message, refusal.reason if isinstance(refusal, Refusal) else message


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
