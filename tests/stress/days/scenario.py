"""Scenarios by item of the issue, and how one is run."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.stress.days.day import Day
from tests.support.reports import Figure

Act = Callable[[Day], None]


@dataclass(frozen=True)
class Scenario:
    """What people do on a day in Dagster, and what they must then see; `item` is that of the issue, such as D17."""

    item: str
    act: Act

    @property
    def name(self) -> str:
        """What ONLY= takes."""
        return self.act.__name__

    @property
    def description(self) -> str:
        """The first line of its docstring."""
        return (self.act.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True)
class Outcome:
    """What came of a scenario; `fault` is why it did not hold."""

    item: str
    name: str
    seconds: float
    fault: str = ""
    figures: tuple[Figure, ...] = field(default=())

    @property
    def verdict(self) -> str:
        """One word for people."""
        return "held" if not self.fault and all(figure.met for figure in self.figures) else "MISSED"


SCENARIOS: dict[str, Scenario] = {}


def scenario(item: str) -> Callable[[Act], Act]:
    """Enter a function as a scenario; they are run in the order in which they are entered."""

    def enter(act: Act) -> Act:
        made = Scenario(item, act)
        assert made.name not in SCENARIOS, f"two scenarios are called {made.name}"
        SCENARIOS[made.name] = made
        return act

    return enter


def run(day: Day, chosen: Scenario) -> Outcome:
    """Run a scenario; whatever it raises, it did not hold, and a picture of the page is kept."""
    began, fault = time.monotonic(), ""
    day.figures.clear()
    try:
        chosen.act(day)
    except Exception as error:
        last = next(
            frame for frame in reversed(traceback.extract_tb(error.__traceback__)) if "tests/" in frame.filename
        )
        said = " ".join(str(error).split())[:600]
        fault = f"{type(error).__name__}: {said} ({last.filename.rpartition('/')[2]}:{last.lineno})"
        day.screenshot(f"{chosen.name}_missed")
    return Outcome(chosen.item, chosen.name, time.monotonic() - began, fault, tuple(day.figures))


def figures(outcomes: list[Outcome]) -> list[Figure]:
    """All figures of a run, with how many scenarios did not hold."""
    missed = sum(outcome.verdict != "held" for outcome in outcomes)
    return [
        Figure("scenarios", len(outcomes), at_least=1),
        Figure("scenarios that did not hold", missed, at_most=0),
        *(figure for outcome in outcomes for figure in outcome.figures),
        Figure("minutes", sum(outcome.seconds for outcome in outcomes) / 60, "min"),
    ]
