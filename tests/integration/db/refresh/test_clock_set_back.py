"""A server whose clock was set back: what was written down before lies in the future, and nothing waits for that."""

from __future__ import annotations

import pytest

from denorm_assets.db.control.heartbeat import beating_workers
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.model.refresh import Debounce, Debounced, Full
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

TABLES = """
CREATE TABLE items (id bigint PRIMARY KEY, n int NOT NULL);
INSERT INTO items SELECT n, n % 9 + 1 FROM generate_series(1, 50) AS n;
"""
SET_BACK = (
    "UPDATE denorm.pending SET first_changed_at = first_changed_at + interval '1 day',"
    " changed_at = changed_at + interval '1 day'",
    "UPDATE denorm.change_log SET logged_at = logged_at + interval '1 day'",
    "UPDATE denorm.refresh SET started_at = started_at + interval '1 day'",
    "UPDATE denorm.worker SET beat_at = beat_at + interval '1 day'",
    "UPDATE denorm.range_progress SET lease_expires_at = lease_expires_at + interval '1 day'",
)


@pytest.fixture
def case(make_case: MakeCase) -> Case:
    case = make_case(TABLES, "SELECT id, 60 / n AS share FROM items", refresh=Debounced(Debounce(quiet=5, max_wait=60)))
    case.load()
    case.finish()
    case.refresh()
    return case


def set_back(case: Case) -> None:
    """As if the clock had been set back by a day."""
    for statement in SET_BACK:
        case.run(statement)


def test_refresh_clock_set_back_still_refreshes_earlier_changes(case: Case) -> None:
    case.write("UPDATE items SET n = 5 WHERE id < 9")
    assert case.refresh_if_due() == []
    set_back(case)
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is None
    case.assert_right()
    case.write("UPDATE items SET n = 6 WHERE id < 9")
    assert case.refresh_if_due() == [], "and later ones wait for quiet"
    set_back(case)
    assert case.checks()["kept_fresh"].figures["lag in seconds"] == 0


def test_refresh_backoff_clock_set_back_counts_only_later_failures(case: Case) -> None:
    case.redeclare(refresh=Debounced(Debounce(quiet=0, max_wait=0)))
    case.apply()
    failed = (
        "INSERT INTO denorm.refresh (model_id, status, requested_at, started_at, error)"
        " SELECT id, 'failed', clock_timestamp(), clock_timestamp(), 'x' FROM denorm.read_model"
    )
    case.run(failed)
    case.write("UPDATE items SET n = 5 WHERE id < 9")
    assert case.refresh_if_due() == []
    set_back(case)
    assert Refresher(case.database, [case.system]).look()[0].drained is not None
    case.write("UPDATE items SET n = 6 WHERE id < 9")
    case.run(failed)
    [looked] = Refresher(case.database, [case.system]).look()
    assert "after 1 failures" in looked.decision.reason, "what completed before the failure does not count as later"


def test_refresh_full_every_clock_set_back_refreshes_once(make_case: MakeCase) -> None:
    case = make_case(TABLES, "SELECT id, n FROM items", driving=(), refresh=Full(Debounce(0, 0), every=3600))
    case.refresh()
    assert case.refresh_if_due() == []
    set_back(case)
    assert len(case.refresh_if_due()) == 1
    assert case.refresh_if_due() == []


def test_heartbeat_clock_set_back_is_not_fresh(case: Case) -> None:
    case.run("INSERT INTO denorm.worker (system, holder, beat_at) VALUES ('shop', 'x', clock_timestamp())")
    with case.database.session() as session:
        assert beating_workers(session) == {"shop": "x"}
        set_back(case)
        assert beating_workers(session) == {}


def test_lease_clock_set_back_is_taken_over(case: Case) -> None:
    case.run(
        "UPDATE denorm.range_progress SET lease_holder = 'x', lease_expires_at = clock_timestamp() + interval '5 s'"
    )
    set_back(case)
    assert {result.outcome for result in case.load(again=True)} == {"done"}
