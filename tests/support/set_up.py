"""Set-ups that tests have in common: a database is set up once, and copied where the same is asked for again.

Most tests create the same few tables, apply the same read model to them and load it, which takes half a second; to copy
a database takes 15 ms. So a `FreshCase` notes what it is told to do until somebody looks at its database, and only then
does it, from the nearest copy there is. Nothing is copied for tests that patch the code (`monkeypatch`), and of
databases whose tables depend on what is not copied along, such as roles.
"""

# What a case has as attributes is looked after here.
# pyright: reportIncompatibleVariableOverride=false

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from denorm_assets.db.backfill.one_range import RangeResult
from denorm_assets.db.changes.refresh_log import Drained
from denorm_assets.db.plan.consent import Consent
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.system import System
from tests.conftest import Server
from tests.support.case import Case, pooled
from tests.support.live import AGREED

T = TypeVar("T")
_MOST_KEPT = 200
"""Databases that are kept to be copied, of some 10 MB each."""
_LONG_SECONDS = 1.0
_NOT_COPIED = re.compile(r"\b(ROLE|USER|OWNER|GRANT|DATABASE|SYSTEM|SUBSCRIPTION|TABLESPACE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Outcome:
    """What a step returned and logged."""

    result: Any
    lines: tuple[str, ...]


class SetUps:
    """The set-ups that tests of one server had so far."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.outcomes: dict[str, _Outcome] = {}
        self.copies: OrderedDict[str, str] = OrderedDict()
        """Of what was set up twice or took long: the name of a database, by the key of the last step."""
        self._once: set[str] = set()

    def keep(self, key: str, name: str, seconds: float) -> None:
        """Copy the database `name`, which nobody is connected to, where it was asked for before or took long."""
        if key not in self._once and seconds < _LONG_SECONDS:
            self._once.add(key)
            return
        copy = f"set_up_{key[:16]}"
        self.server.create(copy, name)
        self.copies[key] = copy
        if len(self.copies) > _MOST_KEPT:
            self.server.drop(self.copies.popitem(last=False)[1])


class FreshCase(Case):
    """A case whose database is set up when somebody looks at it."""

    def __init__(self, set_ups: SetUps, name: str, system: System, ddl: str, *, control: str, copied: bool) -> None:
        """`control` is the template of a new database; `copied` is whether copies may be made and used."""
        self._set_ups, self._name, self._copied = set_ups, name, copied and not _NOT_COPIED.search(ddl)
        self._steps: list[tuple[str, Callable[[], Any]]] = []
        self._done: int | None = None
        """How many steps the database has behind it; None where it is not there yet."""
        self._looked_at = self._working = False
        self._seconds = 0.0
        self._control = control
        self._looking = threading.RLock()
        super().__init__(pooled(url := set_ups.server.postgres.url(name)), url, system, system.read_models[0])
        self.step(f"{control} {ddl}", lambda: self._create(ddl))

    @property
    def database(self) -> Database:
        """The database; it is there once somebody asks for it."""
        self._look()
        return self._database

    @database.setter
    def database(self, database: Database) -> None:
        self._database = database

    @property
    def url(self) -> str:
        """Its URL."""
        self._look()
        return self._url

    @url.setter
    def url(self, url: str) -> None:
        self._url = url

    def apply(self, consent: Consent = AGREED) -> None:
        self.step(f"apply {consent}", lambda: Case.apply(self, consent))

    def load(
        self, from_id: str | None = None, to_id: str | None = None, *, again: bool = False, **options: Any
    ) -> list[RangeResult]:
        def load() -> list[RangeResult]:
            return Case.load(self, from_id, to_id, again=again, **options)

        return list(self.step(f"load {from_id} {to_id} {again} {options}", load))

    def refresh(self) -> Drained:
        return self.step("refresh", lambda: Case.refresh(self))

    def finish(self) -> None:
        self.step("finish", lambda: Case.finish(self))

    def redefine(self, text: str) -> None:
        # What was done before is done with the definition of then.
        self._look()
        super().redefine(text)

    def _as_application(self, query: str, params: Sequence[object] | None) -> psycopg.Cursor[tuple[Any, ...]]:
        # The application's connection may stand since an earlier step.
        self._look()
        return super()._as_application(query, params)

    def close(self) -> None:
        self._looked_at = True
        super().close()

    def __setattr__(self, name: str, value: object) -> None:
        # The first step creates tables, whatever is declared over them.
        if name in ("system", "model") and name in self.__dict__ and len(self._steps) > 1:
            self._look()
        super().__setattr__(name, value)

    def _create(self, ddl: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.system.schema)))
        self.run(ddl)

    def step(self, what: str, work: Callable[[], T]) -> T:
        """Do `work`, which changes nothing but the database and is the same wherever it is called `what`."""
        if threading.current_thread() is not threading.main_thread():
            # What several do at once is the test itself.
            self._look()
        if self._looked_at or self._working:
            return work()
        key = self._key(what)
        known = self._set_ups.outcomes.get(key) if self._copied else None
        if known is not None:
            self._steps.append((key, work))
            self.lines += known.lines
            return known.result
        self._bring_about()
        self._steps.append((key, work))
        before = len(self.lines)
        try:
            result = self._work(work)
        except BaseException:
            self._looked_at = True
            raise
        self._set_ups.outcomes[key] = _Outcome(result, tuple(self.lines[before:]))
        return result

    def _key(self, what: str) -> str:
        before = self._steps[-1][0] if self._steps else ""
        texts = [model.definition.text for model in self.system.read_models]
        paths = {str(model.definition.path.parent) for model in self.system.read_models}
        declared = repr(self.system)
        for path in paths:
            declared = declared.replace(path, "")
        return hashlib.sha256(repr((before, what, declared, texts)).encode()).hexdigest()

    def settle(self) -> None:
        """Have the database there, as all steps leave it."""
        self._look()

    def _look(self) -> None:
        """Somebody looks at the database: it has to be there, and nobody knows what is done to it from now on."""
        with self._looking:
            if self._looked_at or self._working:
                return
            self._bring_about()
            if self._copied and self._steps:
                key = self._steps[-1][0]
                if key not in self._set_ups.copies:
                    self.hang_up()
                    self._database.close()
                    self._set_ups.keep(key, self._name, self._seconds)
            self._looked_at = True

    def _bring_about(self) -> None:
        """Do the steps that are not done yet, from the nearest copy on."""
        lines = [*self.lines]
        if self._done is None:
            copies = self._set_ups.copies
            self._done = max((n for n, (key, _) in enumerate(self._steps, 1) if key in copies), default=0)
            template = copies[self._steps[self._done - 1][0]] if self._done else self._control
            self._set_ups.server.create(self._name, template)
        for _, work in self._steps[self._done :]:
            self._work(work)
        self.lines[:] = lines

    def _work(self, work: Callable[[], T]) -> T:
        assert self._done is not None, "the database is there"
        self._working, began = True, time.monotonic()
        try:
            result = work()
        finally:
            self._working = False
        self._done += 1
        self._seconds += time.monotonic() - began
        return result


def copies_allowed(fixtures: Sequence[str]) -> bool:
    """Whether a test with these fixtures may use what others set up."""
    return "monkeypatch" not in fixtures
