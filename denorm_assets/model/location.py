"""Where a declaration stands, for error messages and the code references shown in Dagster."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Location:
    """A place in a source file."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def declaring_location(depth: int = 2) -> Location:
    """Location of the statement that builds a dataclass; meant as a field's `default_factory`.

    `depth` counts the frames from here to it.
    """
    # Frame 0 is this function, 1 the generated __init__, 2 whoever declares.
    frame = sys._getframe(depth)  # pyright: ignore[reportPrivateUsage]
    return Location(Path(frame.f_code.co_filename), frame.f_lineno)
