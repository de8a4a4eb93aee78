"""The harness itself: what a scenario misses is counted, and every item has one."""

from __future__ import annotations

from tests.stress.days import themes
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
