"""Statements of rebuilds against golden files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from denorm_assets.sql.ddl import alterations
from denorm_assets.sql.ddl.restrictions import restrictions
from denorm_assets.sql.rows.settled_digests import settled_digests
from tests.unit.sql.described import ALL, PLAIN
from tests.unit.sql.golden import assert_golden


@pytest.mark.parametrize("shape", ["plain", "odd_names"])
def test_rebuild_sql_each_shape_equals_golden(shape: str) -> None:
    described = ALL[shape]
    column = described.columns[-1]
    assert_golden(
        f"rebuilding_{shape}",
        {
            "add_column": alterations.add_column(described.table, column),
            "comment_on_column": alterations.comment_on_column(described.table, column.name),
            "drop_column": alterations.drop_column(described.table, column.name),
            "allow_null": alterations.allow_null(described.table, column.name),
            "drop_foreign_key": alterations.drop_foreign_key(described.table, "some_fkey"),
            "settled_digests": settled_digests(described, 7),
        },
    )


def test_restrictions_without_foreign_keys_are_empty() -> None:
    unbound = replace(PLAIN, model=replace(PLAIN.model, references=()))
    assert restrictions(unbound, {PLAIN.table: ("id",)}) == ()
