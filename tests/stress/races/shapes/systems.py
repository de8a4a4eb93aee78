"""The shapes as read models that race: in a schema per group the same tables, so that a change reaches some of them.

Processes load the systems by name: `tests.stress.races.shapes.systems:JOINS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from denorm_assets.model.refresh import Debounce, Debounced, Realtime, Refresh
from denorm_assets.model.system import Phase, System
from tests.support.shapes.table import SHAPES, Shape

GROUPS = ("joins", "functions", "unions", "best", "levels", "clocks", "views")
BESIDE = "groups_of_union_all"
"""The shape that row triggers keep by hand, too."""
# Time goes on while the race does.
_OFTEN = Debounced(Debounce(quiet=0.2, max_wait=0.6), clock=1)
_NOW = Realtime(clock=1)


def _system(group: str, refresh: Refresh) -> System:
    return _named(group, [shape for shape in SHAPES if shape.group == group], refresh)


def _named(name: str, shapes: Sequence[Shape], refresh: Refresh) -> System:
    return System(name, name, (Phase("phase_1", tuple(shape.read_model(refresh) for shape in shapes)),))


JOINS, FUNCTIONS, UNIONS, BEST, LEVELS, CLOCKS, VIEWS = (_system(group, _OFTEN) for group in GROUPS)
JOINS_NOW, FUNCTIONS_NOW, UNIONS_NOW, BEST_NOW, LEVELS_NOW, CLOCKS_NOW, VIEWS_NOW = (
    _system(group, _NOW) for group in GROUPS
)
BESIDE_NOW = _named("beside", [shape for shape in SHAPES if shape.name == BESIDE], _NOW)

DEBOUNCED: Mapping[str, System] = {
    "JOINS": JOINS,
    "FUNCTIONS": FUNCTIONS,
    "UNIONS": UNIONS,
    "BEST": BEST,
    "LEVELS": LEVELS,
    "CLOCKS": CLOCKS,
    "VIEWS": VIEWS,
}
REALTIME: Mapping[str, System] = {
    "JOINS_NOW": JOINS_NOW,
    "FUNCTIONS_NOW": FUNCTIONS_NOW,
    "UNIONS_NOW": UNIONS_NOW,
    "BEST_NOW": BEST_NOW,
    "LEVELS_NOW": LEVELS_NOW,
    "CLOCKS_NOW": CLOCKS_NOW,
    "VIEWS_NOW": VIEWS_NOW,
}
ONE_IN_REALTIME: Mapping[str, System] = {"BESIDE_NOW": BESIDE_NOW}
