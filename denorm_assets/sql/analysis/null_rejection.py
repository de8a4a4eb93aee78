"""Whether a predicate is certainly not true for NULL."""

from __future__ import annotations

from sqlglot import exp

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.ILike)
_TRANSPARENT = (exp.Column, exp.Cast, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Literal, exp.Identifier)


def is_strict(predicate: exp.Expr) -> bool:
    """Whether NULL in any column of `predicate` keeps it from being true; False where that is not certain.

    Only comparisons of columns, constants, casts and arithmetic are recognised.
    """
    if isinstance(predicate, exp.Paren):
        return is_strict(predicate.this)
    if isinstance(predicate, exp.Is):
        is_not_null = bool(predicate.args.get("negate")) and isinstance(predicate.expression, exp.Null)
        return is_not_null and _is_transparent(predicate.this)
    if isinstance(predicate, _COMPARISONS):
        return _is_transparent(predicate.this) and _is_transparent(predicate.expression)
    return isinstance(predicate, exp.Column)


def is_null_of_nulls(expression: exp.Expr) -> bool:
    """Whether `expression` is certainly NULL where all its columns are."""
    return expression.find(exp.Column) is not None and _is_transparent(expression)


def _is_transparent(expression: exp.Expr) -> bool:
    return all(isinstance(node, (*_TRANSPARENT, exp.DataType)) for node in expression.walk())
