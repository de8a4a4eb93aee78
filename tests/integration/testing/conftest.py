"""The plugin's fixture on the server that all tests share."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from denorm_assets.testing import SystemLive
from tests.conftest import Server


@pytest.fixture(scope="session")
def system_live(server: Server) -> Generator[SystemLive]:
    made = SystemLive(server)
    yield made
    made.close()
