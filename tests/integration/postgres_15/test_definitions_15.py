"""What definitions are read as, and what decides their values, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.definitions_read.test_steadiness import *  # noqa: F403
from tests.stress.oracle.conftest import oracle, oracle_url, shared_bench  # noqa: F401
from tests.stress.oracle.test_sql_as_written import *  # noqa: F403
