"""Whether two definitions, as PostgreSQL prints them, mean the same; what nobody reads in them does not count.

`*` stands for the columns of the day. Where it is only tested for rows, or where a query around it names what it reads,
another column changes nothing.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_projections import pushdown_projections

from denorm_assets.sql.dialect import ExactPostgres


def same_meaning(one: str, other: str) -> bool:
    """Whether `one` and `other` are the same definition. Errs on the side of no."""
    if one == other:
        return True
    try:
        return _without_unread(one) == _without_unread(other)
    except SqlglotError:
        return False


def _without_unread(text: str) -> exp.Expr:
    tree = sqlglot.parse_one(text, dialect=ExactPostgres)
    for exists in tree.find_all(exp.Exists):
        tested = exists.this
        # An aggregate or a function of many rows there decides how many rows there are.
        if isinstance(tested, exp.Select) and all(isinstance(e.unalias(), exp.Column) for e in tested.expressions):
            tested.set("expressions", [exp.Literal.number(1)])
    return pushdown_projections(tree)
