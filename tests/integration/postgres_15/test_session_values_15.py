"""Values that a session or another column decides, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.capture.test_added_columns import *  # noqa: F403
from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.definitions_read.test_named_by_path import *  # noqa: F403
from tests.integration.definitions_read.test_time_zones import *  # noqa: F403
