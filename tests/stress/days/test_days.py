"""The harness itself: what a scenario misses is counted, and every item has one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.stress.days import themes
from tests.stress.days.house import SYSTEMS, build_house
from tests.stress.days.scenario import SCENARIOS, Outcome, figures
from tests.support.reports import Figure


def test_days_scenarios_cover_every_item() -> None:
    themes.load()
    items = {found.item for found in SCENARIOS.values()}
    # D27, idle, is `make bench ONLY=idle`.
    assert items == {f"D{number}" for number in range(17, 27)}
    assert all(found.description.endswith(".") for found in SCENARIOS.values())


def test_days_scenario_failed_or_goal_missed_counts_as_missed() -> None:
    broken = Outcome("D17", "broken", 1.0, "AssertionError: it did not")
    missed = Outcome("D17", "missed", 1.0, figures=(Figure("alerts", 2, at_most=1),))
    held = Outcome("D17", "held", 1.0, figures=(Figure("alerts", 1, at_most=1),))
    assert [outcome.verdict for outcome in (broken, missed, held)] == ["MISSED", "MISSED", "held"]
    found = {figure.name: figure for figure in figures([broken, missed, held])}
    assert found["scenarios that did not hold"].value == 2
    assert not found["scenarios that did not hold"].met


def test_build_house_declarations_are_systems(tmp_path: Path) -> None:
    build_house(tmp_path)
    modules = [each.partition(":")[0] for each in SYSTEMS]
    shown = "; ".join(f"print({each}.SYSTEM.name, len({each}.SYSTEM.read_models))" for each in modules)
    command = [sys.executable, "-c", f"import {', '.join(modules)}; {shown}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["topics 3", "archive 2"], done.stderr
