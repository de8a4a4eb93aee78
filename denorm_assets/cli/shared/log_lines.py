"""Where the shell writes what `denorm_assets` logs: to standard error, as plain lines or, for a service, as fields."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

_SERVICE = "worker"
_IN_RUNS = "dev"
"""What this command makes the library log belongs to Dagster's runs, which show it in the UI."""
_STANDARD_FIELDS = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime"})
_BARE = re.compile(r"[^\s\"=\\\x00-\x1f\x7f]+")


@contextmanager
def log_lines(command: str | None) -> Generator[None]:
    """For the block, write what the library logs as `command` shows it; standard output stays that of results.

    Other libraries' loggers stay as they are.
    """
    logger = logging.getLogger("denorm_assets.cli" if command == _IN_RUNS else "denorm_assets")
    handler = _ToStandardError()
    handler.setFormatter(FieldFormatter() if command == _SERVICE else logging.Formatter("%(message)s"))
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


class _ToStandardError(logging.Handler):
    """Writes to the standard error of the moment, which a progress bar may have replaced."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            click.echo(self.format(record), err=True)
        except Exception:
            self.handleError(record)


class FieldFormatter(logging.Formatter):
    """One line of `key=value` (logfmt) per record: time, level and event, then the fields of `extra=`, then `msg`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": extra.pop("event", "message"),
            **extra,
            "msg": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value is not None)


def _value(value: object) -> str:
    """A value as it is where nothing in it separates fields or lines, else as a JSON string."""
    text = f"{value:.0f}" if isinstance(value, float) else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)
