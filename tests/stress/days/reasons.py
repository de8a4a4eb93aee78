"""D26, at the end of the day: every tick that launched nothing said why."""

from __future__ import annotations

from collections import Counter

from dagster._core.scheduler.instigation import TickStatus

from tests.stress.days.day import Day
from tests.stress.days.scenario import scenario


@scenario("D26")
def every_tick_has_a_reason(day: Day) -> None:
    """All ticks of the instance so far: what launched nothing says why, and none failed."""
    for sensor in ("denorm_ranges", "denorm_refresh"):
        day.wait_for_ticks(sensor, 1)
    ticks = [(name, tick) for name, tick in day.ticks_since(day.began) if tick.status is not TickStatus.STARTED]
    mute = Counter(
        name
        for name, tick in ticks
        # Dagster names the failed runs that a tick told people of.
        if not (
            tick.skip_reason
            or tick.run_ids
            or tick.origin_run_ids
            or tick.dynamic_partitions_request_results
            or tick.error
        )
    )
    failed = Counter(f"{name}: {str(tick.error)[:200]}" for name, tick in ticks if tick.status is TickStatus.FAILURE)
    for said, count in [*mute.items(), *failed.items()]:
        print(f"     {count} x {said}", flush=True)
    day.measured("ticks of the day", len(ticks), at_least=4)
    day.measured("ticks that launched nothing and gave no reason", mute.total(), at_most=0)
    day.measured("ticks that failed", failed.total(), at_most=0)
