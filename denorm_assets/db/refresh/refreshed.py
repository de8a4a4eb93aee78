"""What became of one read model in one look at what is pending."""

from __future__ import annotations

from dataclasses import dataclass, replace

from denorm_assets.db.changes.causes import in_words
from denorm_assets.db.changes.refresh_log import Drained
from denorm_assets.model.debounce import Decision, Pending
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System


@dataclass(frozen=True)
class Refreshed:
    """What became of one read model in one look.

    Attributes:
        decision: whether a refresh was due, and if not, until when it waits.
        drained: what the refresh did; None where none was due, it was left, or another driver is at it.
        error: why the refresh failed; what was pending stays so.
        left: whether it is due, but no short work.
        held_by: the other driver that is at it, where that is known.
        waited: what was pending for it.
        seconds: how long the refresh took, or took to fail; None where none was tried.
        causes: what made it stale, as far as this process has seen it.
        refreshes: how many refreshes these are, where several were added up.
    """

    system: System
    model: ReadModel
    decision: Decision
    drained: Drained | None = None
    error: str | None = None
    left: bool = False
    held_by: str | None = None
    waited: Pending | None = None
    seconds: float | None = None
    causes: frozenset[str] = frozenset()
    refreshes: int = 1

    @property
    def full_name(self) -> str:
        """`system/name` of the read model."""
        return f"{self.system.name}/{self.model.name}"

    @property
    def why(self) -> str:
        """What caused the refresh, and why it was due."""
        causes = in_words(self.causes)
        return f"{causes}: {self.decision.reason}" if causes else self.decision.reason

    def after(self, earlier: Refreshed) -> Refreshed:
        """This and an `earlier` one of the same read model, added up."""
        if earlier.drained is None:
            return self
        return replace(
            self,
            drained=earlier.drained if self.drained is None else earlier.drained.plus(self.drained),
            seconds=(earlier.seconds or 0.0) + (self.seconds or 0.0),
            causes=earlier.causes | self.causes,
            refreshes=earlier.refreshes + self.refreshes,
        )
