"""Small systems made for one test, run against a real server, and the oracle that judges every one of them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from denorm_assets.db.apply.create_tables import create_tables
from denorm_assets.db.backfill.go_live import finish_model
from denorm_assets.db.backfill.loader import ModelLoader
from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.changes.refresh_log import Drained
from denorm_assets.db.control.ranges import RangeProgress, range_progress
from denorm_assets.db.control.registry import Registration, registration
from denorm_assets.db.health.checks import run_checks
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.plan.consent import Consent
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.refreshed import Refreshed
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.check_result import CheckResult
from denorm_assets.model.index import Index, Reference
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounced, Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System
from tests.support.live import AGREED
from tests.support.log_lines import LogLines
from tests.support.unseen import FORGET, SEEN_BY_NOBODY

QUICK = BackfillOptions(pause=0)
_ALONE = re.compile(
    r"\s*(SELECT|VACUUM|ALTER SYSTEM|(CREATE|DROP|ALTER) (DATABASE|SUBSCRIPTION|TABLESPACE)|.*CONCURRENTLY)", re.DOTALL
)
"""What needs no transaction, or cannot be in one."""
_LOGS: LiteralString = "SELECT to_regclass('denorm.change_log') IS NOT NULL"
PATIENCE = 30.0
"""Seconds that a test waits for something that is bound to happen."""


def pooled(url: str) -> Database:
    """A Database with a pool large enough for several workers in one process."""
    return Database(url, pool_size=20)


@dataclass(eq=False)
class Case:
    """One read model of one system in one database.

    Attributes:
        lines: everything that the database layer logged.
    """

    database: Database
    url: str
    system: System
    model: ReadModel
    lines: LogLines = field(default_factory=LogLines)

    def __post_init__(self) -> None:
        self._application: psycopg.Connection[tuple[Any, ...]] | None = None

    def run(self, statement: str, params: Sequence[object] | None = None) -> None:
        """Run SQL of the application, in a connection that only the application uses.

        No trigger fires, so that capture sees nothing: whatever happens here, the backfill has to find out.
        """
        self._as_application(statement, params)

    def write(self, statement: str) -> None:
        """Run SQL of the application with its triggers firing."""
        with self.connect() as connection:
            connection.execute(statement.encode())

    def rows(self, query: str, params: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """What the application sees as the answer to `query`."""
        return self._as_application(query, params).fetchall()

    def _as_application(self, query: str, params: Sequence[object] | None) -> psycopg.Cursor[tuple[Any, ...]]:
        # Kept, because a login takes longer than most statements.
        if self._application is None:
            self._application = self._connected()
            self._application.execute(SEEN_BY_NOBODY)
        if _ALONE.match(query):
            return self._application.execute(cast(LiteralString, query), params)
        with self._application.transaction():
            found = self._application.execute(cast(LiteralString, query), params)
            # What a test does to the log itself stays.
            ours = "denorm." in query or self._application.execute(_LOGS).fetchone() == (False,)
            if not ours:
                self._application.execute(FORGET)
            return found

    def hang_up(self) -> None:
        """End the application's connection; the next statement makes another."""
        if self._application is not None:
            self._application.close()
            self._application = None

    def close(self) -> None:
        """End all connections."""
        self.hang_up()
        self.database.close()

    def value(self, query: str, params: Sequence[object] | None = None) -> Any:
        """The one value that `query` yields."""
        [(value,)] = self.rows(query, params)
        return value

    @contextmanager
    def connect(self) -> Generator[psycopg.Connection[tuple[Any, ...]]]:
        """A fresh autocommit connection whose unqualified names mean the system's schema."""
        with self._connected() as connection:
            yield connection

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        connection = psycopg.connect(self.url, autocommit=True)
        connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(self.system.schema)))
        return connection

    def apply(self, consent: Consent = AGREED) -> None:
        """Create the read model's table."""
        create_tables(self.database, self.system, self.system.read_models, consent)

    def loader(self, options: BackfillOptions = QUICK) -> ModelLoader:
        """A loader such as one command or one run makes."""
        return ModelLoader(self.database, self.system, self.model, options)

    def load(
        self, from_id: str | None = None, to_id: str | None = None, *, again: bool = False, **options: Any
    ) -> list[RangeResult]:
        """Backfill; `options` are those of BackfillOptions."""
        return list(self.loader(replace(QUICK, **options)).load_ids(from_id, to_id, again=again))

    def load_key(self, key: str, **options: Any) -> RangeResult:
        """Backfill one range by its key, done or not."""
        [result] = self.loader(replace(QUICK, **options)).load_keys([key])
        return result

    def redeclare(self, **declaration: Any) -> None:
        """Declare the read model otherwise, for example with another `refresh`."""
        self.model = replace(self.model, **declaration)
        self.system = replace(self.system, phases=(replace(self.system.phases[0], read_models=(self.model,)),))

    def refresh_if_due(self) -> list[Refreshed]:
        """One look of a driver; returns what it refreshed or failed to."""
        looked = Refresher(self.database, [self.system]).look()
        return [found for found in looked if found.drained is not None or found.error is not None]

    def refresh(self) -> Drained:
        """Refresh at once."""
        return refresh_now(self.database, self.system, self.model)

    def finish(self) -> None:
        """Build indexes and foreign keys, and go live."""
        finish_model(self.database, self.system, self.model)

    def progress(self) -> list[RangeProgress]:
        """Progress of every range."""
        with self.database.session(self.system.schema) as session:
            return range_progress(session, registration(session, self.system, self.model).model_id)

    def counters(self, key: str) -> Mapping[str, Any]:
        """The row of `range_progress` for `key`; empty where there is none."""
        rows = self.rows("SELECT to_jsonb(p) FROM denorm.range_progress AS p WHERE key = %s", (key,))
        return rows[0][0] if rows else {}

    def registered(self) -> Registration:
        """What the control schema says of the model."""
        with self.database.session(self.system.schema) as session:
            return registration(session, self.system, self.model)

    def described(self) -> DescribedModel:
        """What PostgreSQL says of the definition."""
        with self.database.session(self.system.schema) as session:
            return describe(session, self.system, self.model)

    def whole_sources(self) -> list[tuple[str]]:
        """The sources a change in which recomputes all rows."""
        return self.rows(
            "SELECT s.table_name FROM denorm.dependency d JOIN denorm.source s ON s.id = d.source_id"
            " WHERE d.expansion IS NULL"
        )

    def checks(self, narrow: Mapping[str, str] | None = None) -> dict[str, CheckResult]:
        """All checks by name."""
        with self.database.session(self.system.schema) as session:
            described = describe(session, self.system, self.model)
            found = run_checks(session, described, registration(session, self.system, self.model), narrow)
            return {result.name: result for result in found}

    def redefine(self, text: str) -> None:
        """Change the definition's file."""
        self.model.definition.path.write_text(text, encoding="utf-8")

    def differences(self, model: ReadModel | None = None) -> list[tuple[str, str]]:
        """The oracle: rows on one side only, as (side, row), found in a fresh connection.

        Rows are compared as text, so that values which are equal but look different count as different.
        """
        model = model or self.model
        defined = "SELECT the_defined_row::text FROM (\n{definition}\n) AS the_defined_row"
        held = "SELECT the_held_row::text FROM {table} AS the_held_row"
        query = sql.SQL(
            f"(SELECT 'missing', d.* FROM ({defined} EXCEPT ALL {held}) AS d)"
            f" UNION ALL (SELECT 'extra', d.* FROM ({held} EXCEPT ALL {defined}) AS d)"
        ).format(
            definition=sql.SQL(cast(LiteralString, model.definition.text)),
            table=sql.Identifier(self.system.schema, model.name),
        )
        with self.connect() as connection:
            return connection.execute(query).fetchall()

    def assert_right(self) -> None:
        """Target and definition hold the same rows."""
        assert self.differences() == []

    def backends(self, pid: int) -> list[tuple[str, str, str]]:
        """What the server does for the worker process `pid`: (state, wait event type, query) per connection."""
        return self.rows(
            "SELECT state, coalesce(wait_event_type, ''), query FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            (f"worker {pid}",),
        )

    def wait_for_backends_to_end(self, pid: int) -> None:
        """Wait until the server has noticed that the process `pid` is gone."""
        wait_for(lambda: not self.backends(pid), "the server to notice the end of a client")

    def snapshot(self) -> dict[str, str]:
        """Row as text -> transaction that wrote it and transaction that locked it."""
        return dict(self.rows(f"SELECT held::text, xmin::text || '/' || xmax::text FROM {self.model.name} AS held"))


