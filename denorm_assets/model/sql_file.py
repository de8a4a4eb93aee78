"""A `.sql` file named by a declaration; read when first used, never at import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SqlFile:
    """Path of a file that holds one SQL statement."""

    path: Path

    @property
    def text(self) -> str:
        """The statement, without a closing semicolon. Raises OSError where the file cannot be read."""
        return self.path.read_text(encoding="utf-8").rstrip().removesuffix(";").rstrip()
