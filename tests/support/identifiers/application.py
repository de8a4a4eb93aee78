"""The application that uses the library's tables, and the phases done to them."""

from __future__ import annotations

from typing import Any

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.table_changes.phase_work import do_work, plan_work, undo_work
from denorm_assets.model.system import Phase
from tests.support.identifiers.library import LIBRARY, PHASES, SWITCH, shape
from tests.support.log_lines import LogLines

Rows = list[tuple[Any, ...]]


class Library:
    """The tables, and the application that uses them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(url)
        self.application = psycopg.connect(url, autocommit=True, options="-c search_path=library")
        self.lines = LogLines()

    def run(self, statement: str, *params: object) -> None:
        self.application.execute(statement.encode(), params or None)

    def rows(self, statement: str, *params: object) -> Rows:
        return self.application.execute(statement.encode(), params or None).fetchall()

    def do(self, *phases: Phase) -> list[str]:
        """Do phases; returns what was done, without what was done before."""
        steps = [step for phase in phases for step in do_work(self.database, LIBRARY, phase)]
        return [f"{step.action} {step.kind} {step.name}" for step in steps if step.action != "keep"]

    def undo(self) -> None:
        undo_work(self.database, LIBRARY, SWITCH)

    def done(self) -> list[bool]:
        with self.database.session("library") as session:
            planned = [plan_work(session, LIBRARY, phase) for phase in PHASES]
            return [all(step.action == "keep" for step in steps) for steps in planned]

    def shape(self) -> Rows:
        return list(shape(self.url))

    def close(self) -> None:
        """End all connections."""
        self.application.close()
        self.database.close()
