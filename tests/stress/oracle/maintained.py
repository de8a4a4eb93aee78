"""One database in which one small system after another is built, kept fresh and judged."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
import pytest
from psycopg import sql

from denorm_assets.db.capture.declared import Captured, go_live
from denorm_assets.db.capture.install import install_capture
from denorm_assets.db.changes import anchor_rows
from denorm_assets.db.changes.drain import drain, rebuild
from denorm_assets.db.control.control_schema import migrate
from denorm_assets.db.control.registry import register, registration
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.reach import id_blocks
from denorm_assets.db.introspection.sources import model_sources
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.clock.definition_text import at_time
from denorm_assets.sql.control import query
from denorm_assets.sql.ddl import tables
from denorm_assets.sql.rows import batch
from denorm_assets.sql.rows.predicates import EVERY_ROW
from tests.conftest import Server
from tests.support.clock_of_views import views_at

SCHEMAS = ("s", "s2")
_CLEAN = """
DROP SCHEMA IF EXISTS s, s2 CASCADE;
DO $$
DECLARE f regprocedure;
BEGIN
    IF to_regnamespace('denorm') IS NOT NULL THEN
        FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'denorm'::regnamespace AND proname ~ '^capture_[0-9]' LOOP
            EXECUTE format('DROP FUNCTION %s CASCADE', f);
        END LOOP;
        DELETE FROM denorm.read_model;
        DELETE FROM denorm.source;
        DELETE FROM denorm.id_range;
        TRUNCATE denorm.change_log, denorm.pending;
    END IF;
END $$;
CREATE SCHEMA s;
CREATE SCHEMA s2;
"""


@dataclass(frozen=True)
class Defined:
    """A definition with what a declaration says of it.

    Attributes:
        driving: columns as in IdRanges; none where it is loaded as a whole.
        schema: that of its system, of which there is one in each.
        name: its own; empty where nothing names it.
    """

    text: str
    key: tuple[str, ...]
    driving: tuple[str, ...]
    schema: str = "s"
    name: str = ""


@dataclass(frozen=True)
class Held:
    """A read model that is live.

    Attributes:
        whole: the sources of which each change recomputes all of it, and why.
        watched: all sources.
    """

    described: DescribedModel
    model_id: int
    whole: Mapping[TableName, str]
    watched: Collection[TableName]


@dataclass
class Bench:
    """A database for one small system at a time, in the schemas `s` and `s2`.

    Attributes:
        by_part: whether anchors are recomputed also where the planner expects the whole to be cheaper.
    """

    database: Database
    url: str
    folder: Path
    held: list[Held] = field(default_factory=list[Held])
    by_part: bool = False

    def fresh(self, *, by_part: bool = False) -> None:
        """Forget the last system."""
        self.held, self.by_part = [], by_part
        with self.connect() as connection:
            connection.execute(_CLEAN)

    @contextmanager
    def connect(self) -> Generator[psycopg.Connection[tuple[Any, ...]]]:
        """A fresh autocommit connection whose unqualified names mean the system's schema."""
        with psycopg.connect(
            self.url, autocommit=True, options="-c search_path=s,public -c timezone=UTC"
        ) as connection:
            yield connection

    def run(self, *statements: str) -> None:
        """Run SQL of the application in a connection of its own, one transaction per statement."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(cast(LiteralString, statement))

    def keep(self, *defined: Defined) -> None:
        """Create, capture, load and go live with a read model per definition. Raises DefinitionError."""
        for each in defined:
            system = self._system(each.name or f"held_{len(self.held)}", each)
            model = system.read_models[0]
            with (
                self.database.session(each.schema) as session,
                session.transaction(),
                pytest.MonkeyPatch.context() as patch,
            ):
                if self.by_part:
                    # Of a few rows, too, there are several blocks.
                    patch.setattr(id_blocks, "LEAST_ROWS", 2)
                    patch.setattr(id_blocks, "ROWS_OF_LARGE_GROUP", 0)
                described = describe(session, system, model)
                session.execute(tables.create_table(described))
                register(session, system, described)
                model_id = registration(session, system, model).model_id
                sources = model_sources(session, described)
                install_capture(session, described, sources, model_id)
                # Loading by ranges has tests of its own; here only its result counts.
                session.execute(batch.insert(described, EVERY_ROW))
                # Planted bugs take away what going live asks for.
                go_live(session, Captured(described, model_id))
                if described.partials is not None:
                    # So that the first change finds them.
                    rebuild(session, described, model_id)
            self.held.append(Held(described, model_id, sources.whole, sources.watched))

    def move_clock(self, moment: datetime) -> None:
        """Move the stored time of each read model that has one."""
        with self.connect() as connection:
            connection.execute("SELECT denorm.move_clock(id, %s) FROM denorm.read_model ORDER BY id", (moment,))

    def settle(self) -> None:
        """Dispatch and drain until nothing is pending: once for each read model of a chain, at most."""
        with self.database.session("s") as session:
            for _ in self.held:
                self.dispatch(session)
                if not self.drain(session) or not self._chained:
                    break

    @property
    def _chained(self) -> bool:
        """Whether any reads another."""
        held = {each.described.table for each in self.held}
        return any(not held.isdisjoint(each.watched) for each in self.held)

    def dispatch(self, session: Session) -> None:
        """Move the change log on, once."""
        session.one(query("drains", "dispatch"))

    def drain(self, session: Session) -> bool:
        """Drain every read model that has something pending, once; whether there was any."""
        waiting = {row["model_id"] for row in session.rows(query("drains", "pending"))}
        for held in self.held:
            if held.model_id in waiting:
                with pytest.MonkeyPatch.context() as patch:
                    if self.by_part:
                        patch.setattr(anchor_rows, "_whole_is_cheaper", _never)
                    done = drain(session, held.described, held.model_id, datetime.now(UTC))
                assert done is not None
                assert not done.quarantined, self.rows("SELECT * FROM denorm.quarantine")
        return bool(waiting)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What `statement` yields in a fresh connection."""
        with self.connect() as connection:
            return connection.execute(cast(LiteralString, statement)).fetchall()

    def differences(self) -> list[tuple[str, ...]]:
        """The oracle: (model, side, row) for rows on one side only, found in a fresh connection."""
        found: list[tuple[str, ...]] = []
        with self.connect() as connection:
            for held in self.held:
                clock = _stored_time(connection, held)
                query_text = sql.SQL(
                    "WITH defined AS MATERIALIZED (SELECT d::text AS row FROM (\n{definition}\n) AS d),"
                    " held AS MATERIALIZED (SELECT h::text AS row FROM {table} AS h)"
                    " (SELECT 'missing', row FROM (TABLE defined EXCEPT ALL TABLE held) AS x)"
                    " UNION ALL (SELECT 'extra', row FROM (TABLE held EXCEPT ALL TABLE defined) AS x)"
                ).format(
                    definition=sql.SQL(cast(LiteralString, _at(clock, held))),
                    table=sql.Identifier(held.described.schema, held.described.model.name),
                )
                with views_at(connection, [*SCHEMAS], clock):
                    rows = connection.execute(query_text).fetchall()
                found += [(held.described.model.name, *row) for row in rows]
        return found

    def judge(self, when: str = "") -> None:
        """Raises AssertionError where a read model differs from its definition."""
        wrong = self.differences()
        if wrong:
            raise AssertionError(f"wrong rows {when}: {wrong}")

    def _system(self, name: str, defined: Defined) -> System:
        path = self.folder / f"{name}.sql"
        path.write_text(defined.text, encoding="utf-8")
        model = ReadModel(name, SqlFile(path), defined.key, IdRanges(*defined.driving) if defined.driving else None)
        return System("oracle" if defined.schema == "s" else "oracle_2", defined.schema, (Phase("phase_1", (model,)),))


