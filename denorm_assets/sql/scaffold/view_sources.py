"""The text of a view, made to read something else in place of other views."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot.tokenizer_core import Token, TokenType

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.dialect import ExactPostgres

_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)


def reading(text: str, replaced: Mapping[TableName, str]) -> tuple[str, list[TableName]]:
    """`text`, which PostgreSQL printed, with other SQL in place of relations: a name, or a SELECT in parentheses.

    Columns keep their qualifiers. Also returns the relations that were replaced.
    """
    tokens = sqlglot.tokenize(text, dialect=ExactPostgres)
    parts: list[str] = []
    found: dict[TableName, None] = {}
    end = 0
    for place, token in enumerate(tokens[2:], start=2):
        schema, dot = tokens[place - 2 : place]
        relation = TableName(_name(token), _name(schema))
        if dot.token_type is not TokenType.DOT or relation not in replaced:
            continue
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        if following is not None and following.token_type in (TokenType.DOT, TokenType.L_PAREN):
            continue
        has_alias = following is not None and following.token_type in (*_NAMES, TokenType.ALIAS)
        alias = "" if has_alias else f" {text[token.start : token.end + 1]}"
        parts += [text[end : schema.start], replaced[relation], alias]
        found[relation] = None
        end = token.end + 1
    return "".join([*parts, text[end:]]), list(found)


def _name(token: Token) -> str:
    return token.text.replace('""', '"') if token.token_type is TokenType.IDENTIFIER else token.text
