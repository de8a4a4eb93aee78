"""What changes anything in a database while a command runs, as the server itself logged it."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

_MARK = "\x1e"
"""Begins each entry of the log."""
_ENTRY = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*)", re.DOTALL)
_PARAMETER = re.compile(r"%\(\w+\)s|\$\d+")
_PASSING = re.compile(
    r'(CREATE|DROP) (VIEW|TABLE) "?pg_temp"?\.|CREATE TEMP|(INSERT INTO|UPDATE|DELETE FROM) "?pg_temp"?\.'
)
"""What nobody else sees."""
_MAINTENANCE = re.compile(r"(VACUUM|ANALYZE|LOCK) ")
"""What the server does not log among changes."""
_NOTE = re.compile(r"(WITH .*)?(INSERT INTO|UPDATE|DELETE FROM) denorm\.", re.DOTALL)
"""Rows of our own tables: what we note of our work."""


@contextmanager
def recorded(url: str, log: Path) -> Generator[list[str]]:
    """A list that holds, after the block, what its statements changed that others see, in the order of the log."""
    with psycopg.connect(url, autocommit=True) as connection:
        database = connection.info.dbname
        named = sql.Identifier(database)
        connection.execute(sql.SQL("ALTER SYSTEM SET log_line_prefix = {}").format(f"{_MARK}%d|"))
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'mod'").format(named))
    before, found = log.stat().st_size, list[str]()
    yield found
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} RESET log_statement").format(named))
    entries = log.read_bytes()[before:].decode().split(f"{_MARK}{database}|")[1:]
    matches = (_ENTRY.match(entry.partition(_MARK)[0]) for entry in entries)
    found += [
        each for each in changing(match[1] for match in matches if match) if not each.startswith("ALTER DATABASE")
    ]


def changing(statements: Iterable[str]) -> list[str]:
    """Those that change what others see, in a form in which two can be compared."""
    plain = map(_normal, statements)
    left_out = (_PASSING, _MAINTENANCE, _NOTE)
    return [each for each in plain if each and not any(pattern.match(each) for pattern in left_out)]


def _normal(statement: str) -> str:
    """Without comments, names of parameters and line breaks."""
    text = re.sub(r"^\s*--[^\n]*$", "", statement, flags=re.MULTILINE)
    return " ".join(_PARAMETER.sub("$", text).split()).rstrip("; ")
