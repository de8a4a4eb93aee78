"""`make faults ONLY=schema`: schema work is killed at random moments; the next `apply` leaves nothing half-way."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.control.registry import registrations
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.db.refresh.refresh_now import refresh_now
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DenormError
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.system import System
from tests.bench.temporary_server import temporary_server
from tests.stress.faults.impatient import drive, uncaptured
from tests.stress.faults.schema_system import TABLES, versions
from tests.stress.faults.strikes import KINDS, strike, wait_for_server
from tests.support.live import AGREED, bring_up, pending_of_models, wrong_rows
from tests.support.reports import Figure, report

SIZES = {"small": (24, 8_000), "full": (100, 10_000)}
"""Kills, and rows of the larger source."""
_REPAIRS = 0.2
"""Share of the kills that meet a repair."""
_IMPATIENCE = 0.5
"""Share of the kills after which somebody tries to load and refresh what is there, before `apply` is run again."""
_WRONG = (
    "DELETE FROM shop.named WHERE id % 7 = 0",
    "UPDATE shop.both SET price = -1 WHERE id % 11 = 0",
    "DELETE FROM shop.totals WHERE owner % 3 = 0",
)
_PATIENCE = 60.0

LEFTOVERS = {
    "invalid indexes": "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
    "tables and views left over": "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p', 'm')"
    " AND relname LIKE 'denorm@_next%' ESCAPE '@'",
    "functions and triggers left over": "SELECT proname FROM pg_proc WHERE proname LIKE 'capture@_%' ESCAPE '@'"
    " AND proname NOT IN (SELECT 'capture_' || source_id FROM denorm.dependency)"
    " UNION ALL SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'trg@_denorm%' ESCAPE '@'"
    " AND tgfoid NOT IN (SELECT p.oid FROM pg_proc AS p JOIN denorm.dependency ON p.proname = 'capture_' || source_id)",
    "models half changed": "SELECT m.name || '.' || a.attname FROM denorm.read_model AS m"
    " JOIN pg_attribute AS a ON a.attrelid = format('%I.%I', m.table_schema, m.name)::regclass"
    " WHERE m.kind = 'table' AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (m.columns)"
    " UNION ALL SELECT name || ' is ' || state FROM denorm.read_model WHERE state <> 'live'",
}


def repair(database: Database, system: System) -> list[Reconciled]:
    """Reconcile everything, with no cap."""
    options = ReconcileOptions(repair=True, most_rows=1_000_000, most_share=1)
    return [reconcile_model(database, system, model, options) for model in system.read_models]


def apply(database: Database, system: System) -> None:
    """Apply, and say nothing."""
    apply_system(database, system, AGREED)


WORKS: Mapping[str, Callable[[Database, System], object]] = {"apply": apply, "repair": repair}
"""What is begun in a process of its own and killed there."""


@dataclass(frozen=True)
class Action:
    """One kill's work.

    Attributes:
        work: one of WORKS, done with the version `begun`; it is killed.
        ended: the version that is applied afterwards, undisturbed.
    """

    work: str
    begun: str
    ended: str

    def __str__(self) -> str:
        return f"{self.work} {self.begun}, then apply {self.ended}"


def _draw(dice: random.Random, ours: Mapping[str, System], at: str) -> Action:
    if dice.random() < _REPAIRS:
        return Action("repair", at, at)
    to = dice.choice([name for name in ours if name != at])
    # Now and then the version before is put back, instead of going on with the new one.
    return Action("apply", to, at if dice.random() < 0.25 else to)


def put_wrong(url: str) -> None:
    """Some rows of every table read model behind everybody's back; a repair makes them right."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica; SET lock_timeout = '5s'")
        for statement in _WRONG:
            connection.execute(statement.encode())


@dataclass
class Findings:
    """What was found after the kills.

    Attributes:
        found: kind of fault -> what was found, with the action before it.
    """

    kills: Counter[str] = field(default_factory=Counter[str])
    of_actions: Counter[str] = field(default_factory=Counter[str])
    found: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def note(self, kind: str, what: list[str], after: Action) -> None:
        """Write faults down."""
        self.found.setdefault(kind, []).extend(f"{each}, after {after}" for each in what)


