"""D17: one fault is one alert, whatever happens to runs, ticks and processes meanwhile."""

from __future__ import annotations

from dagster._core.scheduler.instigation import TickStatus

from tests.stress.days.day import Day
from tests.stress.days.instance import PATIENCE
from tests.stress.days.scenario import scenario
from tests.support.dagster_tree import wait_for

_ASSET, _CHECK = "topics/entry_topics", "no_orphans"
_NAME = f"{_ASSET} {_CHECK}"
_SENSOR = "denorm_alert_failed_checks"
_ORPHAN = "INSERT INTO entry_topics VALUES (9999999, 1, now())"
_ADOPTED = "DELETE FROM entry_topics WHERE entry_id = 9999999"


@scenario("D17")
def one_fault_is_one_alert(day: Day) -> None:
    """A check fails; runs of it are cancelled and in progress, the code is reloaded, the product restarted."""
    began = day.now()
    before = len(day.alerts.of_check(_NAME))

    def told() -> int:
        return len(day.alerts.of_check(_NAME)) - before

    day.unseen(_ORPHAN)
    assert not day.check(_ASSET, _CHECK)
    wait_for(lambda: told() > 0, PATIENCE, f"an alert of {_NAME} arrives")

    with day.locked("entry_topics"):
        cancelled = day.launch_checks(_ASSET, _CHECK)
        day.started(cancelled)
        day.terminate(cancelled)
        day.ended(cancelled)
        assert day.run(cancelled).status.value == "CANCELED"
        day.wait_for_ticks(_SENSOR, 1)
        under_way = day.launch_checks(_ASSET, _CHECK)
        day.started(under_way)
        day.wait_for_ticks(_SENSOR, 1)
        assert not day.run(under_way).is_finished, "it was in progress all the time"
    day.ended(under_way)
    assert not day.passed(_ASSET, _CHECK)
    day.wait_for_ticks(_SENSOR, 1)

    day.reload()
    day.wait_for_ticks(_SENSOR, 1)
    day.stop()
    day.start()
    day.wait_for_ticks(_SENSOR, 2)
    day.measured("alerts of a check that failed once, and runs, code and product came and went", told(), at_most=1)

    day.unseen(_ADOPTED)
    assert day.check(_ASSET, _CHECK)
    day.wait_for_ticks(_SENSOR, 1)
    day.unseen(_ORPHAN)
    assert not day.check(_ASSET, _CHECK)
    wait_for(lambda: told() > 1, PATIENCE, "a check that passed and fails again is told again")
    day.measured("alerts of a check that failed twice", told(), at_most=2)

    day.unseen(_ADOPTED)
    assert day.check(_ASSET, _CHECK)
    failed = [tick for _, tick in day.ticks_since(began, [_SENSOR]) if tick.status is TickStatus.FAILURE]
    day.measured("ticks of the alert sensor that failed", len(failed), at_most=0)
