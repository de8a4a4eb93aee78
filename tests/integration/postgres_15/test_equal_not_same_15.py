"""Values that are equal and look different, on PostgreSQL 15: Debian's has citext and collations of ICU."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.refresh.test_choices import *  # noqa: F403
from tests.integration.db.refresh.test_equal_not_same import *  # noqa: F403
