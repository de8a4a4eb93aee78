"""DDL that changes values, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.db.conftest import make_case  # noqa: F401
from tests.db.test_values_changed_by_ddl import *  # noqa: F403
