"""Attacks on our functions, names and paths, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.capture.test_attacks import *  # noqa: F403
from tests.integration.db.capture.test_functions import (  # noqa: F401
    everything,
    test_functions_of_denorm_are_private_and_fully_qualified,
)
from tests.integration.db.conftest import make_case  # noqa: F401
