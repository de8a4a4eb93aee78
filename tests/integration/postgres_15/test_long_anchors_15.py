"""Anchors and keys of any length, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.conftest import make_case  # noqa: F401
from tests.integration.db.refresh.test_long_anchors import *  # noqa: F403
