"""Which rows of a SELECT's FROM are decided once some of its columns are: functional dependence.

A column that is fixed by an equality, by a key of the same row or by a join to a key adds nothing to a tie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlglot import exp

from denorm_assets.sql.analysis.clauses import conjuncts

_Columns = set[tuple[str, str]]
KeysOf = Callable[[exp.Expr], Sequence[frozenset[str]]]


def decided(select: exp.Select, items: Mapping[str, exp.Expr], keys_of: KeysOf, known: Iterable[exp.Expr]) -> set[str]:
    """Aliases in FROM (`items`, each with `keys_of`) whose row is decided by the values of `known`."""
    fixed: _Columns = {(e.table, e.name) for e in known if isinstance(e, exp.Column)}
    found: set[str] = set()
    conditions = _conditions(select)

    def is_fixed(expression: exp.Expr) -> bool:
        return all(
            column.table in found or column.table not in items or (column.table, column.name) in fixed
            for column in expression.find_all(exp.Column)
        )

    size = -1
    while size != len(fixed) + len(found):
        size = len(fixed) + len(found)
        for column, other, rest in _fixing(conditions):
            if is_fixed(other) and all(map(is_fixed, rest)):
                fixed.add((column.table, column.name))
        for alias, item in items.items():
            of_item = {name for table, name in fixed if table == alias}
            # A LATERAL has other rows for each row before it.
            if any(key <= of_item for key in keys_of(item)) and (not isinstance(item, exp.Lateral) or is_fixed(item)):
                found.add(alias)
    return found


def _conditions(select: exp.Select) -> list[tuple[str | None, list[exp.Expr]]]:
    """Conjuncts that hold of every row, or (with an alias) of every row that an outer join did not null-extend."""
    joins = select.args.get("joins") or ()
    if any((join.side or "").upper() in ("RIGHT", "FULL") for join in joins):
        return []
    found: list[tuple[str | None, list[exp.Expr]]] = []
    where = select.args.get("where")
    if where is not None:
        found.append((None, conjuncts(where.this)))
    for join in joins:
        on = join.args.get("on")
        if on is not None:
            found.append((join.alias_or_name if join.side else None, conjuncts(on)))
    return found


def _fixing(
    conditions: Iterable[tuple[str | None, list[exp.Expr]]],
) -> Iterable[tuple[exp.Column, exp.Expr, list[exp.Expr]]]:
    """(column, expression equal to it, what else has to be fixed): of an outer join, whether there is a row at all."""
    for alias, predicates in conditions:
        rest = [] if alias is None else [c for p in predicates for c in p.find_all(exp.Column) if c.table != alias]
        for predicate in predicates:
            if isinstance(predicate, exp.EQ):
                sides = predicate.left.unnest(), predicate.right.unnest()
                for column, other in (sides, sides[::-1]):
                    if isinstance(column, exp.Column) and alias in (None, column.table):
                        yield column, other, [*rest]
