"""The shell run in this process, and small projects for it: a module, a definition and a database of their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from denorm_assets.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, all of it, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The message of a command that was refused; it printed nothing else and no stack of frames."""
        assert self.status in (1, 2), self
        assert self.out == ""
        assert "Traceback" not in self.err
        lead, _, message = self.err.strip().partition("Error: ")
        assert not lead, self.err
        return message


@dataclass
class Shell:
    """`denorm-assets` as a person calls it, against `url`."""

    url: str
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Outcome:
        """Run a command."""
        self.capture.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["denorm-assets", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        out, err = self.capture.readouterr()
        return Outcome(ended.value.code, out, err)

    def fine(self, *words: str) -> Outcome:
        """Run a command that succeeds."""
        outcome = self(*words)
        assert outcome.status == 0, outcome
        return outcome

    def refused(self, *words: str) -> str:
        """Run a command that is refused for usage or configuration; returns the message."""
        outcome = self(*words)
        assert outcome.status == 2, outcome
        return outcome.error

    def run(self, statement: str) -> None:
        """Run SQL of the application."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def rows(self, query: str) -> Sequence[TupleRow]:
        """What `query` yields in a fresh connection."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def contents(self) -> str:
        """Everything that a refused command must leave alone: the catalog, and all rows of our own tables.

        But for `lock`, which says who held a lock last.
        """
        catalog = self.rows(
            "SELECT c.oid, c.relname, c.relfilenode, obj_description(c.oid) FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname NOT LIKE 'pg@_%' ESCAPE '@' AND n.nspname <> 'information_schema' ORDER BY c.oid"
        )
        ours = [
            self.rows(f"SELECT t::text, t.xmin::text FROM denorm.{table} AS t ORDER BY 1")
            for (table,) in self.rows(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'denorm' AND tablename <> 'lock'"
            )
        ]
        return repr((catalog, ours))


DECLARATION = """\
from pathlib import Path
from denorm_assets.model.index import Index, references
from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, QueryPair, System

HERE = Path(__file__).parent
LINKS = ReadModel(name="links", definition=SqlFile(HERE / "links.sql"), {fields})
SYSTEM = System(name="shop", schema="app", phases=(Phase("phase_1", (LINKS,)),))
"""
FIELDS = 'key=("id",), backfill=IdRanges("items.id")'


@dataclass(frozen=True)
class Project:
    """A folder of a team's own, outside this package, that holds a declaration and its definition."""

    folder: Path
    module: str

    @property
    def reference(self) -> str:
        """What --systems takes."""
        return f"{self.module}:SYSTEM"

    @property
    def definition(self) -> Path:
        """The definition's file."""
        return self.folder / "links.sql"

    def declare(self, definition: str = "SELECT id, tag FROM items", fields: str = FIELDS) -> None:
        """Write definition and declaration."""
        self.definition.write_text(definition, encoding="utf-8")
        self.write(DECLARATION.format(fields=fields))

    def write(self, source: str) -> None:
        """Write the module; the next command imports it anew."""
        sys.modules.pop(self.module, None)
        (self.folder / f"{self.module}.py").write_text(source, encoding="utf-8")
