"""A `.sql` file named by a declaration; read when first used, never at import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot.errors import TokenError


@dataclass(frozen=True)
class SqlFile:
    """Path of a file that holds one SQL statement."""

    path: Path

    @property
    def text(self) -> str:
        """The statement, without closing semicolons and what follows them, so that it can stand in parentheses.

        Raises OSError where the file cannot be read, UnicodeDecodeError where it is not UTF-8.
        """
        return _without_closing_semicolons(self.path.read_text(encoding="utf-8-sig").rstrip())


def _without_closing_semicolons(text: str) -> str:
    if ";" not in text:
        return text
    try:
        tokens = sqlglot.tokenize(text, dialect="postgres")
    except TokenError:
        # Not SQL as it stands; whoever parses it will say what is wrong, and where.
        return text
    end = len(text)
    while tokens and tokens[-1].token_type.name == "SEMICOLON":
        end = tokens.pop().start
    return text[:end].rstrip()
