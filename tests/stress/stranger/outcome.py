"""What came of each walk, and the totals beside their goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.stress.stranger.application import Traffic
from tests.stress.stranger.step import Step, untold
from tests.support.reports import Figure

_MOST_MINUTES = 15


@dataclass
class Outcome:
    """What came of one database.

    Attributes:
        missing: why it was not made; empty where it was.
        stopped: which step failed; empty where none did.
        ended: whether the last step was reached.
        seconds: from the empty folder to green, with pip.
        wrong: read model -> rows that differed from its definition.
        unexpected: faults that the product did not foresee.
        differing: lines of the catalog that `uninstall` left otherwise than they were.
    """

    name: str
    steps: list[Step] = field(default_factory=list[Step])
    missing: str = ""
    stopped: str = ""
    ended: bool = False
    seconds: float = 0.0
    traffic: Traffic = field(default_factory=lambda: Traffic(0))
    wrong: dict[str, int] = field(default_factory=dict[str, int])
    unexpected: int = 0
    differing: list[str] = field(default_factory=list[str])

    @property
    def refused(self) -> list[str]:
        """What the product refused."""
        return [line for step in self.steps for line in step.refused]

    @property
    def frames(self) -> int:
        """Stacks of frames that the person saw, and faults that were kept in files."""
        return self.unexpected + sum(step.frames for step in self.steps)

    def row(self) -> dict[str, object]:
        """The outcome as a row of the printed table."""
        return {
            "database": self.name,
            "ended": "yes" if self.ended else "NO",
            "steps": len(self.steps),
            "minutes": round(self.seconds / 60, 2),
            "read models": len(self.wrong),
            "transactions": self.traffic.transactions,
            "wrong rows": sum(self.wrong.values()),
            "lines that differ": len(self.differing),
        }

    def told(self, pages: str) -> list[str]:
        """All that is wrong, a line each."""
        return [
            *([f"not made: {self.missing}"] if self.missing else []),
            *([f"stopped: {self.stopped}"] if self.stopped else []),
            *(f"not in the guide: {line}" for line in untold(self.steps, pages)),
            *(f"refused: {line}" for line in self.refused),
            *(f"{count} wrong rows in {model}" for model, count in self.wrong.items() if count),
            *(f"the application failed: {line}" for line in self.traffic.failed[:5]),
            *(f"left in the catalog: {line}" for line in self.differing),
        ]


def figures(outcomes: Sequence[Outcome], pages: str) -> list[Figure]:
    """The totals beside their goals."""
    untold_steps = sum(len(untold(each.steps, pages)) for each in outcomes)
    minutes = max((each.seconds / 60 for each in outcomes), default=0)
    return [
        Figure("databases walked to the end", sum(each.ended for each in outcomes), at_least=len(outcomes)),
        Figure("read models compared", sum(len(each.wrong) for each in outcomes), at_least=2 * len(outcomes)),
        Figure("steps", sum(len(each.steps) for each in outcomes)),
        Figure("steps that the guide does not name", untold_steps, at_most=0),
        Figure("refused", sum(len(each.refused) for each in outcomes), at_most=0),
        Figure("stacks of frames", sum(each.frames for each in outcomes), at_most=0),
        Figure("wrong rows", sum(sum(each.wrong.values()) for each in outcomes), at_most=0),
        Figure("transactions of the application", sum(each.traffic.transactions for each in outcomes)),
        Figure("of these failed", sum(len(each.traffic.failed) for each in outcomes), at_most=0),
        Figure("catalog differences after uninstall", sum(len(each.differing) for each in outcomes), at_most=0),
        Figure("longest way from pip install to green", minutes, "min", at_most=_MOST_MINUTES),
    ]
