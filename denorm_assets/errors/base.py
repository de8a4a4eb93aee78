"""The base of all errors that are raised on purpose."""

from __future__ import annotations


class DenormError(Exception):
    """Base of all errors raised on purpose; `str(error)` is ready to be shown to a person."""

    exit_status = 1


class ConfigurationError(DenormError):
    """The environment, an option or a file that configures us is missing or wrong."""

    exit_status = 2
