"""`Statement` -> what psycopg executes: it quotes the identifiers and binds the values."""

from __future__ import annotations

from psycopg import sql

from denorm_assets.sql.capture.dollar_quotes import dollar_quoted
from denorm_assets.sql.statement import Listing, Literal, Name, Part, Quoted, Raw, Statement


def compose(part: Part) -> sql.Composable:
    """The psycopg form of `part`; percent signs in all but a statement's own text are doubled: no parameters there."""
    match part:
        case Name(parts):
            return _without_params(sql.Identifier(*parts).as_string())
        case Literal(value):
            return _without_params(sql.Literal(value).as_string())
        case Raw(text):
            return _without_params(text)
        case Listing(parts, separator):
            return sql.SQL(separator).join(compose(item) for item in parts)  # pyright: ignore[reportArgumentType]
        case Quoted(text, tag):
            return _without_params(dollar_quoted(show(text), tag))
        case Statement(text, names):
            composed = sql.SQL(text)  # pyright: ignore[reportArgumentType]
            return composed.format(**{key: compose(value) for key, value in names.items()}) if names else composed


def _without_params(text: str) -> sql.SQL:
    return sql.SQL(text.replace("%", "%%"))  # pyright: ignore[reportArgumentType]


def executable(statement: Statement) -> sql.Composed:
    """`statement` as an argument of psycopg's `execute`."""
    return sql.Composed([compose(statement)])


def collect_params(part: Part) -> dict[str, object]:
    """Parameters of `part` and of everything nested in it."""
    collected: dict[str, object] = {}
    if isinstance(part, Listing):
        for item in part.parts:
            collected.update(collect_params(item))
    elif isinstance(part, Statement):
        for item in part.names.values():
            collected.update(collect_params(item))
        collected.update(part.params)
    return collected


def show(statement: Statement) -> str:
    """The statement as text for people and golden tests, parameters left as `%(name)s`."""
    return compose(statement).as_string(None).replace("%%", "%")
