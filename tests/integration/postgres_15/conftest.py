"""The same fixtures over PostgreSQL 15, the oldest release that is supported; from Debian's package."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conftest import Server, create_control_template, temporary_server
from tests.integration.db.conftest import set_ups

__all__ = ["set_ups"]

BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    if not BINARIES.is_dir():
        pytest.skip(f"PostgreSQL 15 is not installed in {BINARIES}: apt-get install postgresql-15")
    with temporary_server(BINARIES) as made:
        yield made


@pytest.fixture(scope="session")
def control_template(server: Server) -> str:
    """Name of a database of this server that holds the control schema and nothing else."""
    return create_control_template(server)
