"""The database: a SQLAlchemy pool underneath, psycopg on top, every session with the same settings."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import Engine, create_engine

from denorm_assets.db.postgres.application_name import with_release
from denorm_assets.db.postgres.errors import translate, translate_connect
from denorm_assets.db.postgres.open_connections import replace_closed
from denorm_assets.db.postgres.pooled_session import PooledSession
from denorm_assets.db.postgres.pooler import ASK_PROCESS, is_pooler
from denorm_assets.db.postgres.server_url import read_url, sqlalchemy_url
from denorm_assets.db.postgres.session import Bound, Session
from denorm_assets.db.postgres.session_settings import (
    ACTING_ROLE,
    DRIVER,
    pinned,
)
from denorm_assets.errors import NoEncoding, UnsupportedServer
from denorm_assets.settings import DRAIN_SECONDS, LOCK_BOUND_MS, LOG_LIMIT_MB, OLDEST_POSTGRES, WHOLE_SECONDS
from denorm_assets.sql.control import query

OLDEST_SERVER = OLDEST_POSTGRES
_NO_ENCODING = "SQL_ASCII"
_SET_IS_A_RIGHT = 160_000

OF_SHELL = "denorm_assets shell"
OF_WORKER = "denorm_assets worker"
"""A worker that reports to Dagster what it does."""
OF_DAGSTER = "denorm_assets dagster"
"""Runs and sensors, which do so too."""


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
        self._driver = {DRIVER: application_name}
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
                    "application_name": with_release(application_name),
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
            settings = {**pinned(connection.info.server_version), **self._driver, **(self._acting or {})}
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
