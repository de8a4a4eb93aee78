"""Connections: a SQLAlchemy pool underneath, psycopg on top, every session with the same settings."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from time import monotonic
from typing import Any, LiteralString, TypeVar, cast

import psycopg
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from sqlalchemy import Engine, create_engine

from denorm_assets.db.postgres.compose import collect_params, executable
from denorm_assets.db.postgres.errors import translate, translate_connect
from denorm_assets.db.postgres.open_connections import replace_closed
from denorm_assets.db.postgres.pooler import ASK_PROCESS, is_pooler
from denorm_assets.db.postgres.server_url import read_url, sqlalchemy_url
from denorm_assets.db.postgres.session_settings import (
    ACTING_ROLE,
    NO_SCHEMA,
    in_transaction,
    pinned,
    search_path,
    set_all,
    set_all_locally,
)
from denorm_assets.errors import LockLost, NoEncoding, SessionNeeded, TookTooLong, UnsupportedServer
from denorm_assets.settings import DRAIN_SECONDS, LOCK_BOUND_MS, LOG_LIMIT_MB, OLDEST_POSTGRES, WHOLE_SECONDS
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Raw, Statement

T = TypeVar("T")
OLDEST_SERVER = OLDEST_POSTGRES
_LONGEST_YIELD_MS = 500
_NO_ENCODING = "SQL_ASCII"
_SET_IS_A_RIGHT = 160_000


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


class PooledSession(Session):
    """A connection to a pooler, which runs each transaction in any of its sessions; others use these in between.

    So nothing outlives a transaction: each begins with our settings, and locks are held by the transaction of another
    connection, which `beside` opens.
    """

    def __init__(self, *given: Any, beside: Callable[[], AbstractContextManager[Session]]) -> None:
        super().__init__(*given)
        self.beside = beside
        self.held: dict[str, int] = {}
        """The key of each lock that is held for this session, by the lock's name."""
        self._settings: dict[str, str] = {}

    def begin(self, settings: Mapping[str, str]) -> None:
        """Note the settings of all transactions. Those of the session stay as they are: others have them, too."""
        self._settings = in_transaction(settings)
        self.role = settings.get(ACTING_ROLE, self.role)

    def maintain(self, statement: Statement) -> None:
        """Run a VACUUM, with the settings of whichever session that is."""
        super()._run(statement)

    def script(self, text: str, **params: object) -> None:
        """Run a script of several statements in a transaction, each with the same parameters bound by the client."""
        with self.transaction() if self._is_idle else nullcontext():
            super().script(text, **params)

    def set_session(self, **settings: str) -> None:
        """Set settings for all transactions from now on, the present one included."""
        self._settings.update(settings)
        if self.connection.info.transaction_status is TransactionStatus.INTRANS:
            self.set_local(**settings)

    @property
    def _is_idle(self) -> bool:
        return self.connection.info.transaction_status is TransactionStatus.IDLE

    @contextmanager
    def _begun(self, *first: Statement) -> Generator[None]:
        if not self._is_idle:
            with super()._begun(*first):
                yield
            return
        settings = {**self._settings, "search_path": self._path}
        setting = Statement("{settings}", {"settings": Raw(set_all_locally(settings).as_string())})
        with super()._begun(setting, *first):
            self._require_locks()
            yield

    def _run(self, statement: Statement) -> psycopg.Cursor[DictRow]:
        if not self._is_idle:
            return super()._run(statement)
        try:
            with self.transaction():
                return super()._run(statement)
        except pg.ActiveSqlTransaction as error:
            raise SessionNeeded(self.address, error.diag.message_primary or str(error)) from error

    def _require_locks(self) -> None:
        """Keep the locks that are held for this session until the transaction ends. Raises LockLost.

        Who ends a process that holds a lock ends its connection; the transactions here would not notice.
        """
        if self.held:
            found = {row["name"]: row["key"] for row in self.rows(query("locks", "keep", names=list(self.held)))}
            for name, key in self.held.items():
                if found.get(name, key) != key:
                    raise LockLost(name)


def require_own(session: Session, why: str) -> None:
    """Raises SessionNeeded where a pooler answers, `why` being what needs more than that."""
    if isinstance(session, PooledSession):
        raise SessionNeeded(session.address, why)


