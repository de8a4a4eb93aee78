"""Whether a predicate is certainly not true for NULL, and which outer joins are none because of that."""

from __future__ import annotations

from collections.abc import Container, Sequence

from sqlglot import exp

from denorm_assets.sql.analysis.clauses import conjuncts

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.ILike)
_STRICT = "strict"
_TRANSPARENT = (exp.Column, exp.Cast, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Literal, exp.Identifier)


def mark_strict(tree: exp.Expr, names: Container[str]) -> None:
    """Mark the calls of PostgreSQL's own functions `names` in `tree`, which yield NULL where any argument is NULL."""
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() in names:
            call.meta[_STRICT] = True


def is_strict(predicate: exp.Expr) -> bool:
    """Whether NULL in any column of `predicate` keeps it from being true; False where that is not certain.

    Only comparisons of columns, constants, casts, arithmetic and calls that `mark_strict` knows are recognised.
    """
    if isinstance(predicate, exp.Paren):
        return is_strict(predicate.this)
    if isinstance(predicate, exp.Is):
        # Of IS NOT NULL alone; sqlglot puts NOT around others.
        return bool(predicate.args.get("negate")) and _is_transparent(predicate.this)
    if isinstance(predicate, _COMPARISONS):
        return _is_transparent(predicate.this) and _is_transparent(predicate.expression)
    return isinstance(predicate, exp.Column)


def is_null_of_nulls(expression: exp.Expr) -> bool:
    """Whether `expression` is certainly NULL where all its columns are."""
    return expression.find(exp.Column) is not None and _is_transparent(expression)


def reduced(side: str, *, left: bool, right: bool) -> str:
    """What a join of that side comes to where rows without its `left` or without its `right` are dropped later."""
    if side == "FULL":
        return {(True, True): "", (True, False): "LEFT", (False, True): "RIGHT"}.get((left, right), side)
    return "" if (side == "LEFT" and right) or (side == "RIGHT" and left) else side


def not_null_extended(select: exp.Select, joins: Sequence[exp.Join]) -> set[str]:
    """What in FROM can be NULL in no row of the SELECT, because WHERE, or the ON of what cannot be, would drop it.

    Outer joins to it are inner joins, then; PostgreSQL's planner finds the same.
    """
    where = select.args.get("where")
    found = _strict_in(where.this) if where is not None else set[str]()
    before = [select.args["from_"].this.alias_or_name] if joins else list[str]()
    for join in joins:
        before.append(join.alias_or_name)
    for join in reversed(joins):
        before.pop()
        on = join.args.get("on")
        if on is not None and (not join.side or (join.side == "LEFT" and join.alias_or_name in found)):
            found |= _strict_in(on)
        if join.side in ("RIGHT", "FULL") and found.isdisjoint(before):
            # All that stands before it can be missing, whatever the joins there say.
            break
    return found


def _strict_in(condition: exp.Expr) -> set[str]:
    """The aliases whose row of NULLs does not fulfil `condition`."""
    return {
        column.table
        for conjunct in conjuncts(condition)
        if is_strict(conjunct)
        for column in conjunct.find_all(exp.Column)
    }


def _is_transparent(expression: exp.Expr) -> bool:
    return all(
        isinstance(node, (*_TRANSPARENT, exp.DataType)) or bool(node.meta.get(_STRICT)) for node in expression.walk()
    )
