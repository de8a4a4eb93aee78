"""Which tests `make test` runs of those that vary one thing: a sample, the same each time. `make test-whole` runs all.

A test that makes databases takes a second, and some have a hundred variants. Of these, the sample takes one in twelve
and at least one, at places that differ from test to test: what is common to all variants (three kinds of refresh, say)
is then tested in each of them by some test. Tests that ran on PostgreSQL 18 run on 15 in fewer variants. Markers say
more: `costly` is a test whose variants take long for another reason, `long` one that takes a minute by itself.
"""

from __future__ import annotations

import os
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

WHOLE = bool(os.environ.get("DENORM_TEST_WHOLE"))
"""Whether all variants run. An environment variable, because workers and child processes inherit it."""
_ONE_IN = 12
_ONE_IN_OF_15 = 48
_POSTGRES_15 = Path(__file__).parents[1] / "integration" / "postgres_15"
_COSTLY = {"new_database_name"}
"""A test with one of these fixtures makes databases of its own."""
STATEMENTS_PER_KILL = 1 if WHOLE else 6
"""Of a walk that kills its work at each statement, a sample kills it at each sixth."""


def left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """The tests that are not in the sample."""
    if WHOLE:
        return set()
    variants: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if isinstance(item, pytest.Function) and _is_costly(item):
            variants[item.nodeid.partition("[")[0]].append(item)
    long = {item for item in items if item.get_closest_marker("long")}
    return long.union(*(set(found) - set(_sample(name, found)) for name, found in variants.items()))


def _is_costly(item: pytest.Function) -> bool:
    """What runs on PostgreSQL 15 has run on 18."""
    own = bool(_COSTLY & set(item.fixturenames)) or item.get_closest_marker("costly") is not None
    return own or item.path.is_relative_to(_POSTGRES_15)


def _sample(name: str, variants: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    one_in = _ONE_IN_OF_15 if variants[0].path.is_relative_to(_POSTGRES_15) else _ONE_IN
    count = 1 + len(variants) // one_in
    first = zlib.crc32(name.encode())
    for place in range(count):
        yield variants[(first + place * len(variants) // count) % len(variants)]
