"""A database in which systems are live."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString, cast

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session_settings import search_path
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import RefreshFailed, UnknownName
from denorm_assets.extras import HYPOTHESIS
from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounce, Full
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.testing.changes.catalog import Catalog
from denorm_assets.testing.changes.change import Change, statement_of
from denorm_assets.testing.mismatch import advice, mismatch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_REFUSED = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.RaiseException)
"""What PostgreSQL refuses because of values: constraints, types that are too small, triggers of the application."""
_OURS = "denorm."
_PATIENCE = 300.0
"""Seconds for a drain."""
_NEVER = 1e9
"""Seconds after which the stored time moves by itself: tests move it."""
_STATEMENTS_SHOWN = 30


class LiveSystem:
    """A database of its own, in which one or more systems are applied, loaded and live. `system_live` makes it.

    Attributes:
        url: the database's URL, for the code of the application that a test runs.
        statements: those of `execute` and `run` that were not refused.

    Example:
        def check_totals(live: LiveSystem) -> None:
            live.execute("INSERT INTO order_lines (id, order_id) VALUES (1, 7)")
            live.drain()
            live.assert_matches_definition()
            assert live.execute("SELECT lines FROM order_totals WHERE order_id = 7") == [(1,)]
    """

    def __init__(self, url: str, described: Sequence[tuple[System, DescribedModel]], catalog: Catalog) -> None:
        """`described` are the read models, `catalog` is of their sources. Connects on first use."""
        self.url = url
        self._described = described
        self._catalog = catalog
        self._systems = list(dict.fromkeys(system.name for system, _ in described))
        self._database = Database(url)
        self._refresher = Refresher(self._database, _without_delays(described))
        self._connection: psycopg.Connection[Any] | None = None
        self.statements: list[str] = []

    def execute(self, statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a statement of the application in a transaction of its own; returns its rows.

        Names without a schema mean the first system's schema, then `public`.
        """
        cursor = self._application.execute(cast(LiteralString, statement), params)
        self.statements.append(statement)
        return cursor.fetchall() if cursor.description else []

    def changes(
        self, values: Mapping[str, SearchStrategy[Any]] | None = None, *, at_most: int = 10
    ) -> SearchStrategy[list[Change]]:
        """A hypothesis strategy of lists of inserts, updates and deletes in the sources, for `run`.

        Tables, columns, types and foreign keys are what PostgreSQL's catalog says. `values` names columns whose values
        the types do not tell, as `table.column` or `schema.table.column`, and a strategy for each. Tables that sources
        refer to by foreign keys are changed too. Raises MissingExtra or UnknownColumns.
        """
        HYPOTHESIS.require("`LiveSystem.changes`")
        from denorm_assets.testing.changes.strategy import changes_of

        [(today,)] = self._application.execute("SELECT current_date").fetchall()
        return changes_of(self._catalog, today, tuple((values or {}).items()), at_most)

    def run(self, changes: Iterable[Change]) -> None:
        """Make the changes, each in a transaction of its own.

        What a constraint refuses is left out. Hypothesis counts both: `pytest --hypothesis-show-statistics` shows how
        many changes were made.
        """
        for change in changes:
            statement = statement_of(self._application, change)
            if statement is None:
                continue
            text = statement.as_string(self._application)
            outcome = "made"
            try:
                self._application.execute(cast(LiteralString, text))
                self.statements.append(text)
            except _REFUSED as error:
                if _OURS in (error.diag.context or ""):
                    raise  # capture never fails a write
                outcome = f"refused ({type(error).__name__})"
            _count(f"{change.kind} {change.table.name}: {outcome}")

    def drain(self) -> None:
        """Bring all read models up to date, as the worker does, but at once. Raises RefreshFailed."""
        until = time.monotonic() + _PATIENCE
        while True:
            results = self._refresher.look()
            for failed in results:
                if failed.error is not None:
                    raise RefreshFailed(failed.full_name, failed.error)
            if not self._waits():
                return
            wait = 0.0 if any(found.drained for found in results) else self._refresher.due_in
            if time.monotonic() + wait > until:
                why = [f"{found.full_name}: {found.decision.reason}" for found in results]
                raise RefreshFailed(", ".join(self._systems), "; ".join(why) or "changes stay pending")
            time.sleep(max(wait, 0.01))

    def move_clock(self, to: datetime | timedelta) -> None:
        """Move the time at which definitions that read the clock are computed: to a moment, or on by a time.

        Their rows are of that time after the next `drain`. It does not move by itself.
        """
        moment, later = (to, None) if isinstance(to, datetime) else (None, to)
        with self._database.session() as session:
            session.rows(query("testing", "move_clocks", systems=self._systems, moment=moment, later=later))

    def assert_matches_definition(self, *read_models: str) -> None:
        """Assert that the read models hold the rows of their definitions, no more and no less.

        Each is named `read_model`, or `system/read_model`. Without names, all are compared, but for those that time
        refreshes (`Full(every=...)`). Raises AssertionError with the rows that differ, and UnknownName.
        """
        __tracebackhide__ = True
        compared = [(each, mismatch(self.url, each[1])) for each in self._named(read_models)]
        wrong = [(each, differs) for each, differs in compared if differs is not None]
        if wrong:
            # One cause is often that of all.
            what_to_do = advice(self._database, *wrong[0][0])
            raise AssertionError("\n".join([*(differs for _, differs in wrong), what_to_do, *self._history()]))

    def close(self) -> None:
        """Close all connections."""
        if self._connection is not None:
            self._connection.close()
        self._database.close()

    @property
    def _application(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True)
            path = search_path(self._described[0][1].schema if self._described else None)
            self._connection.execute("SELECT set_config('search_path', %s, false)", (path,))
        return self._connection

    def _waits(self) -> bool:
        with self._database.session() as session:
            return bool(session.one(query("testing", "waits", systems=self._systems))["found"])

    def _named(self, names: Sequence[str]) -> list[tuple[System, DescribedModel]]:
        if not names:
            return [each for each in self._described if each[1].model.every is None]
        full = {each[1].full_name: each for each in self._described}
        known = {**{each[1].model.name: each for each in self._described}, **full}
        for name in names:
            if name not in known:
                raise UnknownName("read model", name, list(full))
        return [known[name] for name in names]

    def _history(self) -> list[str]:
        shown = self.statements[-_STATEMENTS_SHOWN:]
        if not shown:
            return []
        before = len(self.statements) - len(shown)
        left_out = [f"  ... {before} before"] if before else []
        return ["Statements since the system went live:", *left_out, *(f"  {statement};" for statement in shown)]


def _without_delays(described: Sequence[tuple[System, DescribedModel]]) -> list[System]:
    """The systems with all debounces at zero, and clocks that do not move by themselves."""
    systems = list({system.name: system for system, _ in described}.values())
    return [
        replace(
            system,
            phases=tuple(
                replace(phase, read_models=tuple(map(_without_delay, phase.read_models))) for phase in system.phases
            ),
        )
        for system in systems
    ]


def _without_delay(model: ReadModel) -> ReadModel:
    refresh = replace(model.refresh, debounce=Debounce(0, 0))
    return replace(model, refresh=refresh if isinstance(refresh, Full) else replace(refresh, clock=_NEVER))


def _count(event: str) -> None:
    """Tell hypothesis, where it runs."""
    hypothesis = sys.modules.get("hypothesis")
    if hypothesis is not None and hypothesis.currently_in_test_context():
        hypothesis.event(event)
