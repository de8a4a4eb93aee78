"""Behind PgBouncer, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.postgres.test_pooler import (  # noqa: F401
    behind,
    pooler,
    test_a_held_lock_blocks_no_index_build,
    test_a_lock_keeps_others_away_behind_the_pooler_and_beside_it,
    test_no_transaction_of_the_application_runs_under_our_settings,
    test_settings_are_ours_in_every_transaction_and_statement,
    test_what_needs_a_session_says_so_and_does_nothing,
    test_whose_lock_was_taken_over_writes_nothing_more,
    through,
    url,
)
