"""A server with beds: databases in which the application's read models are live, each for one trouble."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from denorm_assets.db.doctor.examine import Examination, examine
from denorm_assets.db.doctor.finding import Step
from denorm_assets.db.doctor.patient import LIMITS, BoundedDatabase
from denorm_assets.embedded.temporary import FAST
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.system import System
from denorm_assets.settings import LOCK_BOUND_MS
from tests.bench.temporary_server import temporary_server
from tests.conftest import Server
from tests.stress.hostile.application import OFTEN, SCHEMA, TABLES, base_system, definition
from tests.stress.hostile.realm import APP_OWNER, APPLICATION, OWNER, Realm
from tests.stress.hostile.shell import Shell

Connection = psycopg.Connection[tuple[Any, ...]]
T = TypeVar("T")
_SETTINGS = {**FAST, "wal_level": "logical", "max_prepared_transactions": "5", "autovacuum_naptime": "1h"}
_TEMPLATE = "doctor_template"
_PATIENCE = 120.0
_RELOAD_SECONDS = 0.5
_OWN_COMMAND = "denorm-assets "
_GRANTS = f"""
CREATE SCHEMA app AUTHORIZATION {APP_OWNER};
CREATE SCHEMA denorm AUTHORIZATION {OWNER};
GRANT USAGE, CREATE ON SCHEMA app TO {OWNER};
GRANT USAGE ON SCHEMA app TO {APPLICATION};
GRANT pg_monitor TO {OWNER};
"""
_GRANTS_ON_TABLES = f"""
GRANT SELECT, TRIGGER ON ALL TABLES IN SCHEMA app TO {OWNER};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO {APPLICATION};
"""


def wait_until(true: Callable[[], T], what: str) -> T:
    """The first answer that is true; fails where there is none in time."""
    deadline = time.monotonic() + _PATIENCE
    while not (answer := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return answer


class Bed:
    """A database whose read models are live, and what was done to it.

    The product logs in as a role with the rights that `denorm-assets roles` prints; another one owns the sources.

    Attributes:
        limits: from when on something is a trouble: nobody waits ten minutes for a long transaction.
        systems: what the doctor is told is declared.
    """

    def __init__(self, realm: Realm, database: str, folder: Path, stack: ExitStack) -> None:
        self.realm, self.database, self._stack = realm, database, stack
        self._direct = self.url = realm.url(OWNER, database)
        self.shell = Shell(self.url, folder)
        self.folder = folder
        self.limits = LIMITS
        self.systems: tuple[System, ...] = ()
        self._settings: dict[str, str] = {}
        self.declare(base_system(folder))

    # What a plant does.

    def run(self, *statements: str, role: str | None = None) -> None:
        """Run SQL, each statement by itself, as a superuser or as `role`."""
        with self.connect(role) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def connect(self, role: str | None = None, **options: str) -> Connection:
        """A fresh connection in autocommit mode whose names mean the application's schema."""
        url = self.realm.postgres.url(self.database) if role is None else self.realm.url(role, self.database)
        connection = psycopg.connect(url, autocommit=True, **options)  # pyright: ignore[reportArgumentType]
        connection.execute(f"SET search_path = {SCHEMA}, public".encode())
        return connection

    def hold(self, *statements: str, role: str = APPLICATION, **options: str) -> Connection:
        """A connection that stays open after these statements, until the bed is left."""
        connection = self.connect(role, **options)
        self._stack.callback(connection.close)
        for statement in statements:
            connection.execute(statement.encode())
        return connection

    def enter(self, manager: AbstractContextManager[T]) -> T:
        """Enter what is left with the bed."""
        return self._stack.enter_context(manager)

    def value(self, query: str) -> Any:
        """The one value that `query` yields to a superuser."""
        with self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None, query
        return row[0]

    def configure(self, statement: str) -> None:
        """Change the server's own configuration."""
        with self.realm.admin() as connection:
            connection.execute(statement.encode())
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(_RELOAD_SECONDS)

    def declare(self, system: System) -> None:
        """Have every later command and the doctor see `system`."""
        self.systems = (system,)
        self.shell.declare(system)

    def with_model(self, name: str, text: str) -> System:
        """The system with one more read model, over orders."""
        [system] = self.systems
        more = ReadModel(name, definition(self.folder, name, text), ("id",), IdRanges("orders.id"))
        [phase] = system.phases
        return replace(system, phases=(replace(phase, read_models=(*phase.read_models, more)),))

    def with_cards(self, **declared: Any) -> System:
        """The system with its read model order_cards declared otherwise."""
        [system] = self.systems
        [phase] = system.phases
        cards, *others = phase.read_models
        return replace(system, phases=(replace(phase, read_models=(replace(cards, **declared), *others)),))

    def must(self, *words: str) -> None:
        """Run a command that succeeds."""
        ran = self.shell.run(*words)
        assert ran.status == 0, ran

    @property
    def server(self) -> Server:
        """The server, for what makes databases and poolers."""
        return Server(self.realm.postgres)

    @property
    def logins(self) -> dict[str, str]:
        """The product's login, for a pooler."""
        return {OWNER: str(make_url(self._direct).password)}

    def through(self, url: str | None) -> None:
        """Have the doctor connect there; None: directly."""
        self.url = self._direct if url is None else url

    # What the doctor and an operator do.

    def examine(self) -> Examination:
        """What the doctor finds."""
        bound = int(self._settings.get("DENORM_LOCK_BOUND_MS", LOCK_BOUND_MS))
        database = BoundedDatabase(self.url, lock_bound_ms=bound)
        try:
            return examine(database, self.systems, self.limits)
        finally:
            database.close()

    def fix(self, steps: Sequence[Step]) -> list[str]:
        """Do what a fix says, as far as a program can; returns what failed."""
        failed: list[str] = []
        for step in steps:
            try:
                if step.by == "sql":
                    self.run(step.text)
                    time.sleep(_RELOAD_SECONDS if "pg_reload_conf" in step.text else 0)
                elif step.text == f"{_OWN_COMMAND}worker":
                    self._start_worker()
                elif step.text.startswith(_OWN_COMMAND):
                    ran = self.shell.run(*step.text.removeprefix(_OWN_COMMAND).split())
                    failed += [ran.error] if ran.error else []
                elif step.text.startswith("export "):
                    name, _, value = step.text.removeprefix("export ").partition("=")
                    self._settings[name] = value
            except psycopg.Error as error:
                failed.append(f"{step.text}: {error}")
        return failed

    def _start_worker(self) -> None:
        self.shell.start_worker()
        since = self.value("SELECT clock_timestamp()")
        beats = f"SELECT count(*) FROM denorm.worker WHERE beat_at > '{since}'"
        wait_until(lambda: self.value(beats), "the worker has a heartbeat")
        wait_until(lambda: self.value("SELECT count(*) FROM denorm.change_log") == 0, "the worker moves the log on")
        wait_until(lambda: self.value("SELECT count(*) FROM denorm.pending") == 0, "the worker refreshes")

    def leave(self) -> None:
        """Take back what a fix did not."""
        self.shell.stop_worker()
        self._stack.close()
        with self.realm.admin() as connection:
            for (gid,) in connection.execute("SELECT gid FROM pg_prepared_xacts").fetchall():
                with self.connect() as inside:
                    inside.execute(sql.SQL("ROLLBACK PREPARED {}").format(gid))
            for role in (OWNER, APPLICATION):
                connection.execute(f"ALTER ROLE {role} RESET ALL".encode())
                connection.execute(f"ALTER ROLE {role} NOBYPASSRLS CONNECTION LIMIT -1".encode())
            connection.execute(f"REVOKE {APP_OWNER} FROM {OWNER}".encode())
        self.configure("ALTER SYSTEM RESET ALL")
        # Only now: with a synchronous standby that is not there, nothing is dropped.
        with self.realm.admin() as connection:
            idle = "SELECT slot_name FROM pg_replication_slots WHERE NOT active"
            for (slot,) in connection.execute(idle).fetchall():
                connection.execute("SELECT pg_drop_replication_slot(%s)", [slot])


