"""Draining: the whole or the part, whatever kills it, and since when changes wait."""

from __future__ import annotations

import itertools

import pytest

from denorm_assets.db.changes import drain
from denorm_assets.model.refresh import Debounce, Debounced
from denorm_assets.sql.rows import batch
from denorm_assets.sql.statement import Statement
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.killing import killed_at_each_statement

SHOPS = """
CREATE TABLE shops (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE sales (id bigint PRIMARY KEY, shop_id bigint NOT NULL, pieces int NOT NULL);
CREATE INDEX ON sales (shop_id);
INSERT INTO shops SELECT n, 'shop ' || n FROM generate_series(1, 2000) AS n;
INSERT INTO sales SELECT n, n % 2000 + 1, n % 5 FROM generate_series(1, 4000) AS n;
ANALYZE;
"""
PIECES = """
SELECT s.id, s.name, sum(l.pieces) AS pieces
FROM shops AS s LEFT JOIN sales AS l ON l.shop_id = s.id
GROUP BY s.id, s.name
"""


@pytest.fixture
def shop(make_case: MakeCase) -> Case:
    case = make_case(SHOPS, PIECES, driving=(), key=("id",), refresh=Debounced(Debounce(quiet=0, max_wait=0)))
    case.refresh()
    return case


@pytest.mark.parametrize(("changed", "anchors"), [(2000, None), (20, 20)])
def test_drain_pending_total_decides_between_whole_and_anchors(
    shop: Case, monkeypatch: pytest.MonkeyPatch, changed: int, anchors: int | None
) -> None:
    # Each portion by itself would be cheaper than the whole.
    monkeypatch.setattr(drain, "ANCHORS_PER_TRANSACTION", 20)
    shop.write(f"UPDATE shops SET name = 'renamed' WHERE id <= {changed}")
    [refreshed] = shop.refresh_if_due()
    assert refreshed.drained is not None
    assert refreshed.drained.anchors == anchors
    assert refreshed.drained.rows_written == changed
    shop.assert_right()


def test_drain_killed_at_any_statement_is_completed_by_next_refresh(
    shop: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills, everything = 0, "SELECT FROM denorm.pending UNION ALL SELECT FROM denorm.change_log"
    numbers = itertools.count(1)

    def write_and_look() -> None:
        number = next(numbers)
        shop.write(f"UPDATE shops SET name = 'name {number}' WHERE id <= 5; DELETE FROM sales WHERE shop_id = {number}")
        shop.refresh_if_due()

    for kills in killed_at_each_statement(shop.url, monkeypatch, write_and_look):  # noqa: B007
        # At once: the drivers wait a little after a failure.
        shop.refresh()
        shop.assert_right()
        assert shop.rows(everything) == []
    shop.assert_right()
    assert kills > 10


def held_rows(shop: Case) -> dict[int, str]:
    return dict(shop.rows("SELECT id, name FROM links"))


@pytest.mark.parametrize("changed", [600, 2000], ids=["a part", "nearly all"])
def test_drain_locked_row_leaves_only_that_row_pending(shop: Case, changed: int) -> None:
    with shop.connect() as holder, holder.transaction():
        holder.execute("SELECT FROM links WHERE id = 5 FOR UPDATE")
        pid = holder.info.backend_pid
        shop.write(f"UPDATE shops SET name = 'renamed' WHERE id <= {changed}")
        [refreshed] = shop.refresh_if_due()
        assert f"PostgreSQL process {pid} of " in (refreshed.error or "")
        found = held_rows(shop)
        assert found[5] == "shop 5"
        assert {name for id_, name in found.items() if id_ <= changed and id_ != 5} == {"renamed"}
        assert shop.rows("SELECT anchor FROM denorm.pending") == [("5",)]
    shop.refresh()
    shop.assert_right()


def test_drain_locked_table_is_not_retried_row_by_row(shop: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop.connect() as holder, holder.transaction():
        holder.execute("LOCK TABLE links IN SHARE MODE")
        shop.write("UPDATE shops SET name = 'renamed' WHERE id <= 600")
        tried: list[Statement] = []
        stage_rows = batch.stage_rows

        def counted(rows: Statement) -> Statement:
            tried.append(rows)
            return stage_rows(rows)

        monkeypatch.setattr(batch, "stage_rows", counted)
        [refreshed] = shop.refresh_if_due()
        assert "ShareLock" in (refreshed.error or "")
        assert len(tried) < 30
        assert shop.value("SELECT count(*) FROM denorm.pending") == 600
    shop.refresh()
    shop.assert_right()


def test_refresh_queue_requested_at_is_time_of_first_change(shop: Case) -> None:
    shop.write("UPDATE shops SET name = 'first' WHERE id = 1")
    first = shop.value("SELECT min(logged_at) FROM denorm.change_log")
    shop.write("UPDATE shops SET name = 'second' WHERE id = 2")
    queue = "SELECT status, refresh_requested_at FROM denorm.mv_refresh_queue"
    assert shop.rows(queue) == [("pending", first)]
    assert shop.value("SELECT denorm.dispatch()") == 2
    assert shop.rows(queue) == [("pending", first)]
    [refreshed] = shop.refresh_if_due()
    assert refreshed.error is None
    assert shop.value("SELECT requested_at FROM denorm.refresh ORDER BY started_at DESC LIMIT 1") == first
    assert shop.rows("SELECT status FROM denorm.mv_refresh_queue") == [("completed",)]
