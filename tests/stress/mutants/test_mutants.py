"""Mutants differ in one place each, and reach whoever has imported what is mutated."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest

from tests.stress.mutants.mutations import mutants_of, names_of, put_in
from tests.stress.mutants.swapping import swap

_SAMPLE = '''
"""A module."""
from dataclasses import dataclass
LIMITS = ("few", "many")

def is_many(count: int, limit: int = 3) -> bool:
    """Whether it is many."""
    if count < 0:
        raise ValueError("less than nothing is not counted")
    return count > limit and not count == 7

@dataclass(frozen=True)
class Held:
    """What is held."""
    count: int

    @property
    def word(self) -> str:
        return LIMITS[is_many(self.count)]
'''


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[ModuleType]:
    (tmp_path / "mutated_sample.py").write_text(_SAMPLE)
    monkeypatch.syspath_prepend(tmp_path)  # pyright: ignore[reportUnknownMemberType]
    yield importlib.import_module("mutated_sample")
    del sys.modules["mutated_sample"]


def test_mutants_of_sample_differ_in_one_place_each(sample: ModuleType) -> None:
    _, mutants = mutants_of(Path(str(sample.__file__)))
    assert [mutant.name for mutant in mutants] == [
        "(module): ('few', 'many') -> ('many',)",
        "(module): ('few', 'many') -> ('few',)",
        "(module): 'few' -> 'fewXX'",
        "(module): 'many' -> 'manyXX'",
        "is_many: 3 -> 4",
        "is_many: count < 0 -> count <= 0",
        "is_many: count < 0 -> count > 0",
        "is_many: 0 -> 1",
        "is_many: raise ValueError('less than nothing is not counted') -> pass",
        "is_many: count > limit and (not count == 7) -> count > limit or not count == 7",
        "is_many: count > limit and (not count == 7) -> not count == 7",
        "is_many: count > limit and (not count == 7) -> count > limit",
        "is_many: count > limit -> count >= limit",
        "is_many: count > limit -> count < limit",
        "is_many: not count == 7 -> count == 7",
        "is_many: count == 7 -> count != 7",
        "is_many: 7 -> 8",
    ]


@pytest.mark.parametrize(
    ("name", "count", "before", "after"),
    [
        ("(module): 'many' -> 'manyXX'", 5, "many", "manyXX"),
        ("is_many: 3 -> 4", 4, "many", "few"),
        ("is_many: count > limit -> count >= limit", 3, "few", "many"),
        ("is_many: not count == 7 -> count == 7", 7, "few", "many"),
    ],
)
def test_swap_mutant_reaches_what_was_made_before(
    sample: ModuleType, name: str, count: int, before: str, after: str
) -> None:
    held = sample.Held(count)
    assert held.word == before
    tree, mutants = mutants_of(Path(str(sample.__file__)))
    swap(sample, put_in(tree, next(mutant for mutant in mutants if mutant.name == name)))
    assert held.word == after
    assert held == sample.Held(count)


def test_sample_of_mutants_is_the_same_for_a_seed(sample: ModuleType) -> None:
    file = Path(str(sample.__file__))
    assert len(names_of([file], sample=3)) == 3
    assert names_of([file], sample=3) == names_of([file], sample=3) != names_of([file], sample=3, seed=1)
    assert names_of([file], ["few"], sample=99) == names_of([file], ["few"]) < names_of([file])


@pytest.mark.long
def test_mutants_command_kills_those_of_small_file(tmp_path: Path) -> None:
    command = ("-m", "tests.stress.mutants", "--only", "sql/analysis/refusal.py", "--budget", "1")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert "tests without mutants" in done.stdout
    assert "left alive" in done.stdout, done.stdout + done.stderr
