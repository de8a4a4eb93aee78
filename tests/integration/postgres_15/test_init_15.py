"""`init` on PostgreSQL 15, which prints views in another way."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.cli.conftest import clean_environment, shell_on  # noqa: F401
from tests.integration.cli.test_init import (  # noqa: F401
    empty,
    reader,
    shop,
    test_init_counts_kept_by_triggers_are_declared_and_commented_out,
    test_init_databases_of_many_kinds_get_package_that_passes_plan,
    test_init_heaviest_statements_are_declared_and_commented_out,
    test_init_read_model_of_view_is_loaded_with_the_same_rows,
    test_init_role_that_may_only_read_gets_package_that_passes_plan,
    test_init_view_over_materialized_view_has_it_written_out,
)
