"""Databases that nobody here designed, and what an engineer there would want."""

from __future__ import annotations

from tests.stress.stranger.databases.chinook import CHINOOK
from tests.stress.stranger.databases.pgbench import PGBENCH
from tests.stress.stranger.databases.tpch import TPCH

APPLICATIONS = (CHINOOK, TPCH, PGBENCH)
