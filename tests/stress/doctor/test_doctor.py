"""A short run of `make doctor`, and that it would count what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.stress.doctor.__main__ import THEMES
from tests.stress.doctor.healthy import alarms
from tests.stress.doctor.plant import FEWEST, PLANTS, Outcome, Plant, figures, run
from tests.stress.doctor.ward import Bed, Ward, open_ward


@pytest.fixture(scope="module")
def ward() -> Generator[Ward]:
    with open_ward() as made:
        yield made


@pytest.mark.costly
@pytest.mark.parametrize("name", PLANTS)
def test_doctor_planted_trouble_is_named_fixed_and_gone(ward: Ward, name: str) -> None:
    outcome = run(ward, PLANTS[name])
    assert outcome.held, outcome


def test_doctor_shipped_system_has_no_trouble(new_database: Callable[[str], str]) -> None:
    assert alarms(new_database("template0"), [TOPICS]) == []


def _plant_nothing(bed: Bed) -> None:
    """Everything stays well."""


def test_doctor_harness_trouble_that_is_not_there_counts_as_missed(ward: Ward) -> None:
    outcome = run(
        ward, Plant(_plant_nothing, "long_transaction", "x", PLANTS["a_row_cannot_be_computed"].limits, frozenset())
    )
    assert (outcome.verdict, outcome.named, outcome.crash) == ("MISSED", False, "")


def test_doctor_figures_count_what_is_missed() -> None:
    assert len(PLANTS) >= FEWEST
    assert all(theme.__doc__ for theme in THEMES)
    held = Outcome("held", "clock", named=True, right_fix=True)
    wrong = Outcome("wrong", "clock", alarms=["a"], named=True, others=["b", "c"], left=["d"])
    found = {figure.name: (figure.value, figure.met) for figure in figures([held, wrong], FEWEST, 1)}
    assert found["of these named"] == (2, True)
    assert found["named with the right fix"] == (1, False)
    assert found["gone after the fix"] == (1, False)
    assert found["other troubles told beside them"] == (2, False)
    assert found["false alarms before planting"] == (1, False)
    assert found["false alarms on the shipped systems"] == (1, False)
