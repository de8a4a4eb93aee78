"""A statement as pg_stat_statements keeps it, made into a definition: its parameters are taken out.

`SELECT count(*) FROM votes WHERE project_id = $1` becomes `SELECT count(*), project_id FROM votes GROUP BY project_id`.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.read_definition import fold, table_name
from denorm_assets.sql.dialect import ExactPostgres, printed

_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


class NotGeneral(Exception):
    """A statement is no definition of a read model, for the reason given."""


def without_parameters(statement: str) -> str:
    """`statement` for all values of its parameters at once, these as columns; without ORDER BY and LIMIT.

    Raises NotGeneral where it is no SELECT with a join or an aggregate, or where a parameter cannot become a column.
    """
    select = _parsed(statement)
    distinct = select.args.get("distinct")
    chooses = distinct is not None and distinct.args.get("on") is not None
    grouped = bool(select.args.get("group")) or any(
        each.parent_select is select for each in select.find_all(exp.AggFunc)
    )
    if not (select.args.get("joins") or grouped or distinct):
        raise NotGeneral("it has no join and no aggregate")
    for clause in ("limit", "offset") if chooses else ("limit", "offset", "order"):
        select.set(clause, None)
    compared = _take_out(select)
    if compared and (chooses or select.find(exp.Window)):
        raise NotGeneral("a filter decides which rows its DISTINCT ON or its window sees")
    if (distinct or grouped) and not all(map(_is_equality, compared)):
        raise NotGeneral("a filter that is not an equality decides what is computed")
    for column in dict.fromkeys(_column(each) for each in compared):
        _select(select, column, grouped=grouped)
    for column in _grouping(select):
        _select(select, column, grouped=False)
    left = select.find(exp.Parameter)
    if left is not None:
        raise NotGeneral(f"its parameter {left.sql(ExactPostgres)} is not compared with a column in WHERE")
    return printed(select)


def tables_of(statement: str) -> tuple[TableName, ...]:
    """The tables in a statement that `without_parameters` accepts, as it names them, in order of appearance."""
    return tuple(dict.fromkeys(map(table_name, _parsed(statement).find_all(exp.Table, bfs=False))))


def _parsed(statement: str) -> exp.Select:
    try:
        trees = sqlglot.parse(statement, dialect=ExactPostgres)
    except SqlglotError:
        raise NotGeneral("denorm-assets cannot read its SQL") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Select) or trees[0].args.get("locks"):
        raise NotGeneral("it is no plain SELECT")
    for identifier in trees[0].find_all(exp.Identifier):
        if not identifier.quoted:
            identifier.set("this", fold(identifier.name))
    return trees[0]


def _take_out(select: exp.Select) -> list[exp.Expr]:
    """Remove the predicates of WHERE that compare a column with parameters; returns them."""
    where = select.args.get("where")
    if where is None:
        return []
    predicates: list[exp.Expr] = list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    compared = [each for each in predicates if _is_comparison(each)]
    kept = [each.copy() for each in predicates if not _is_comparison(each)]
    select.set("where", exp.Where(this=exp.and_(*kept, dialect=ExactPostgres)) if kept else None)
    return compared


def _is_comparison(predicate: exp.Expr) -> bool:
    if isinstance(predicate, exp.In | exp.Between):
        low, high = predicate.args.get("low"), predicate.args.get("high")
        values = [low, high] if isinstance(predicate, exp.Between) else predicate.expressions
        return isinstance(predicate.this, exp.Column) and bool(values) and all(map(_is_given, values))
    if not isinstance(predicate, _COMPARISONS):
        return False
    sides = (predicate.this, predicate.expression)
    return any(isinstance(side, exp.Column) for side in sides) and any(map(_is_given, sides))


def _is_given(value: exp.Expr | None) -> bool:
    """Whether a value consists of parameters: `$1`, `$1::date`, `ANY ($1)`."""
    while isinstance(value, exp.Cast | exp.Paren | exp.Any):
        value = value.this
    return isinstance(value, exp.Parameter)


def _is_equality(comparison: exp.Expr) -> bool:
    return isinstance(comparison, exp.EQ) and comparison.find(exp.Any) is None


def _column(comparison: exp.Expr) -> exp.Column:
    found = comparison.this if isinstance(comparison.this, exp.Column) else comparison.expression
    assert isinstance(found, exp.Column)
    return found


def _grouping(select: exp.Select) -> list[exp.Column]:
    """The columns that `select` groups by, which tell its rows apart."""
    group = select.args.get("group")
    return [each for each in group.expressions if isinstance(each, exp.Column)] if group else []


def _select(select: exp.Select, column: exp.Column, *, grouped: bool) -> None:
    """Have `select` put out `column`, and group by it where it groups."""
    if any(each.unalias() == column for each in select.expressions):
        return
    is_taken = column.name in select.named_selects
    select.append(
        "expressions",
        exp.alias_(column.copy(), f"{column.table}_{column.name}", quoted=True) if is_taken else column.copy(),
    )
    if grouped:
        group = select.args.get("group") or exp.Group()
        group.append("expressions", column.copy())
        select.set("group", group)