def system_of(
    folder: Path,
    text: str,
    *,
    key: Sequence[str],
    driving: Sequence[str] = (),
    name: str = "links",
    schema: str = "app",
    refresh: Refresh | None = None,
    indexes: Sequence[Index] = (),
    references: Sequence[Reference] = (),
    partition_by: str | None = None,
) -> System:
    """A system of one read model, its definition written to a file in `folder`."""
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    model = ReadModel(
        name,
        SqlFile(path),
        tuple(key),
        IdRanges(*driving) if driving else None,
        refresh or Debounced(),
        indexes=tuple(indexes),
        references=tuple(references),
        partition_by=partition_by,
    )
    return System("shop", schema, (Phase("phase_1", (model,)),))


def case_of(database: Database, url: str, system: System) -> Case:
    """A case over the only read model of `system`."""
    return Case(database, url, system, system.read_models[0])


def as_role(url: str, role: str, password: str) -> str:
    """`url` with another login."""
    return make_url(url).set(username=role, password=password).render_as_string(hide_password=False)


def together(threads: int, work: Callable[[], object]) -> None:
    """Do `work` in several threads, beginning at the same moment; raises what any of them raises."""
    barrier = threading.Barrier(threads)

    def begin() -> None:
        barrier.wait()
        work()

    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(begin) for _ in range(threads)]:
            future.result()


def wait_for(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Poll until `condition` holds. Raises AssertionError after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience} s in vain for {what}"
        time.sleep(0.01)
