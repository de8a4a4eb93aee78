"""The stored time of a read model in place of the clock in its definition: the time at which the oracle compares."""

from __future__ import annotations

import re
from typing import Any

import psycopg

_CLOCKS = {
    "now": "",
    "transaction_timestamp": "",
    "current_timestamp": "",
    "current_date": "::date",
    "localtimestamp": "::timestamp",
}
"""Word of SQL for the clock -> the cast of a timestamptz to its type."""
_CLOCK_OR_QUOTED = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|\b(?:now|transaction_timestamp)\s*\(\s*\)|\b(?:current_timestamp|current_date|localtimestamp)\b",
    re.IGNORECASE | re.DOTALL,
)


def at_stored_clock(connection: psycopg.Connection[Any], system: str, name: str, text: str) -> str:
    """`text`, the definition of a read model, at the time that is stored with it; as it is where it reads no clock."""
    if at_clock(text, "") == text:
        return text
    row = connection.execute(
        "SELECT clock::text FROM denorm.read_model WHERE system = %s AND name = %s", (system, name)
    ).fetchone()
    return at_clock(text, None if row is None else row[0])


def at_clock(text: str, clock: str | None) -> str:
    """`text` with every clock in it set to `clock`; strings and comments stay as they are."""
    if clock is None:
        return text

    def set_to(found: re.Match[str]) -> str:
        word = found[0].lower().split("(")[0].strip()
        return f"(timestamptz '{clock}'){_CLOCKS[word]}" if word in _CLOCKS else found[0]

    return _CLOCK_OR_QUOTED.sub(set_to, text)
