"""What came of a scenario, and the sums of a run beside their goals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.support.reports import Figure

COUNTS = (
    "privileges gained",
    "rows lost",
    "rows wrong",
    "statements failed",
    "checks green while rows were wrong",
    "false alarms",
    "commands that crashed, hung or lied",
    "read models stopped that had no part in the fault",
)
"""What is counted in every scenario; the goal of each is 0."""
_SHORT = ("gained", "lost", "wrong", "failed", "green", "alarms", "crashed", "stopped")


@dataclass
class Outcome:
    """What a scenario found; everything in it names what was found, so that the report explains its sums.

    Attributes:
        privileges: what somebody could do with rights that are not theirs.
        lost: application table, or read model that was live -> rows that are gone.
        wrong: read model -> rows that differ from its definition in the end, and that no remedy of ours made right.
        failed: what PostgreSQL said of statements of the application that succeed without us -> how often.
        green: checks that passed while rows were wrong.
        alarms: checks that failed, and repairs that were made, while rows were right.
        crashed: commands that ended in a stack of frames, never ended, or said what is not so.
        stopped: read models that had no part in a fault, and did not follow their sources while it lasted.
        refused: what a command refused, in its words.
        told: what a check said of rows that were wrong and were right after it was followed.
        notes: what else explains the counts.
        skipped: why the scenario was not run.
        left: why what is found here is known and documented, and not judged; empty for all others.
    """

    scenario: str
    item: str
    postgres: int
    privileges: list[str] = field(default_factory=list[str])
    lost: Counter[str] = field(default_factory=Counter[str])
    wrong: Counter[str] = field(default_factory=Counter[str])
    failed: Counter[str] = field(default_factory=Counter[str])
    green: list[str] = field(default_factory=list[str])
    alarms: list[str] = field(default_factory=list[str])
    crashed: list[str] = field(default_factory=list[str])
    stopped: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])
    told: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    skipped: str = ""
    left: str = ""
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """The figures of COUNTS."""
        found = (
            len(set(self.privileges)),
            self.lost.total(),
            self.wrong.total(),
            self.failed.total(),
            len(set(self.green)),
            len(set(self.alarms)),
            len(self.crashed),
            len(set(self.stopped)),
        )
        return dict(zip(COUNTS, found, strict=True))

    @property
    def verdict(self) -> str:
        """One word for people."""
        if self.skipped:
            return "skipped"
        if any(self.counts().values()):
            return "known" if self.left else "MISSED"
        return "refused" if self.refused else "told" if self.told else "held"

    def details(self) -> dict[str, object]:
        """Everything that was found, for the report."""
        # `asdict` would count the items of counters.
        counted = {"lost": dict(self.lost), "wrong": dict(self.wrong), "failed": dict(self.failed)}
        return {**vars(self), **counted, "counts": self.counts(), "outcome": self.verdict}

    def row(self) -> dict[str, object]:
        """The outcome as a row of the printed table."""
        shown = {short: count or "" for short, count in zip(_SHORT, self.counts().values(), strict=True)}
        return {
            "item": self.item,
            "scenario": self.scenario,
            "on": self.postgres,
            "outcome": self.verdict,
            **shown,
            "s": round(self.seconds),
        }


def figures(outcomes: Sequence[Outcome], seconds: float) -> list[Figure]:
    """The sums of all scenarios beside their goals."""
    run = [outcome for outcome in outcomes if not outcome.skipped and not outcome.left]
    return [
        Figure("scenarios run", len(run), at_least=1),
        Figure("scenarios skipped", sum(bool(outcome.skipped) for outcome in outcomes)),
        Figure("scenarios of known and documented limits", sum(bool(outcome.left) for outcome in outcomes)),
        *(Figure(name, sum(outcome.counts()[name] for outcome in run), at_most=0) for name in COUNTS),
        Figure("all together", seconds, "s"),
    ]
