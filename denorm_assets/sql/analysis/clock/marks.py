"""The clock in a syntax tree: what stands for it, and the tree at a given time."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from denorm_assets.sql.analysis.clock.definition_text import CLOCK_FUNCTIONS, CLOCK_WORDS
from denorm_assets.sql.dialect import ExactPostgres

_MARK = "denorm_clock"
_WORDS: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "CURRENT_DATE",
    exp.CurrentTimestamp: "CURRENT_TIMESTAMP",
    exp.CurrentTime: "CURRENT_TIME",
    exp.Localtime: "LOCALTIME",
    exp.Localtimestamp: "LOCALTIMESTAMP",
}


def with_marks(tree: exp.Query) -> exp.Query:
    """A copy of `tree` in which a mark with a number of its own stands wherever it reads the clock.

    `x BETWEEN a AND b` becomes two comparisons there, so that each can be looked at by itself.
    """
    copy = tree.copy()
    number = 0
    for node in list(copy.walk()):
        marked = _marked(node, number + 1)
        if marked is not None:
            place = node.parent if isinstance(node.parent, exp.Dot) else node
            place.replace(marked)
            number += 1
    for between in list(copy.find_all(exp.Between)):
        if marks(between) and not between.args.get("symmetric"):
            tested, low, high = (
                exp.Paren(this=side) for side in (between.this, between.args["low"], between.args["high"])
            )
            both = exp.And(
                this=exp.GTE(this=tested, expression=low), expression=exp.LTE(this=tested.copy(), expression=high)
            )
            between.replace(exp.Paren(this=both))
    return copy


def _marked(node: exp.Expr, number: int) -> exp.Expr | None:
    """What takes the place of `node` where it reads the clock."""
    mark = exp.Anonymous(this=_MARK, expressions=[exp.Literal.number(number)])
    if type(node) in _WORDS:
        type_name = CLOCK_WORDS[_WORDS[type(node)]]
        return mark if type_name == "timestamptz" else _cast(mark, type_name)
    if not isinstance(node, exp.Anonymous) or not isinstance(node.this, str):
        return None
    word, arguments = node.this, node.expressions
    if word.upper() in CLOCK_WORDS and len(arguments) == 1:
        return _cast(mark, f"{CLOCK_WORDS[word.upper()]}({arguments[0].sql(ExactPostgres)})")
    if not _is_built_in(node):
        return None
    if word.lower() == "age" and len(arguments) == 1:
        return exp.Anonymous(this="age", expressions=[_cast(mark, "date"), arguments[0]])
    return mark if word.lower() in CLOCK_FUNCTIONS and not arguments else None


def _is_built_in(function: exp.Expr) -> bool:
    """Whether no schema stands before `function` but PostgreSQL's own."""
    parent = function.parent
    if not isinstance(parent, exp.Dot) or function.arg_key != "expression":
        return True
    return isinstance(parent.this, exp.Identifier) and parent.this.name == "pg_catalog"


def _cast(expression: exp.Expr, type_name: str) -> exp.Expr:
    cast = sqlglot.parse_one(f"CAST(NULL AS {type_name})", dialect=ExactPostgres)
    cast.set("this", expression)
    return cast


def is_mark(node: exp.Expr) -> bool:
    """Whether `node` stands for the clock."""
    return isinstance(node, exp.Anonymous) and node.this == _MARK


def marks(tree: exp.Expr) -> frozenset[str]:
    """The numbers of the marks in `tree`."""
    return frozenset(node.expressions[0].name for node in tree.find_all(exp.Anonymous) if is_mark(node))


def tree_at(tree: exp.Expr, time: str) -> exp.Expr:
    """`tree` with the expression `time`, a timestamptz as SQL, in place of the marks."""
    root = exp.Paren(this=tree.copy())
    for node in list(root.find_all(exp.Anonymous)):
        if is_mark(node):
            node.replace(exp.Paren(this=sqlglot.parse_one(time, dialect=ExactPostgres)))
    return root.this
