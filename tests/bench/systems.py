"""`make bench ONLY=systems`: every page of every shipped system before and after, at the size it is judged at."""

from __future__ import annotations

from denorm_assets.db.cutover.cutover import run_benchmark
from denorm_assets.systems.selection import load_systems
from tests.bench.prepared import prepared
from tests.support.reports import Figure, report
from tests.support.shipped import SHIPPED_SYSTEMS

# Rows of each system's main table at which its cutover judges speed.
FULL = {"topics": 100_000, "social": 200_000, "gallery": 3_640, "notebooks": 100_000}


def run(size: str) -> bool:
    """Time all query pairs; returns whether the rows are the same and, at full size, every target is met."""
    figures: list[Figure] = []
    for system in load_systems(SHIPPED_SYSTEMS):
        assert system.example is not None, "shipped systems have sample data"
        scale = FULL[system.name] if size == "full" else system.example.default_scale
        with prepared(system, scale) as (database, _):
            found = run_benchmark(database, system)
        for timing in found.timings:
            goal = system.query(timing.query).target if found.judged else None
            label = f"{system.name}/{timing.query}: {timing.before_ms:.2f} ms -> {timing.after_ms:.2f} ms"
            figures.append(Figure(label, timing.speed_up, "x", at_least=goal))
        if system.name == "gallery":
            after = {timing.query: timing.after_ms for timing in found.timings}
            ratio = after["all_tags"] / after["gallery_page"]
            goal = 1 if found.judged else None
            figures.append(Figure("gallery: all of several tags beside any of them, time", ratio, "x", at_most=goal))
        wrong = sum(not timing.equal for timing in found.timings)
        figures.append(Figure(f"{system.name}: queries with other rows than before", wrong, at_most=0))
    return report(f"bench-systems-{size}", figures)
