"""Anchors and keys of any length, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.db.conftest import make_case  # noqa: F401
from tests.db.test_long_anchors import *  # noqa: F403
