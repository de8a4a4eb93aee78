"""The bounded run of what `python -m tests.stress.oracle` does at length."""

from __future__ import annotations

import os

from tests.stress.oracle.fuzzing import fuzz
from tests.support.sampling import WHOLE

DEFINITIONS = int(os.environ.get("DENORM_ORACLE_DEFINITIONS", "80" if WHOLE else "25"))


def test_drain_generated_definitions_equal_definition_after_each(database_url: str) -> None:
    tally, failure = fuzz(database_url, DEFINITIONS, starting=20260101, shrink=False)
    assert failure is None, failure
    assert tally.accepted >= 0.9 * tally.definitions, tally.refusals
