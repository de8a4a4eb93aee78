"""What came of each definition, and the totals beside their goals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.support.reports import Figure


@dataclass
class Outcome:
    """What came of one definition.

    Attributes:
        refused: the first line of the error that refused it; empty where it was accepted.
        reason: why, without the clause that it is about.
        classes: source -> its class, `by key` or why every change there recomputes everything.
        whole: the large sources every change of which recomputes everything.
        wrong: rows that differed from the definition, summed over all blocks of changes.
        failed: errors of loads and refreshes.
    """

    application: str
    name: str
    undeterministic: bool = False
    refused: str = ""
    reason: str = ""
    classes: dict[str, str] = field(default_factory=dict[str, str])
    whole: tuple[str, ...] = ()
    wrong: int = 0
    failed: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the product took the definition as it was written."""
        return not self.refused

    @property
    def by_key(self) -> bool:
        """Whether a change of every large source recomputes only the rows that it affects."""
        return self.accepted and not self.whole

    @property
    def why(self) -> str:
        """What a reader has to know about a result that misses a goal."""
        found = [*self.failed[:1], *(f"{source} is whole: {self.classes[source]}" for source in self.whole)]
        return self.refused or "; ".join(found)

    def row(self) -> dict[str, object]:
        """The outcome as a row of the printed table."""
        return {
            "definition": f"{self.application}/{self.name}",
            "accepted": ("yes" if self.accepted else "no") + (" (must not be)" if self.undeterministic else ""),
            "by key": "yes" if self.by_key else "no",
            "wrong": self.wrong,
            "s": round(self.seconds, 1),
            "why": self.why[:200],
        }


def figures(outcomes: Sequence[Outcome], goal_accepted: float, goal_by_key: float) -> list[Figure]:
    """The totals beside their goals."""
    right = [each for each in outcomes if not each.undeterministic]
    not_right = [each for each in outcomes if each.undeterministic]
    return [
        Figure("definitions", len(outcomes)),
        Figure("accepted", _share([each.accepted for each in right]), "%", at_least=goal_accepted),
        Figure("by key", _share([each.by_key for each in right]), "%", at_least=goal_by_key),
        Figure("definitions with wrong rows", sum(each.wrong > 0 for each in outcomes), at_most=0),
        Figure("definitions whose load or refresh failed", sum(bool(each.failed) for each in outcomes), at_most=0),
        Figure("undeterministic ones refused", _share([not each.accepted for each in not_right]), "%", at_least=100),
        Figure("total", sum(each.seconds for each in outcomes), "s"),
    ]


def refusals(outcomes: Sequence[Outcome]) -> Counter[str]:
    """Why deterministic definitions were refused -> how often."""
    return Counter(each.reason for each in outcomes if each.refused and not each.undeterministic)


def _share(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / len(hits) if hits else 100.0
