"""Anchors that are values of what an outer join can leave out.

Rows that have what is joined are those of an inner join. For the others the value is known: it is that of NULLs.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import combinations

from sqlglot import exp

from denorm_assets.sql.analysis.clauses import alternatives
from denorm_assets.sql.analysis.null_rejection import is_null_of_nulls

MOST_MISSING = 2
MOST_DOUBTFUL = 3
"""Each, of the anchor or of predicates, is there or not: with one more, the definition is read twice as often."""
_NEVER_AMBIGUOUS = (
    *(exp.Case, exp.If, exp.Is, exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
    *(exp.Coalesce, exp.Paren, exp.Null, exp.Boolean, exp.Literal, exp.Cast, exp.DataType, exp.Column, exp.Identifier),
)
"""Expressions that PostgreSQL understands also where NULLs in them have no type."""


def each_present(extended: AbstractSet[str]) -> Iterator[frozenset[str]]:
    """Which of the aliases `extended` are there in a row: each subset of them."""
    for count in range(len(extended), -1, -1):
        for present in combinations(sorted(extended), count):
            yield frozenset(present)


def of_missing(value: exp.Expr, missing: AbstractSet[str]) -> exp.Expr | None:
    """`value` in a row in which the aliases `missing` are NULL; None where that cannot be told."""
    if not any(column.table in missing for column in value.find_all(exp.Column)):
        return value
    parts = alternatives(value)
    left = [part for part in parts if not _is_null(part, missing)]
    if len(left) < len(parts):
        if len(left) < 2:
            return of_missing(left[0], missing) if left else exp.Null()
        return _with_nulls(exp.Coalesce(this=left[0].copy(), expressions=[each.copy() for each in left[1:]]), missing)
    return _with_nulls(value, missing)


def predicate_without(predicate: exp.Expr, missing: AbstractSet[str]) -> exp.Expr | None:
    """What `predicate` comes to in rows in which the aliases `missing` are NULL; None where that cannot be told."""
    root = exp.Paren(this=_one_by_one(predicate))
    for part in list(root.find_all(exp.Coalesce, exp.Anonymous)):
        if len(alternatives(part)) > 1:
            known = of_missing(part, missing)
            if known is None:
                return None
            part.replace(known)
    left = root.this
    return _with_nulls(left, missing) if any(each.table in missing for each in left.find_all(exp.Column)) else left


def _one_by_one(predicate: exp.Expr) -> exp.Expr:
    """A copy of `predicate`; where it compares with any value of a list or an array, with each of them, by OR."""
    bare = predicate.unnest()
    any_of = bare.expression if isinstance(bare, exp.EQ) else None
    array = any_of.this.unnest() if isinstance(any_of, exp.Any) else bare
    values: list[exp.Expr] = array.expressions if isinstance(array, exp.In | exp.Array) else []
    if not values:
        return predicate.copy()
    return exp.or_(*(exp.EQ(this=bare.this.copy(), expression=each.copy()) for each in values), copy=False)


def is_never_true(predicate: exp.Expr) -> bool:
    """Whether `predicate` compares with NULL."""
    bare = predicate.unnest()
    if isinstance(bare, exp.Or):
        return is_never_true(bare.this) and is_never_true(bare.expression)
    return isinstance(bare, exp.EQ) and any(
        isinstance(side.unnest(), exp.Null) for side in (bare.this, bare.expression)
    )


def _with_nulls(value: exp.Expr, missing: AbstractSet[str]) -> exp.Expr | None:
    root = exp.Paren(this=value.copy())
    for column in list(root.find_all(exp.Column)):
        if column.table in missing:
            column.replace(exp.Null())
    clear = all(isinstance(node, _NEVER_AMBIGUOUS) or node.name.lower() == "coalesce" for node in root.walk())
    return root.this if clear else None


def _is_null(part: exp.Expr, missing: AbstractSet[str]) -> bool:
    return is_null_of_nulls(part) and {column.table for column in part.find_all(exp.Column)} <= missing
