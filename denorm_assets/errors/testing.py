"""Errors of `denorm_assets.testing`."""

from __future__ import annotations

from collections.abc import Sequence

from denorm_assets.errors.base import ConfigurationError


class NoServerForTests(ConfigurationError):
    """No server is named for tests, and the embedded one cannot be started."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"tests have no PostgreSQL: {reason}. For tests, name a server in DENORM_TEST_URL, or in the option "
            "denorm_test_url of pytest's ini file; its role has to be allowed to create databases"
        )


class UnknownColumns(ConfigurationError):
    """`LiveSystem.changes` is given values for columns that it does not change."""

    def __init__(self, names: Sequence[str], known: Sequence[str]) -> None:
        super().__init__(
            f"`LiveSystem.changes` writes no columns called {', '.join(names)}. Write table.column or "
            f"schema.table.column. It writes {', '.join(known) or 'no columns, because there are no sources'}"
        )
