"""D24: a check run that is cancelled hides nothing for long."""

from __future__ import annotations

from tests.stress.days.clicks import check_statuses
from tests.stress.days.day import Day
from tests.stress.days.instance import PATIENCE
from tests.stress.days.scenario import scenario
from tests.support.dagster_tree import wait_for

_ASSET = "topics/entry_topics"
_CHECKS = ("matches_definition", "no_orphans", "backfill_complete", "kept_fresh", "reconciled")


@scenario("D24")
def checks_of_a_cancelled_run_are_shown_again(day: Day) -> None:
    """All checks of a read model are executed, and the run is terminated: what they said before is shown again."""
    assert day.check(_ASSET, *_CHECKS)
    with day.locked("entry_topics"):
        day.page.goto(f"/assets/{_ASSET}?view=checks")
        began = day.now()
        day.page.get_by_role("button", name="Execute all").click()
        wait_for(lambda: bool(day.runs_since(began)), PATIENCE, "Execute all launched a run")
        [run] = day.runs_since(began)
        day.started(run.run_id)
        day.sleep(3)
        day.terminate(run.run_id)
        assert day.ended(run.run_id).status.value == "CANCELED"
    planned = [name for name in _CHECKS if run.run_id in [found.run_id for found in day.executions(_ASSET, name)]]
    assert planned == [*_CHECKS], "the run that was cancelled had planned all of them"
    day.wait_for_ticks("denorm_ranges", 2)
    shown = check_statuses(day.page, _ASSET, _CHECKS)
    assert list(shown) == [*_CHECKS], shown
    day.screenshot("checks_shown_again")
    left = [f"{name}: {said}" for name, said in shown.items() if said != "Succeeded"]
    assert not left, left
    day.measured("checks that a cancelled run left as not evaluated", len(left), at_most=0)
