"""Literals in a definition that PostgreSQL may read as the clock: `timestamptz 'now'`, `date 'today'`.

PostgreSQL replaces such a literal by a fixed time when it parses the definition, so the parsed query does not show it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot

_STRINGS = ("STRING", "NATIONAL_STRING", "BYTE_STRING", "UNICODE_STRING", "HEREDOC_STRING")
_CLOCK = re.compile(r"(?<![A-Za-z])(now|today|tomorrow|yesterday)(?![A-Za-z])", re.IGNORECASE)
_NO_TIME = "qqq"
"""What is neither a date, nor a time, nor a time zone."""


@dataclass(frozen=True)
class Literal:
    """A string constant in a definition, from `start` to `end` of its text."""

    start: int
    end: int

    def written(self, text: str) -> str:
        """The constant as it stands in `text`."""
        return text[self.start : self.end]

    def without_clock(self, text: str, value: str) -> str | None:
        """`text` with a constant in its place that is no time; None where its `value` does not name the clock."""
        if _CLOCK.search(value) is None:
            return None
        changed = _CLOCK.sub(_NO_TIME, value).replace("'", "''")
        # Backslashes mean themselves: standard_conforming_strings is on by default, and E'' is not used here.
        return f"{text[: self.start]} '{changed}'{text[self.end :]}"


def literals(text: str) -> Sequence[Literal]:
    """The string constants of `text`, with all their parts: `'a'` newline `'b'`, and UESCAPE."""
    found: list[Literal] = []
    tokens = sqlglot.tokenize(text, dialect="postgres")
    for position, token in enumerate(tokens):
        if token.token_type.name not in _STRINGS:
            continue
        before = tokens[position - 1] if position else None
        goes_on = before is not None and (before.token_type.name in _STRINGS or before.text.upper() == "UESCAPE")
        if goes_on and found:
            found[-1] = Literal(found[-1].start, token.end + 1)
        else:
            found.append(Literal(token.start, token.end + 1))
    return found
