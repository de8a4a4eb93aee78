"""Columns that trigger functions of an application count up, such as `UPDATE posts SET votes = votes + 1 ...`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from denorm_assets.sql.analysis.read_definition import fold

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_UPDATE = re.compile(
    rf"\bUPDATE\s+(?:ONLY\s+)?(?P<table>{_NAME}(?:\.{_NAME})?)(?:\s+(?:AS\s+)?(?!SET\b){_NAME})?\s+SET\s+"
    rf"(?P<column>{_NAME})\s*=\s*(?:coalesce\s*\(\s*)?(?:{_NAME}\.)?(?P<before>{_NAME})(?:\s*,\s*0\s*\))?\s*\+\s*"
    rf"(?:1\b|NEW\.(?P<amount>{_NAME}))\s*"
    rf"WHERE\s+(?:{_NAME}\.)?(?P<key>{_NAME})\s*=\s*NEW\.(?P<reference>{_NAME})\s*(?:;|$|\bRETURN\b)",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    rf"\b(?:UPDATE\s+(?!(?:SET|OF|NOWAIT|SKIP)\b)(?:ONLY\s+)?|INSERT\s+INTO\s+|DELETE\s+FROM\s+(?:ONLY\s+)?)(?P<table>{_NAME}(?:\.{_NAME})?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Counter:
    """A column that holds how many rows of the trigger's table refer to a row, or the sum of a column of theirs.

    Attributes:
        schema: None where the function names none.
        amount: the column that is summed up; None where rows are counted.
        key: the column that `reference`, a column of the trigger's table, names.
    """

    schema: str | None
    table: str
    column: str
    amount: str | None
    key: str
    reference: str


def counters_in(source: str) -> Iterator[Counter]:
    """The counters that a trigger function keeps, each once."""
    found: dict[Counter, None] = {}
    for match in _UPDATE.finditer(_COMMENT.sub(" ", source)):
        column, before, key, reference = (_plain(match[part]) for part in ("column", "before", "key", "reference"))
        if column == before:
            amount = _plain(match["amount"]) if match["amount"] else None
            found[Counter(*_table(match["table"]), column, amount, key, reference)] = None
    yield from found


def tables_written_in(source: str) -> Iterator[tuple[str | None, str]]:
    """Schema, if it is named, and name of each table that a trigger function writes to."""
    yield from dict.fromkeys(_table(match["table"]) for match in _WRITTEN.finditer(_COMMENT.sub(" ", source)))


def _table(text: str) -> tuple[str | None, str]:
    names = [_plain(part) for part in re.findall(_NAME, text)]
    return (names[0] if len(names) > 1 else None), names[-1]


def _plain(name: str) -> str:
    """A name as PostgreSQL reads it."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else fold(name)
