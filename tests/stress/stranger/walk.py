"""The way of the guide, from an empty folder to a read model that stays right, and back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import LiteralString, cast

import psycopg
from psycopg import sql

from tests.stress.stranger.application import Application, Wanted
from tests.stress.stranger.declaring import declared
from tests.stress.stranger.outcome import Outcome
from tests.stress.stranger.site import APPLICATION, LOGIN, OWNER, Site
from tests.stress.stranger.step import Step, words_of
from tests.support.case import wait_for
from tests.support.live import one_number, pending
from tests.support.wheel import Venv, environment

_PATIENCE = 120.0
_EXPORT = re.compile(r"^ +export DENORM_SYSTEMS=(\S+)$", re.MULTILINE)
_BACKFILL = re.compile(r"^ +denorm-assets (backfill \S+)$", re.MULTILINE)
_CREATE_INDEX = re.compile(r"CREATE INDEX [^;]+;")
_INDEXES: LiteralString = "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid >= 16384 ORDER BY indexrelid"
_LEAVE = f"""
DROP ROLE {LOGIN};
GRANT denorm_owner, denorm_reader TO CURRENT_USER;
DROP OWNED BY denorm_owner;
DROP OWNED BY denorm_reader;
DROP ROLE denorm_owner, denorm_reader;
"""


class Stopped(Exception):
    """A step failed, so that the way ends there."""


class Walk:
    """A person in a folder, who has the wheel, the guide and the URL of a database.

    Attributes:
        url: what DENORM_DATABASE_URL names now.
        systems: what DENORM_SYSTEMS names.
    """

    def __init__(self, venv: Venv, folder: Path, site: Site, outcome: Outcome) -> None:
        self._venv, self._folder, self._site, self._outcome = venv, folder, site, outcome
        self.url = site.url(OWNER)
        self.systems = ""

    def command(self, *words: str) -> str:
        """Run a command of `denorm-assets`; what it prints to standard output. Raises Stopped."""
        began = time.monotonic()
        done = self._venv.run(self.url, self._folder, "denorm-assets", *words, **self._variables)
        named = f"denorm-assets {' '.join(words)}"
        self._note(Step(named, words_of(words), done.returncode, done.stdout + done.stderr, time.monotonic() - began))
        if done.returncode:
            said = " ".join(f"{done.stderr} {done.stdout}".split())
            raise Stopped(f"{named} ended with {done.returncode}: {said[-2_000:]}")
        return done.stdout

    def sql(self, text: str, *told_by: str) -> None:
        """Run SQL as the owner of the tables. Raises Stopped."""
        began, error = time.monotonic(), ""
        try:
            for statement in text.split(";\n"):
                if statement.strip():
                    self._site.run(statement, OWNER)
        except psycopg.Error as refused:
            error = str(refused)
        self._note(Step(f"SQL: {_short(text)}", told_by, int(bool(error)), error, time.monotonic() - began))
        if error:
            raise Stopped(f"{_short(text)}: {error}")

    def write(self, path: Path, text: str, *told_by: str) -> None:
        """Write a file."""
        path.write_text(text, encoding="utf-8")
        self._note(Step(f"write {path.relative_to(self._folder)}", told_by))

    @contextmanager
    def worker(self) -> Generator[None]:
        """A worker for the block. Raises Stopped where it does not end in order."""
        log = self._folder / "worker.log"
        began = time.monotonic()
        with log.open("w") as output:
            process = subprocess.Popen(
                [self._venv.folder / "bin" / "denorm-assets", "worker"],
                cwd=self._folder,
                env=environment(self.url, **self._variables),
                stdout=output,
                stderr=output,
            )
        try:
            wait_for(lambda: "event=ready" in log.read_text() or process.poll() is not None, "the worker", _PATIENCE)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                status = process.wait(_PATIENCE)
            finally:
                process.kill()
            took = time.monotonic() - began
            self._note(Step("denorm-assets worker", words_of(["worker"]), status, log.read_text(), took))
        if status:
            raise Stopped(f"denorm-assets worker ended with {status}: {log.read_text()[-600:]}")

    def folder_of(self, package: str) -> Path:
        """The folder of a package that `init` wrote."""
        return self._folder / package

    @property
    def unexpected(self) -> int:
        """Files in which the product keeps what it did not foresee."""
        return len([*self._folder.rglob("errors/*.txt")])

    @property
    def _variables(self) -> dict[str, str]:
        return {
            **({"DENORM_SYSTEMS": self.systems} if self.systems else {}),
            "PATH": f"{self._venv.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def _note(self, step: Step) -> None:
        self._outcome.steps.append(step)
        print(f"{self._outcome.name}: {step.did} ({step.seconds:.1f} s)", flush=True)


def walk(application: Application, venv: Venv, folder: Path, site: Site, outcome: Outcome, seconds: float) -> None:
    """Do all that the guide says, with what the engineer wants of `application`; `outcome` is told what comes of it.

    The application writes for so many `seconds`.
    """
    began = time.monotonic() - sum(step.seconds for step in outcome.steps)
    before = site.catalog()
    person = Walk(venv, folder, site, outcome)
    try:
        backfills = _declare(person, application)
        _set_up_roles(person, site)
        made = _plan(person, site)
        person.command("apply")
        for backfill in backfills:
            person.command(*backfill.split())
        person.command("check")
        person.sql(f"GRANT denorm_reader TO {APPLICATION}", "Grant `denorm_reader` to the application's role")
        with person.worker():
            outcome.traffic = application.use(site, seconds)
            wait_for(lambda: pending(site.admin) == 0, "the worker to have shown all changes", _PATIENCE)
            outcome.wrong = wrong_rows(site, application, person)
        person.command("check")
        person.command("status")
        person.command("dev", "--no-ui")
        outcome.seconds = time.monotonic() - began
        _leave(person, site, made)
        outcome.differing = _differences(before, site.catalog())
        outcome.ended = True
    except (Stopped, AssertionError) as error:
        outcome.stopped = str(error)
        outcome.seconds = time.monotonic() - began
    outcome.unexpected = person.unexpected


def _declare(person: Walk, application: Application) -> list[str]:
    """Have `init` write packages, and write into them; the commands that load them, as `init` prints them."""
    packages, backfills = list[str](), list[str]()
    for options in application.inits:
        printed = person.command("init", *options)
        systems = _EXPORT.search(printed)
        if systems is None:
            raise Stopped(f"init names no systems: {printed[-600:]}")
        person.systems = systems[1]
        packages.append(systems[1].rpartition(",")[2].partition(".")[0])
        backfills += _BACKFILL.findall(printed)
    for wanted in application.edited:
        found = [path for each in packages if (path := _definition(person, each, wanted)).exists()]
        if not found:
            raise Stopped(f"init proposes no {wanted.name}")
        person.write(found[0], wanted.text, "a `.sql` file per read model")
    module = person.folder_of(packages[0]) / "systems.py"
    for wanted in application.written:
        person.write(_definition(person, packages[0], wanted), wanted.text, "one `.sql` file")
        text = declared(module.read_text(encoding="utf-8"), wanted.name, wanted.key)
        person.write(module, text, "Add the read model to a phase of the system")
    return backfills


def _definition(person: Walk, package: str, wanted: Wanted) -> Path:
    return person.folder_of(package) / "sql" / f"{wanted.name}.sql"


def _set_up_roles(person: Walk, site: Site) -> None:
    """Run what `roles` prints, as the owner of the database, and log in as a member from then on."""
    printed = person.command("roles")
    person.sql(printed, "Run what it prints as the same role")
    person.sql(
        f"CREATE ROLE {LOGIN} LOGIN PASSWORD 'secret' IN ROLE denorm_owner",
        f"CREATE ROLE {LOGIN} LOGIN PASSWORD '...' IN ROLE denorm_owner",
        "put this login into `DENORM_DATABASE_URL`",
    )
    person.url = site.url(LOGIN)


def _plan(person: Walk, site: Site) -> list[str]:
    """Plan, and create the indexes that it names; these."""
    before = {name for (name,) in site.rows(_INDEXES)}
    for statement in _CREATE_INDEX.findall(person.command("plan")):
        person.sql(statement, "Create the indexes that it reports as missing", statement)
    made = [str(name) for (name,) in site.rows(_INDEXES) if name not in before]
    if made:
        person.command("plan")
    return made


def wrong_rows(site: Site, application: Application, person: Walk) -> dict[str, int]:
    """Read model -> rows that only it or only its definition has, in a fresh connection."""
    wrong: dict[str, int] = {}
    for row in json.loads(person.command("status", "--json")):
        system, _, model = row["model"].partition("/")
        if row["state"] != "live":
            raise Stopped(f"{row['model']} is {row['state']}")
        text = (person.folder_of(system) / "sql" / f"{model}.sql").read_text(encoding="utf-8")
        wrong[row["model"]] = _wrong(site.admin, application.schema, model, text)
        site.rows(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(application.schema, model)), APPLICATION)
    return wrong


def _wrong(url: str, schema: str, model: str, text: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT set_config('search_path', %s, false)", (schema,))
        names = {"definition": sql.SQL(cast(LiteralString, text)), "table": sql.Identifier(schema, model)}
        return one_number(
            connection,
            sql.SQL(
                "WITH defined AS MATERIALIZED (\n{definition}\n), held AS MATERIALIZED (TABLE {table})"
                " SELECT (SELECT count(*) FROM (TABLE defined EXCEPT ALL TABLE held) AS x)"
                " + (SELECT count(*) FROM (TABLE held EXCEPT ALL TABLE defined) AS x)"
            ).format(**names),
        )


def _leave(person: Walk, site: Site, made: Sequence[str]) -> None:
    """Uninstall, and drop what the person made by hand."""
    person.command("uninstall", "--dry-run")
    person.command("uninstall", "--yes")
    person.sql(_LEAVE, *_LEAVE.splitlines()[1:])
    for index in made:
        person.sql(f"DROP INDEX {index}")


def _differences(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [line for line in unified_diff(before, after, n=0, lineterm="") if line[:3] not in ("---", "+++", "@@ ")]


def _short(text: str) -> str:
    words = " ".join(line for line in text.splitlines() if not line.startswith("--")).split()
    return " ".join(words)[:90]
