"""The short version of `make races ONLY=shapes`: fewer sessions, transactions and schemas, the same demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import pytest

from denorm_assets.model.system import System
from tests.conftest import Server
from tests.stress.races.shapes.__main__ import BESIDE_TABLES, beyond_chance, figures_beside, figures_of_shapes
from tests.stress.races.shapes.runs import LEVELS, ByHand, Effort, Maintained, Outcome, Place
from tests.stress.races.shapes.sessions import Written
from tests.stress.races.shapes.systems import DEBOUNCED, GROUPS, REALTIME
from tests.support.shapes.table import SHAPES
from tests.support.unseen import unseen

SHORT = Effort(4, 40, "test")
Maintain = Callable[[Mapping[str, System]], Maintained]


@pytest.fixture
def maintain(server: Server, database_url: str, tmp_path: Path) -> Generator[Maintain]:
    """A function that keeps systems in the test's database."""
    made: list[Maintained] = []

    def make(systems: Mapping[str, System]) -> Maintained:
        made.append(Maintained(database_url, server.postgres.log, tmp_path, systems))
        return made[-1]

    yield make
    for place in made:
        place.close()


@pytest.mark.parametrize(
    ("level", "kind", "names"),
    [
        ("READ COMMITTED", REALTIME, ["UNIONS_NOW", "VIEWS_NOW"]),
        ("REPEATABLE READ", DEBOUNCED, ["JOINS", "CLOCKS"]),
        ("SERIALIZABLE", DEBOUNCED, ["BEST", "LEVELS"]),
    ],
)
def test_race_shapes_have_no_wrong_row_or_deadlock(
    maintain: Maintain, level: str, kind: Mapping[str, System], names: Sequence[str]
) -> None:
    place = maintain({name: kind[name] for name in names})
    outcome = place.run(level, SHORT)
    written = outcome.written
    assert (written.committed, written.failed) == (SHORT.sessions * SHORT.transactions, Counter())
    assert (written.ours, written.deadlocked, outcome.logged, outcome.counted) == (0, 0, 0, 0)
    assert (outcome.pending, outcome.quarantined) == (0, 0)
    assert len(outcome.wrong) == sum(len(kind[name].read_models) for name in names)
    assert set(outcome.wrong.values()) == {0}, outcome.wrong
    assert outcome.refreshes["completed"] > 0


def test_race_shapes_change_that_no_trigger_saw_is_counted(maintain: Maintain) -> None:
    place = maintain({"CLOCKS": DEBOUNCED["CLOCKS"]})
    with place.connect() as connection:
        connection.execute(unseen("DELETE FROM clocks.items WHERE due_at < now() - interval '1 minute'"))
    outcome = Outcome(Written())
    place.judge(outcome)
    assert outcome.wrong["clocks/due"] > 0
    assert outcome.wrong["clocks/last_30_days"] == 0


def test_race_shapes_row_triggers_abort_where_tables_alone_do_not(server: Server, database_url: str) -> None:
    triggers = ByHand(database_url, server.postgres.log, "by_hand", BESIDE_TABLES)
    alone = Place(database_url, server.postgres.log, ["alone"], BESIDE_TABLES)
    effort = Effort(8, 60, "test")
    with_triggers, without = (place.run("REPEATABLE READ", effort) for place in (triggers, alone))
    assert with_triggers.written.aborts > without.written.aborts
    assert with_triggers.wrong == {"by hand": 0}


def test_shapes_each_of_a_group_that_races() -> None:
    assert {shape.group for shape in SHAPES} == set(GROUPS)
    for systems in (DEBOUNCED, REALTIME):
        assert sorted(model.name for system in systems.values() for model in system.read_models) == sorted(
            shape.name for shape in SHAPES
        )


@pytest.mark.parametrize(
    ("before", "after", "beyond"), [(0, 0, False), (400, 480, False), (400, 500, True), (0, 10, True)]
)
def test_beyond_chance_only_large_differences_count(before: int, after: int, beyond: bool) -> None:
    assert (beyond_chance(before, after) > 0) == beyond


def test_race_figures_extra_aborts_deadlocks_and_wrong_rows_miss_goals() -> None:
    fine = Outcome(Written(committed=100, seconds=1))
    bad = Outcome(Written(committed=100, aborts=50, ours=1, seconds=1), counted=1, wrong={"unions/union": 2})
    for level in LEVELS:
        raced = {level: {"alone": fine, "Debounced": bad, "Realtime": bad}}
        missed = [figure.name for figure in figures_of_shapes(raced) if not figure.met]
        assert missed == [
            f"{level}, Debounced: of these, more than chance explains",
            f"{level}, Debounced: aborts in our triggers",
            f"{level}, Debounced: deadlocks that it counted",
            f"{level}, Debounced: wrong rows",
            f"{level}, Realtime: deadlocks that it counted",
            f"{level}, Realtime: wrong rows",
        ]
        beside = {level: {"not kept": fine, "Realtime": fine, "row triggers": bad}}
        assert all(figure.met for figure in figures_beside(beside))
