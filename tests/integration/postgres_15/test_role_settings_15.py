"""Settings and limits of the role or the database, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.postgres.test_role_settings import (  # noqa: F401
    test_a_database_without_an_encoding_is_refused,
    test_a_server_that_takes_no_writes_is_told_apart,
    test_settings_of_our_role_stop_and_change_nothing,
    test_settings_of_the_database_stop_and_change_nothing,
)
