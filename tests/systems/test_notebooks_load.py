"""The load test of `notebooks` in its short form: a few users read the pages as before and as after the phases."""

from __future__ import annotations

import pytest

from denorm_assets.db.load_test import Which, run_load
from denorm_assets.model.system import Stages
from denorm_assets.systems.notebooks import SYSTEM


@pytest.mark.parametrize("which", ["before", "after"])
def test_a_few_users_at_once_read_pages_without_errors(library_url: str, which: Which) -> None:
    found = run_load(library_url, SYSTEM, 40, Stages(ramp=2, steady=3, ramp_down=1), which)
    assert found.total.requests > 0
    assert (found.total.failures, found.errors) == (0, ())
    assert set(found.pages) <= {pair.name for pair in SYSTEM.queries}
    assert set(found.limited_ms) == {"average", "p95", "p99"}
