"""Load tests: users come, stay and leave; what they got is told over time and judged by every declared limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from denorm_assets.errors import LoadFailed
from denorm_assets.load_test.run import LoadReport, PageLoad, run_load
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Load, QueryPair, Stages, System

STAGES = Stages(ramp=4, steady=2, ramp_down=2)
LOAD = Load(users=20, think_seconds=0.1, p95_ms=300, average_ms=200, p99_ms=500)
PAGE = PageLoad(requests=1000, failures=0, per_second=100, average_ms=20, p50_ms=10, p95_ms=80, p99_ms=90)


@pytest.fixture
def system(tmp_path: Path) -> System:
    """One page, which fails as it was before."""
    (tmp_path / "before.sql").write_text("SELECT %(number)s / 0")
    (tmp_path / "after.sql").write_text("SELECT %(number)s + 1")
    pair = QueryPair("page", SqlFile(tmp_path / "before.sql"), SqlFile(tmp_path / "after.sql"), {"number": 1})
    return System("shop", "public", (), queries=(pair,), load=LOAD)


def got(system: System, **figures: float) -> LoadReport:
    page = replace(PAGE, **figures)
    return LoadReport(system, 20, STAGES, page, {"page": page}, (), 0.2, ())


def test_run_load_stages_users_come_stay_and_leave(system: System, database_url: str) -> None:
    found = run_load(database_url, system, stages=STAGES)
    assert (found.total.failures, found.errors, found.users) == (0, (), 20)
    assert found.pages["page"].requests == found.total.requests > 0
    users = [moment.users for moment in found.timeline]
    assert max(users) == 20
    assert users[0] < 20
    assert users[-1] < 20
    assert all(moment.per_second > 0 for moment in found.timeline)


def test_run_load_before_pages_reports_their_errors(system: System, database_url: str) -> None:
    found = run_load(database_url, system, 3, Stages(ramp=1, steady=1), which="before")
    assert found.error_share == 1
    assert "division by zero" in found.errors[0]
    assert not found.within_limits().passed


@pytest.mark.parametrize(
    ("figures", "passed"),
    [
        ({}, True),
        ({"average_ms": 200}, False),
        ({"p95_ms": 300}, False),
        ({"p99_ms": 500}, False),
        ({"failures": 10}, False),
        ({"failures": 9}, True),
        ({"requests": 0}, False),
    ],
)
def test_load_limits_each_declared_limit_is_judged(system: System, figures: dict[str, float], passed: bool) -> None:
    assert got(system, **figures).within_limits().passed is passed


def test_load_limits_undeclared_limit_is_not_judged_or_shown(system: System) -> None:
    lenient = replace(system, load=replace(LOAD, average_ms=None, p99_ms=None))
    result = got(lenient, average_ms=5000, p99_ms=5000).within_limits()
    assert result.passed
    assert result.summary == "20 users, 100 requests a second: p95 80 ms (limit 300), 0.00% errors (limit 1%)"


def test_run_load_failing_draw_query_raises_load_failed(system: System, database_url: str) -> None:
    asking = replace(system, load=replace(LOAD, draws={"number": "SELECT id FROM nothing"}))
    with pytest.raises(LoadFailed, match="the load test of shop ended early"):
        run_load(database_url, asking, 1, STAGES)
