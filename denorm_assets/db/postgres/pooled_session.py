"""Sessions through a connection pooler, which gives each transaction to any of its connections."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow

from denorm_assets.db.postgres.session import Session
from denorm_assets.db.postgres.session_settings import (
    ACTING_ROLE,
    in_transaction,
    set_all_locally,
)
from denorm_assets.errors import LockLost, SessionNeeded
from denorm_assets.sql.control import query
from denorm_assets.sql.statement import Raw, Statement


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