def _stored_time(connection: psycopg.Connection[tuple[Any, ...]], held: Held) -> datetime | None:
    row = connection.execute("SELECT clock FROM denorm.read_model WHERE id = %s", (held.model_id,)).fetchone()
    return row[0] if row is not None else None


def _at(clock: datetime | None, held: Held) -> str:
    text = at_time(held.described.definition, f"timestamptz '{clock}'") if clock is not None else None
    return held.described.definition if text is None else text


def _never(*_: object) -> bool:
    return False


@contextmanager
def bench(url: str) -> Generator[Bench]:
    """A Bench over an empty database."""
    database = Database(url)
    with database.session() as session:
        migrate(session)
    try:
        with tempfile.TemporaryDirectory(prefix="denorm-oracle-") as folder:
            yield Bench(database, url, Path(folder))
    finally:
        database.close()


@contextmanager
def prepared_bench(server: Server, name: str, *setup: str) -> Generator[Bench]:
    """A Bench over a database called `name`, in which `setup` ran; the database goes after the block."""
    try:
        with bench(server.create(name)) as made:
            made.fresh()
            made.run(*setup)
            yield made
    finally:
        server.drop(name)


def skip_where_too_old(bench: Bench, text: str) -> None:
    """Skip a test whose definition is of a later release than the server; the newest one has to take it."""
    with psycopg.connect(bench.url) as connection:
        connection.execute("SET search_path = s, public")
        try:
            connection.execute(cast(LiteralString, f"EXPLAIN {text}"))
        except (psycopg.errors.SyntaxError, psycopg.errors.UndefinedFunction) as error:
            if connection.info.server_version >= 180_000:
                raise
            pytest.skip(f"PostgreSQL {connection.info.server_version // 10_000} does not take it: {error}")
