"""Settings and limits of the role or the database, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.postgres.test_role_settings import (  # noqa: F401
    test_connect_database_without_encoding_is_refused,
    test_database_settings_odd_values_change_nothing,
    test_role_settings_odd_values_change_nothing,
    test_session_read_only_server_raises_own_error,
)