class Database:
    """The application's database.

    Sessions are psycopg connections from a SQLAlchemy pool (recycled after 300 s, and once the server has closed them).
    No plan is cached: statements vary from one row to millions, and a plan for one size is wrong for another.
    """

    def __init__(
        self,
        url: str,
        *,
        application_name: str = "denorm_assets",
        pool_size: int = 5,
        lock_bound_ms: int = LOCK_BOUND_MS,
        log_limit_mb: int = LOG_LIMIT_MB,
        drain_seconds: float = DRAIN_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        """Connects on first use. Raises ConfigurationError for a `url` that `read_url` refuses.

        `lock_bound_ms` is how long a statement of the application may wait for a lock of ours; `log_limit_mb` is how
        large `apply` lets the change log grow, 0: without a limit. `drain_seconds` bounds what computes some anchors,
        and `whole_seconds` what computes or compares whole read models; 0: nothing does.
        """
        self._lock_bound_ms = lock_bound_ms
        self._log_limit_mb = log_limit_mb
        self._bounds = Bound(drain_seconds, "DENORM_DRAIN_SECONDS"), Bound(whole_seconds, "DENORM_WHOLE_SECONDS")
        self._server = server = read_url(url)
        self.address = server.address
        self.engine: Engine = replace_closed(
            create_engine(
                sqlalchemy_url(server, "psycopg"),
                isolation_level="AUTOCOMMIT",
                pool_size=pool_size,
                max_overflow=10,
                pool_timeout=10,
                pool_recycle=300,
                connect_args={
                    "application_name": application_name,
                    "client_encoding": "UTF8",
                    "connect_timeout": server.options.get("connect_timeout", "10"),
                    "prepare_threshold": None,
                },
            )
        )
        self._role: str | None = None
        self._acting: Mapping[str, str] | None = None

    @contextmanager
    def session(self, schema: str | None = None) -> Generator[Session]:
        """A session in which names without a schema mean PostgreSQL's own objects, but for blocks of `resolving`.

        `schema` is the one that `resolving` then looks in.
        Raises ServerUnreachable, AuthenticationFailed or UnsupportedServer.
        """
        with translate_connect(self._server):
            pooled = self.engine.raw_connection()
        try:
            connection = cast("psycopg.Connection[Any]", pooled.driver_connection)
            if "behind_pooler" not in pooled.info:
                with translate(self.address, connection.info.user):
                    answer = connection.execute(ASK_PROCESS).fetchone()
                pooled.info["behind_pooler"] = is_pooler(connection.info, answer)
            given = connection, self.address, self._lock_bound_ms, self._log_limit_mb, schema, *self._bounds
            session = PooledSession(*given, beside=self.session) if pooled.info["behind_pooler"] else Session(*given)
            session.role = self._role_on_supported(session)
            settings = {**pinned(connection.info.server_version), **(self._acting if self._acting is not None else {})}
            session.begin(settings)
            if self._acting is None:
                self._acting = self._acting_role(session)
                if self._acting:
                    session.begin({**settings, **self._acting})
            yield session
        except BaseException:
            # After an interrupt or an error the connection may be in the midst of something: do not reuse it.
            pooled.invalidate()
            raise
        finally:
            pooled.close()

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()

    def _role_on_supported(self, session: Session) -> str:
        """The role that a login acts as: another one where its `role` is set. Raises UnsupportedServer, NoEncoding."""
        if self._role is not None:
            return self._role
        server = session.one(query("schema", "server_version"))
        if server["number"] < OLDEST_SERVER * 10_000:
            raise UnsupportedServer(self.address, server["version"], OLDEST_SERVER)
        if server["encoding"] == _NO_ENCODING:
            raise NoEncoding(self.address)
        self._role = str(server["role"])
        return self._role

    def _acting_role(self, session: Session) -> Mapping[str, str] | None:
        """How a member of the owner of the control schema acts as that owner; None while there is no such schema.

        What the member created would be the member's own, and readers have rights on what the owner creates.
        """
        # From PostgreSQL 16 on a membership may exclude that.
        right = "SET" if session.connection.info.server_version >= _SET_IS_A_RIGHT else "MEMBER"
        owner = session.row(query("schema", "owner", right=right))
        if owner is None:
            return None
        return {ACTING_ROLE: owner["name"]} if owner["acts"] else {}
