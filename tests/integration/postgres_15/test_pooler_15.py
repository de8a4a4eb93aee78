"""Behind PgBouncer, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.postgres.test_pooler import (  # noqa: F401
    behind,
    pooler,
    test_pooler_application_transactions_never_run_under_our_settings,
    test_pooler_concurrent_index_build_is_refused_naming_setting,
    test_pooler_held_lock_blocks_no_concurrent_index_build,
    test_pooler_lock_excludes_sessions_behind_and_beside_it,
    test_pooler_lock_taken_over_old_holder_writes_nothing_more,
    test_pooler_settings_hold_in_every_transaction_and_statement,
    through,
    url,
)
