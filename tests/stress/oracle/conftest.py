"""One bench for all tests of a worker, emptied before each."""

from __future__ import annotations

from collections.abc import Generator
from secrets import token_hex

import pytest

from tests.conftest import Server
from tests.stress.oracle.maintained import Bench, bench


@pytest.fixture(scope="package")
def oracle_url(server: Server) -> Generator[str]:
    """URL of a database for all tests here."""
    # Modules that take these fixtures over have one each.
    name = f"oracle_{token_hex(4)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture(scope="package")
def shared_bench(oracle_url: str) -> Generator[Bench]:
    """A bench; whoever uses it begins with `fresh`."""
    with bench(oracle_url) as made:
        yield made


@pytest.fixture
def oracle(shared_bench: Bench) -> Bench:
    """A bench with empty schemas."""
    shared_bench.fresh()
    return shared_bench


@pytest.fixture
def spoiled(database_url: str) -> Generator[Bench]:
    """A bench of its own, whose control schema a test may spoil."""
    with bench(database_url) as made:
        made.fresh()
        yield made
