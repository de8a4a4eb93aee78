"""Read models under another name, on PostgreSQL 15, which names what queries read in another form."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.integration.db.apply.test_renaming import *  # noqa: F403
