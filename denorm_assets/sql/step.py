"""A step of schema work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.statement import Statement


class Stage(Enum):
    """When a step runs: before any row is loaded, once everything is loaded and compared, or when a person says so."""

    BEFORE_LOAD = "before the backfill"
    AFTER_LOAD = "after the backfill"
    BY_HAND = "by hand"


@dataclass(frozen=True)
class Step:
    """One object to create, rebuild or validate.

    Attributes:
        action: what is done; `keep` where there is nothing to do.
        lock: the strongest lock on a table that the step takes, and whom it makes wait.
        seconds: how long it is likely to take, on a machine with two cores; 0 for an instant.
        why: what makes it necessary, where that is not plain.
        builds: the indexes that it builds, with their schema; an interruption leaves any of them unfinished.
        atomic: whether its statements commit together.
        loses: what goes with it that people read, or that takes long to load again; empty where nothing does.
    """

    kind: str
    name: str
    action: str
    stage: Stage
    lock: str = ""
    statements: tuple[Statement, ...] = ()
    seconds: float = 0.0
    why: str = ""
    builds: tuple[TableName, ...] = ()
    atomic: bool = False
    loses: str = ""

    def __str__(self) -> str:
        """What was done, as a log line."""
        return f"{self.kind} {self.name}: {self.action}"

    @property
    def is_as_declared(self) -> bool:
        """Whether the object is what it should be; its COMMENT may still be an older release's."""
        return self.action in ("keep", "comment")