def run(size: str, seed: int, say: Callable[[str], None]) -> bool:
    """Kill, apply and look, over and over; returns whether all goals are met."""
    wanted, rows = SIZES[size]
    began = time.monotonic()
    findings = Findings()
    with temporary_server("denorm-faults-schema-") as (_, postgres), tempfile.TemporaryDirectory() as folder:
        postgres.ensure_database("shop")
        url = postgres.url("shop")
        ours = versions(Path(folder))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(TABLES.format(rows=rows).encode())
        database = Database(url)
        bring_up(database, ours["plain"])
        database.close()
        with _writing(url):
            _strike_until(wanted, url, ours, random.Random(seed), findings, say)
    figures = [
        Figure("kills", sum(findings.kills.values()), at_least=wanted),
        *(Figure(f"kills: {kind}", findings.kills[kind]) for kind in KINDS),
        *(Figure(kind, len(findings.found.get(kind, [])), at_most=0) for kind in (*LEFTOVERS, *_FURTHER)),
        Figure("all together", time.monotonic() - began, "s"),
    ]
    return report(f"faults-schema-{size}", figures, {"actions": findings.of_actions, "found": findings.found})


_FURTHER = ("live without capture", "applies that failed", "repairs that failed", "rows wrong")


def _strike_until(
    wanted: int,
    url: str,
    ours: Mapping[str, System],
    dice: random.Random,
    findings: Findings,
    say: Callable[[str], None],
) -> None:
    at = "plain"
    lengths: dict[str, float] = {}
    while sum(findings.kills.values()) < wanted:
        action, kind = _draw(dice, ours, at), dice.choice(KINDS)
        if action.work == "repair":
            put_wrong(url)
        name = f"{action.work} {action.begun}"
        length = lengths.get(name, 2.0)
        worked = strike(url, WORKS[action.work], ours[action.begun], kind, dice.uniform(0, length))
        if worked is None:
            findings.kills[kind] += 1
            findings.of_actions[str(action)] += 1
            say(f"{sum(findings.kills.values())}: {kind}, {action}")
        else:
            # It was through already: aim earlier next time.
            lengths[name] = worked
        wait_for_server(url)
        if dice.random() < _IMPATIENCE:
            _drive(url, ours[action.begun], action, findings)
        _examine(url, action, ours[action.ended], findings)
        at = action.ended


def _drive(url: str, system: System, action: Action, findings: Findings) -> None:
    """Let an operator try to bring to life what the kill left half-way."""
    database = Database(url)
    drive(database, system, lambda: None)
    database.close()
    findings.note("live without capture", uncaptured(url), action)


def _examine(url: str, action: Action, system: System, findings: Findings) -> None:
    """Apply, catch up with the writers, and note whatever is not as it should be."""
    database = Database(url)
    try:
        with database.session(system.schema) as session:
            before = registrations(session, system)
        apply_system(database, system, AGREED)
        if action.work == "repair":
            wrong = [f"{each.model}: {each.summary}" for each in repair(database, system) if not each.passed]
            findings.note("repairs that failed", wrong, action)
        with database.session(system.schema) as session:
            found = registrations(session, system)
        lost = [f"{name} is {each.state}" for name, each in found.items() if name in before and each.state != "live"]
        findings.note("models half changed", [each for each in lost if not each.startswith("extra ")], action)
        for model in system.read_models:
            if found[model.name].state != "live":
                refresh_now(database, system, model)
        with _paused():
            _catch_up(database, url, system)
            wrong = [f"{count} in {name}" for name, count in wrong_rows(url, system).items() if count]
            findings.note("rows wrong", wrong, action)
    except (DenormError, psycopg.Error) as error:
        findings.note("applies that failed", [f"{type(error).__name__}: {error}"], action)
    finally:
        database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        for kind, query in LEFTOVERS.items():
            findings.note(kind, [str(row[0]) for row in connection.execute(query.encode())], action)


def _catch_up(database: Database, url: str, system: System) -> None:
    refresher, deadline = Refresher(database, [system]), time.monotonic() + _PATIENCE
    while pending_of_models(url) and time.monotonic() < deadline:
        refresher.look()
        time.sleep(0.05)


_pause = threading.Event()
"""Set while rows are compared: nobody writes then."""


@contextmanager
def _paused() -> Generator[None]:
    _pause.set()
    time.sleep(0.2)
    try:
        yield
    finally:
        _pause.clear()


@contextmanager
def _writing(url: str) -> Generator[None]:
    """An application that goes on writing meanwhile."""
    stop = threading.Event()
    thread = threading.Thread(target=_write, args=(url, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _write(url: str, stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        # Where the server comes back after a crash, so does the application.
        with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
            while not stop.wait(0.02):
                if _pause.is_set():
                    continue
                number += 1
                item, owner = number % 5000 + 1, number % 200 + 1
                connection.execute("UPDATE shop.items SET owner = %s WHERE id = %s", [owner, item])
                connection.execute("UPDATE shop.owners SET name = %s WHERE id = %s", [f"o {number}", owner])
                connection.execute("DELETE FROM shop.notes WHERE id = %s", [number])
        stop.wait(0.1)
