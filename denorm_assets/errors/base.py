"""The base of all errors that are raised on purpose."""

from __future__ import annotations


class DenormError(Exception):
    """Base of all errors raised on purpose; `str(error)` is ready to be shown to a person.

    Example:
        try:
            settings = load_settings()
        except DenormError as error:
            raise SystemExit(f"{error}") from None
    """

    exit_status = 1


class ConfigurationError(DenormError):
    """The environment, an option or a file that configures us is missing or wrong.

    Example:
        try:
            build_definitions([SHOP], source_keys={"no_such_table": "raw/orders"})
        except ConfigurationError as error:
            print(error)
    """

    exit_status = 2
