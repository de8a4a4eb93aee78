"""The same fixtures over PostgreSQL 15, the oldest release that is supported; from Debian's package."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from denorm_assets.embedded.postgres import EmbeddedPostgres, PostgresOptions
from tests.conftest import FAST, Server, create_control_template
from tests.support.set_up import SetUps

BINARIES = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    if not BINARIES.is_dir():
        pytest.skip(f"PostgreSQL 15 is not installed in {BINARIES}: apt-get install postgresql-15")
    home = Path(tempfile.mkdtemp(prefix="denorm-tests-15-"))
    # The server runs as another user where the tests run as root; it has to reach its data.
    home.chmod(0o755)
    postgres = EmbeddedPostgres(home, PostgresOptions(settings=FAST, binaries=BINARIES))
    postgres.start()
    yield Server(postgres)
    postgres.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def control_template(server: Server) -> str:
    """Name of a database of this server that holds the control schema and nothing else."""
    return create_control_template(server)


@pytest.fixture(scope="session")
def set_ups(server: Server) -> SetUps:
    """What tests of this server set up so far."""
    return SetUps(server)
