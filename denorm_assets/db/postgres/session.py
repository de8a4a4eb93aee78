"""A session: one connection with known settings, its transactions, and how long its statements may take."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from denorm_assets.db.postgres.compose import collect_params, executable
from denorm_assets.db.postgres.errors import translate
from denorm_assets.db.postgres.session_settings import (
    ACTING_ROLE,
    NO_SCHEMA,
    search_path,
    set_all,
)
from denorm_assets.errors import TookTooLong
from denorm_assets.settings import DRAIN_SECONDS, LOCK_BOUND_MS, LOG_LIMIT_MB, WHOLE_SECONDS
from denorm_assets.sql.statement import Statement

T = TypeVar("T")
_LONGEST_YIELD_MS = 500


@dataclass(frozen=True)
class Bound:
    """How long a statement may take: so many `seconds` (0: for ever), which `setting` says."""

    seconds: float
    setting: str


class Session:
    """One connection in autocommit mode; `transaction()` opens a transaction."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        address: str,
        lock_bound_ms: int = LOCK_BOUND_MS,
        log_limit_mb: int = LOG_LIMIT_MB,
        schema: str | None = None,
        drain_bound: Bound = Bound(DRAIN_SECONDS, "DENORM_DRAIN_SECONDS"),
        whole_bound: Bound = Bound(WHOLE_SECONDS, "DENORM_WHOLE_SECONDS"),
    ) -> None:
        """Wrap `connection`; `address`, without a password, is what errors name.

        `lock_bound_ms` is how long a statement of the application may wait for us; `log_limit_mb` is how large `apply`
        lets the change log grow; `schema` is what `resolving` looks in. `drain_bound` is how long computing the rows of
        some anchors may take, `whole_bound` how long computing or comparing a whole read model may.
        """
        self.connection = connection
        self._schema = schema
        self._path = NO_SCHEMA
        self._lock_bound_ms = lock_bound_ms
        self._log_limit_mb = log_limit_mb
        self.drain_bound, self.whole_bound = drain_bound, whole_bound
        self.address, self.role = address, connection.info.user
        self._once: dict[Hashable, Any] = {}

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What `compute` returned when this session first asked for `key`, which names all that it depends on."""
        if key not in self._once:
            self._once[key] = compute()
        return self._once[key]

    @property
    def lock_bound_seconds(self) -> float:
        """How long a statement of the application may wait for us."""
        return self._lock_bound_ms / 1000

    @property
    def log_limit_bytes(self) -> int | None:
        """How large the change log may become; None: there is no limit."""
        return self._log_limit_mb * 1024**2 or None

    @property
    def short_lock_timeout(self) -> str:
        """For DDL: who queues behind us waits as long as we do, and then for what we do under the lock."""
        return f"{self._lock_bound_ms // 2}ms"

    @property
    def yielding_lock_timeout(self) -> str:
        """For writing rows: where we and the application want each other's locks, we yield.

        Half a second at most, which is below the default deadlock_timeout of 1 s.
        """
        return f"{min(self._lock_bound_ms, _LONGEST_YIELD_MS)}ms"

    def execute(self, statement: Statement) -> int:
        """Run `statement`; returns the number of rows that it touched."""
        return self._run(statement).rowcount

    def rows(self, statement: Statement) -> list[DictRow]:
        """Run `statement`; returns its rows as dictionaries."""
        return self._run(statement).fetchall()

    def row(self, statement: Statement) -> DictRow | None:
        """Run `statement`; returns its first row, or None."""
        return self._run(statement).fetchone()

    def one(self, statement: Statement) -> DictRow:
        """Run `statement`, which always yields a row; returns it."""
        row = self.row(statement)
        assert row is not None, "the statement yields one row by construction"
        return row

    def maintain(self, statement: Statement) -> None:
        """Run a VACUUM, which names its table with the schema and needs none of our settings."""
        self._run(statement)

    def script(self, text: str, **params: object) -> None:
        """Run a script of several statements, each with the same parameters bound by the client."""
        with translate(self.address, self.role):
            cursor = psycopg.ClientCursor(self.connection)
            cursor.execute(cast(LiteralString, text), params or None)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """A transaction (READ COMMITTED), or a savepoint within one; rolled back where the block raises."""
        with self._begun():
            yield

    @contextmanager
    def bounded(self, bound: Bound, *, snapshot: bool = False) -> Generator[None]:
        """A transaction for computing rows, none of whose statements takes longer than `bound`.

        With `snapshot`, all see one. Raises TookTooLong.
        """
        began = monotonic()
        try:
            with self.snapshot() if snapshot else self.transaction():
                self.set_local(statement_timeout=f"{round(bound.seconds * 1000)}ms")
                self.forget_plans()
                yield
        except pg.QueryCanceled as error:
            # A person may have cancelled it, too, for which PostgreSQL has the same code.
            if not bound.seconds or monotonic() - began < bound.seconds:
                raise
            raise TookTooLong(bound.seconds, bound.setting) from error

    def forget_plans(self) -> None:
        """Have functions of the application read their bodies again.

        Plans that a session keeps hold labels of an enum as they were: PostgreSQL keeps them when labels are exchanged.
        """
        self._run(Statement("DISCARD PLANS"))

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """A transaction whose statements all see one snapshot (REPEATABLE READ)."""
        with self._begun(Statement("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")):
            yield

    @contextmanager
    def rehearsal(self) -> Generator[None]:
        """The same, rolled back at the end of the block: what is made within it, nobody else sees."""
        with self.snapshot():
            yield
            raise psycopg.Rollback

    @contextmanager
    def resolving(self) -> Generator[None]:
        """For the block, names without a schema mean the session's schema first, then `public`.

        For SQL that people write: definitions that are to be described, indexes, pages. Whoever may create objects in
        one of these schemas decides what such names mean.
        """
        before, self._path = self._path, search_path(self._schema)
        self.set_session(search_path=self._path)
        try:
            yield
        finally:
            self._path = before
            # A failed transaction that began before the block resets the path itself.
            if self.connection.info.transaction_status is not TransactionStatus.INERROR and not self.connection.closed:
                self.set_session(search_path=before)

    @contextmanager
    def within(self, schema: str) -> Generator[None]:
        """For the block, `resolving` looks in `schema`: one transaction can be about systems of several schemas."""
        before, self._schema = self._schema, schema
        try:
            yield
        finally:
            self._schema = before

    def begin(self, settings: Mapping[str, str]) -> None:
        """Begin with known settings, whatever an earlier holder of the pooled connection set."""
        self.script(f"RESET ALL; {set_all(settings).as_string()}")
        self.role = settings.get(ACTING_ROLE, self.role)

    def set_session(self, **settings: str) -> None:
        """Set settings for as long as this session is held."""
        for setting, value in settings.items():
            self._run(
                Statement(
                    "SELECT set_config(%(setting)s, %(value)s, false)", params={"setting": setting, "value": value}
                )
            )

    def set_local(self, **settings: str) -> None:
        """Set settings until the end of the current transaction."""
        for setting, value in settings.items():
            self._run(
                Statement(
                    "SELECT set_config(%(setting)s, %(value)s, true)", params={"setting": setting, "value": value}
                )
            )

    @contextmanager
    def _begun(self, *first: Statement) -> Generator[None]:
        """A transaction that begins with the statements `first`, or a savepoint."""
        with translate(self.address, self.role), self.connection.transaction():
            for statement in first:
                self._run(statement)
            yield

    def _run(self, statement: Statement) -> psycopg.Cursor[DictRow]:
        with translate(self.address, self.role):
            return self.connection.cursor(row_factory=dict_row).execute(
                executable(statement), collect_params(statement)
            )
