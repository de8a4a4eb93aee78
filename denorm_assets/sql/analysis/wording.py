"""Names and expressions as people read them: `projects.user_id = users.id`, "that user"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from denorm_assets.sql.analysis.reach.blocks import Node

_SIMPLE = re.compile(r"[a-z_][a-z0-9_]*")
_SIMPLE_WITH_SCHEMA = re.compile(rf"({_SIMPLE.pattern}\.)?{_SIMPLE.pattern}")
_ADD_ES = ("sses", "xes", "shes", "tches", "nches", "rches")
_NO_PLURALS = ("ss", "us", "is", "series", "species", "news")
_END_IN_IE = ("movies", "cookies", "zombies")
_CLEAR_WITHOUT_PARENTHESES = (
    exp.Func,
    exp.Connector,
    exp.Paren,
    exp.Is,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
)
_TRIMMING = {"": "btrim", "BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}


def that_one(table: str) -> str | None:
    """`users` -> "that user"; None for names that are no regular plural."""
    if table.endswith(_NO_PLURALS) or not table.endswith("s"):
        return None
    if table.endswith("ies") and not table.endswith(_END_IN_IE):
        return f"that {table[:-3]}y"
    return f"that {table[:-2] if table.endswith(_ADD_ES) else table[:-1]}"


def in_sql(name: str) -> str:
    """`name` as a person writes it in SQL, quoted only where it has to be."""
    return _readable(name).sql("postgres")


def in_words(expression: exp.Expr, labels: Mapping[str, str], functions: Mapping[str, Node]) -> str:
    """`expression` with aliases as `labels` call them, and with the calls behind columns of `functions` in FROM."""
    root = exp.Paren(this=expression.copy())
    while found := [column for column in root.find_all(exp.Column) if column.table in functions]:
        for column in found:
            function = functions[column.table].function
            assert function is not None, "what is in `functions` is one"
            column.replace(function.copy())
    for column in root.find_all(exp.Column):
        column.replace(exp.column(_readable(column.name), table=_readable(labels[column.table], _SIMPLE_WITH_SCHEMA)))
    # The innermost first: what a parenthesis is around may itself be replaced.
    for node in reversed(list(root.find_all(exp.Paren, exp.Unnest, exp.Trim))):
        if isinstance(node, exp.Unnest):
            node.replace(exp.Anonymous(this="unnest", expressions=node.expressions))
        elif isinstance(node, exp.Trim):
            called = _TRIMMING[(node.args.get("position") or "").upper()]
            node.replace(exp.Anonymous(this=called, expressions=[node.this, *filter(None, [node.expression])]))
        elif isinstance(node.this, exp.Column | exp.Func) and isinstance(node.parent, _CLEAR_WITHOUT_PARENTHESES):
            node.replace(node.this)
    text = root.this.sql("postgres", normalize_functions="lower")
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _readable(name: str, simple: re.Pattern[str] = _SIMPLE) -> exp.Identifier:
    return exp.to_identifier(name, quoted=simple.fullmatch(name) is None)
