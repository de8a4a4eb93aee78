"""pytest's plugin. It is loaded wherever denorm-assets is installed, so nothing else is until a test asks for it."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from denorm_assets.testing import SystemLive

_OPTION = "denorm_test_url"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names a server."""
    said = "URL of a PostgreSQL for tests (see also DENORM_TEST_URL). Default: an embedded one, started once a session"
    parser.addini(_OPTION, said, default="")


@pytest.fixture(scope="session")
def system_live(pytestconfig: pytest.Config) -> Generator[SystemLive]:
    """Makes databases in which a system is live: `with system_live(SYSTEM, Path("schema.sql")) as live`."""
    from denorm_assets.testing import SystemLive
    from denorm_assets.testing.server import TEST_URL, server_for_tests

    with server_for_tests(os.environ.get(TEST_URL) or pytestconfig.getini(_OPTION)) as server:
        made = SystemLive(server)
        yield made
        made.close()
