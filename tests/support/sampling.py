"""Which tests `make test` runs: a sample, the same each time. `make test-whole` runs all, CI does so every night.

Tests take seconds where they make databases and apply to them, and some have a hundred variants. So the sample takes

* of a test's variants one in twenty and at least one, at places that differ from test to test: what is common to all
  variants (three kinds of refresh, say) is then tested in each of them by some test. What ran on PostgreSQL 18 runs on
  15 in fewer variants. The marker `costly` says the same of tests that make no databases;
* of a file's slow tests (`slow_tests.txt`) one in twenty and at least one, and all others;
* none that are marked `long`, which take ten seconds or more and are not the only ones of their kind.

`python -m tests.support.sampling JUNIT_XML` writes down which tests are slow, from a report of `make test-whole`.
"""

from __future__ import annotations

import os
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

import pytest

T = TypeVar("T")
WHOLE = bool(os.environ.get("DENORM_TEST_WHOLE"))
"""Whether all tests run. An environment variable, because workers and child processes inherit it."""
STATEMENTS_PER_KILL = 1 if WHOLE else 6
"""Of a walk that kills its work at each statement, a sample kills it at each sixth."""
_VARIANTS_ONE_IN = 20
_VARIANTS_OF_15_ONE_IN = 48
_SLOW_ONE_IN = 20
_SLOW_SECONDS = 1
"""By the median of a test's variants, three workers on two cores."""
_SLOW_TESTS = Path(__file__).with_name("slow_tests.txt")
_POSTGRES_15 = Path(__file__).parents[1] / "integration" / "postgres_15"
_COSTLY = "new_database_name"
"""A test with this fixture makes databases of its own."""


def left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """The tests that are not in the sample."""
    if WHOLE:
        return set()
    slow = set(_SLOW_TESTS.read_text().split())
    names = _grouped({_name(item) for item in items}, lambda name: name.partition("::")[0] if name in slow else name)
    kept = {name for file, found in names.items() for name in _sample(str(file), sorted(found), _SLOW_ONE_IN)}
    variants = _grouped(items, lambda item: _name(item) if _is_costly(item) else item.nodeid)
    sample = {item for name, found in variants.items() for item in _sample(str(name), found, _one_in(found[0]))}
    return {item for item in items if item not in sample or _name(item) not in kept or item.get_closest_marker("long")}


def _name(item: pytest.Item) -> str:
    """What all variants of a test have in common."""
    return item.nodeid.partition("[")[0]


def _is_costly(item: pytest.Item) -> bool:
    """What runs on PostgreSQL 15 has run on 18."""
    makes_databases = isinstance(item, pytest.Function) and _COSTLY in item.fixturenames
    return makes_databases or item.get_closest_marker("costly") is not None or item.path.is_relative_to(_POSTGRES_15)


def _one_in(item: pytest.Item) -> int:
    return _VARIANTS_OF_15_ONE_IN if item.path.is_relative_to(_POSTGRES_15) else _VARIANTS_ONE_IN


def _grouped(found: Iterable[T], by: Callable[[T], Hashable]) -> dict[Hashable, list[T]]:
    groups: dict[Hashable, list[T]] = defaultdict(list)
    for each in found:
        groups[by(each)].append(each)
    return groups


def _sample(name: str, found: Sequence[T], one_in: int) -> list[T]:
    """One in so many of `found`, at least one, evenly spread from a place that depends on `name`."""
    count = 1 + len(found) // one_in
    first = zlib.crc32(name.encode())
    return [found[(first + place * len(found) // count) % len(found)] for place in range(count)]


def _slow_tests(report: Path) -> list[str]:
    """The names of the slow tests of a JUnit report."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for case in ElementTree.parse(report).iter("testcase"):
        file, name = case.attrib["classname"].replace(".", "/") + ".py", case.attrib["name"].partition("[")[0]
        seconds[f"{file}::{name}"].append(float(case.attrib["time"]))
    return sorted(name for name, took in seconds.items() if sorted(took)[len(took) // 2] > _SLOW_SECONDS)


if __name__ == "__main__":
    _SLOW_TESTS.write_text("".join(f"{name}\n" for name in _slow_tests(Path(sys.argv[1]))))
