"""Runs of the sessions: over tables alone, beside read models that a worker refreshes, and beside row triggers."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import IsolationLevel, sql

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.system import System
from tests.stress.races.drivers import WORKER, ProcessDriver, process_environment
from tests.stress.races.settled import deadlocks_counted, examine
from tests.stress.races.shapes import systems as declared
from tests.stress.races.shapes.sessions import ITEMS, Written, write
from tests.stress.races.shapes.systems import BESIDE
from tests.support.live import bring_up, one_number, pending
from tests.support.shapes.table import SHAPES, create_tables

LEVELS = {
    "READ COMMITTED": IsolationLevel.READ_COMMITTED,
    "REPEATABLE READ": IsolationLevel.REPEATABLE_READ,
    "SERIALIZABLE": IsolationLevel.SERIALIZABLE,
}
_BY_HAND = Path(__file__).parent / "sql" / "by_hand.sql"
_DEADLOCK = "deadlock detected"
_SETTLE_SECONDS = 120.0
_WRONG_BY_HAND: LiteralString = """
WITH defined AS MATERIALIZED ({definition})
SELECT (SELECT count(*) FROM (TABLE defined EXCEPT ALL TABLE {table}) AS x)
    + (SELECT count(*) FROM (TABLE {table} EXCEPT ALL TABLE defined) AS x)
"""


@dataclass(frozen=True)
class Effort:
    """How much is run: `transactions` by each of `sessions`, drawn by `seed`."""

    sessions: int
    transactions: int
    seed: str


@dataclass
class Outcome:
    """What came of one run.

    Attributes:
        logged: deadlocks in the server's log; `counted` those that its statistics count.
        pending: changes that were not shown in the end; `quarantined` anchors that could not be computed.
        refreshes: status of a refresh -> how many there were; `failures` what they said.
        wrong: read model -> rows that differ from its definition, on either side.
    """

    written: Written
    logged: int = 0
    counted: int = 0
    pending: int = 0
    quarantined: int = 0
    refreshes: Counter[str] = field(default_factory=Counter[str])
    failures: Counter[str] = field(default_factory=Counter[str])
    wrong: dict[str, int] = field(default_factory=dict[str, int])

    def details(self) -> dict[str, object]:
        """All of it, as JSON takes it."""
        counted = {"refreshes": dict(self.refreshes), "failed refreshes": dict(self.failures)}
        written = {**vars(self.written), "failed": dict(self.written.failed), "reasons": dict(self.written.reasons)}
        return {**vars(self), "written": written, **counted}


class Place:
    """A database with the tables in a schema per group, and what keeps something beside them."""

    def __init__(self, url: str, log: Path, schemas: Sequence[str], tables: Sequence[str] | None = None) -> None:
        """`log` is the log of the server; only `tables` are written to, where they are given."""
        self.url = url
        self._log = log
        self._schemas = schemas
        self._tables = {} if tables is None else {"tables": tables}
        with self.connect() as connection:
            for schema in schemas:
                connection.execute(create_tables(schema, ITEMS))

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A fresh connection in autocommit mode."""
        return psycopg.connect(self.url, autocommit=True)

    def run(self, level: str, effort: Effort) -> Outcome:
        """Run the sessions, settle, and compare."""
        begin, counted = self._log.stat().st_size, self._deadlocks()
        outcome = Outcome(self.write(level, effort))
        self.judge(outcome)
        outcome.logged = self._log.read_bytes()[begin:].decode(errors="replace").count(_DEADLOCK)
        outcome.counted = self._deadlocks() - counted
        return outcome

    def write(self, level: str, effort: Effort) -> Written:
        """Run the sessions."""
        count, seed = effort.transactions, f"{effort.seed} {level}"
        return write(self.url, self._schemas, LEVELS[level], effort.sessions, count, seed, **self._tables)

    def judge(self, outcome: Outcome) -> None:
        """Compare what is kept here, if anything is."""

    def _deadlocks(self) -> int:
        with self.connect() as connection:
            return deadlocks_counted(connection)


class ByHand(Place):
    """Row triggers keep one shape."""

    def __init__(self, url: str, log: Path, schema: str, tables: Sequence[str]) -> None:
        super().__init__(url, log, [schema], tables)
        self._schema = schema
        with self.connect() as connection:
            connection.execute(_BY_HAND.read_text(encoding="utf-8").replace("{schema}", schema).encode())

    def judge(self, outcome: Outcome) -> None:
        """Compare the table that the triggers keep."""
        [text] = [shape.definition.text for shape in SHAPES if shape.name == BESIDE]
        query = sql.SQL(_WRONG_BY_HAND).format(
            definition=sql.SQL(text),  # pyright: ignore[reportArgumentType]
            table=sql.Identifier(self._schema, "by_hand"),
        )
        with self.connect() as connection:
            connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(self._schema)))
            outcome.wrong["by hand"] = one_number(connection, query)


class Maintained(Place):
    """Read models, and a worker that refreshes them while the sessions run."""

    def __init__(
        self, url: str, log: Path, home: Path, systems: Mapping[str, System], tables: Sequence[str] | None = None
    ) -> None:
        """`systems` are those of `declared` by their names there; the worker's log goes to `home`."""
        super().__init__(url, log, [system.schema for system in systems.values()], tables)
        self._systems = list(systems.values())
        references = [f"{declared.__name__}:{name}" for name in systems]
        self._worker = ProcessDriver("worker", WORKER, home, process_environment(home, url, references))
        self._database = Database(url)
        for system in self._systems:
            bring_up(self._database, system)

    def close(self) -> None:
        """End the connections."""
        self._database.close()

    def write(self, level: str, effort: Effort) -> Written:
        """Run the sessions beside the worker, and drain what is left after it has ended."""
        with self.connect() as connection:
            connection.execute("DELETE FROM denorm.refresh")
        self._worker.start()
        try:
            self._wait_for_worker()
            return super().write(level, effort)
        finally:
            try:
                self._worker.stop()
            except subprocess.TimeoutExpired:
                print("the worker had to be killed", flush=True)
            self.settle()

    def _wait_for_worker(self) -> None:
        holder = f"%process {self._worker.process.pid}"
        with self.connect() as connection:
            while connection.execute("SELECT FROM denorm.worker WHERE holder LIKE %s", (holder,)).fetchone() is None:
                assert self._worker.process.poll() is None, f"the worker ended: {self._worker.log}"
                time.sleep(0.05)

    def settle(self) -> None:
        """Refresh until nothing is pending. No time moves on afterwards."""
        refresher, until = Refresher(self._database, self._systems), time.monotonic() + _SETTLE_SECONDS
        while True:
            refresher.look()
            if pending(self.url) == 0 or time.monotonic() > until:
                return
            time.sleep(min(0.2, refresher.due_in))

    def judge(self, outcome: Outcome) -> None:
        """Compare each read model with its definition at its stored time."""
        examine(self.url, self._systems, outcome)
