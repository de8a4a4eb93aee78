"""Definitions that read views, on PostgreSQL 15, which keeps what views select in another form."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.capture.test_redefined_views import *  # noqa: F403
from tests.integration.db.conftest import make_case  # noqa: F401
from tests.stress.oracle.conftest import oracle, oracle_url, shared_bench  # noqa: F401
from tests.stress.oracle.test_views import *  # noqa: F403
