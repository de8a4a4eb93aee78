"""The doctor on PostgreSQL 15, whose catalog lacks some columns."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.doctor.test_examining import (  # noqa: F401
    live,
    rights,
    test_examine_case_not_loaded_names_backfill,
    test_examine_live_case_finds_nothing,
    test_examine_role_without_statistics_says_what_it_cannot_see,
)
