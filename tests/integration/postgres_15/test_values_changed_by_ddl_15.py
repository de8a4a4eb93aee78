"""DDL that changes values, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.capture.test_values_changed_by_ddl import *  # noqa: F403
from tests.integration.db.conftest import make_case  # noqa: F401
