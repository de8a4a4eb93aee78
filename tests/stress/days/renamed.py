"""D25: a source column is renamed, and renamed back."""

from __future__ import annotations

from tests.stress.days.clicks import read_check
from tests.stress.days.day import Day
from tests.stress.days.instance import PATIENCE
from tests.stress.days.scenario import scenario
from tests.support.dagster_tree import wait_for

_ASSET, _OTHER, _CHECK = "topics/entry_topics", "topics/entry_title_topics", "kept_fresh"


@scenario("D25")
def a_column_renamed_back_heals_by_itself(day: Day) -> None:
    """`entries.tags` gets another name while the application writes, and its old one again: nobody applies anything."""
    began = day.now()
    day.rows("ALTER TABLE entries RENAME COLUMN tags TO labels")
    try:
        # What is written meanwhile is not lost, and a read model that does not use the column goes on.
        day.rows("UPDATE entries SET labels = title_tags, title_tags = labels WHERE id <= 100")
        wait_for(lambda: not day.passed(_ASSET, _CHECK), PATIENCE, f"{_CHECK} of {_ASSET} fails by itself", interval=1)
        read_check(day.page, _ASSET, _CHECK, "labels")
        day.screenshot("column_renamed")
        told = [
            record for record in reversed(day.executions(_ASSET, _CHECK)) if record.create_timestamp > began.timestamp()
        ]
        first = next(found.evaluation for found in told if found.evaluation and not found.evaluation.passed)
        print(f"     the first message: {first.description}", flush=True)
        assert "tags" in (first.description or ""), first.description
        assert "labels" in (first.description or ""), first.description
        assert day.check(_OTHER, _CHECK), "a read model that does not use the column goes on"
        model = day.model("entry_title_topics")
        wait_for(lambda: not day.product.difference(model), PATIENCE, f"{_OTHER} is refreshed meanwhile", interval=1)
    finally:
        day.rows("ALTER TABLE entries RENAME COLUMN labels TO tags")
    day.wait_until_right()
    wait_for(lambda: day.passed(_ASSET, _CHECK), PATIENCE, f"{_CHECK} passes again by itself", interval=1)
    day.measured("runs that the way back needed", len(day.runs_since(began)) - 1, at_most=0)
    day.measure_wrong_rows("a column was renamed back")
