"""What the doctor looks at: a database and the systems in it, and from when on something counts as a trouble."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from denorm_assets.db.apply.explain_models import ROWS_WITHOUT_INDEX
from denorm_assets.db.health.table_costs import DEAD_ROWS_OF_QUEUE
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.server_url import ServerUrl
from denorm_assets.db.postgres.session import Session
from denorm_assets.model.system import System
from denorm_assets.sql.control import query

_CAREFUL = {
    "statement_timeout": "15s",
    "lock_timeout": "1s",
    # A transaction that made a temporary view commits, and would wait for a synchronous standby, without a timeout.
    "synchronous_commit": "off",
}


class BoundedDatabase(Database):
    """The database, in which no statement takes long or waits for a lock for long."""

    @property
    def server(self) -> ServerUrl:
        """Where it is."""
        return self._server

    @contextmanager
    def session(self, schema: str | None = None) -> Generator[Session]:
        """A session as that of a `Database`, that waits for nobody."""
        with super().session(schema) as session:
            session.set_session(**_CAREFUL)
            yield session


@dataclass(frozen=True)
class Limits:
    """From when on something counts as a trouble.

    Attributes:
        transaction_seconds: age of a transaction. Pages and refreshes take seconds.
        slot_bytes: write-ahead log that an unused replication slot keeps.
        slot_seconds: how long a slot is unused; PostgreSQL 17 and newer tell.
        temporary_bytes: size of one session's temporary files.
        frozen_age: transactions since all rows were frozen. PostgreSQL refuses writes at 2,000 million.
        clock_seconds: how far the clocks of server and client are apart.
        free_connections: fewer connections than this are left. A worker needs four, `apply` and a backfill one each.
        rows_without_index: rows of a table that each change may read as a whole.
        dead_rows_of_queue: dead rows of the change log, and of what is pending.
    """

    transaction_seconds: float = 600.0
    slot_bytes: int = 1024**3
    slot_seconds: float = 3_600.0
    temporary_bytes: int = 10 * 1024**3
    frozen_age: int = 500_000_000
    clock_seconds: float = 5.0
    free_connections: int = 6
    rows_without_index: int = ROWS_WITHOUT_INDEX
    dead_rows_of_queue: int = DEAD_ROWS_OF_QUEUE


LIMITS = Limits()


@dataclass(frozen=True)
class Patient:
    """A database and the systems in it.

    Attributes:
        name: of the database.
        role: as which we act; `login` is as which we connect.
        superuser: whether the role is one.
        sees_sessions: whether it may see what sessions of other roles do.
        number: the server's version, for example 180001.
        standby: whether the server only replays what another one writes.
        installed: whether the control schema is there, at the version of this release.
    """

    database: BoundedDatabase
    systems: Sequence[System]
    limits: Limits
    name: str
    role: str
    login: str
    superuser: bool
    sees_sessions: bool
    number: int
    standby: bool
    installed: bool = False

    @contextmanager
    def looking(self) -> Generator[Session]:
        """A session that can only read."""
        with self.database.session() as session:
            # The second one is what counts behind a pooler, where a transaction has begun when settings are made.
            session.set_session(default_transaction_read_only="on", transaction_read_only="on")
            yield session


def patient(database: BoundedDatabase, systems: Sequence[System], limits: Limits = LIMITS) -> Patient:
    """What is known before anything is looked at. Raises ServerUnreachable and what else keeps us from connecting."""
    with database.session() as session:
        found = session.one(query("doctor", "server"))
    return Patient(database, systems, limits, **found)
