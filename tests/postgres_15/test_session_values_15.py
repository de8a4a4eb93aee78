"""Values that a session or another column decides, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.db.conftest import make_case  # noqa: F401
from tests.db.test_added_columns import *  # noqa: F403
from tests.sql.test_named_by_path import *  # noqa: F403
from tests.sql.test_time_zones import *  # noqa: F403