class Ward:
    """A server on which every trouble has a bed of its own."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self._make_template()

    @contextmanager
    def bed(self) -> Generator[Bed]:
        """A bed in which everything is well."""
        name = self.realm.new_name()
        self.realm.create(name, _TEMPLATE)
        try:
            with tempfile.TemporaryDirectory(prefix="denorm-doctor-") as folder:
                bed = Bed(self.realm, name, Path(folder), ExitStack())
                try:
                    yield bed
                finally:
                    bed.leave()
        finally:
            self.realm.drop(name)

    def new_database(self) -> str:
        """A database with nothing in it; returns its name."""
        name = self.realm.new_name()
        self.realm.create(name)
        return name

    def _make_template(self) -> None:
        self.realm.create(_TEMPLATE)
        with tempfile.TemporaryDirectory(prefix="denorm-doctor-") as folder:
            bed = Bed(self.realm, _TEMPLATE, Path(folder), ExitStack())
            bed.run(_GRANTS)
            bed.run(TABLES, role=APP_OWNER)
            bed.run(_GRANTS_ON_TABLES)
            bed.must("apply")
            for model in bed.systems[0].read_models:
                bed.must("backfill", f"shop/{model.name}")
            bed.leave()


@contextmanager
def open_ward() -> Generator[Ward]:
    """A ward, for as long as the block takes."""
    with temporary_server("denorm-doctor-", _SETTINGS) as (home, postgres):
        yield Ward(Realm(home, postgres, 18))


__all__ = ["APPLICATION", "APP_OWNER", "OFTEN", "OWNER", "Bed", "Ward", "open_ward", "wait_until"]
