"""A definition at a time that is stored, instead of at the time at which somebody runs it.

It is the text that PostgreSQL printed of the definition, so that `now()` is its own function, and every token is
plain. Where the text reads the clock, an expression takes the place of that: the stored time of the read model, or
while nothing is stored yet, any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlglot.tokenizer_core import Token, TokenType

from denorm_assets.sql.dialect import ExactPostgres

CLOCK_FUNCTIONS = frozenset({"now", "transaction_timestamp", "statement_timestamp"})
"""PostgreSQL's functions of no argument that yield the time of the transaction or statement, a timestamptz."""
CLOCK_WORDS = {
    "CURRENT_DATE": "date",
    "CURRENT_TIMESTAMP": "timestamptz",
    "LOCALTIMESTAMP": "timestamp",
    "CURRENT_TIME": "timetz",
    "LOCALTIME": "time",
}
"""Words of SQL for the clock, and the type of each; a precision may follow in parentheses."""
ANY_TIME = "(SELECT '2000-01-01 00:00:00+00'::timestamptz AS clock)"
"""A time that PostgreSQL does not take for a constant."""


def stored_time(system: str, model: str) -> str:
    """The stored time of a read model, as SQL. In the snapshot of its rows: both are of one time always."""
    of_system, of_model = (value.replace("'", "''") for value in (system, model))
    return f"(SELECT m.clock FROM denorm.read_model AS m WHERE m.system = '{of_system}' AND m.name = '{of_model}')"


def at_time(definition: str, time: str) -> str | None:
    """`definition` with the expression `time`, a timestamptz, for the clock; None where it does not read the clock."""
    tokens = ExactPostgres().tokenize(definition)
    changed: list[str] = []
    written = 0
    for position, token in enumerate(tokens):
        found = _reading(tokens, position, time)
        if found is not None:
            text, last = found
            changed += [definition[written : token.start], text]
            written = last.end + 1
    return "".join([*changed, definition[written:]]) if changed else None


@cache
def names_clock(text: str) -> bool:
    """Whether a definition as people wrote it may read the clock; a function of theirs may have such a name."""
    tokens = ExactPostgres().tokenize(text)
    words = {word.lower() for word in CLOCK_WORDS}
    for position, token in enumerate(tokens):
        name = token.text.lower()
        if token.token_type == TokenType.STRING:
            continue
        is_call = _is(tokens, position + 1, TokenType.L_PAREN)
        if name in words or (is_call and name in CLOCK_FUNCTIONS):
            return True
        if is_call and name == "age" and _arguments(tokens, position + 1) == 1:
            return True
    return False


def _reading(tokens: Sequence[Token], position: int, time: str) -> tuple[str, Token] | None:
    """What takes the place of the tokens from `position` on, and the last of these; None where they are no clock."""
    token = tokens[position]
    if token.token_type in (TokenType.IDENTIFIER, TokenType.STRING) or _is(tokens, position - 1, TokenType.DOT):
        return None
    is_call = _is(tokens, position + 1, TokenType.L_PAREN)
    type_name = CLOCK_WORDS.get(token.text.upper())
    if type_name is not None:
        if is_call and _is(tokens, position + 2, TokenType.NUMBER):
            return f"{time}::{type_name}({tokens[position + 2].text})", tokens[position + 3]
        return f"{time}::{type_name}", token
    if is_call and token.text in CLOCK_FUNCTIONS and _is(tokens, position + 2, TokenType.R_PAREN):
        return time, tokens[position + 2]
    if is_call and token.text == "age" and _arguments(tokens, position + 1) == 1:
        # age(x) is age(midnight of today, x).
        return f"age({time}::date, ", tokens[position + 1]
    return None


def _is(tokens: Sequence[Token], position: int, kind: TokenType) -> bool:
    return 0 <= position < len(tokens) and tokens[position].token_type == kind


def _arguments(tokens: Sequence[Token], opening: int) -> int:
    """How many arguments stand in the parentheses that open there."""
    depth, count = 0, 1
    for token in tokens[opening:]:
        if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET):
            depth += 1
        elif token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET):
            depth -= 1
            if depth == 0:
                break
        elif token.token_type == TokenType.COMMA and depth == 1:
            count += 1
    return count
