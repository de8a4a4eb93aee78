"""The text of a view, made to read read models in place of materialized views."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot.tokenizer_core import Token, TokenType

from denorm_assets.sql.dialect import ExactPostgres

_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)


def reading(text: str, replaced: Mapping[tuple[str, str], str]) -> tuple[str, list[str]]:
    """`text`, which PostgreSQL printed, with relations (schema, name) replaced by others of the same schema.

    The names of these need no quotes. Columns keep their qualifiers. Also returns the names of those that are read now.
    """
    tokens = sqlglot.tokenize(text, dialect=ExactPostgres)
    parts: list[str] = []
    read: dict[str, None] = {}
    end = 0
    for place, token in enumerate(tokens[2:], start=2):
        schema, dot = tokens[place - 2 : place]
        other = replaced.get((_name(schema), _name(token))) if dot.token_type is TokenType.DOT else None
        if other is None or not all(each.token_type in _NAMES for each in (schema, token)):
            continue
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        if following is not None and following.token_type in (TokenType.DOT, TokenType.L_PAREN):
            continue
        has_alias = following is not None and following.token_type in (*_NAMES, TokenType.ALIAS)
        alias = "" if has_alias else f" {text[token.start : token.end + 1]}"
        parts += [text[end : token.start], other, alias]
        read[other] = None
        end = token.end + 1
    return "".join([*parts, text[end:]]), list(read)


def _name(token: Token) -> str:
    return token.text.replace('""', '"') if token.token_type is TokenType.IDENTIFIER else token.text
