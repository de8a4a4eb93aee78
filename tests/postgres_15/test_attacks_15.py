"""Attacks on our functions, names and paths, on PostgreSQL 15."""

# pyright: reportUnusedImport=false

from __future__ import annotations

from tests.db.conftest import make_case  # noqa: F401
from tests.db.test_attacks import *  # noqa: F403
from tests.db.test_functions import everything, test_functions_of_ours_keep_their_rights_to_themselves  # noqa: F401
