"""Whether there is anything to do: one statement, in a session that stays open."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from psycopg import errors as pg

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.database import Database
from denorm_assets.db.postgres.session import Session
from denorm_assets.sql.control import migrations, query


class OpenSession:
    """A session that stays open, for what asks several times a second. It yields to the application's locks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._opened = ExitStack()
        self._session: Session | None = None

    def get(self) -> Session:
        """The session. Raises ServerUnreachable."""
        if self._session is None:
            self._session = self._opened.enter_context(self._database.session())
            self._session.set_session(lock_timeout=self._session.yielding_lock_timeout)
        return self._session

    def close(self, error: BaseException | None = None) -> None:
        """Give the session back; the next `get` opens another one. After an `error` it is not used again."""
        self._session = None
        self._opened.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


class IdleWatch:
    """Asks in one statement; a look of the `Refresher` takes some twenty."""

    def __init__(self, opened: OpenSession, systems: Sequence[str]) -> None:
        self._opened = opened
        self._systems = list(systems)
        self._installed = False

    def finds(self) -> bool | None:
        """Whether changes wait to be moved on or refreshed; None where the control schema is not of this release.

        Raises ControlSchemaTooNew or ServerUnreachable.
        """
        session = self._opened.get()
        if not self._installed:
            self._installed = control_schema.installed(session)
            if not self._installed:
                return None
        try:
            row = session.one(query("drains", "anything_to_do", systems=self._systems))
        except (pg.UndefinedTable, pg.InvalidSchemaName):
            row = {"version": None, "found": False}
        if row["version"] != migrations()[-1][0]:
            self._installed = control_schema.installed(session)
        return row["found"] if self._installed else None
