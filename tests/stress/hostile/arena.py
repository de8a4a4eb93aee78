"""A scenario's own database, cloned from one in which everything is live, with writers and a worker at work."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Debounced, Refresh
from denorm_assets.model.system import Phase, System
from tests.stress.hostile import loot
from tests.stress.hostile.application import OFTEN, SCHEMA, TABLES, Writers, base_system, definition
from tests.stress.hostile.judge import Verdict, ask_checks, count_rows, differing_rows, is_there, served_models
from tests.stress.hostile.outcome import Outcome
from tests.stress.hostile.realm import APP_OWNER, APPLICATION, DEVELOPER, OWNER, Realm
from tests.stress.hostile.shell import Ran, Shell
from tests.support.live import pending

Connection = psycopg.Connection[tuple[Any, ...]]
_DRAIN_SECONDS = 6.0
_LONGEST_DRAIN_SECONDS = 60.0
_LOOKS, _LOOK_SECONDS = 3, 0.7
_OTHERS_SECONDS = 20.0
_TIMEOUT = "20s"


class Refused(Exception):
    """The product refused what the scenario asked of it; the scenario ends there, and is judged."""


class Arena:
    """What a scenario acts on.

    Attributes:
        remedy: what a person does whom a check told that rows are wrong, before `apply`, `refresh` and `reconcile`.
        by_value: read models whose rows are compared by value, because PostgreSQL may choose among equals.
    """

    def __init__(self, realm: Realm, database: str, owner: str, folder: Path, outcome: Outcome) -> None:
        self.realm, self.database, self.owner, self.folder, self.outcome = realm, database, owner, folder, outcome
        self.shell = Shell(realm.url(owner, database), folder)
        self.system = base_system(folder)
        self.shell.declare(self.system)
        self.remedy: Callable[[], None] = lambda: None
        self.by_value: set[str] = set()
        self._sessions: dict[str, Connection] = {}
        self._rows: dict[str, int] = {}
        self._protected: list[str] = []
        self._writers: Writers | None = None
        self._rights = loot.rights(realm)

    # Setting up.

    def begin(self) -> None:
        """Everything is live: note what there is to lose, and have writers and worker begin."""
        for model in self.system.read_models:
            self._note_rows(model)
        self._writers = Writers(self.realm.url(APPLICATION, self.database))
        self.shell.start_worker()

    def prepare(self, text: str) -> None:
        """Run DDL and data of the application as its tables' owner; our roles are granted what they ask for."""
        with self.connect(APP_OWNER) as connection:
            connection.execute(text.encode())
        self.grant()

    def grant(self) -> None:
        """Grant our owner what `denorm-assets roles` asks of every table of the application."""
        with self.admin() as connection:
            connection.execute(
                f"GRANT SELECT, TRIGGER, REFERENCES ON ALL TABLES IN SCHEMA {SCHEMA} TO {OWNER}".encode()
            )

    def model(
        self,
        name: str,
        text: str,
        *,
        key: Sequence[str] = ("id",),
        refresh: Refresh | None = None,
        backfill: str | None = None,
        **declared: Any,
    ) -> ReadModel:
        """A read model; by default `Debounced`, and loaded as a whole."""
        ranges = None if backfill is None else IdRanges(backfill)
        found = definition(self.folder, name, text)
        return ReadModel(name, found, tuple(key), ranges, refresh or Debounced(OFTEN), **declared)

    def declare(self, *models: ReadModel) -> None:
        """Declare read models beside what is declared, in a phase of their own; nothing is applied yet."""
        phase = Phase(f"phase_{len(self.system.phases) + 1}", models)
        self.redeclare(replace(self.system, phases=(*self.system.phases, phase)))

    def redeclare(self, system: System) -> None:
        """Declare this in place of what is declared."""
        self.system = system
        self.shell.declare(system)

    def adopt(self, *models: ReadModel, working: bool = True) -> None:
        """Declare read models, apply and load them, and have the worker keep them.

        Raises Refused where the product refuses them; the declaration is then as it was before. With `working` false
        the worker is left as it is.
        """
        before = self.system
        self.declare(*models)
        try:
            self.must("apply")
            for model in models:
                self.must("backfill", f"shop/{model.name}")
        except Refused:
            self.redeclare(before)
            raise
        for model in models:
            self._note_rows(model)
        if working:
            self.shell.start_worker()

    def adopt_each(self, *models: ReadModel) -> list[ReadModel]:
        """Adopt each that is not refused; returns those adopted."""
        planned = [model for model in models if self._may_be_planned(model)]
        adopted = self._adopt_most(planned)
        self.shell.start_worker()
        return adopted

    def _may_be_planned(self, model: ReadModel) -> bool:
        """Ask `plan`, which costs the same however many are adopted."""
        before = self.system
        self.declare(model)
        planned = self.command("plan")
        self.redeclare(before)
        if planned.status:
            self.outcome.refused.append(planned.error)
        return planned.status == 0

    def _adopt_most(self, models: Sequence[ReadModel]) -> list[ReadModel]:
        """Adopt all at once, or halves of them, down to the one that is refused."""
        if not models:
            return []
        refused, crashed = len(self.outcome.refused), len(self.outcome.crashed)
        with suppress(Refused):
            self.adopt(*models, working=False)
            return [*models]
        if len(models) == 1:
            return []
        del self.outcome.refused[refused:], self.outcome.crashed[crashed:]
        middle = len(models) // 2
        return [*self._adopt_most(models[:middle]), *self._adopt_most(models[middle:])]

    def must(self, *words: str) -> Ran:
        """Run a command that a person expects to succeed. Raises Refused where it does not."""
        ran = self.command(*words)
        if ran.status:
            self.outcome.refused.append(ran.error)
            raise Refused(ran.error)
        return ran

    def command(self, *words: str) -> Ran:
        """Run a command; one that ends in a stack of frames is counted."""
        return self._counted(self.shell.run(*words))

    def process(self, *words: str, patience: float = 30.0) -> Ran:
        """Run a command in a process of its own; one that does not end in time is counted, too."""
        return self._counted(self.shell.process(*words, patience=patience))

    def _counted(self, ran: Ran) -> Ran:
        if ran.crash:
            self.outcome.crashed.append(ran.error)
        return ran

    # Sessions.

    @contextmanager
    def admin(self) -> Generator[Connection]:
        """A session of the harness."""
        with self.realm.admin(self.database) as connection:
            connection.execute(f"SET search_path = {SCHEMA}, public".encode())
            yield connection

    def connect(self, role: str) -> Connection:
        """A fresh session of `role`, in autocommit mode."""
        connection = psycopg.connect(self.realm.url(role, self.database), autocommit=True)
        connection.execute(f"SET search_path = {SCHEMA}, public; SET statement_timeout = '{_TIMEOUT}'".encode())
        return connection

    def session(self, role: str) -> Connection:
        """The session of `role` that the whole scenario shares."""
        held = self._sessions.get(role)
        if held is None or held.closed:
            held = self._sessions[role] = self.connect(role)
        return held

    def run(self, statement: str, role: str = APPLICATION) -> str | None:
        """Run a statement that succeeds without us; its failure is counted, and returned."""
        error = self.attempt(statement, role)
        if error is not None:
            self.outcome.failed[f"{error} ({' '.join(statement.split())[:80]})"] += 1
        return error

    def attempt(self, statement: str, role: str) -> str | None:
        """Run a statement of an attacker; returns why PostgreSQL refused it, or None."""
        try:
            self.session(role).execute(statement.encode())
        except psycopg.Error as error:
            return f"{error.sqlstate} {' '.join(str(error).split())[:200]}"
        return None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What `query` yields for the harness."""
        with self.admin() as connection:
            return connection.execute(query.encode()).fetchall()

    def has_icu(self) -> bool:
        """Whether the server knows collations of ICU; that of the wheel does not."""
        return bool(self.rows("SELECT FROM pg_collation WHERE collname = 'en-x-icu'"))

    def value(self, query: str) -> Any:
        """The one value that `query` yields for the harness."""
        [(value,)] = self.rows(query)
        return value

    # Judging.

    def protect(self, table: str) -> None:
        """Note the rows of a table of the application, none of which the application deletes or changes."""
        with self.admin() as connection:
            connection.execute(f"CREATE TABLE loot.{table} AS SELECT t::text AS held FROM {table} AS t".encode())
        self._protected.append(table)

    def forget_models(self) -> None:
        """From here on read models may go, because somebody asks for it."""
        self._rows.clear()

    def wrong_rows(self, models: Sequence[ReadModel] | None = None) -> dict[str, int]:
        """Read model -> rows that are wrong now, of all that are declared (or these), there, and said to be live."""
        served = served_models(self.shell)
        with self.admin() as connection:
            found = {
                model.name: differing_rows(connection, SCHEMA, model, by_value=model.name in self.by_value)
                for model in (self.system.read_models if models is None else models)
                if (served is None or model.name in served) and is_there(connection, SCHEMA, model.name)
            }
        return {name: count for name, count in found.items() if count}

    def settle(self, patience: float = _DRAIN_SECONDS) -> None:
        """Wait until no change is pending, or until nothing has become of what is pending for `patience` seconds.

        The writers pause meanwhile.
        """
        with self._paused():
            url = self.realm.postgres.url(self.database)
            left, moved_at, ends_at = -1, time.monotonic(), time.monotonic() + _LONGEST_DRAIN_SECONDS
            # After `uninstall` there is nothing that could be pending.
            with suppress(psycopg.errors.UndefinedTable):
                while (now := pending(url)) and time.monotonic() < min(moved_at + patience, ends_at):
                    if now != left:
                        left, moved_at = now, time.monotonic()
                    time.sleep(0.1)

    def _paused(self) -> AbstractContextManager[None]:
        return nullcontext() if self._writers is None else self._writers.paused()

    def stop_writers(self) -> None:
        """End the writers, and count their failures."""
        if self._writers is not None:
            self._writers.stop()
            self.outcome.failed.update(self._writers.failed)
            self._writers = None

    def checks(self) -> Verdict:
        """What the checks say now."""
        with self.admin() as connection:
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind <> 'i'", [SCHEMA]
            ).fetchall()
        return ask_checks(self.shell, self.system.read_models, [str(name) for (name,) in tables])

    def expect_others_follow(self, *concerned: str) -> None:
        """Count the read models that a fault stops, although it is one of the `concerned` only, which may stop.

        The writers pause meanwhile. Each of the others has to be live, hold what its definition says, and not be called
        stale by its own checks.
        """
        others = [model for model in self.system.read_models if model.name not in concerned]
        with self._paused():
            ends_at = time.monotonic() + _OTHERS_SECONDS
            while (stopped := self._stopped(others)) and time.monotonic() < ends_at:
                time.sleep(_LOOK_SECONDS)
            if not stopped:
                red = ask_checks(self.shell, others, []).red
                checks = {f"{model.name} kept_fresh" for model in others}
                stopped = [f"{name}: {text}" for name, text in red.items() if name in checks]
        self.outcome.stopped += [text[:300] for text in stopped]

    def _stopped(self, models: Sequence[ReadModel]) -> list[str]:
        served, wrong = served_models(self.shell, ("live",)), self.wrong_rows(models)
        return [
            f"{model.name} is not live" if served is None or model.name not in served else f"{model.name} is stale"
            for model in models
            if served is None or model.name not in served or model.name in wrong
        ]

    def note_rights(self) -> None:
        """What roles may do now, they may: the scenario itself made some, or gave them rights."""
        self._rights = loot.rights(self.realm)

    def judge(self) -> None:
        """Stop the writers, drain, compare, ask the checks, follow them where they tell, and count."""
        self.stop_writers()
        if not self.shell.works:
            self.shell.start_worker()
        self.judge_rows(without=self._count_lost())
        with self.admin() as connection:
            self.outcome.privileges += loot.taken(connection)
        self.outcome.privileges += [each for each in loot.rights(self.realm) if each not in self._rights]

    def judge_rows(self, without: Sequence[str] = ()) -> bool:
        """Drain and compare, ask the checks where something is wrong, follow them where they tell, and count.

        The writers pause meanwhile. Returns whether something was wrong.
        """
        with self._paused():
            self.settle()
            wrong = self._lasting(without)
            if wrong:
                self._follow(wrong)
        return bool(wrong)

    def _lasting(self, without: Sequence[str]) -> dict[str, int]:
        """What is wrong now and stays so: a refresh may be under way, of which nothing is pending any more."""
        wrong: dict[str, int] = {}
        for _ in range(_LOOKS):
            wrong = {name: count for name, count in self.wrong_rows().items() if name not in without}
            if not wrong:
                break
            time.sleep(_LOOK_SECONDS)
            self.settle()
        return wrong

    def expect_no_alarm(self, *models: str) -> None:
        """Count what checks and reconciliation say against these read models, which are right."""
        self.settle()
        if any(self.wrong_rows().get(name) for name in models):
            return
        verdict = self.checks()
        for name in models:
            self.outcome.alarms += [
                f"{check}: {text}" for check, text in verdict.red.items() if check.startswith(f"{name} ")
            ]
            found = self.command("reconcile", f"shop/{name}")
            if found.status:
                self.outcome.alarms.append(f"reconcile {name}: {' '.join(found.out.split())[:200]}")

    def close(self) -> None:
        """End every session and process."""
        if self._writers is not None:
            self._writers.stop()
        self.shell.stop_worker()
        for connection in self._sessions.values():
            connection.close()

    def _follow(self, wrong: dict[str, int]) -> None:
        verdict = self.checks()
        told = {model.name: verdict.warns_of(model) for model in self.system.read_models if model.name in wrong}
        for name in (name for name in wrong if not told[name]):
            self.outcome.green += [f"kept_fresh of {name}", "objects", "queue"]
            if name in verdict.compared:
                self.outcome.green.append(f"matches_definition of {name}")
        if any(told.values()):
            self.remedy()
            for words in (("apply",), ("refresh", "shop"), ("reconcile", "shop", "--repair", "--max-share", "1")):
                self.command(*words)
                self.settle()
                if not self.wrong_rows():
                    break
        left = self.wrong_rows()
        for name, count in wrong.items():
            if told[name] and not left.get(name):
                self.outcome.told.append(f"{count} rows of {name} were wrong, and this was told: {told[name][:300]}")
            else:
                # What nobody was told stays as it was found, even where a remedy for another one made it right.
                self.outcome.wrong[name] += left.get(name, 0) if told[name] else count

    def _count_lost(self) -> list[str]:
        """Count what is gone; returns the read models that are, or stand empty in the place of a full one."""
        lost = [name for name, rows in self._rows.items() if rows and not self._count(name)]
        for name in lost:
            self.outcome.lost[f"read model {name}"] += self._rows[name]
        with self.admin() as connection:
            for name in self._protected:
                held = sql.SQL("TABLE loot.{}").format(sql.Identifier(name))
                if is_there(connection, SCHEMA, name):
                    held += sql.SQL(" EXCEPT ALL SELECT t::text FROM {} AS t").format(sql.Identifier(SCHEMA, name))
                if lost_rows := count_rows(connection, held):
                    self.outcome.lost[f"table {name}"] += lost_rows
        return lost

    def _note_rows(self, model: ReadModel) -> None:
        self._rows[model.name] = self._count(model.name)

    def _count(self, name: str) -> int:
        with self.admin() as connection:
            if not is_there(connection, SCHEMA, name):
                return 0
            return count_rows(connection, sql.SQL("TABLE {}").format(sql.Identifier(SCHEMA, name)))


_ROLES = f"""
CREATE SCHEMA {SCHEMA} AUTHORIZATION {APP_OWNER};
GRANT USAGE ON SCHEMA {SCHEMA} TO {OWNER}, {APPLICATION}, {DEVELOPER};
GRANT CREATE ON SCHEMA {SCHEMA} TO {OWNER}, {DEVELOPER};
GRANT CREATE ON SCHEMA public TO {DEVELOPER};
GRANT pg_read_all_stats TO {OWNER};
ALTER DEFAULT PRIVILEGES FOR ROLE {APP_OWNER} IN SCHEMA {SCHEMA}
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO denorm_reader, {APPLICATION};
"""


def make_template(realm: Realm, name: str, owner: str) -> None:
    """A database in which the base system is live, made by `owner`; clone it, never change it."""
    realm.create(name)
    with tempfile.TemporaryDirectory(prefix="denorm-hostile-") as folder:
        arena = Arena(realm, name, owner, Path(folder), Outcome("template", "", realm.version))
        with realm.admin(name) as connection:
            loot.set_up(connection)
            connection.execute(_ROLES.encode())
            # As `denorm-assets roles` has it, so that the role needs no right on the database.
            connection.execute(f"CREATE SCHEMA denorm AUTHORIZATION {owner}".encode())
        arena.prepare(TABLES)
        arena.must("apply")
        for model in arena.system.read_models:
            arena.must("backfill", f"shop/{model.name}")
        arena.close()


@contextmanager
def open_arena(
    realm: Realm, template: str, owner: str, outcome: Outcome, tablespace: str | None = None
) -> Generator[Arena]:
    """A clone of `template` with everything at work, for as long as the block takes."""
    realm.reset_roles()
    name = realm.new_name()
    realm.create(name, template, tablespace)
    try:
        with tempfile.TemporaryDirectory(prefix="denorm-hostile-") as folder:
            arena = Arena(realm, name, owner, Path(folder), outcome)
            try:
                arena.begin()
                yield arena
            finally:
                arena.close()
    finally:
        realm.drop(name)
