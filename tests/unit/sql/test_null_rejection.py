"""Which predicates NULL fails, and which outer joins are none because of that."""

from __future__ import annotations

import pytest
from sqlglot import exp

from denorm_assets.sql.analysis.null_rejection import (
    is_null_of_nulls,
    is_strict,
    mark_strict,
    not_null_extended,
    reduced,
)
from denorm_assets.sql.analysis.qualification import parsed


def condition(text: str) -> exp.Expr:
    select = parsed(f"SELECT 1 FROM b WHERE {text}")
    mark_strict(select, {"lower", "left"})
    return select.args["where"].this


@pytest.mark.parametrize(
    "text",
    [
        *(f"b.k {operator} a.k" for operator in ("=", "<>", "<", "<=", ">", ">=", "LIKE", "ILIKE")),
        "b.k IS NOT NULL",
        "(b.flag)",
        "CAST(-(b.k) + 1 - b.j * 2 AS int) = 'x'",
        "Lower(b.n) = left(a.n, 2)",
    ],
)
def test_strict_predicates_are_not_true_for_null(text: str) -> None:
    assert is_strict(condition(text))


@pytest.mark.parametrize(
    "text",
    [
        "b.k IS NULL",
        "b.flag IS NOT TRUE",
        "b.flag IS TRUE",
        "NOT b.flag",
        "b.k = 1 OR b.j = 1",
        "b.k IS DISTINCT FROM 1",
        "coalesce(b.k, 1) = 1",
        "1 = coalesce(b.k, 1)",
        "coalesce(b.k, 1) IS NOT NULL",
        "app.lower(b.n) = 'x'",
        "b.k IN (1, 2)",
        "b.k BETWEEN 1 AND 2",
    ],
)
def test_predicates_that_null_may_pass_are_not_strict(text: str) -> None:
    assert not is_strict(condition(text))


@pytest.mark.parametrize(("text", "expected"), [("b.k + 1", True), ("1", False), ("coalesce(b.k, 1)", False)])
def test_values_of_columns_alone_are_null_of_nulls(text: str, expected: bool) -> None:
    assert is_null_of_nulls(condition(f"{text} = 1").this) is expected


def test_reduced_join_keeps_the_side_that_can_be_missing() -> None:
    found = {
        side: [reduced(side, left=left, right=right) for left in (False, True) for right in (False, True)]
        for side in ("", "LEFT", "RIGHT", "FULL")
    }
    assert found == {
        "": ["", "", "", ""],
        "LEFT": ["LEFT", "", "LEFT", ""],
        "RIGHT": ["RIGHT", "RIGHT", "", ""],
        "FULL": ["FULL", "RIGHT", "LEFT", ""],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ""),
        ("a LEFT JOIN b ON b.k = a.k", ""),
        ("a LEFT JOIN b ON b.k = a.k WHERE b.j = 1", "a b"),
        ("a JOIN b ON b.k = a.k AND b.j IS NULL", "a b"),
        ("a CROSS JOIN b LEFT JOIN c ON c.k = a.k", ""),
        ("a JOIN b ON b.k = a.k LEFT JOIN c ON c.k = a.k", "a b"),
        ("a LEFT JOIN b ON b.k = a.k LEFT JOIN c ON c.k = b.k WHERE c.j = 1", "a b c"),
        ("a JOIN b ON b.k = a.k RIGHT JOIN c ON c.k = b.k", ""),
        ("a JOIN b ON b.k = a.k FULL JOIN c ON c.k = b.k", ""),
        ("a JOIN b ON b.k = a.k RIGHT JOIN c ON c.k = b.k WHERE c.j = 1", "c"),
        ("a JOIN b ON b.k = a.k RIGHT JOIN c ON c.k = b.k WHERE a.j = 1", "a b"),
        ("a JOIN b ON b.k = a.k RIGHT JOIN c ON c.k = b.k JOIN d ON d.k = b.j", "a b d"),
        ("a RIGHT JOIN b ON b.k = a.k JOIN c ON c.k = b.k", "b c"),
    ],
)
def test_not_null_extended_is_what_conditions_need(text: str, expected: str) -> None:
    select = parsed(f"SELECT 1 FROM {text}")
    assert isinstance(select, exp.Select)
    assert not_null_extended(select, select.args.get("joins") or []) == set(expected.split())
