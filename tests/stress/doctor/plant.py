"""A trouble that is planted, and what came of it: named or not, with the right fix or not, gone afterwards or not."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from denorm_assets.db.doctor.examine import Examination
from denorm_assets.db.doctor.patient import LIMITS, Limits
from tests.stress.doctor.ward import Bed, Ward
from tests.support.reports import Figure

Hand = Callable[[], None]
Act = Callable[[Bed], Hand | None]
"""Plants the trouble; returns what only a person does about it, if anything."""
_ROUNDS = 3
"""What a fix brings to light has a fix of its own: a changed definition is applied, and then loaded."""
FEWEST = 15


@dataclass(frozen=True)
class Plant:
    """A trouble to plant.

    Attributes:
        trouble: the name under which the doctor has to find it.
        fix: a pattern that the fix has to hold.
        beside: further troubles that it really brings.
    """

    act: Act
    trouble: str
    fix: str
    limits: Limits
    beside: frozenset[str]

    @property
    def name(self) -> str:
        """What ONLY= takes."""
        return self.act.__name__


PLANTS: dict[str, Plant] = {}


def plant(trouble: str, fix: str, limits: Limits = LIMITS, *, beside: Sequence[str] = ()) -> Callable[[Act], Act]:
    """Enter a function as a trouble to plant."""

    def enter(act: Act) -> Act:
        made = Plant(act, trouble, fix, limits, frozenset(beside))
        assert made.name not in PLANTS, f"two plants are called {made.name}"
        PLANTS[made.name] = made
        return act

    return enter


@dataclass
class Outcome:
    """What came of a plant.

    Attributes:
        alarms: troubles that were told before anything was planted.
        named: whether the trouble was told; `right_fix`, with the fix that it has to have.
        others: troubles that were told, but not planted.
        left: troubles that were there after all fixes.
        failed: what failed of the fixes.
    """

    name: str
    trouble: str
    alarms: list[str] = field(default_factory=list[str])
    named: bool = False
    right_fix: bool = False
    others: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])
    crash: str = ""
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Whether the doctor did all that it should."""
        return self.right_fix and not (self.alarms or self.others or self.left or self.crash)

    @property
    def verdict(self) -> str:
        """In one word."""
        return "held" if self.held else "MISSED"

    def told(self) -> str:
        """In one line."""
        more = [self.crash, *self.alarms, *self.others, *self.left, *self.failed]
        return "; ".join([f"{self.verdict} ({self.seconds:.1f} s)", *filter(None, more)])

    def row(self) -> dict[str, object]:
        """As a row of the table."""
        return {
            "plant": self.name,
            "trouble": self.trouble,
            "verdict": self.verdict,
            "named": self.named,
            "right fix": self.right_fix,
            "s": round(self.seconds, 1),
        }


def run(ward: Ward, chosen: Plant) -> Outcome:
    """Plant a trouble, have it found and fixed, and look again."""
    outcome, began = Outcome(chosen.name, chosen.trouble), time.monotonic()
    try:
        with ward.bed() as bed:
            _run(bed, chosen, outcome)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        outcome.crash = f"{type(error).__name__}: {' '.join(str(error).split())[:300]} ({last.filename}:{last.lineno})"
    outcome.seconds = time.monotonic() - began
    return outcome


def _run(bed: Bed, chosen: Plant, outcome: Outcome) -> None:
    outcome.alarms = _told(bed.examine())
    hand = chosen.act(bed)
    bed.limits = chosen.limits
    found = bed.examine()
    fixes = [str(each.fix) for each in found.troubles if each.name == chosen.trouble]
    outcome.named = bool(fixes)
    outcome.right_fix = any(re.search(chosen.fix, fix) for fix in fixes)
    if outcome.named and not outcome.right_fix:
        outcome.failed += [f"another fix: {fix}" for fix in fixes]
    expected = {chosen.trouble, *chosen.beside}
    outcome.others = _told(found, but=expected)
    if hand is not None:
        hand()
    for _ in range(_ROUNDS):
        for trouble in found.troubles:
            if trouble.needs_doing:
                outcome.failed += bed.fix(trouble.fix.steps)
        found = bed.examine()
        if found.healthy:
            break
    outcome.left = _told(found)


def _told(found: Examination, but: Collection[str] = ()) -> list[str]:
    return [
        f"{each.name}: {each.what} [{each.where}] -> {each.fix}"
        for each in found.troubles
        if each.needs_doing and each.name not in but
    ]


def figures(outcomes: Sequence[Outcome], fewest: int, false_alarms: int | None) -> list[Figure]:
    """What `make doctor` reports; `false_alarms` are those on the shipped systems, None where nobody looked."""
    planted = len(outcomes)
    shipped = [] if false_alarms is None else [Figure("false alarms on the shipped systems", false_alarms, at_most=0)]
    return [
        Figure("troubles planted", planted, at_least=fewest),
        Figure("of these named", sum(each.named for each in outcomes), at_least=planted),
        Figure("named with the right fix", sum(each.right_fix for each in outcomes), at_least=planted),
        Figure("gone after the fix", sum(not (each.left or each.crash) for each in outcomes), at_least=planted),
        Figure("other troubles told beside them", sum(len(each.others) for each in outcomes), at_most=0),
        Figure("false alarms before planting", sum(len(each.alarms) for each in outcomes), at_most=0),
        *shipped,
        Figure("duration", sum(each.seconds for each in outcomes), "s"),
    ]
