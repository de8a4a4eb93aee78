"""PostgreSQL's SQL as sqlglot reads and prints it, with sqlglot's translations between dialects switched off.

sqlglot reads `to_hex(x)` as a function of its own and prints it by another name; it reads `0x1F` as a bit string.
Here a function keeps the name that it was called by, and an operator stays an operator. What is left of such
differences, `db/introspection/definition_tree.py` finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from sqlglot import exp
from sqlglot.dialects.dialect import DialectType
from sqlglot.dialects.postgres import Postgres
from sqlglot.helper import subclasses
from sqlglot.tokenizer_core import Token, TokenType

from denorm_assets.sql.sqlglot_classes import extensible

if TYPE_CHECKING:
    from sqlglot.generators.postgres import PostgresGenerator
    from sqlglot.parsers.postgres import PostgresParser
else:
    PostgresParser, PostgresGenerator = extensible()

_AGGREGATES = subclasses(exp.__name__, exp.AggFunc)
_KEPT_FUNCTIONS = ("ARRAY", "COUNT")
"""Functions that sqlglot prints as they were written, and that need a node of their own."""
_KEPT_PARSERS = (
    "CAST",
    "EXTRACT",
    "JSON_ARRAYAGG",
    "JSON_OBJECT",
    "JSON_OBJECTAGG",
    "JSON_TABLE",
    "JSON_VALUE",
    "NORMALIZE",
    "OVERLAY",
    "POSITION",
    "SUBSTRING",
    "TRIM",
    "XMLELEMENT",
    "XMLTABLE",
)
"""Functions whose arguments have a syntax of their own."""
_Builders = dict[str, Callable[..., Any]]
_INHERITED = cast(_Builders, PostgresParser.FUNCTIONS)  # pyright: ignore[reportUnknownMemberType]
_INHERITED_PARSERS = cast(_Builders, PostgresParser.FUNCTION_PARSERS)  # pyright: ignore[reportUnknownMemberType]
_BEGIN_NUMBERS = (TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING)
_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = re.compile(
    rf"0[xX](?:_?[0-9A-Fa-f])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|{_DIGITS}(?:\.(?:{_DIGITS})?)?(?:[eE][-+]?{_DIGITS})?"
)
_OPERATIONS = (
    exp.Binary,
    exp.Unary,
    exp.Between,
    exp.In,
    exp.AtTimeZone,
    exp.Bracket,
    exp.Cbrt,
    exp.MatchAgainst,
    exp.Sqrt,
    exp.StartsWith,
)
_NO_OPERATIONS = (exp.Dot, exp.Kwarg, exp.Paren, exp.PropertyEQ, exp.Slice)
_PRINTED_HERE = (exp.Cbrt, exp.JSONObjectAgg, exp.Pow, exp.Sqrt, exp.StartsWith)
_NEGATED = (exp.In, exp.Between, exp.Like, exp.ILike, exp.SimilarTo, exp.Escape)
"""What `NOT` stands inside of: PostgreSQL reads `x NOT IN (1, 2)` and `NOT x IN (1, 2)` as different expressions."""
_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
"""What may follow the text of an interval: `interval '1' year` is another constant than `interval '1 year'`."""


def _aggregate(name: str) -> Callable[..., Any]:
    def call(arguments: list[exp.Expr]) -> exp.Expr:
        return exp.AnonymousAggFunc(this=name.lower(), expressions=arguments)

    return call


class _Parser(PostgresParser):
    FUNCTIONS: ClassVar[_Builders] = {
        **{name: _aggregate(name) for kind in _AGGREGATES for name in kind.sql_names()},
        **{name: _INHERITED[name] for name in _KEPT_FUNCTIONS},
    }
    FUNCTION_PARSERS: ClassVar[_Builders] = {
        name: _INHERITED_PARSERS[name] for name in _KEPT_PARSERS if name in _INHERITED_PARSERS
    }
    # PostgreSQL prints bit strings with the type "bit", which is of any length; bit without quotes is one bit.
    QUOTED_TYPES_TO_PRESERVE: ClassVar[set[str]] = {*PostgresParser.QUOTED_TYPES_TO_PRESERVE, "bit"}

    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        """The trees of `sql`; in them `s.f(x) FILTER (...)` is a call, not a column of `s`."""
        trees = super().parse(raw_tokens, sql)
        for tree in filter(None, trees):
            for column in tree.find_all(exp.Column):
                call = column.this
                while isinstance(call, exp.Filter | exp.WithinGroup):
                    call = call.this
                if call is not column.this:
                    call.replace(exp.Dot(this=column.args["table"], expression=call.copy()))
                    column.replace(column.this)
        return trees

    def _parse_function_call(
        self,
        functions: _Builders | None = None,
        anonymous: bool = False,
        optional_parens: bool = True,
        any_token: bool = False,
    ) -> exp.Expr | None:
        quoted = self._curr.token_type == TokenType.IDENTIFIER
        parse = super()._parse_function_call  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return parse(functions, anonymous or quoted, optional_parens, any_token)

    def _parse_interval_span(self, this: exp.Expr, parse_function_unit: bool = True) -> exp.Interval:
        """An interval with its text as it is written, and the fields that follow."""
        unit = self._parse_field_of_interval()
        if unit is not None and self._match_text_seq("TO"):
            unit = exp.IntervalSpan(this=unit, expression=self._parse_field_of_interval())
        return exp.Interval(this=this, unit=unit)

    def _parse_field_of_interval(self) -> exp.Expr | None:
        """`year`, or `second(3)`."""
        if not self._match_texts(_FIELDS):
            return None
        name = self._prev.text
        if not self._match(TokenType.L_PAREN, advance=False):
            return exp.Var(this=name.upper())
        return exp.Anonymous(this=name, expressions=self._parse_wrapped_csv(self._parse_number))

    def _parse_substring(self) -> exp.Expr:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Also `substring(x SIMILAR y ESCAPE z)`, which is a call with three arguments."""
        index = self._index
        arguments = [self._parse_bitwise()]
        for word in ("SIMILAR", "ESCAPE"):
            if not self._match_text_seq(word):
                self._retreat(index)
                return super()._parse_substring()
            arguments.append(self._parse_bitwise())
        return exp.Anonymous(this="substring", expressions=arguments)


