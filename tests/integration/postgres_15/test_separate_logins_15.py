"""What `denorm-assets roles` prints, followed, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.postgres.test_separate_logins import *  # noqa: F403
