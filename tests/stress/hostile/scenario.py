"""Scenarios by item of the issue, and how one is run."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from tests.stress.hostile.arena import Arena, Refused, make_template, open_arena
from tests.stress.hostile.outcome import Outcome
from tests.stress.hostile.realm import OWNER, SUPERUSER, Realm

Act = Callable[[Arena], None]


class Skipped(Exception):
    """The scenario cannot be set up here; the message says why."""


@dataclass(frozen=True)
class Scenario:
    """An attack or a habit.

    Attributes:
        item: the item of the issue, for example S1.
        versions: the major versions of PostgreSQL that it is run on.
        owner: the role that the product runs as.
        left: why what it finds is known, documented and not judged; empty for all others.
    """

    item: str
    act: Act
    versions: tuple[int, ...]
    owner: str
    left: str = ""

    @property
    def name(self) -> str:
        """What ONLY= takes."""
        return self.act.__name__

    @property
    def description(self) -> str:
        """The first line of its docstring."""
        return (self.act.__doc__ or "").strip().splitlines()[0]


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    item: str, versions: tuple[int, ...] = (18,), *, as_superuser: bool = False, left: str = ""
) -> Callable[[Act], Act]:
    """Enter a function as a scenario; with `left` it shows a limit that is documented, and is not judged."""

    def enter(act: Act) -> Act:
        made = Scenario(item, act, versions, SUPERUSER if as_superuser else OWNER, left)
        assert made.name not in SCENARIOS, f"two scenarios are called {made.name}"
        SCENARIOS[made.name] = made
        return act

    return enter


class Runner:
    """Runs scenarios on one realm, each in a database of its own."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._templates: dict[str, str] = {}

    def run(self, chosen: Scenario) -> Outcome:
        """Run a scenario and judge it. What the scenario itself gets wrong is raised."""
        outcome = Outcome(chosen.name, chosen.item, self._realm.version, left=chosen.left)
        began = time.monotonic()
        with open_arena(self._realm, self._template(chosen.owner), chosen.owner, outcome) as arena:
            try:
                chosen.act(arena)
            except Refused:
                pass
            except Skipped as reason:
                outcome.skipped = str(reason)
            if not outcome.skipped:
                arena.judge()
        outcome.seconds = time.monotonic() - began
        return outcome

    def _template(self, owner: str) -> str:
        if owner not in self._templates:
            name = f"template_{owner}"
            make_template(self._realm, name, owner)
            self._templates[owner] = name
        return self._templates[owner]


def broken(chosen: Scenario, version: int, error: Exception) -> Outcome:
    """The outcome of a scenario that failed itself, which nobody may take for a success."""
    outcome = Outcome(chosen.name, chosen.item, version)
    last = traceback.extract_tb(error.__traceback__)[-1]
    told = " ".join(str(error).split())[:300]
    outcome.crashed.append(
        f"the scenario itself failed: {type(error).__name__}: {told} ({last.filename}:{last.lineno})"
    )
    return outcome
