"""Trying many generated definitions in one database."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.stress.oracle.maintained import bench
from tests.stress.oracle.runs import DEFINITIONS, Example, Tally, examples, run


def fuzz(url: str, definitions: int, starting: int, *, shrink: bool) -> tuple[Tally, str | None]:
    """Try so many definitions in the empty database at `url`; returns the tally and what failed, if anything did."""
    tally = Tally()
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    with bench(url) as used:

        @seed(starting)
        @settings(
            max_examples=max(definitions // DEFINITIONS, 1),
            deadline=None,
            database=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
        )
        @given(examples())
        def try_all(example: Example) -> None:
            run(used, example, tally)

        try:
            try_all()
        except Exception as error:
            return tally, f"{type(error).__name__}: {error}"
    return tally, None