class _Generator(PostgresGenerator):
    # `string_agg(DISTINCT x, ', ')` has two arguments.
    MULTI_ARG_DISTINCT: ClassVar = True
    TRANSFORMS: ClassVar = {
        kind: write for kind, write in PostgresGenerator.TRANSFORMS.items() if kind not in _PRINTED_HERE
    }

    def cbrt_sql(self, expression: exp.Cbrt) -> str:
        return f"||/ {self.sql(expression, 'this')}"

    def interval_sql(self, expression: exp.Interval) -> str:
        parts = ("INTERVAL", self.sql(expression, "this"), self.sql(expression, "unit"))
        return " ".join(part for part in parts if part)

    def jsonobjectagg_sql(self, expression: exp.JSONObjectAgg) -> str:
        return self._jsonobject_sql(expression, name="JSON_OBJECTAGG")

    def pow_sql(self, expression: exp.Pow) -> str:
        return self.binary(expression, "^")

    def sqrt_sql(self, expression: exp.Sqrt) -> str:
        return f"|/ {self.sql(expression, 'this')}"

    def startswith_sql(self, expression: exp.StartsWith) -> str:
        return f"{self.sql(expression, 'this')} ^@ {self.sql(expression, 'expression')}"

    def windowspec_sql(self, expression: exp.WindowSpec) -> str:
        """A frame with BETWEEN only where it was written with it: PostgreSQL tells them apart."""
        text = super().windowspec_sql(expression)
        return (
            text if expression.args.get("end") else text.replace(" BETWEEN ", " ", 1).replace(" AND CURRENT ROW", "", 1)
        )

    def not_sql(self, expression: exp.Not) -> str:
        negated = expression.this
        if isinstance(negated, exp.RegexpLike):
            return self.binary(negated, "!~")
        if isinstance(negated, exp.RegexpILike):
            return self.binary(negated, "!~*")
        if isinstance(negated, exp.Is) and not negated.args.get("negate"):
            return f"{self.sql(negated, 'this')} IS NOT {self.sql(negated, 'expression')}"
        if isinstance(negated, _NEGATED):
            left, text = (
                self.sql(negated.this.this if isinstance(negated, exp.Escape) else negated.this),
                self.sql(negated),
            )
            if text.startswith(f"{left} "):
                return f"{left} NOT{text.removeprefix(left)}"
        return super().not_sql(expression)


class ExactPostgres(Postgres):
    """PostgreSQL's dialect without translations of functions, operators and numbers."""

    NORMALIZE_FUNCTIONS = False
    Parser = _Parser
    Generator = _Generator

    def tokenize(self, sql: str, dialect: DialectType = None) -> list[Token]:
        """The tokens of `sql`, with numbers as PostgreSQL 16 and newer read them: `0x1F`, `0o37`, `1_000`."""
        found: list[Token] = []
        end = -1
        for token in super().tokenize(sql, dialect):
            if token.start <= end:
                continue  # the rest of a number
            number = _NUMBER.match(sql, token.start) if token.token_type in _BEGIN_NUMBERS else None
            if number is not None:
                end = number.end() - 1
                token = Token(  # noqa: PLW2901
                    TokenType.NUMBER, _plain(number[0]), token.line, token.col, token.start, end, token.comments
                )
            found.append(token)
        return found


def _plain(number: str) -> str:
    """`number` without underscores, and in decimals."""
    return str(int(number, 0)) if number[:2].lower() in ("0x", "0o", "0b") else number.replace("_", "")


def printed(tree: exp.Expr) -> str:
    """`tree` as SQL with parentheses around each operation, so that PostgreSQL cannot read another nesting in it.

    No other function may print what is executed: `db/introspection/definition_tree.py` judges trees by this text.
    """
    copy = tree.copy()
    # The innermost first: what a parenthesis is around may itself be replaced.
    for node in reversed(list(copy.find_all(*_OPERATIONS))):
        inside = node.parent
        if (
            isinstance(node, _NO_OPERATIONS)
            or not isinstance(inside, _OPERATIONS)
            or isinstance(inside, _NO_OPERATIONS)
        ):
            continue
        # NOT and ESCAPE are printed as part of what they stand with; x[1][2] is no x[1], of which [2] is taken.
        whole = isinstance(inside, exp.Not | exp.Escape) or (isinstance(node, exp.Bracket) and node.arg_key == "this")
        if not whole:
            node.replace(exp.Paren(this=node.copy()))
    return copy.sql(ExactPostgres, copy=False)
