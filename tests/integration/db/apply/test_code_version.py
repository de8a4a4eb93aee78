"""A definition that changed makes every range not done; loading again mends the rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.db.health.status import model_status
from denorm_assets.errors import BackfillIncomplete, NotApplied
from tests.support.case import Case

UPPER = "SELECT id, upper(body) AS body FROM items"


def test_apply_changed_definition_marks_ranges_not_done_until_backfill(items: Callable[..., Case]) -> None:
    """While nobody reads it yet; what people read is rebuilt, see test_rebuilding."""
    case = items(2_500)
    case.load()
    case.redefine("SELECT id, CASE WHEN id % 2 = 0 THEN upper(body) ELSE body END AS body FROM items WHERE id <> 11")
    assert model_status(case.database, case.system, case.model).outdated
    case.apply()

    assert [item.done for item in case.progress()] == [False] * 4
    assert case.registered().state == "declared"
    assert not case.checks()["backfill_complete"].passed
    with pytest.raises(BackfillIncomplete, match="4 of 4 ranges are not done"):
        case.finish()
    before = case.snapshot()
    results = case.load(batch_size=100)
    case.assert_right()
    assert (sum(r.rows_written for r in results), sum(r.rows_removed for r in results)) == (1_250, 1)
    after = case.snapshot()
    kept = before.keys() & after.keys()
    assert len(kept) == 1_249
    assert {row: after[row] for row in kept} == {row: before[row] for row in kept}
    case.finish()
    assert case.registered().state == "live"
    assert not model_status(case.database, case.system, case.model).outdated


def test_apply_old_definition_put_back_keeps_only_untouched_ranges_done(items: Callable[..., Case]) -> None:
    case = items(1_200)
    case.load()
    text = case.model.definition.text
    case.redefine(UPPER)
    case.apply()
    case.load_key("items:min-000001000")
    case.redefine(text)
    case.apply()
    done = {item.key: item.done for item in case.progress()}
    assert done == {"items:min-000001000": False, "items:000001001-000001200": True, "items:rest": True}
    case.load()
    case.assert_right()


def test_apply_comment_added_to_definition_writes_no_row(items: Callable[..., Case]) -> None:
    case = items(1_200)
    case.load()
    before = case.snapshot()
    case.redefine("-- why\n" + case.model.definition.text)
    case.apply()
    assert {result.outcome for result in case.load()} == {"done"}
    assert case.snapshot() == before


def test_backfill_changed_definition_before_apply_is_refused(items: Callable[..., Case]) -> None:
    """Its rows would count as those of the version that the database knows."""
    case = items(1_200)
    case.load()
    case.finish()
    case.redefine(UPPER)
    with pytest.raises(NotApplied, match=r"the present version of shop/links .* Run `denorm-assets apply` first"):
        case.load(again=True)
    with pytest.raises(NotApplied, match="the present version of shop/links"):
        case.finish()
    complete = case.checks()["backfill_complete"]
    assert (complete.passed, "not the one that was applied last" in complete.summary) == (False, True)


def test_backfill_worker_of_old_definition_stops_at_next_range(items: Callable[..., Case]) -> None:
    case = items(1_500)
    old = case.loader()
    case.redefine(UPPER)
    case.apply()
    with pytest.raises(NotApplied):
        list(old.load_ids(None, None))
    assert case.value("SELECT count(*) FROM links") == 0
    assert case.progress()[0].holder is None


@pytest.mark.parametrize(
    "text", ["SELECT id, body, 1 AS more FROM items", "SELECT id, body::varchar(20) AS body FROM items"]
)
def test_apply_other_columns_before_live_empties_table(items: Callable[..., Case], text: str) -> None:
    case = items(1_200)
    case.load()
    case.redefine(text)
    case.apply()
    assert case.value("SELECT count(*) FROM links") == 0
    assert case.registered().state == "declared"
    assert not any(item.done for item in case.progress())
    case.load()
    case.finish()
    case.assert_right()
