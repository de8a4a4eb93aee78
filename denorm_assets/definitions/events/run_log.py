"""What `denorm_assets` logs while a step runs, shown in the event log of that run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import dagster as dg
from dagster._core.log_manager import has_log_record_metadata

from denorm_assets.definitions.dagster_failure import AnyContext

_LOGGER = logging.getLogger("denorm_assets")
_present: ContextVar[_RunLog | None] = ContextVar("run_log", default=None)
"""The run log of the step that runs in this context: in its thread, and in threads that run in a copy of it."""


@contextmanager
def run_log(context: AnyContext) -> Generator[None]:
    """Send what `denorm_assets` logs in the block to the run's event log; what other runs log meanwhile goes to theirs.

    What the instance captures itself (`managed_python_loggers`) is left to Dagster, so that no line is shown twice.
    """
    if "root" in context.instance.managed_python_loggers:
        with _levels.at_most(context.log.level or logging.INFO):
            yield
        return
    handler = _RunLog(context.log)
    token = _present.set(handler)
    _LOGGER.addHandler(handler)
    try:
        with _levels.at_most(context.log.level or logging.INFO):
            yield
    finally:
        _LOGGER.removeHandler(handler)
        # A generator that Dagster left unfinished may be closed in another context, where there is nothing to reset.
        with suppress(ValueError):
            _present.reset(token)


class _RunLog(logging.Handler):
    """Passes the records of one run's context on, unless Dagster has captured them."""

    def __init__(self, log: dg.DagsterLogManager) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record in the run, at its level."""
        if _present.get() is self and not has_log_record_metadata(record):
            self._log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


class _Levels:
    """The logger's level while steps run: without one of its own it is that of the root, which leaves lines out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks = 0

    @contextmanager
    def at_most(self, level: int) -> Generator[None]:
        """Let records of `level` pass for the block, unless the user has set a level."""
        with self._lock:
            if self._blocks or _LOGGER.level == logging.NOTSET:
                self._blocks += 1
                _LOGGER.setLevel(level)
                ours = True
            else:
                ours = False
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= ours
                if ours and not self._blocks:
                    _LOGGER.setLevel(logging.NOTSET)


_levels = _Levels()
