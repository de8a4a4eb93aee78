"""Moving the stored time of read models whose definitions read the clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from math import inf

import psycopg
from psycopg import errors as pg

from denorm_assets.db.control import control_schema
from denorm_assets.db.postgres.errors import TRANSIENT, error_reason
from denorm_assets.db.postgres.session import Session
from denorm_assets.errors import TookTooLong
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.versions import code_version

_LOG = logging.getLogger(__name__)
_FIRST_VERSION = 30
"""The migration since which times are stored."""
_RETRY = 1.0
"""Seconds after which it is tried again to move a time that could not be moved."""
_LONGEST_WAIT = 10.0
"""Seconds after which read models are looked for that read the clock since."""


class ClockWatch:
    """Moves the stored time of each live read model on when that is due.

    What a move alters is pending then, as after a change of a row.

    Attributes:
        due_in: seconds after the last look when there is something to move, if that is known.
    """

    def __init__(self, declared: Sequence[tuple[System, ReadModel]]) -> None:
        self._every: dict[tuple[str, str, str], float] = {}
        for system, model in declared:
            if not isinstance(model.refresh, Full):
                self._every[system.name, model.name, code_version(system, model)] = model.refresh.clock
        self._again = 0.0
        self.due_in = inf

    def look(self, session: Session) -> list[int]:
        """Move each stored time that is due; one that cannot be moved waits for the next look, and is logged.

        Returns the read models whose time was moved.
        """
        self.due_in = inf
        moved_models: list[int] = []
        if time.monotonic() < self._again:
            return moved_models
        version = control_schema.version(session)
        rows = session.rows(query("clocks", "live")) if version is not None and version >= _FIRST_VERSION else []
        for row in rows:
            every = self._every.get((row["system"], row["name"], row["code_version"]))
            if every is None:
                continue
            waits = every - row["seconds"]
            if waits <= 0:
                moved = self._move(session, row["id"], f"{row['system']}/{row['name']}")
                moved_models += [row["id"]] if moved else []
                waits = every if moved else min(every, _RETRY)
            self.due_in = min(self.due_in, waits)
        self._again = time.monotonic() + min(self.due_in, _LONGEST_WAIT)
        return moved_models

    @staticmethod
    def _move(session: Session, model_id: int, full_name: str) -> bool:
        """Move one stored time; where that takes too long, all rows are recomputed. Returns whether it was moved."""
        try:
            try:
                with session.bounded(session.drain_bound):
                    session.execute(query("clocks", "move", model_id=model_id))
            except TookTooLong:
                session.execute(query("clocks", "move_as_whole", model_id=model_id))
        except pg.LockNotAvailable:
            return False  # `apply` holds the read model, or somebody a source
        except TRANSIENT:
            raise
        except psycopg.Error as error:
            _LOG.warning("the clock of %s was not moved: %s", full_name, error_reason(error))
            return False
        return True
