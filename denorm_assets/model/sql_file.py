"""The SQL of a declaration: a `.sql` file, read when first used and never at import, or its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, overload

import sqlglot
from sqlglot.errors import TokenError

from denorm_assets.model.location import Location, declaring_location

_Declared = TypeVar("_Declared")


@dataclass(frozen=True)
class SqlFile:
    """A file that holds one SQL statement.

    Example:
        SqlFile(Path(__file__).parent / "order_totals.sql")
    """

    path: Path

    @property
    def text(self) -> str:
        """The statement, without closing semicolons and what follows them, so that it can stand in parentheses.

        Raises OSError where the file cannot be read, UnicodeDecodeError where it is not UTF-8.
        """
        return _without_closing_semicolons(self.path.read_text(encoding="utf-8-sig").rstrip())

    def line(self, of_text: int | None) -> int | None:
        """The line of the file that holds that line of the text."""
        return of_text


@dataclass(frozen=True)
class SqlText:
    """One SQL statement, written in the declaration itself.

    A plain string in place of a definition means the same.

    Example:
        SqlText("SELECT id, count(*) AS lines FROM order_lines GROUP BY id")
    """

    written: str
    location: Location = field(default_factory=declaring_location, compare=False)

    @property
    def path(self) -> Path:
        """The file of the declaration."""
        return self.location.path

    @property
    def text(self) -> str:
        """The statement, as `SqlFile.text` gives it."""
        return _without_closing_semicolons(self.written.rstrip())

    def line(self, of_text: int | None) -> int:
        """The line of the declaring file that holds that line of the text; the declaration's, where it is not found."""
        try:
            source = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            source = ""
        before, found, _ = source.partition(self.written)
        if of_text is None:
            return self.location.line
        if found:
            return before.count("\n") + of_text
        # YAML, and `textwrap.dedent`, take the indentation away.
        lines, wanted = _unindented(source), _unindented(self.written)
        starts = (n for n in range(len(lines) - len(wanted) + 1) if lines[n : n + len(wanted)] == wanted)
        first = next(starts, None)
        return self.location.line if first is None else first + of_text


Sql = SqlFile | SqlText


class SqlField:
    """A field of a declaration that takes a file, or the text itself, and holds either as `Sql`."""

    def __init__(self, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, declared: None, owner: type) -> SqlField: ...
    @overload
    def __get__(self, declared: object, owner: type) -> Sql: ...
    def __get__(self, declared: Any, owner: type) -> Sql | SqlField:
        return self if declared is None else declared.__dict__[self._name]

    def __set__(self, declared: Any, value: Sql | str) -> None:
        # Frame 2 is the generated __init__, 3 whoever declares.
        given = SqlText(value, declaring_location(3)) if isinstance(value, str) else value
        declared.__dict__[self._name] = given


def takes_text(*fields: str) -> Callable[[type[_Declared]], type[_Declared]]:
    """Class decorator, above `@dataclass`: each of `fields`, annotated `SqlField`, takes a file or a text."""

    def install(declared: type[_Declared]) -> type[_Declared]:
        for name in fields:
            setattr(declared, name, SqlField(name))
        return declared

    return install


def _unindented(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


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
